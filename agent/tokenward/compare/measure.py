"""Measures a model in a process of its own, or reads what is there of its run already."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tokenward.compare.backends.opened import kind_of
from tokenward.compare.backends.weights import files_hash, weight_files
from tokenward.compare.gate.gate import Noise
from tokenward.compare.job import NOISE_CASES, Job
from tokenward.compare.recorded import check_same, marks_of, read_run, read_told
from tokenward.compare.recording import configuration, undone
from tokenward.compare.run import RUN, Run
from tokenward.compare.sampling import Sampling
from tokenward.compare.suites.suite import Suite
from tokenward.errors import UpstreamError, UsageError

Progress = Callable[[str], None]
POOLS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
PATIENCE = 10.0
"""Seconds that a worker has to end before it is killed."""
USAGE_CODE = 2
LOG = "worker.log"
"""What a worker and its libraries print; kept where it failed."""


def measure(
    source: str,
    options: Mapping[str, Any],
    suites: Sequence[Suite],
    sampling: Sampling,
    *,
    noise: Noise,
    folder: Path,
    reference: Path | None = None,
    cases: Collection[str] | None = None,
    progress: Progress | None = None,
    noise_cases: int = NOISE_CASES,
) -> Run:
    """Returns the run of a model over suites; ``folder`` keeps it, and what is there is not redone.

    ``reference`` is the folder of the base's run, against which divergences are measured. Of
    ``cases`` only these ids are run and returned. Noise is measured on about ``noise_cases`` cases
    of each suite.

    Raises:
        UsageError: where the folder holds a run of something else, or the model cannot be opened.
        UpstreamError: where the model fails, or its process ends.
    """
    chosen = None if cases is None else tuple(sorted(cases))
    job = Job(
        source, options, tuple(suites), sampling, noise, folder,
        reference=reference, cases=chosen, noise_cases=noise_cases, watched=True,
    )  # fmt: skip
    if not _is_there(job):
        _work(job, progress or (lambda _: None))
    run = read_run(folder)
    return run if chosen is None else only(run, frozenset(chosen))


def only(run: Run, cases: frozenset[str]) -> Run:
    """Returns the rows of some cases."""
    return replace(
        run,
        answers=tuple(row for row in run.answers if row.case in cases),
        ratings=tuple(row for row in run.ratings if row.case in cases),
    )


def _is_there(job: Job) -> bool:
    """Tells whether nothing is left to do; refuses a folder with a run of something else."""
    if not (job.folder / RUN).is_file():
        return False
    told = read_told(job.folder)
    check_same(told, {"configuration": configuration(job)}, job.folder)
    weights = _weights(job.source)
    if weights is not None and weights != told["identity"]["weights"]:
        raise UsageError(
            f"{job.folder}: holds a run of other weights than {job.source} has now; "
            "give another folder, or delete this one"
        )
    return not undone(job, marks_of(job.folder), told["can"])


def _weights(source: str) -> str | None:
    if kind_of(source) == "endpoint" or not Path(source).is_dir():
        return None
    return files_hash(weight_files(Path(source)))


def _work(job: Job, progress: Progress) -> None:
    job.folder.mkdir(parents=True, exist_ok=True)
    log = job.folder / LOG
    with tempfile.TemporaryDirectory() as folder, log.open("wb") as errors:
        path = Path(folder) / "job.json"
        path.write_text(job.to_json(), encoding="utf-8")
        process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "tokenward.compare.worker", str(path)],
            stdin=subprocess.PIPE,  # its end tells the worker that nobody waits any more
            stdout=subprocess.PIPE,
            stderr=errors,
            env=environment(job.options),
            text=True,
            encoding="utf-8",
        )
        try:
            error = _followed(process, progress)
        finally:
            _end(process)
    if process.returncode:
        raise _failure(process.returncode, error, job)
    log.unlink()


def _followed(process: subprocess.Popen[str], progress: Progress) -> Mapping[str, Any] | None:
    assert process.stdout is not None
    error = None
    for line in process.stdout:
        event = json.loads(line)
        if event["event"] == "error":
            error = event
        elif event["event"] == "loaded":
            progress(f"loaded in {event['seconds']:.1f} s")
        elif event["event"] == "progress":
            progress(f"{event['done']} of {event['of']} steps")
    process.wait()
    return error


def _end(process: subprocess.Popen[str]) -> None:
    """Ends a worker that still runs, as after Ctrl-C; its rows are there and it can go on."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


def _failure(code: int, error: Mapping[str, Any] | None, job: Job) -> Exception:
    if error is not None:
        kind = UsageError if error["code"] == USAGE_CODE else UpstreamError
        return kind(error["message"])
    why = f"by signal {-code}; is there memory enough?" if code < 0 else f"with code {code}"
    return UpstreamError(
        f"{job.source}: the model's process ended {why}; {job.folder / LOG} has what it said last; "
        "run it again, and it goes on"
    )


def environment(options: Mapping[str, Any]) -> dict[str, str]:
    """Returns the worker's environment; thread pools are made when libraries are loaded.

    Threads that have nothing to do sleep: spinning, they take the processor from the others.
    """
    found = {"OMP_WAIT_POLICY": "PASSIVE", **os.environ}
    count = str(options.get("threads", "")).strip()
    return {**found, **dict.fromkeys(POOLS, count)} if count.isdigit() else found
