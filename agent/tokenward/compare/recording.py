"""Puts a job's cases through a loaded model and writes what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from tokenward.compare.backends.base import Ask, Backend, Rated, Rating
from tokenward.compare.backends.finite import NotFinite
from tokenward.compare.case import Case, Prompt
from tokenward.compare.divergence import Distribution
from tokenward.compare.drawn import Distributions, Drawn, Reference
from tokenward.compare.job import Job
from tokenward.compare.recorded import Mark, Recording, read_told
from tokenward.compare.run import DRAWN, AnswerRow, RatingRow
from tokenward.compare.sampling import Sampling
from tokenward.compare.steps import DISTRIBUTED, Item, Step, steps
from tokenward.errors import UpstreamError, UsageError

Progress = Callable[[int, int], None]
"""Takes how many steps are done, and of how many."""
PLAIN: Mapping[str, Any] = {"temperature": 1.0, "top_k": 0, "top_p": 1.0, "stop": ()}
"""Draws are from the base's distribution as it is."""


def configuration(job: Job) -> dict[str, Any]:
    """Returns what a run of a job is known by; a folder goes on with this and nothing else.

    Which cases are run is no part of it: the rest of them can be run later.
    """
    return {
        "source": job.source,
        "options": {key: str(value) for key, value in job.options.items()},
        "sampling": asdict(job.sampling),
        "suites": {suite.name: suite.sha256 for suite in job.suites},
        "formats": {suite.name: suite.format for suite in job.suites},
        "noise": {**asdict(job.noise), "cases": job.noise_cases},
        "reference": None if job.reference is None else read_told(job.reference)["id"],
    }


def undone(job: Job, done: set[Mark], can: Iterable[str]) -> list[Step]:
    """Returns the steps of a job that lack a row, of those that the model can do at all."""
    able = {"answer"} | ({"draw", "rate"} if "rate" in can else set())
    return [
        step
        for step in steps(job)
        if step.work in able and any(_mark(step, item) not in done for item in step.items)
    ]


def _mark(step: Step, item: Item) -> Mark:
    return step.work, step.suite, item.case.id, item.of, step.repeat


def asked(case: Case, sampling: Sampling) -> Prompt:
    """Returns the prompt of a case with the system messages of run and case before it."""
    system = "\n\n".join(text for text in (sampling.system, case.system) if text)
    if not system:
        return case.prompt
    if isinstance(case.prompt, str):
        return f"{system}\n\n{case.prompt}"
    first = case.prompt[0] if case.prompt else None
    if first is not None and first["role"] == "system":
        whole = {**first, "content": f"{system}\n\n{first['content']}"}
        return (whole, *case.prompt[1:])
    return ({"role": "system", "content": system}, *case.prompt)


