"""How far the optimized model moved from the base, over texts of people and drawn ones.

Divergences, perplexities and top-1 agreement say how much changed, not in what direction. Ratings
of part ``drawn`` are of continuations that the base drew; the others are of texts of the suite.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from tokenward.compare.backends.base import Answer
from tokenward.compare.case import Case
from tokenward.compare.metrics import tokens
from tokenward.compare.metrics.found import Found
from tokenward.compare.metrics.metric import Metric, Paired
from tokenward.compare.metrics.side import Rows, Side
from tokenward.compare.metrics.sides import Sides
from tokenward.compare.metrics.texts import common, repetition
from tokenward.compare.run import DRAWN, RatingRow

CAP = 10.0
"""Nats: the mean divergence of a case is cut there, so that one broken case is not the mean."""

KL = Metric(
    "quality.kl", "nat", "mean", "lower",
    "KL divergence of base from optimized a token, mean by case up to 10 (Kullback, Leibler 1951)",
)  # fmt: skip
TOP1 = Metric(
    "quality.top1", "", "bounded", "lower",
    "share of tokens at which the models' likeliest tokens differ",
)  # fmt: skip
PPL = Metric(
    "quality.ppl_ratio", "", "ratio", "lower",
    "perplexity over texts of people, optimized by base (Jelinek et al. 1977)", log=True,
)  # fmt: skip
NLL = Metric(
    "quality.nll", "nat", "mean", "lower",
    "negative log-likelihood a token of texts of people, mean by text",
)  # fmt: skip
DRAWN_NLL = Metric(
    "quality.drawn_nll", "nat", "mean", "lower",
    "negative log-likelihood a token of texts that the base drew, mean by text",
)  # fmt: skip
BITS = Metric(
    "quality.bits_per_byte", "bit", "ratio", "lower",
    "bits a byte of UTF-8 of texts of people; comparable over tokenizers",
)  # fmt: skip
REPETITION = Metric(
    "quality.repetition", "", "bounded", "none",
    "share of runs of four tokens that came before in the answer (Welleck et al. 2020)",
)  # fmt: skip
LENGTH = Metric("quality.length", "token", "mean", "none", "tokens an answer")
DIVERGENCE = Metric(
    "quality.first_divergence", "token", "mean", "higher",
    "tokens of the base's answer that the optimized model says alike before it differs",
)  # fmt: skip
FLIPS = Metric(
    "quality.flips", "", "binary", "lower",
    "share of answers that are not the base's to the letter (Dutta et al. 2024)",
)  # fmt: skip
EMPTY = Metric("quality.empty", "", "binary", "lower", "share of answers without any text")
TRUNCATED = Metric(
    "quality.truncated", "", "binary", "none", "share of answers that the length limit ended"
)

RATED = (KL, TOP1, PPL, NLL, DRAWN_NLL)
METRICS = (*RATED, BITS, REPETITION, LENGTH, DIVERGENCE, FLIPS, EMPTY, TRUNCATED)

DIFFER = "the tokenizers differ, so their tokens cannot be compared; bits_per_byte can"

ELSEWHERE = "the optimized model's run was measured against another base; measure it with this one"


def measured(sides: Sides) -> Found:
    """Returns what a suite of texts tells of two models."""
    found = Found()
    _rated(sides, found)
    _answered(sides, found)
    return found


def _rated(sides: Sides, found: Found) -> None:
    reason = sides.lacks(rated=True)
    if reason is not None:
        sides.without(found, (*RATED, BITS), reason)
        return
    texts = [case for case in sides.suite.cases if case.rated]
    found.add(sides.pair(BITS, _bits, texts, weight=_bytes))
    if not sides.same_tokenizer or not _alike(sides):
        sides.without(found, RATED, DIFFER)
        return
    found.add(sides.pair(PPL, _surprise, texts, weight=_tokens))
    found.add(sides.rated(NLL, lambda _, rows: _mean_nll(_texts(rows)), texts))
    if not sides.against_base:
        sides.without(found, (DRAWN_NLL, KL, TOP1), ELSEWHERE)
        return
    drawn = [case for case in sides.suite.cases if _drawn(sides, case)]
    found.add(sides.rated(DRAWN_NLL, lambda _, rows: _mean_nll([rows[DRAWN]]), drawn))
    _diverging(sides, found)


def _diverging(sides: Sides, found: Found) -> None:
    origins = tokens.origins(sides.optimized)
    if not origins:
        sides.without(found, (KL, TOP1), "no distributions of the base to compare with")
        return
    kl = _to_reference(sides, KL, origins[0], lambda rows: _mean(tokens.divergences(rows)))
    found.add(replace(kl, extra=_extra(sides, kl, origins)) if kl.cases else kl)
    found.add(
        _to_reference(sides, TOP1, origins[0], lambda rows: 1 - _mean(tokens.agreements(rows)))
    )


def _to_reference(
    sides: Sides, metric: Metric, origin: str, of: Callable[[Sequence[RatingRow]], float]
) -> Paired:
    """Measures what a rating already compares with the base, whose own value is 0."""

    def value(case: Case, side: Side) -> float:
        rows = side.ratings[case.id]
        if rows is sides.base.ratings.get(case.id):
            return 0.0
        return float(np.minimum(CAP, of(tokens.of(rows, origin))))

    def has(case: Case) -> bool:
        return any(
            tokens.of(side.ratings.get(case.id, {}), origin)
            for side in (sides.base, sides.optimized)
        )

    return sides.pair(metric, value, [case for case in sides.suite.cases if has(case)])


def _extra(sides: Sides, kl: Paired, origins: Sequence[str]) -> dict[str, object]:
    """Returns what the report draws; llama.cpp's figures are of texts of people, as there."""
    spread = tokens.spread(kl.cases, kl.clusters, origins[0], sides.optimized)
    whole = [
        case.id
        for case in sides.suite.cases
        if all(
            side.uses(case.id, rated=True) and tokens.of(side.ratings[case.id], origins[-1])
            for side in (sides.base, sides.optimized)
        )
    ]
    figures = tokens.as_llama(whole, origins[-1], sides.base, sides.optimized)
    return {"origin": origins[0], **spread, "llama.cpp": figures}


