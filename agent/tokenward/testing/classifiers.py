"""The battery of a classifier."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, get_args

from tokenward.testing.judging import LONG, Judging
from tokenward.testing.report import Check, NotMeasuredError, measure
from tokenward.testing.texts import ODD, run_of
from tokenward.testing.watch import is_score
from tokenward.types import NOT_MEASURED, Classifier, UnitKind, Unjudged

LONG_TEXTS = (run_of("a", LONG), run_of("a. ", LONG))

Rows = Sequence[Mapping[str, float]]


def classifier_checks(
    classifier: Classifier, samples: Sequence[str], *, given: bool, tolerance: float
) -> Iterator[Check]:
    """Yields the checks of a classifier; scores within ``tolerance`` of each other are the same."""
    yield measure("has a unit and says whether it is inline", _shape(classifier))
    rows = measure("scores each type of each text in [0, 1]", _rows(classifier, samples))
    yield rows
    if rows.outcome == "failed":
        return  # what follows compares scores
    judging = Judging(classifier, partial(_differences, tolerance))
    yield measure("takes no texts", judging.none())
    yield measure("takes any characters", _rows(classifier, ODD))
    yield measure("takes long texts", _rows(classifier, LONG_TEXTS))
    yield measure("tells texts apart", _tells_apart(classifier, samples, given=given))
    yield measure("scores one by one as in a batch", judging.batch(samples))
    yield measure("keeps the order of texts", judging.order(samples))
    yield measure("scores the same text the same again", judging.again(samples))
    yield measure("scores the same from several threads", judging.threads(samples))
    yield measure("keeps no text when a text is scored", judging.forgets(samples))
    yield measure("is as cheap as inline promises", judging.inline())
    yield measure("work is linear in the text", judging.work())


def _shape(classifier: Any) -> Iterator[str]:
    if classifier.unit not in get_args(UnitKind):
        yield f"unit is {classifier.unit!r}; use one of: {', '.join(get_args(UnitKind))}"
    if not isinstance(classifier.inline, bool):
        yield f"inline is {classifier.inline!r}; it must be True or False"


def _rows(classifier: Classifier, texts: Sequence[str]) -> Iterator[str]:
    rows: Any = classifier.score(list(texts))
    if not isinstance(rows, Sequence) or len(rows) != len(texts):
        found = f"{len(rows)} rows" if isinstance(rows, Sequence) else type(rows).__name__
        yield f"{len(texts)} texts gave {found}"
        return
    for number, row in enumerate(rows):
        if row is NOT_MEASURED or isinstance(row, Unjudged):
            continue
        if not isinstance(row, Mapping):
            yield f"text {number}: a row is a {type(row).__name__}, not a mapping"
        elif set(row) != set(classifier.types):
            yield f"text {number}: scores for {sorted(row)}, types are {sorted(classifier.types)}"
        else:
            yield from (
                f"text {number}: {label!r} scores {score!r}"
                for label, score in row.items()
                if not is_score(score)
            )


def _tells_apart(classifier: Classifier, samples: Sequence[str], *, given: bool) -> Iterator[str]:
    rows = classifier.score(samples)
    if all(row is NOT_MEASURED for row in rows):
        raise NotMeasuredError("it scored none of the texts: it may want a request to judge by")
    if any(not _close(row, rows[0], 1e-9) for row in rows):
        return
    if not given:
        raise NotMeasuredError("it scored all of the kit's own texts alike; give samples=")
    yield f"all {len(samples)} texts got the same scores"


def _differences(tolerance: float, first: Rows, second: Rows) -> Iterator[str]:
    for number, (one, other) in enumerate(zip(first, second, strict=True)):
        if not _close(one, other, tolerance):
            gaps = (abs(score - other.get(label, math.inf)) for label, score in one.items())
            most = max(gaps, default=math.inf)
            yield f"sample {number}: scores differ by {most:.2g}, more than {tolerance:g}"


def _close(one: Mapping[str, float], other: Mapping[str, float], tolerance: float) -> bool:
    return one.keys() == other.keys() and all(
        abs(score - other[label]) <= tolerance for label, score in one.items()
    )
