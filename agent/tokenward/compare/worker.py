"""The process of one model: ``python -m tokenward.compare.worker JOB.json`` makes its run.

It writes the run's folder, and a JSON line for each event on standard output. It ends with 0, or
with an error's exit code and its message as the last event.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any, TextIO

from tokenward.compare.job import Job
from tokenward.errors import TokenwardError

STARTED = time.perf_counter()
OFTEN = 1.0
"""Seconds between two events that say how far the work is."""
FAILED = 3


def main(arguments: list[str]) -> int:
    """Makes the run that a file describes; returns the exit code."""
    events = _own_output()
    try:
        job = Job.from_json(Path(arguments[0]).read_text(encoding="utf-8"))
        if job.watched:
            threading.Thread(target=_end_with_parent, daemon=True).start()
        record(job, events)
    except TokenwardError as error:
        return _failed(events, str(error), error.exit_code)
    except Exception as error:  # noqa: BLE001 - whatever foreign code raises is told the same way
        # the message may quote a text of a case: only where it was raised goes out
        traceback.print_tb(error.__traceback__)
        return _failed(events, f"the model failed: {type(error).__name__}{where(error)}", FAILED)
    return 0


def record(job: Job, events: TextIO) -> None:
    """Loads the model of a job and makes its run."""
    from tokenward.compare.backends.opened import open_backend  # noqa: PLC0415
    from tokenward.compare.recorded import Recording  # noqa: PLC0415
    from tokenward.compare.recording import Recorder  # noqa: PLC0415
    from tokenward.compare.usage import used  # noqa: PLC0415
    from tokenward.meters.energy import EnergyMeter  # noqa: PLC0415
    from tokenward.meters.memory import forget_device_peak, forget_peak  # noqa: PLC0415

    backend = open_backend(job.source, job.options)
    loading = time.perf_counter() - STARTED
    _tell(events, event="loaded", seconds=round(loading, 3))
    forget_peak()  # what was loaded to be made smaller is not what serving it takes
    forget_device_peak()
    elsewhere = backend.identity.kind == "endpoint"
    try:
        with EnergyMeter() as meter:
            recording = Recording.open(job.folder)
            Recorder.begin(backend, job, recording).run(_Often(events))
        recording.end(used(STARTED, loading, meter.so_far(), elsewhere=elsewhere))
    finally:
        backend.close()
    _tell(events, event="done")


class _Often:
    """Tells how far the work is, but not at each step."""

    def __init__(self, events: TextIO) -> None:
        self.events, self.last = events, 0.0

    def __call__(self, done: int, of: int) -> None:
        now = time.perf_counter()
        if done == of or now - self.last >= OFTEN:
            self.last = now
            _tell(self.events, event="progress", done=done, of=of)


def _own_output() -> TextIO:
    """Keeps standard output for events: what libraries print goes where errors go."""
    events = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return events


def _end_with_parent() -> None:
    while os.read(0, 1):  # not by sys.stdin, whose lock would be held when this process ends
        pass
    os._exit(FAILED)  # nobody is there any more to read what else it would find


def _tell(events: TextIO, **event: Any) -> None:
    print(json.dumps(event), file=events, flush=True)


def _failed(events: TextIO, message: str, code: int) -> int:
    _tell(events, event="error", message=message, code=code)
    return code


def where(error: Exception) -> str:
    """Returns where an error was raised; what it says may quote a text of a case."""
    last = traceback.extract_tb(error.__traceback__)[-1:]
    return "".join(f" at {Path(one.filename).name}:{one.lineno}" for one in last)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
