"""The law of streaming as an assertion: a text does the same however it is cut into chunks."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tokenward.errors import UsageError
from tokenward.guard import Guard
from tokenward.hookspecs import hookimpl
from tokenward.registry import Registry
from tokenward.testing.detector import build
from tokenward.testing.report import Check, NotMeasuredError, Report, measure
from tokenward.testing.runs import Run, faults
from tokenward.testing.texts import ODD, cuts, padded, places
from tokenward.types import STAGES, Detector, DetectorPlugin, SpanDetector

NAME = "under-test"
UNGUARDED: Mapping[str, Any] = {"name": "no-guard", "rules": []}

Subject = Guard | str | Path | Mapping[str, Any] | DetectorPlugin | Detector


@dataclass(frozen=True)
class _NoSettings:
    pass


def assert_chunking_law(
    subject: Subject,
    samples: Sequence[str],
    *,
    stage: str | None = "output",
    settings: Mapping[str, Any] | None = None,
) -> Report:
    """Asserts that nothing depends on how a text is cut; raises ``ConformanceError`` otherwise.

    ``subject`` is a guard, a policy (name, path or mapping), a detector, or the plugin of one with
    the ``settings`` that a policy would write; all that a detector finds is redacted (of units that
    are scored, those with 0.5 and more). ``samples`` are texts in which something is found. Each is
    cut in many ways, alone and in the middle of prose, and must release the same text, never take
    back or leak any of it, and be decided the same. The first cut that breaks this is told, with
    the fewest chunks that still do.

    Two controls come first: no guard at all, and a guard that is a new one for each chunk, must
    fail on every sample. A sample on which one of them passes proves nothing: it is not measured,
    which is no pass. The report has a check for each sample; the assertion holds when all passed.

    >>> report = assert_chunking_law("pii-secrets", ["Card 4111 1111 1111 1111, thanks."])
    >>> print(report)
    guard 'pii-secrets': 6 passed, 0 failed, 0 not measured
          passed  no guard at all fails
          passed  a guard without memory fails
          passed  sample 0 (33 characters)
          passed  odd texts do not depend on chunks either
          passed  every detector ran to its end
          passed  no more waits than the policy says
    """
    if not samples:
        raise UsageError("no samples; give texts in which something is found")
    with _guarded(subject, settings) as guard:
        return _examined(guard, samples, stage).require()


@contextlib.contextmanager
def _guarded(subject: Subject, settings: Mapping[str, Any] | None) -> Iterator[Guard]:
    """Gives a guard; one that was made here is closed again."""
    if settings is not None and not isinstance(subject, DetectorPlugin):
        raise UsageError("settings are for a DetectorPlugin; this subject is made already")
    if isinstance(subject, Guard):
        yield subject
        return
    if isinstance(subject, str | Path | Mapping):
        guard = Guard.load(subject)
    elif isinstance(subject, DetectorPlugin):
        guard = _guard_of(build(subject, settings or {}))
    else:
        guard = _guard_of(subject)
    with guard:
        yield guard


def _guard_of(detector: Detector) -> Guard:
    """Returns a guard that redacts whatever a detector finds."""
    plugin = DetectorPlugin(NAME, lambda *_: detector, _NoSettings, None, "the one under test")
    holder = SimpleNamespace(register_detectors=hookimpl(lambda: [plugin]))
    rule = {
        "id": "all",
        "stage": list(STAGES),
        "detect": {NAME: "all"},
        # a classifier gives every text some score
        "when": "score > 0" if isinstance(detector, SpanDetector) else "score >= 0.5",
        "action": "redact",
    }
    return Guard.load({"name": NAME, "rules": [rule]}, registry=Registry([(NAME, holder)]))


@dataclass(slots=True)
class _Findings:
    """What was seen while samples were cut, beside the outcome of each."""

    degraded: list[str] = field(default_factory=list)
    held: int = 0

    def note(self, where: str, run: Run) -> None:
        self.held = max(self.held, run.held)
        if run.decision.degraded:
            self.degraded.append(f"{where}: {', '.join(run.decision.degraded)} did not")


def _examined(guard: Guard, samples: Sequence[str], stage: str | None) -> Report:
    law = _Law(guard, stage)
    with Guard.load(UNGUARDED) as nothing:
        checks = [law.sample(number, text, nothing) for number, text in enumerate(samples)]
    measured = all(check.outcome != "not measured" for check in checks)
    odd = measure("odd texts do not depend on chunks either", law.odd())
    compiled = guard.engine.compiled
    plan = "any" if stage is None else stage
    limit = compiled.hold_back(plan).characters if plan in compiled.plans else 0
    report = (
        _control("no guard at all fails", law.unguarded, len(samples)),
        _control("a guard without memory fails", law.forgetful, len(samples)),
        *checks,
        odd,
        measure("every detector ran to its end", iter(law.findings.degraded)),
        measure("no more waits than the policy says", _waits(law.findings.held, limit)),
    )
    return Report(f"guard {compiled.policy.name!r}", report, complete=measured)


def _control(name: str, failed: int, samples: int) -> Check:
    if failed == samples:
        return Check(name, "passed")
    return Check(name, "not measured", f"it passes on {samples - failed} of {samples} samples")


def _waits(held: int, limit: int | None) -> Iterator[str]:
    if limit is not None and held > limit:
        yield f"{held} characters waited, the policy says {limit}"


class _Law:
    """Cuts samples for one guard; counts on how many of them each control failed, as it must."""

    def __init__(self, guard: Guard, stage: str | None) -> None:
        self.guard = guard
        self.stage = stage
        self.findings = _Findings()
        self.unguarded = 0
        self.forgetful = 0

    def sample(self, number: int, text: str, nothing: Guard) -> Check:
        """Returns the check of a sample."""
        name = f"sample {number} ({len(text)} characters)"
        return measure(name, self._sample(text, name, nothing))

    def _sample(self, text: str, name: str, nothing: Guard) -> Iterator[str]:
        whole = Run.of(self.guard, [text], self.stage)
        if _seen(whole) == _seen(Run.of(nothing, [text], self.stage)):
            raise NotMeasuredError("no guard at all does the same: nothing is found in it")
        self.unguarded += 1
        ways = list(cuts(text))
        if not any(self._without_memory(chunks) != _seen(whole) for _, chunks in ways):
            raise NotMeasuredError("a guard without memory does the same: no cut of it matters")
        self.forgetful += 1
        yield from self._cut(whole, (chunks for _, chunks in ways), name)
        inside, begin = padded(text)
        alone = Run.of(self.guard, [inside], self.stage)
        yield from self._cut(alone, places(inside, begin, begin + len(text)), f"{name} in prose")

    def _without_memory(self, chunks: Sequence[str]) -> tuple[str, list[tuple[str, int, int]]]:
        """Returns what comes out where each chunk gets a guard of its own."""
        released, found, at = [], [], 0
        for chunk in chunks:
            text, some = _seen(Run.of(self.guard, [chunk], self.stage))
            released.append(text)
            found += [(type_, at + start, at + end) for type_, start, end in some]
            at += len(chunk)
        return "".join(released), found

    def _cut(self, whole: Run, ways: Iterator[list[str]], where: str) -> Iterator[str]:
        """Yields what is wrong with the first way that breaks the law."""
        self.findings.note(where, whole)
        for chunks in ways:
            run = Run.of(self.guard, chunks, self.stage)
            self.findings.note(where, run)
            if any(True for _ in faults(whole, run)):
                fewest = _fewest(chunks, lambda some: self._breaks(whole, some))
                wrong = "; ".join(faults(whole, Run.of(self.guard, fewest, self.stage)))
                yield f"{_told(fewest)}: {wrong}"
                return

    def _breaks(self, whole: Run, chunks: Sequence[str]) -> bool:
        return any(True for _ in faults(whole, Run.of(self.guard, chunks, self.stage)))

    def odd(self) -> Iterator[str]:
        """Yields what is wrong with texts that careless code falls over."""
        for number, text in enumerate(ODD):
            whole = Run.of(self.guard, [text], self.stage)
            ways = (chunks for _, chunks in cuts(text))
            for fault in self._cut(whole, ways, f"odd text {number}"):
                yield f"odd text {number}, {fault}"


def _seen(run: Run) -> tuple[str, list[tuple[str, int, int]]]:
    found = run.decision.detections
    return run.released, [(one.type, one.start, one.end) for one in found]


def _fewest(chunks: Sequence[str], breaks: Callable[[Sequence[str]], bool]) -> Sequence[str]:
    """Joins chunks as long as the law stays broken."""
    at = 0
    while at + 1 < len(chunks):
        joined = [*chunks[:at], chunks[at] + chunks[at + 1], *chunks[at + 2 :]]
        if breaks(joined):
            chunks = joined
        else:
            at += 1
    return chunks


def _told(chunks: Sequence[str]) -> str:
    ends, at = [], 0
    for chunk in chunks[:-1]:
        at += len(chunk)
        ends.append(str(at))
    return f"cut at {', '.join(ends)}" if ends else "whole"
