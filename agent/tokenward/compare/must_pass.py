"""Cases that must never fail: no statistics, each is asked three times of both models.

A file has JSON lines: ``id`` and ``prompt`` or ``messages``, and ``expect`` with what the answer
must be: ``exact``, ``contains``, ``not_contains`` (a text or several), ``regex``, or ``refuses``
(true or false). A case that the base passes in all of three fails when the optimized model fails in
two of three or more.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tokenward.compare.backends.base import Answer
from tokenward.compare.case import Case
from tokenward.compare.metrics.detectors import Detectors
from tokenward.compare.metrics.refusal import DETECTOR, THRESHOLD
from tokenward.compare.metrics.side import failed
from tokenward.compare.result import MustPass
from tokenward.compare.run import AnswerRow, Run
from tokenward.compare.suites.cases import case_of, rows
from tokenward.compare.suites.suite import Suite
from tokenward.errors import UsageError, one_of

NAME = "must_pass"
SAMPLES = 3
MOST_FAILURES = 1
KEYS = ("id", "prompt", "messages", "system", "expect")
TEXTS = ("exact", "contains", "not_contains", "regex")
EXPECTED = (*TEXTS, "refuses")


def read_cases(paths: Sequence[Path]) -> Suite | None:
    """Returns the cases of all files as one suite; ``None`` where there is no file."""
    if not paths:
        return None
    found = [case for path in paths for case in _of_file(path)]
    return Suite.of(NAME, NAME, found, ", ".join(map(str, paths)))


def _of_file(path: Path) -> Iterator[Case]:
    for where, values in rows(path):
        for key in values:
            if key not in KEYS:
                raise UsageError(f"{where}: unknown key {key!r}; {one_of(KEYS)}")
        case = case_of(values, NAME, where)
        yield replace(case, cluster=case.id, expect=_expect(case.expect, where))


def _expect(value: Mapping[str, Any], where: str) -> Mapping[str, Any]:
    if not value:
        raise UsageError(f"{where}: a case without 'expect' cannot fail; {one_of(EXPECTED)}")
    for key, wanted in value.items():
        if key not in EXPECTED:
            raise UsageError(f"{where}: unknown key {key!r} in 'expect'; {one_of(EXPECTED)}")
        if key == "refuses":
            if not isinstance(wanted, bool):
                raise UsageError(f"{where}: 'refuses' must be true or false")
        elif not _is_text(wanted, several=key in ("contains", "not_contains")):
            raise UsageError(f"{where}: {key!r} must be a text that is not empty")
    if "regex" in value:
        _compiled(value["regex"], where)
    return value


def _is_text(value: Any, *, several: bool) -> bool:
    if several and isinstance(value, list):
        return bool(value) and all(isinstance(one, str) and one for one in value)
    return isinstance(value, str) and bool(value)


def _compiled(pattern: str, where: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise UsageError(f"{where}: 'regex' is no pattern: {error.msg}") from None


def passes(case: Case, answer: str, refused: Mapping[str, float]) -> bool:
    """Tells whether an answer is what a case expects, in every respect that it names.

    ``refused`` has 1 for answers that decline, of cases that expect one or the other.

    >>> case = Case("a", NAME, "a", "2 + 2 =", expect={"contains": "4", "not_contains": "5"})
    >>> passes(case, "It is 4.", {}), passes(case, "4 or 5", {})
    (True, False)
    """
    expect = case.expect
    return all((
        "exact" not in expect or answer.strip() == expect["exact"].strip(),
        all(one in answer for one in _listed(expect.get("contains"))),
        not any(one in answer for one in _listed(expect.get("not_contains"))),
        "regex" not in expect or re.search(expect["regex"], answer) is not None,
        "refuses" not in expect or bool(refused[answer]) == expect["refuses"],
    ))  # fmt: skip


def _listed(value: str | Sequence[str] | None) -> Sequence[str]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else value


def judged(suite: Suite, base: Run, optimized: Run, detectors: Detectors) -> tuple[MustPass, ...]:
    """Judges all cases; a request that failed counts as one that did not pass."""
    sides = [_by_case(run.answers) for run in (base, optimized)]
    refused = _refused(suite, sides, detectors)
    found = []
    for case in suite.cases:
        of_base, of_optimized = (_passed(case, side[case.id], refused) for side in sides)
        fails = of_base == SAMPLES and SAMPLES - of_optimized > MOST_FAILURES
        found.append(MustPass(case.id, of_base, of_optimized, SAMPLES, passed=not fails))
    return tuple(found)


def _by_case(rows: Iterable[AnswerRow]) -> Mapping[str, list[Answer]]:
    found: dict[str, list[Answer]] = defaultdict(list)
    for row in rows:
        if row.suite == NAME and not row.repeat and row.sample < SAMPLES:
            found[row.case].append(row.answer)
    return found


def _refused(
    suite: Suite, sides: Sequence[Mapping[str, list[Answer]]], detectors: Detectors
) -> Mapping[str, float]:
    """Returns which answers decline; no detector is loaded where no case asks."""
    asking = [case.id for case in suite.cases if "refuses" in case.expect]
    texts = [one.text for side in sides for case in asking for one in side[case]]
    return detectors.flags(DETECTOR, texts, THRESHOLD) if texts else {}


def _passed(case: Case, answers: Iterable[Answer], refused: Mapping[str, float]) -> int:
    return sum(not failed(one) and passes(case, one.text, refused) for one in answers)