def _alike(sides: Sides) -> bool:
    """Tells whether both cut all texts into as many tokens."""
    return all(
        len(row.logprobs) == len(sides.optimized.ratings[case][part].logprobs)
        for case, rows in sides.base.ratings.items()
        for part, row in rows.items()
        if part in sides.optimized.ratings.get(case, {})
    )


def _drawn(sides: Sides, case: Case) -> bool:
    return all(DRAWN in side.ratings.get(case.id, {}) for side in (sides.base, sides.optimized))


def _texts(rows: Rows) -> list[RatingRow]:
    return [row for part, row in rows.items() if part != DRAWN]


def _mean_nll(rows: Sequence[RatingRow]) -> float:
    count = sum(len(row.logprobs) for row in rows)
    return -math.fsum(value for row in rows for value in row.logprobs) / count


def _surprise(case: Case, side: Side) -> float:
    return -math.fsum(value for row in _texts(side.ratings[case.id]) for value in row.logprobs)


def _bits(case: Case, side: Side) -> float:
    return _surprise(case, side) / math.log(2)


def _tokens(case: Case, side: Side) -> float:
    return float(sum(len(row.logprobs) for row in _texts(side.ratings[case.id])))


def _bytes(case: Case, side: Side) -> float:
    return float(sum(row.bytes for row in _texts(side.ratings[case.id])))


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else math.nan


def _answered(sides: Sides, found: Found) -> None:
    metrics = (REPETITION, LENGTH, DIVERGENCE, FLIPS, EMPTY, TRUNCATED)
    reason = sides.lacks(rated=False)
    if reason is not None:
        sides.without(found, metrics, reason)
        return
    items = _cutter(sides)
    found.add(sides.answered(REPETITION, lambda _, one: repetition(items(one))))
    found.add(sides.answered(LENGTH, lambda _, one: float(one.count)))
    found.add(
        sides.against(
            DIVERGENCE,
            lambda case, base, other: _over(
                case, base, other, lambda one, two: float(common(items(one), items(two)))
            ),
            ideal=lambda case, side: _mean_of(case, side, lambda one: float(len(items(one)))),
        )
    )
    found.add(
        sides.against(
            FLIPS,
            lambda case, base, other: _over(
                case, base, other, lambda one, two: float(one.text != two.text)
            ),
        )
    )
    found.add(sides.answered(EMPTY, lambda _, one: float(not one.text.strip())))
    found.add(sides.answered(TRUNCATED, lambda _, one: float(one.finish == "length")))


def _cutter(sides: Sides) -> Callable[[Answer], Sequence[object]]:
    """Returns what cuts answers into tokens, or into words where not all have comparable tokens."""
    every = (
        one
        for side in (sides.base, sides.optimized, *sides.base_again, *sides.again)
        for some in side.answers.values()
        for one in some
    )
    if sides.same_tokenizer and all(one.tokens is not None for one in every):
        return lambda one: one.tokens or ()
    return lambda one: one.text.split()


def _over(case: Case, base: Side, other: Side, of: Callable[[Answer, Answer], float]) -> float:
    """Returns the mean over samples of a measure of both answers."""
    pairs = zip(base.answers[case.id], other.answers[case.id], strict=True)
    return float(np.mean([of(one, two) for one, two in pairs]))


def _mean_of(case: Case, side: Side, of: Callable[[Answer], float]) -> float:
    return float(np.mean([of(one) for one in side.answers[case.id]]))
