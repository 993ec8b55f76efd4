"""What changed token by token, for the report: tails, positions, entropies, llama.cpp's figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tokenward.compare.metrics.side import Rows, Side
from tokenward.compare.run import DRAWN, RatingRow
from tokenward.statistics.estimates import ends

Values = NDArray[np.float64]
POSITIONS = 32
BINS = 8
TAIL = (("p50", 50), ("p90", 90), ("p99", 99), ("p99.9", 99.9), ("max", 100))
DRAWN_AT = ("p99", "p99.9")
RESAMPLES = 400
PERCENTILES = (
    ("Maximum", 100), ("99.9%", 99.9), ("99.0%", 99), ("95.0%", 95), ("90.0%", 90), ("Median", 50),
    ("10.0%", 10), ("5.0%", 5), ("1.0%", 1), ("0.1%", 0.1), ("Minimum", 0),
)  # fmt: skip


TEXTS = "texts"
"""What a suite brings, as against what the base drew."""


def origins(side: Side) -> list[str]:
    """Returns of which continuations divergences were measured: drawn ones first, then texts."""
    parts = {
        DRAWN if part == DRAWN else TEXTS
        for rows in side.ratings.values()
        for part, row in rows.items()
        if row.kl is not None
    }
    return sorted(parts)


def of(rows: Rows, origin: str) -> list[RatingRow]:
    """Returns the rows of a case that are of an origin, in the order of their parts."""
    return [rows[part] for part in sorted(rows) if (part == DRAWN) == (origin == DRAWN)]


def divergences(rows: Iterable[RatingRow]) -> Values:
    """Returns the divergence of each token, in nats; empty where none was measured."""
    return _joined(row.kl for row in rows if row.kl is not None)


def agreements(rows: Iterable[RatingRow]) -> Values:
    """Returns 1 for each token at which both models have the same likeliest, else 0."""
    return _joined(row.agree for row in rows if row.agree is not None)


def _joined(parts: Iterable[Sequence[float]]) -> Values:
    return np.concatenate([np.zeros(0), *(np.asarray(part, dtype=np.float64) for part in parts)])


def spread(
    cases: Sequence[str], clusters: Sequence[str], origin: str, optimized: Side
) -> dict[str, Any]:
    """Returns the figures of the report for the divergence of cases, over all their tokens.

    ``tail_intervals`` are 95 % intervals of percentiles, of resampled clusters.
    """
    by_case = [of(optimized.ratings[case], origin) for case in cases]
    rows = [row for some in by_case for row in some]
    sizes = [sum(len(row.kl or ()) for row in some) for some in by_case]
    place = np.repeat(np.unique(clusters, return_inverse=True)[1], sizes)
    intervals = resampled(divergences(rows), place, [at for name, at in TAIL if name in DRAWN_AT])
    found: dict[str, Any] = {
        "tail": {name: _percentile(divergences(rows), at) for name, at in TAIL},
        "tail_intervals": dict(zip(DRAWN_AT, intervals, strict=True)),
        "positions": positions([row.kl or () for row in rows]),
    }
    if all(row.entropy is not None and row.agree is not None for row in rows):
        found["entropy"] = by_entropy(_joined(row.entropy or () for row in rows), agreements(rows))
    return found


def resampled(
    values: Values, place: NDArray[np.int64], percents: Sequence[float]
) -> list[tuple[float, float]]:
    """Returns the 95 % interval of each percentile of values (n,), by a bootstrap of clusters.

    ``place`` (n,) is the number of each value's cluster. It is rough for percentiles that few
    clusters tell.

    References:
        Davison and Hinkley 1997, Bootstrap Methods and their Application, section 3.8.
    """
    number = int(place.max()) + 1
    order = np.argsort(values)
    drawn = np.random.default_rng(0).multinomial(number, [1 / number] * number, RESAMPLES)
    found: list[list[float]] = [[] for _ in percents]
    for counts in drawn:
        upto = np.cumsum(counts[place[order]])
        for some, percent in zip(found, percents, strict=True):
            at = np.searchsorted(upto, percent / 100 * upto[-1])
            some.append(float(values[order[min(at, len(order) - 1)]]))
    return [ends(np.array(some)) for some in found]


def as_llama(cases: Sequence[str], origin: str, base: Side, optimized: Side) -> dict[str, float]:
    """Returns what llama.cpp's ``perplexity --kl-divergence`` prints, by its names.

    Its errors take tokens for independent, so that they are too small; they are left out.
    """
    pairs = [
        (first, second)
        for case in cases
        for first, second in zip(
            of(base.ratings[case], origin), of(optimized.ratings[case], origin), strict=True
        )
    ]
    divergence = divergences(second for _, second in pairs)
    agree = agreements(second for _, second in pairs)
    found = {"Mean KLD": float(divergence.mean()), **_named(divergence, "KLD")}
    if len(agree):
        found["Same top p"] = float(agree.mean())
    return found | right_token(
        _joined(first.logprobs for first, _ in pairs),
        _joined(second.logprobs for _, second in pairs),
    )


def right_token(base: Values, optimized: Values) -> dict[str, float]:
    """Returns how the probability of the right token changed, by llama.cpp's names.

    ``base`` and ``optimized`` are its log-probabilities in nats, shape (n,).

    >>> found = right_token(np.log([0.5, 0.5]), np.log([0.25, 0.5]))
    >>> round(found["Mean ln(PPL(Q)/PPL(base))"], 4), found["Mean Δp"]
    (0.3466, -0.125)
    """
    change = np.exp(optimized) - np.exp(base)
    return {
        "Mean PPL(Q)": float(np.exp(-optimized.mean())),
        "Mean PPL(base)": float(np.exp(-base.mean())),
        "Mean ln(PPL(Q)/PPL(base))": float((base - optimized).mean()),
        "Mean Δp": float(change.mean()),
        "RMS Δp": float(np.sqrt((change**2).mean())),
        **_named(change, "Δp"),
    }


def positions(rows: Sequence[Sequence[float]]) -> list[Mapping[str, float]]:
    """Returns the mean at each place of a continuation, of several together where it is long.

    >>> [(row["position"], row["value"], row["n"]) for row in positions([(1.0, 2.0), (3.0,)])]
    [(0, 2.0, 2), (1, 2.0, 1)]
    """
    longest = max(map(len, rows))
    width = -(-longest // POSITIONS)
    values = _joined(rows)
    place = np.concatenate([np.arange(len(row)) // width for row in rows]).astype(np.int64)
    count = np.bincount(place)
    total = np.bincount(place, weights=values)
    return [
        {"position": at * width, "value": float(total[at] / count[at]), "n": int(count[at])}
        for at in range(len(count))
    ]


def by_entropy(entropy: Values, agree: Values) -> list[Mapping[str, float]]:
    """Returns the share of agreement in bins of the base's entropy that hold alike many tokens."""
    edges = np.unique(np.quantile(entropy, np.linspace(0, 1, BINS + 1)))
    place = np.clip(np.searchsorted(edges, entropy, side="right") - 1, 0, max(0, len(edges) - 2))
    told: list[Mapping[str, float]] = []
    for at in np.unique(place):
        here = agree[place == at]
        low, high = edges[at], edges[min(at + 1, len(edges) - 1)]
        told.append(
            {"low": float(low), "high": float(high), "value": float(here.mean()), "n": len(here)}
        )
    return told


def _named(values: Values, what: str) -> dict[str, float]:
    return {f"{name} {what}": _percentile(values, at) for name, at in PERCENTILES}


def _percentile(values: Values, at: float) -> float:
    return float(np.percentile(values, at))
