"""Small cases and jobs, and what a run of them has beside times."""

from __future__ import annotations

from dataclasses import replace

from tokenward.compare.case import Case
from tokenward.compare.gate.gate import Noise
from tokenward.compare.job import Job
from tokenward.compare.recorded import Recording, read_run
from tokenward.compare.recording import Recorder
from tokenward.compare.sampling import Sampling
from tokenward.compare.suites.suite import Suite

STARTS = ["Your order", "The parcel is", "We will", "Please send", "I would like to", "It costs",
          "On Monday", "Thank you for"]  # fmt: skip


def texts(count=4, name="quality"):
    """A suite of beginnings with a continuation each, of several lengths."""
    return Suite.of(name, "quality", [
        Case(f"c{i}", name, f"k{i // 2}", STARTS[i % len(STARTS)] + " now" * (i % 3),
             rated=(f" arrives on Monday with {i} books.",))
        for i in range(count)
    ], name)  # fmt: skip


def chats(count=2, name="tasks"):
    """A suite of messages."""
    return Suite.of(name, "tasks", [
        Case(f"q{i}", name, f"q{i}", ({"role": "user", "content": f"Where is order {i}?"},),
             expect={"exact": str(i)})
        for i in range(count)
    ], name)  # fmt: skip


def job(folder, *suites, reference=None, **changes):
    sampling = changes.pop("sampling", Sampling(max_new_tokens=8, batch=2))
    noise = changes.pop("noise", Noise(repeat=0))
    return Job("demo", changes.pop("options", {}), suites, sampling, noise, folder,
               reference=reference, **changes)  # fmt: skip


def recorded(backend, job_):
    """Makes a job's run in this process."""
    Recorder.begin(backend, job_, Recording.open(job_.folder)).run(lambda *_: None)
    return read_run(job_.folder)


def timeless(run):
    """All that a run says, without when."""
    still = [replace(row, answer=replace(row.answer, seconds=0, first=None, gaps=()))
             for row in run.answers]  # fmt: skip
    return still, list(run.ratings), run.suites, run.sampling, run.details["id"]
