"""The battery of a tagger."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from tokenward.testing.judging import LONG, Judging
from tokenward.testing.report import Check, NotMeasuredError, measure
from tokenward.testing.texts import ODD, RUNS, run_of
from tokenward.testing.watch import EVIDENT, is_score, texts_in
from tokenward.types import Tag, Tagger

BEFORE = "\U0001f600 "
UNITS = ("sentence", "text")
LONGEST_SENTENCE = 400
"""Characters of the longest sentence that the engine hands over."""

Rows = Sequence[Sequence[Tag]]
Row = list[tuple[int, int, str, float]]


def tagger_checks(
    tagger: Tagger, samples: Sequence[str], *, given: bool, tolerance: float
) -> Iterator[Check]:
    """Yields the checks of a tagger; scores within ``tolerance`` of each other are the same."""
    yield measure("has a unit and says whether it is inline", _shape(tagger))
    rows = measure("tags lie in their text, with a type and a score", _rows(tagger, samples))
    yield rows
    if rows.outcome == "failed":
        return  # what follows compares tags
    judging = Judging(tagger, partial(_differences, tolerance))
    yield measure("takes no texts", judging.none())
    yield measure("takes any characters", _rows(tagger, ODD))
    yield measure("takes the longest texts that it may get", _rows(tagger, _longest(tagger)))
    yield measure("finds something in the samples", _finds(tagger, samples, given=given))
    yield measure("counts code points", _offsets(tagger, samples))
    yield measure("tags one by one as in a batch", judging.batch(samples))
    yield measure("keeps the order of texts", judging.order(samples))
    yield measure("tags the same text the same again", judging.again(samples))
    yield measure("tags the same from several threads", judging.threads(samples))
    yield measure("keeps no text when a text is tagged", judging.forgets(samples))
    yield measure("is as cheap as inline promises", judging.inline())
    yield measure("work is linear in the text", _work(tagger, judging))


def _shape(tagger: Any) -> Iterator[str]:
    if tagger.unit not in UNITS:
        yield f"unit is {tagger.unit!r}; use one of: {', '.join(UNITS)}"
    if not isinstance(tagger.inline, bool):
        yield f"inline is {tagger.inline!r}; it must be True or False"


def _rows(tagger: Tagger, texts: Sequence[str]) -> Iterator[str]:
    rows: Any = tagger.tag(list(texts))
    if not isinstance(rows, Sequence) or len(rows) != len(texts):
        found = f"{len(rows)} rows" if isinstance(rows, Sequence) else type(rows).__name__
        yield f"{len(texts)} texts gave {found}"
        return
    for number, (text, row) in enumerate(zip(texts, rows, strict=True)):
        if not isinstance(row, Sequence):
            yield f"text {number}: a row is a {type(row).__name__}, not a sequence of tags"
            continue
        for tag in row:
            yield from (f"text {number}: {fault}" for fault in _faults(tag, text, tagger.types))


def _faults(tag: Any, text: str, types: frozenset[str]) -> Iterator[str]:
    if not isinstance(tag, Tag):
        yield f"a tag is a {type(tag).__name__}"
        return
    if tag.type not in types:
        yield f"type {tag.type!r} is not among the tagger's types"
    if not all(type(at) is int for at in (tag.start, tag.end)):
        yield f"[{tag.start!r}, {tag.end!r}) are no whole numbers"
        return
    if not 0 <= tag.start < tag.end <= len(text):
        yield f"{tag.type} [{tag.start}, {tag.end}) in {len(text)} characters"
    if not is_score(tag.score):
        yield f"score is {tag.score!r}"
    value = text[tag.start : tag.end]
    if len(value) >= EVIDENT and any(value in said for said in texts_in(tag.evidence)):
        yield f"evidence of {tag.type} [{tag.start}, {tag.end}) repeats the text it found"


def _longest(tagger: Tagger) -> list[str]:
    length = LONG if tagger.unit == "text" else LONGEST_SENTENCE
    return [run_of(piece, length) for piece in RUNS]


def _finds(tagger: Tagger, samples: Sequence[str], *, given: bool) -> Iterator[str]:
    if any(tagger.tag(samples)):
        return
    if not given:
        raise NotMeasuredError("it found nothing in the kit's own texts; give samples=")
    yield f"nothing in {len(samples)} texts; give some in which it finds something"


def _offsets(tagger: Tagger, samples: Sequence[str]) -> Iterator[str]:
    """What stands before a text moves its tags by its code points, not by its units or bytes.

    A model may say something else of a text with another beginning: only a wrong shift is a fault.
    """
    right = len(BEFORE)
    wrong = {len(BEFORE.encode("utf-16-le")) // 2, len(BEFORE.encode())}
    for number, text in enumerate(samples):
        places = {(tag.start, tag.end, tag.type) for tag in tagger.tag([BEFORE + text])[0]}
        for tag in tagger.tag([text])[0]:
            moved = {by: (tag.start + by, tag.end + by, tag.type) for by in (right, *wrong)}
            if moved[right] not in places and any(moved[by] in places for by in wrong):
                yield f"sample {number}: a tag moves by something else than code points"
                break


def _work(tagger: Tagger, judging: Judging) -> Iterator[str]:
    """Sentences have a bound, so that only taggers of whole texts must be linear."""
    if tagger.unit != "text":
        raise NotMeasuredError(f"it gets sentences, of at most {LONGEST_SENTENCE} characters")
    yield from judging.work()


def _differences(tolerance: float, first: Rows, second: Rows) -> Iterator[str]:
    for number, (one, other) in enumerate(zip(first, second, strict=True)):
        ours, theirs = _spans(one), _spans(other)
        if set(ours) != set(theirs):
            yield f"sample {number}: other spans: {len(ours)} and {len(theirs)}"
            continue
        most = max((abs(score - theirs[span]) for span, score in ours.items()), default=0)
        if most > tolerance:
            yield f"sample {number}: scores differ by {most:.2g}, more than {tolerance:g}"


def _spans(row: Sequence[Tag]) -> Mapping[tuple[int, int, str], float]:
    spans: dict[tuple[int, int, str], float] = {}
    for tag in row:
        place = (tag.start, tag.end, tag.type)
        spans[place] = max(tag.score, spans.get(place, 0.0))
    return spans
