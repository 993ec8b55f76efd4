"""Tells which words carried a classifier's score, of any classifier, by leaving words out.

References:
    Li, Monroe and Jurafsky 2016, "Understanding Neural Networks through Representation Erasure".
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from tokenward.engine.batcher import MAX_BATCH
from tokenward.stream.guarded import GuardedStream
from tokenward.stream.plan import StagePlan
from tokenward.types import Classifier, Detection

BEST = 5
"""Words that are told of a unit."""
BUDGET = 32
"""Stretches of a text that are left out in one round."""
LONGEST = 20_000
"""Characters beyond which nothing is told of a unit: it is read again for each stretch."""
LEAST = 0.05
"""Less of the log-odds than this is nothing."""
SURE = 1e-6
"""Scores nearer to 0 or 1 than this are as sure."""
# scripts without spaces: kana, Han, Thai, Lao, Khmer, Burmese; each of their characters is a word
UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
WORD = re.compile(rf"[{UNSPACED}]|[^\W{UNSPACED}](?:[^\s{UNSPACED}]*[^\W{UNSPACED}])?")

Span = tuple[int, int]
Scores = Callable[[Sequence[str]], Sequence[Mapping[str, float]]]


class WordShare(NamedTuple):
    """A word of a unit, and by how many nats the log-odds of the unit's score fall without it."""

    start: int
    end: int
    share: float


def word_shares(
    detector: Classifier, text: str, label: str, within: Span | None = None
) -> tuple[WordShare, ...]:
    """Returns the words without which a unit's score for a label falls most, the first one first.

    The method is occlusion: the unit is scored again without a word, for each word, and how far the
    score falls is the word's share. That asks nothing of a classifier but ``score``, so it holds
    for linear models and transformers alike. Shares are of the log-odds, in which a linear model
    adds up, and which tell words apart where each of two insults would do. Of a unit of more than
    ``BUDGET`` words stretches are left out first, then parts of those that carry most, down to
    words. ``within`` is the part whose words are looked at. A unit beyond ``LONGEST`` and a
    classifier that fails have none. Spans are code points.

    >>> class Rude:
    ...     types, unit, inline = frozenset({"rude"}), "sentence", True
    ...     def score(self, texts):
    ...         return [{"rude": 0.9 if "fool" in text else 0.1} for text in texts]
    >>> word_shares(Rude(), "Go home, you fool!", "rude")
    (WordShare(start=13, end=17, share=4.3944),)
    """
    words = [found.span() for found in WORD.finditer(text, *(within or (0, len(text))))]
    if not words or len(text) > LONGEST:
        return ()
    try:
        shares = _narrowed(detector.score, text, label, words)
    except Exception:  # noqa: BLE001  # a detector may fail in any way: then nothing is told
        return ()
    told = [WordShare(*span, round(share, 4)) for span, share in shares.items() if share >= LEAST]
    return tuple(sorted(told, key=lambda one: (-one.share, one.start))[:BEST])


def with_words(
    plan: StagePlan, text: str, detections: Sequence[Detection], base: int = 0
) -> tuple[Detection, ...]:
    """Returns detections in a text, those of classifiers with their words in ``evidence``.

    ``words`` is a list of ``[[start, end], share]``, as of ``word_shares``, in offsets of the
    detections, in which the text begins at ``base``. Of a unit that is shown with its context the
    words of the sentence itself are looked at.
    """
    readers = {
        part.name: part.detector for part in plan.units if isinstance(part.detector, Classifier)
    }
    if not any(one.detector in readers for one in detections):
        return tuple(detections)
    stream = GuardedStream(replace(plan, spans=()))
    stream.feed(text)
    stream.finish()
    units = {(unit.part.name, unit.start, unit.end): unit.text for unit in stream.units()}
    told = []
    for one in detections:
        words: list[list[object]] = []
        if one.detector in readers:
            start, end = one.start - base, one.end - base
            # what a unit was cut out of may be gone: then it is read as it stands
            unit = units.get((one.detector, start, end), text[start:end])
            before = len(unit) - (end - start)
            reader, within = readers[one.detector], (before, len(unit))
            for share in word_shares(reader, unit, one.type, within):
                shift = one.start - before
                words.append([[share.start + shift, share.end + shift], share.share])
        told.append(replace(one, evidence={**one.evidence, "words": words}) if words else one)
    return tuple(told)


def _narrowed(score: Scores, text: str, label: str, words: Sequence[Span]) -> dict[Span, float]:
    """Returns the shares of words, of more than fit by way of the stretches that hold them."""
    whole = _log_odds(score([text])[0][label])
    size = -(-len(words) // BUDGET)
    stretches = _stretches(words, size)
    while True:
        spans = [(stretch[0][0], stretch[-1][1]) for stretch in stretches]
        falls = [whole - one for one in _without(score, text, label, spans)]
        if size == 1:
            return dict(zip(spans, falls, strict=True))
        best = sorted(range(len(spans)), key=lambda at: (-falls[at], at))
        kept = sorted(best[: max(1, BUDGET // size)])
        left = [word for at in kept for word in stretches[at]]
        size = -(-len(left) // BUDGET)
        stretches = _stretches(left, size)


def _stretches(words: Sequence[Span], size: int) -> list[Sequence[Span]]:
    return [words[at : at + size] for at in range(0, len(words), size)]


def _log_odds(score: float) -> float:
    score = min(max(score, SURE), 1 - SURE)
    return math.log(score / (1 - score))


def _without(score: Scores, text: str, label: str, spans: Sequence[Span]) -> list[float]:
    """Returns the log-odds of a text's score without each span."""
    texts = [text[:start] + text[end:] for start, end in spans]
    scores: list[float] = []
    for at in range(0, len(texts), MAX_BATCH):
        scores += [_log_odds(row[label]) for row in score(texts[at : at + MAX_BATCH])]
    return scores
