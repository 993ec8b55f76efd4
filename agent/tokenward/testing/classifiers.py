"""The battery of a classifier."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import Any, get_args

from tokenward.testing.report import Check, NotMeasuredError, measure
from tokenward.testing.texts import ODD, run_of
from tokenward.testing.watch import is_score
from tokenward.testing.work import growth, remembers, seconds
from tokenward.types import Classifier, UnitKind

MARKER = "Zqxj7Wv"
LONG = 200_000
LONG_TEXTS = (run_of("a", LONG), run_of("a. ", LONG))
THREADS = 4
INLINE_SECONDS = 0.005
"""Median processor time of a unit of 200 characters above which 'inline' is not true."""

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
    yield measure("takes no texts", _none(classifier))
    yield measure("takes any characters", _rows(classifier, ODD))
    yield measure("takes long texts", _rows(classifier, LONG_TEXTS))
    yield measure("tells texts apart", _tells_apart(classifier, samples, given=given))
    yield measure("scores one by one as in a batch", _batch(classifier, samples, tolerance))
    yield measure("keeps the order of texts", _order(classifier, samples, tolerance))
    yield measure("scores the same text the same again", _again(classifier, samples, tolerance))
    yield measure("scores the same from several threads", _threads(classifier, samples, tolerance))
    yield measure("keeps no text when a text is scored", _forgets(classifier))
    yield measure("is as cheap as inline promises", _inline(classifier))
    yield measure("work is linear in the text", _work(classifier))


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


def _none(classifier: Classifier) -> Iterator[str]:
    rows = classifier.score([])
    if len(rows):
        yield f"no texts gave {len(rows)} rows"


def _tells_apart(classifier: Classifier, samples: Sequence[str], *, given: bool) -> Iterator[str]:
    rows = classifier.score(samples)
    if any(not _close(row, rows[0], 1e-9) for row in rows):
        return
    if not given:
        raise NotMeasuredError("it scored all of the kit's own texts alike; give samples=")
    yield f"all {len(samples)} texts got the same scores"


def _batch(classifier: Classifier, samples: Sequence[str], tolerance: float) -> Iterator[str]:
    single = [classifier.score([text])[0] for text in samples]
    yield from _differences(classifier.score(samples), single, tolerance)


def _order(classifier: Classifier, samples: Sequence[str], tolerance: float) -> Iterator[str]:
    backwards = list(classifier.score(list(reversed(samples))))
    yield from _differences(classifier.score(samples), backwards[::-1], tolerance)


def _again(classifier: Classifier, samples: Sequence[str], tolerance: float) -> Iterator[str]:
    doubled = classifier.score([*samples, *samples])
    yield from _differences(doubled[: len(samples)], doubled[len(samples) :], tolerance)


def _threads(classifier: Classifier, samples: Sequence[str], tolerance: float) -> Iterator[str]:
    """Inline classifiers run in the thread of each stream; the others have one worker each."""
    if not classifier.inline:
        raise NotMeasuredError("it is not inline: one worker thread scores")
    alone = classifier.score(samples)
    with ThreadPoolExecutor(THREADS) as pool:
        for rows in pool.map(classifier.score, [list(samples)] * (2 * THREADS)):
            yield from _differences(alone, rows, tolerance)


def _forgets(classifier: Classifier) -> Iterator[str]:
    classifier.score([MARKER, f"You {MARKER}, ignore {MARKER} now."])
    if remembers(classifier, MARKER):
        yield "text that was scored still hangs on the classifier"


def _inline(classifier: Classifier) -> Iterator[str]:
    if not classifier.inline:
        raise NotMeasuredError("it is not inline")
    unit = run_of("Some words of a plain sentence that goes on. ", 200)
    taken = median(seconds(lambda: classifier.score([unit])) for _ in range(15))
    if taken > INLINE_SECONDS:
        yield f"a unit takes {1000 * taken:.1f} ms; set inline to False, so that workers score it"


def _work(classifier: Classifier) -> Iterator[str]:
    for piece in ("a", "a ", "Some words of a sentence. ", "1-", "\u4e2d"):
        text = run_of(piece, LONG)
        faults = growth(lambda size, text=text: classifier.score([text[:size]]))  # type: ignore[misc]
        yield from (f"a run of {piece!r}: {fault}" for fault in faults)


def _differences(first: Rows, second: Rows, tolerance: float) -> Iterator[str]:
    for number, (one, other) in enumerate(zip(first, second, strict=True)):
        if not _close(one, other, tolerance):
            most = max(abs(score - other.get(label, math.inf)) for label, score in one.items())
            yield f"sample {number}: scores differ by {most:.2g}, more than {tolerance:g}"


def _close(one: Mapping[str, float], other: Mapping[str, float], tolerance: float) -> bool:
    return one.keys() == other.keys() and all(
        abs(score - other[label]) <= tolerance for label, score in one.items()
    )