@dataclass(slots=True)
class Recorder:
    """Runs the steps of a job on a backend."""

    backend: Backend
    job: Job
    recording: Recording
    reference: Reference | None = None
    drawn: Drawn = field(default_factory=Drawn)
    own: dict[str, Reference] = field(default_factory=dict)

    @classmethod
    def begin(cls, backend: Backend, job: Job, recording: Recording) -> Recorder:
        """States the run in its folder, or finds that it holds another."""
        told = {
            "configuration": configuration(job),
            "identity": backend.identity.as_dict(),
            "can": sorted(backend.can),
        }
        recording.begin(told)
        reference = None if job.reference is None else Reference.open(job.reference)
        if reference is not None:
            reference.check(job.suites)
        drawn = Drawn.read(job.reference or job.folder)
        return cls(backend, job, recording, reference, drawn)

    def run(self, progress: Progress) -> None:
        """Does what is not done yet."""
        todo = undone(self.job, self.recording.done, self.backend.can)
        work = {"draw": self._draw, "answer": self._answer, "rate": self.rate}
        for number, step in enumerate(todo, 1):
            with _named(step.suite, [item.case.id for item in step.items]):
                work[step.work](step)
            progress(number, len(todo))

    def _draw(self, step: Step) -> None:
        sampling = replace(self.job.sampling, system=None, samples=1, **PLAIN)
        asks = [self._ask(step, item, 0, f"/{DRAWN}") for item in step.items]
        for item, answer in zip(step.items, self.backend.generate(asks, sampling), strict=True):
            if not self._done(step, item):
                self.recording.draw(step.suite, item.case.id, answer)
                self.drawn.add(step.suite, item.case.id, answer.text, answer.tokens)

    def _answer(self, step: Step) -> None:
        sampling = replace(self.job.sampling, system=None, batch=step.batch)
        asks = [self._ask(step, item, int(item.of)) for item in step.items]
        for item, answer in zip(step.items, self.backend.generate(asks, sampling), strict=True):
            if not self._done(step, item):
                case, sample = item.case.id, int(item.of)
                row = AnswerRow(step.suite, case, sample, answer, step.repeat, step.batch)
                self.recording.answer(row)

    def _ask(self, step: Step, item: Item, sample: int, salt: str = "") -> Ask:
        key = (self.job.sampling.seed, f"{step.suite}/{item.case.id}{salt}", sample)
        return Ask(key, asked(item.case, self.job.sampling))

    def _done(self, step: Step, item: Item) -> bool:
        return _mark(step, item) in self.recording.done

    def rate(self, step: Step) -> None:
        """Rates a step's continuations; an empty one has a row without numbers."""
        ratings = [self._rating(step, item) for item in step.items]
        known = self._distributions(step)
        at = [None if one is None else one.ids for one in known]
        rated = self.backend.rate(ratings, at if any(ids is not None for ids in at) else None)
        file = self._keep(step, rated)
        for item, rating, one, base in zip(step.items, ratings, rated, known, strict=True):
            if not self._done(step, item):
                row = RatingRow(
                    step.suite, item.case.id, item.of, len(rating.text.encode()),
                    tuple(one.logprobs.tolist()), **_against(base, one),
                    repeat=step.repeat, batch=step.batch, error=one.error,
                )  # fmt: skip
                self.recording.rating(row, file)

    def _rating(self, step: Step, item: Item) -> Rating:
        prompt = asked(item.case, self.job.sampling)
        if item.of != DRAWN:
            return Rating(prompt, item.case.rated[int(item.of)])
        drawn = self.drawn.get(step.suite, item.case.id)
        if drawn is None and self.reference is not None and not self.reference.rates:
            return Rating(prompt, "")
        if drawn is None:
            raise UsageError(
                f"suite {step.suite}, case {item.case.id!r}: the base's run has no continuation "
                "drawn for it; record the base on the same cases"
            )
        return Rating(prompt, drawn.text, drawn.tokens if self._same_tokens() else None)

    def _same_tokens(self) -> bool:
        return self.reference is None or self.reference.same_tokens(self.backend.identity)

    def _distributions(self, step: Step) -> list[Distribution | None]:
        reference = self._itself(step) if self.reference is None else self.reference
        if reference is None or not self._same_tokens():
            return [None] * len(step.items)
        return [reference.distribution(step.suite, one.case.id, one.of) for one in step.items]

    def _itself(self, step: Step) -> Reference | None:
        """Returns the base's own run, from which its repeats differ by the noise floor."""
        if not step.repeat or step.format not in DISTRIBUTED:
            return None
        if step.suite not in self.own:  # its first pass is written before any repeat
            self.own[step.suite] = Reference.open(self.recording.folder)
        return self.own[step.suite]

    def _keep(self, step: Step, rated: Sequence[Rated]) -> str | None:
        """Keeps the base's distributions, whole before the rows that name their file."""
        wanted = self.reference is None and step.repeat == 0 and step.format in DISTRIBUTED
        if not wanted or any(one.top is None for one in rated):
            return None
        return Distributions(self.recording.folder).write(
            [(step.suite, item.case.id, item.of) for item in step.items],
            [_distribution(one) for one in rated],
        )


def _distribution(rated: Rated) -> Distribution:
    assert rated.top is not None
    assert rated.top_logprobs is not None
    return Distribution.of(rated.tokens, rated.top, rated.top_logprobs)


def _against(base: Distribution | None, rated: Rated) -> Mapping[str, Any]:
    """Returns what a rating row states against the base, where that can be told."""
    if base is None or rated.at is None or not np.array_equal(base.tokens, rated.tokens):
        return {}
    likeliest = None if rated.top is None else rated.top[:, 0]
    agree = None if likeliest is None else (likeliest == base.ids[:, 0]).astype(int).tolist()
    return {
        "kl": tuple(base.divergence(rated.at).tolist()),
        "agree": None if agree is None else tuple(agree),
        "entropy": tuple(base.entropy().tolist()),
    }


@contextmanager
def _named(suite: str, cases: Sequence[str]) -> Iterator[None]:
    """Says in an error of a row which case it is of."""
    try:
        yield
    except NotFinite as error:
        raise UpstreamError(
            f"suite {suite}, case {cases[error.row]!r}: the model's logits are not finite (NaN or "
            "infinite); its weights or its number format are broken"
        ) from error
