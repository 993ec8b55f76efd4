"""Scores units of all open streams together, in a worker thread a classifier."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from tokenward.errors import DetectorError
from tokenward.stream.guarded import Judged
from tokenward.types import Tagger, UnitDetector

MAX_BATCH = 8  # on CPUs larger batches gain nothing, and waiting to fill one costs latency
MAX_WAITING = 1024


def judge_of(detector: UnitDetector) -> Callable[[Sequence[str]], Sequence[Judged]]:
    """Returns what judges texts: a tagger's ``tag``, a classifier's ``score``."""
    return detector.tag if isinstance(detector, Tagger) else detector.score


class Batcher:
    """A queue before one classifier: what waits when the worker is free goes in one batch.

    The thread starts with the first unit; ``close`` ends it after the current batch.
    """

    def __init__(
        self, detector: UnitDetector, observe: Callable[[float], None] | None = None
    ) -> None:
        self._detector = detector
        self._observe = observe
        self._waiting: queue.Queue[tuple[str, Future[Judged]] | None] = queue.Queue(MAX_WAITING)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False

    def submit(self, text: str) -> Future[Judged]:
        """Queues a text; where the queue is full or closed the future fails (``DetectorError``)."""
        future: Future[Judged] = Future()
        with self._lock:
            if self._closed:
                future.set_exception(DetectorError("the guard is closed"))
                return future
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._work, name="tokenward-batcher", daemon=True
                )
                self._thread.start()
        try:
            self._waiting.put_nowait((text, future))
        except queue.Full:
            future.set_exception(DetectorError(f"{MAX_WAITING} units wait already"))
        return future

    def close(self) -> None:
        """Ends the worker; units that still wait fail."""
        with self._lock:
            self._closed = True
            thread = self._thread
        if thread is not None:
            self._waiting.put(None)
            thread.join()

    def _work(self) -> None:
        while True:
            batch, ended = self._gather()
            # a future whose deadline has passed was cancelled by its driver: not scored
            live = [
                (text, future) for text, future in batch if future.set_running_or_notify_cancel()
            ]
            if live:
                self._score(live)
            if ended:
                return

    def _gather(self) -> tuple[list[tuple[str, Future[Judged]]], bool]:
        batch: list[tuple[str, Future[Judged]]] = []
        item = self._waiting.get()
        while item is not None:
            batch.append(item)
            if len(batch) == MAX_BATCH:
                return batch, False
            try:
                item = self._waiting.get_nowait()
            except queue.Empty:
                return batch, False
        return batch, True

    def _score(self, batch: list[tuple[str, Future[Judged]]]) -> None:
        batch.sort(key=lambda item: len(item[0]))
        began = time.perf_counter()
        try:
            rows = judge_of(self._detector)([text for text, _ in batch])
            if len(rows) != len(batch):
                raise DetectorError(f"{len(batch)} texts got {len(rows)} rows")
        except Exception as error:  # noqa: BLE001  # a detector may fail in any way; its rules decide
            for _, future in batch:
                future.set_exception(error)
            return
        finally:
            if self._observe is not None:
                self._observe(time.perf_counter() - began)
        for (_, future), row in zip(batch, rows, strict=True):
            future.set_result(row)
