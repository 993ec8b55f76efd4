"""Takes records off the path of requests, and writes them in a thread of its own."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Protocol, Self

from tokenward.decisions.features import FeatureTaker, Probe
from tokenward.decisions.observer import Observed, Observer
from tokenward.decisions.record import Interaction, KeptText, completed
from tokenward.errors import StoreError
from tokenward.types import Feature, FeatureValue

logger = logging.getLogger(__name__)

BATCH = 256
"""Records that are worth a commit of their own."""
LATER = 1_024
"""Requests that wait whole until their records are made: each holds far more than its record."""
MOST = 2_000
"""Records of a commit: the more wait, the less each of them costs."""
TOGETHER = 64
TOGETHER_CHARACTERS = 100_000
"""Records whose features are taken together, and their texts: what is prepared of them is large."""
INTERVAL_SECONDS = 1.0
"""How long a record waits for others at most: a batch of few costs as much as one of many."""
REST_SECONDS = 5.0
"""How often an observer of records looks up while there are none."""
MAX_CHARACTERS = 50_000_000

Mask = Callable[[str], str]
Item = tuple[Interaction, str | None, str | None, Mask | None, Probe | None]


def size_of(one: Interaction, prompt: str | None, answer: str | None) -> int:
    """Returns how many characters of text wait with a record."""
    kept = sum(len(text.text) for text in one.texts) if one.texts else 0
    return len(prompt or "") + len(answer or "") + kept


def parts(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """Yields the items in parts whose features are taken together."""
    begin = characters = 0
    for at, item in enumerate(items):
        size = size_of(*item[:3])
        if at - begin == TOGETHER or (at > begin and characters + size > TOGETHER_CHARACTERS):
            yield items[begin:at]
            begin, characters = at, 0
        characters += size
    if items:
        yield items[begin:]


class Made:
    """Takes what is made of a request that was recorded as it ended: no record, or one."""

    def __init__(self) -> None:
        self.items: list[Item] = []

    def record(
        self,
        interaction: Interaction,
        prompt: str | None = None,
        answer: str | None = None,
        mask: Mask | None = None,
        probe: Probe | None = None,
    ) -> bool:
        """Takes a record with its texts, as a ``Recorder`` does."""
        self.items.append((interaction, prompt, answer, mask, probe))
        return True


Make = Callable[[Made], object]


class Sink(Protocol):
    """Where records go: a ``Store``."""

    def append(self, rows: Sequence[Interaction]) -> int:
        """Writes rows durably; raises a ``StoreError`` where it cannot."""


class Recorder:
    """A bounded queue of interactions before a store; ``record`` never waits and never raises.

    The queue is bounded in records and in characters of waiting text. What does not fit is
    dropped and counted in ``dropped`` by reason: ``queue_full``, ``text_full`` (the record is
    written, its text features are not taken), ``closed``, ``store`` (the store failed),
    ``invalid`` (the record holds something that is not data) and ``mask`` (the record is written,
    its texts are not kept: a detector that masks them failed).
    """

    def __init__(
        self,
        store: Sink,
        features: Sequence[Feature] = (),
        capacity: int = 10_000,
        *,
        max_characters: int = MAX_CHARACTERS,
        observer: Observer | None = None,
    ) -> None:
        self._store = store
        self._observed = Observed(observer)
        self._features = FeatureTaker(features)
        self._capacity = capacity
        self._most = max_characters
        self._queue: deque[tuple[Item | Make, int]] = deque()
        self._characters = 0
        self._dropped: Counter[str] = Counter()
        self._accepted = self._settled = self._written = 0
        self._closing = False
        self._failing: set[str] = set()
        self._hurry = 0
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="tokenward-recorder", daemon=True)
        self._thread.start()

    def record(
        self,
        interaction: Interaction,
        prompt: str | None = None,
        answer: str | None = None,
        mask: Mask | None = None,
        probe: Probe | None = None,
    ) -> bool:
        """Queues a record with the texts that its features are taken of; says whether it could.

        The texts are forgotten when their features are taken. The record must not be changed later.
        Texts that it keeps go through ``mask`` first: without one, or where it fails, none is kept.
        ``probe`` measures more of prompt and answer, as slowly as it must; what it returns become
        features of the record, and where it fails there are none.
        """
        size = size_of(interaction, prompt, answer)
        with self._changed:
            waiting = len(self._queue)
            if self._closing or waiting >= self._capacity:
                self._dropped["closed" if self._closing else "queue_full"] += 1
                return False
            if self._characters + size > self._most:
                self._dropped["text_full"] += 1
                interaction = replace(interaction, texts=())
                prompt = answer = None
                size = 0
            self._put((interaction, prompt, answer, mask, probe), size)
        return True

    def record_later(self, make: Make, size: int) -> bool:
        """Queues a record that is made in this recorder's thread, where many are made together.

        ``make`` gives it to what it is called with, if there is one; nothing that it reads may
        change any more. ``size`` is how many characters wait with it. ``False``, and nothing else,
        where it cannot be queued as it is: ``record`` says what becomes of it.
        """
        with self._changed:
            waiting = len(self._queue)
            full = waiting >= min(self._capacity, LATER) or self._characters + size > self._most
            if self._closing or full:
                return False
            self._put(make, size)
        return True

    def _put(self, one: Item | Make, size: int) -> None:
        self._characters += size
        self._accepted += 1
        self._queue.append((one, size))
        if len(self._queue) in (1, BATCH):
            self._changed.notify_all()

    @property
    def dropped(self) -> Mapping[str, int]:
        """What was lost so far, by reason."""
        with self._changed:
            return dict(self._dropped)

    @property
    def observer_errors(self) -> int:
        """How often the observer of records failed."""
        return self._observed.errors

    @property
    def feature_errors(self) -> Mapping[str, int]:
        """How often each feature failed and was left out of a record."""
        return dict(self._features.errors)

    @property
    def written(self) -> int:
        """How many records were handed to the store and kept by it."""
        return self._written

    @property
    def waiting(self) -> int:
        """How many records wait in the queue."""
        return len(self._queue)

    def flush(self, timeout: float | None = 10.0) -> bool:
        """Waits until all that was queued so far is in the store; says whether it is."""
        with self._changed:
            goal, lost = self._accepted, self._lost()
            self._hurry += 1
            self._changed.notify_all()
            try:
                done = self._changed.wait_for(lambda: self._settled >= goal, timeout)
            finally:
                self._hurry -= 1
            return done and self._lost() == lost

    def close(self, timeout: float | None = 30.0) -> None:
        """Writes what waits, and ends; what is not written in time is counted as dropped."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(timeout)
        with self._changed:
            left = self._accepted - self._settled  # those that are being written, too
            self._queue.clear()
        if left:
            self._lose("closed", left, "the store did not take them in time")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _lost(self) -> int:
        return self._dropped["store"] + self._dropped["invalid"]

    def _run(self) -> None:
        self._observed.rest()  # so that it may begin before there is a record
        while items := self._next_batch():
            count = len(items)
            rows = list(self._completed(list(self._made(items))))
            items.clear()  # the texts are not kept while the store is slow
            if rows:
                self._write(rows)
                self._observed.observe(rows)
            with self._changed:
                self._settled += count
                self._changed.notify_all()
        self._observed.close()

    def _is_wanted(self) -> bool:
        """Waits for a record, or the end; not for ever where somebody wants to look up."""
        patience = REST_SECONDS if self._observed.observer is not None else None
        with self._changed:
            return bool(self._changed.wait_for(lambda: self._queue or self._closing, patience))

    def _next_batch(self) -> list[Item | Make]:
        while not self._is_wanted():
            self._observed.rest()
        with self._changed:
            deadline = time.monotonic() + INTERVAL_SECONDS
            self._changed.wait_for(self._is_due, max(0.0, deadline - time.monotonic()))
            taken = [self._queue.popleft() for _ in range(min(MOST, len(self._queue)))]
            self._characters -= sum(size for _, size in taken)
            return [one for one, _ in taken]

    def _is_due(self) -> bool:
        return len(self._queue) >= BATCH or self._closing or self._hurry > 0

    def _made(self, items: Sequence[Item | Make]) -> Iterator[Item]:
        """Yields the records, those that are still to be made among them."""
        for one in items:
            if isinstance(one, tuple):
                yield one
                continue
            made = Made()
            try:
                one(made)
            except Exception as error:  # noqa: BLE001 - whatever it is, the others are written
                self._lose("invalid", 1, f"it could not be made: {type(error).__name__}")
            yield from made.items

    def _completed(self, items: Sequence[Item]) -> Iterator[Interaction]:
        """Yields the records with the features of their texts."""
        for some in parts(items):
            texts = [("prompt", item[1]) for item in some] + [("answer", item[2]) for item in some]
            taken = self._features.together(texts)
            of_answers = taken[len(some) :]
            for item, of_prompt, of_answer in zip(some, taken, of_answers, strict=False):
                row = self._complete(item, of_prompt | of_answer)
                if row is not None:
                    yield row

    def _complete(self, item: Item, taken: dict[str, FeatureValue]) -> Interaction | None:
        interaction, prompt, answer, mask, probe = item
        if prompt is answer is None and not interaction.texts:
            return interaction
        if probe is not None:
            taken |= self._features.probed(probe, prompt, answer)
        texts = self._masked(interaction.texts, mask) if interaction.texts else ()
        try:
            features = {**interaction.features, **taken}
            return completed(interaction, features, texts)
        except (TypeError, AttributeError) as error:
            self._lose("invalid", 1, f"not data: {type(error).__name__}")
            return None

    def _masked(self, texts: Sequence[KeptText], mask: Mask | None) -> tuple[KeptText, ...]:
        """Returns the texts as they may be kept: none of them where one cannot be masked."""
        kept: list[KeptText] = []
        if mask is None:
            return ()
        try:
            for one in texts:
                text = mask(one.text)
                kept.append(KeptText(one.stage, text, one.whole and text == one.text))
        except Exception as error:  # noqa: BLE001 - a detector may raise anything
            self._lose("mask", 1, f"a text could not be masked: {type(error).__name__}")
            return ()
        return tuple(kept)

    def _write(self, rows: Sequence[Interaction]) -> None:
        try:
            self._store.append(rows)
        except StoreError as error:
            self._lose("store", len(rows), str(error))
        except Exception as error:  # noqa: BLE001 - a record that is no data, or a broken sink
            if len(rows) > 1:
                for row in rows:
                    self._write([row])
            else:
                self._lose("invalid", 1, f"not data: {type(error).__name__}")
        else:
            self._written += len(rows)
            self._recovered()

    def _recovered(self) -> None:
        if "store" in self._failing:
            self._failing.discard("store")
            logger.warning("records are written again; %d were not", self._dropped["store"])

    def _lose(self, reason: str, count: int, told: str) -> None:
        with self._changed:
            self._dropped[reason] += count
            # counted always, told loudly once for each time that it begins
            level = logging.DEBUG if reason in self._failing else logging.ERROR
            self._failing.add(reason)
        logger.log(level, "%d records not written: %s", count, told)
