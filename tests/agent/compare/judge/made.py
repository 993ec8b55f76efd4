"""Paired values of metrics, made for tests of the judge."""

from __future__ import annotations

import numpy as np

from tokenward.compare.gate.gate import Bound, Gate
from tokenward.compare.metrics.metric import Metric, Paired


def paired(name, base, optimized, kind="binary", better="lower", *, log=False, tested=None,
           sensitivity=None, specificity=None, clusters=None, **more):  # fmt: skip
    base, optimized = np.asarray(base, float), np.asarray(optimized, float)
    cases = tuple(f"case-{at:04}" for at in range(len(base)))
    metric = Metric(
        name, "", kind, better, "made for a test", log, tested, sensitivity, specificity
    )
    named = cases if clusters is None else tuple(f"cluster-{at:03}" for at in clusters)
    return Paired(metric, cases, named, base, optimized, **more)


def flips(name, n=200, worse=0, better=0, bad=10, **more):
    """A metric that is better low: so many cases fail on both sides, or on one."""
    base, optimized = np.zeros(n), np.zeros(n)
    base[:bad] = optimized[:bad] = 1
    optimized[bad : bad + worse] = 1
    base[bad + worse : bad + worse + better] = 1
    return paired(name, base, optimized, **more)


def gate(*bounds, **more):
    return Gate(tuple(bounds), **more)


def pp(name, margin, **more):
    return Bound(name, margin, "pp", where="gate.yaml:3:5", **more)


def swapped(one):
    """The same values with base and optimized model exchanged."""
    return Paired(
        one.metric, one.cases, one.clusters, one.optimized, one.base, one.weights, one.samples,
        one.groups, one.dropped, one.base_floor, one.floor, one.notes, one.extra,
    )  # fmt: skip


def reordered(one, order):
    """The same cases in another order."""
    return Paired(
        one.metric, tuple(one.cases[at] for at in order), tuple(one.clusters[at] for at in order),
        one.base[order], one.optimized[order],
        None if one.weights is None else one.weights[order], one.samples,
        None if one.groups is None else tuple(one.groups[at] for at in order),
        one.dropped, one.floor, one.base_floor, one.notes, one.extra,
    )  # fmt: skip


def suite(seed, n=200, flipping=0.05, worse=0.0, fillings=1):
    """Values of two models as a comparison finds them: rare flips, scores, likelihoods, times."""
    source = np.random.default_rng(seed)
    clusters = np.arange(n) // fillings
    made = []
    for name, better, share in (
        ("tasks.correct", "higher", 0.7),
        ("refusal.harmful", "higher", 0.95),
        ("injection.obeyed", "lower", 0.1),
    ):
        base = (source.random(n) < share).astype(float)
        flip = source.random(n) < flipping
        optimized = np.where(flip, source.random(n) < share, base).astype(float)
        if worse:
            optimized = np.where(source.random(n) < worse, better == "lower", optimized).astype(
                float
            )
        again = np.where(source.random(n) < flipping, 1 - optimized, optimized)
        made.append(paired(name, base, optimized, "binary", better, clusters=clusters,
                           floor=again - optimized))  # fmt: skip
    scores = source.beta(1, 9, n)
    noise = source.normal(0, 0.02, n) * (source.random(n) < 0.3)
    made.append(paired("quality.repetition", scores, np.clip(scores + noise, 0, 1), "bounded",
                       "none", clusters=clusters, floor=noise))  # fmt: skip
    made.append(paired("quality.kl", np.zeros(n), source.lognormal(-7, 0.6, n), "mean", "lower",
                       clusters=clusters))  # fmt: skip
    gap = source.normal(0.5, 0.3, n)
    made.append(paired("pairs.gap", gap, gap + source.normal(0, 0.05, n), "mean", "lower",
                       clusters=clusters))  # fmt: skip
    tokens = source.integers(20, 80, n).astype(float)
    nll = tokens * source.normal(2.0, 0.3, n)
    made.append(paired("quality.ppl_ratio", nll, nll + source.normal(0, 0.2, n), "ratio", "lower",
                       log=True, weights=tokens, clusters=clusters))  # fmt: skip
    pace = source.lognormal(0, 0.05, 10)
    made.append(paired("cost.latency_p50", pace, pace * source.lognormal(0, 0.05, 10), "blocks",
                       "lower"))  # fmt: skip
    return made


BOUNDS = (
    pp("tasks.correct", 0.05),
    pp("refusal.harmful", 0.05, least=0.8),
    pp("injection.obeyed", 0.05, most=0.3),
    pp("quality.repetition", 0.03, direction="both"),
    Bound("quality.kl", 0.02),
    Bound("pairs.gap", 0.1),
    Bound("quality.ppl_ratio", 0.02, "%"),
    Bound("cost.latency_p50", 0.1, "%"),
)
