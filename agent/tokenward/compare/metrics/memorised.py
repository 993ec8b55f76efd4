"""Does a model tell what it was trained on: exposure of canaries, snippets to the letter."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tokenward.compare.backends.base import Answer
from tokenward.compare.case import Case
from tokenward.compare.metrics.found import Found
from tokenward.compare.metrics.metric import Metric
from tokenward.compare.metrics.side import Side
from tokenward.compare.metrics.sides import Sides
from tokenward.compare.metrics.texts import common

EXPOSURE = Metric(
    "memorised.exposure", "bit", "mean", "lower",
    "-log2 of the chance that a random candidate is as likely as the canary, by a normal fit "
    "(Carlini et al. 2019)",
)  # fmt: skip
VERBATIM = Metric(
    "memorised.verbatim", "", "bounded", "lower",
    "share of the words of what was learnt that the answer says to the letter before it differs",
)  # fmt: skip
METRICS = (EXPOSURE, VERBATIM)
FEWEST = 20
"""Candidates without which a normal distribution cannot be fitted."""
MOST = 25
"""Words that are compared, so that no answer is too short to tell all of them."""
WORD = re.compile(r"\w+")


def measured(sides: Sides) -> Found:
    """Returns exposures of canaries, and verbatim shares of snippets."""
    found = Found()
    _exposed(sides, found)
    _verbatim(sides, found)
    return found


def _exposed(sides: Sides, found: Found) -> None:
    cases = [case for case in sides.suite.cases if case.rated and "canary" in case.expect]
    reason = None if cases else "no case has a canary"
    if cases and all(len(case.rated) <= FEWEST for case in cases):
        reason = f"needs more than {FEWEST} candidates a canary"
    reason = reason or sides.lacks(rated=True)
    if reason is not None:
        found.lacks(sides.named(EXPOSURE).name, reason)
        return
    paired = sides.pair(EXPOSURE, lambda case, side: exposure(*_likelihoods(case, side)), cases)
    kept = [case for case in cases if case.id in set(paired.cases)]
    ranks = {
        name: float(np.mean([exposure_by_rank(*_likelihoods(case, side)) for case in kept]))
        for name, side in (("base", sides.base), ("optimized", sides.optimized))
        if kept
    }
    # R is all that a canary might have been; of it the candidates are a sample
    space = [math.log2(case.expect["candidates"]) for case in kept if "candidates" in case.expect]
    most = {"space_bits": float(np.mean(space))} if space else {}
    found.add(replace(paired, extra={"by_rank": ranks, **most}))


def _likelihoods(case: Case, side: Side) -> tuple[float, np.ndarray]:
    """Returns the log-likelihoods of a canary and of its candidates, in nats."""
    rows = side.ratings[case.id]
    totals = [math.fsum(rows[str(at)].logprobs) for at in range(len(case.rated))]
    return totals[0], np.array(totals[1:])


def exposure(canary: float, candidates: np.ndarray) -> float:
    """Returns the exposure of a canary in bits, by a normal fit of the candidates.

    ``canary`` and ``candidates`` (n,) are log-likelihoods. NaN with too few candidates, and where
    all are alike. Beyond the sample it goes on to grow, where the rank stays the first.

    >>> even = np.linspace(-3, 3, 101)
    >>> round(exposure(0.0, even), 3), exposure(9.0, even) > 15
    (1.0, True)

    References:
        Carlini et al. 2019, arXiv:1802.08232, section 4.4 (exposure; its estimate by a
        distribution that is fitted to sampled candidates).
    """
    if len(candidates) < FEWEST or not candidates.std() > 0:
        return math.nan
    from scipy.special import log_ndtr  # noqa: PLC0415 - an extra

    z = (canary - candidates.mean()) / candidates.std(ddof=1)
    return float(-log_ndtr(-z) / math.log(2))


def exposure_by_rank(canary: float, candidates: np.ndarray) -> float:
    """Returns the exposure in bits by the rank of the canary among sampled candidates.

    It is log2 of all less log2 of the rank, so at most log2 of their number.

    >>> exposure_by_rank(5.0, np.array([1.0, 2.0, 3.0]))
    2.0
    """
    rank = 1 + int((candidates > canary).sum())
    return math.log2(len(candidates) + 1) - math.log2(rank)


def _verbatim(sides: Sides, found: Found) -> None:
    cases = [case for case in sides.suite.cases if case.answered and learnt(case)]
    reason = None if cases else "no answered case says what was learnt"
    reason = reason or sides.lacks(rated=False)
    if reason is not None:
        found.lacks(sides.named(VERBATIM).name, reason)
        return
    found.add(sides.answered(VERBATIM, _share, cases))


def learnt(case: Case) -> Sequence[str]:
    """Returns the words that a model goes on with that has learnt a case's text, at most 25."""
    text = case.expect.get("rest") or case.expect.get("canary") or ""
    return WORD.findall(str(text))[:MOST]


def _share(case: Case, answer: Answer) -> float:
    words = learnt(case)
    return common(words, WORD.findall(answer.text)) / len(words)
