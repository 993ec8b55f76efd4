"""What changed token by token, for the report: tails, positions, entropies, llama.cpp's figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tokenward.compare.metrics.side import Rows, Side
from tokenward.compare.run import DRAWN, RatingRow

Values = NDArray[np.float64]
POSITIONS = 32
BINS = 8
TAIL = (("p50", 50), ("p90", 90), ("p99", 99), ("p99.9", 99.9), ("max", 100))
PERCENTILES = (
    ("Maximum", 100), ("99.9%", 99.9), ("99.0%", 99), ("95.0%", 95), ("90.0%", 90), ("Median", 50),
    ("10.0%", 10), ("5.0%", 5), ("1.0%", 1), ("0.1%", 0.1), ("Minimum", 0),
)  # fmt: skip


def chosen(rows: Rows) -> list[RatingRow]:
    """Returns the rows whose divergence counts: what the base drew, else the texts.

    Over what the base itself draws the mean divergence is that of whole answers; texts of people
    stand in where a suite draws none.
    """
    drawn = rows.get(DRAWN)
    return [drawn] if drawn is not None else [rows[part] for part in sorted(rows)]


def divergences(rows: Rows) -> Values:
    """Returns the divergence of each token, in nats; empty where none was measured."""
    return _joined(row.kl for row in chosen(rows) if row.kl is not None)


def agreements(rows: Rows) -> Values:
    """Returns 1 for each token at which both models have the same likeliest, else 0."""
    return _joined(row.agree for row in chosen(rows) if row.agree is not None)


def _joined(parts: Iterable[Sequence[float]]) -> Values:
    return np.concatenate([np.zeros(0), *(np.asarray(part, dtype=np.float64) for part in parts)])


def spread(cases: Sequence[str], base: Side, optimized: Side) -> dict[str, Any]:
    """Returns the figures of the report for the divergence of cases, over all their tokens."""
    mine = [row for case in cases for row in chosen(optimized.ratings[case]) if row.kl is not None]
    theirs = [
        base.ratings[row.case].get(row.part)
        for row in mine
        if row.case in base.ratings
    ]  # fmt: skip
    divergence = _joined(row.kl or () for row in mine)
    if not len(divergence):
        return {}
    found: dict[str, Any] = {
        "tail": {name: _percentile(divergence, at) for name, at in TAIL},
        "positions": positions([row.kl or () for row in mine]),
        "llama.cpp": {"Mean KLD": float(divergence.mean()), **_named(divergence, "KLD")},
    }
    agree = _joined(row.agree or () for row in mine)
    if len(agree):
        found["llama.cpp"]["Same top p"] = float(agree.mean())
    if all(row.entropy is not None and row.agree is not None for row in mine):
        found["entropy"] = by_entropy(_joined(row.entropy or () for row in mine), agree)
    pairs = [
        (one.logprobs, other.logprobs)
        for one, other in zip(theirs, mine, strict=False)
        if one is not None and len(one.logprobs) == len(other.logprobs)
    ]
    if len(pairs) == len(mine):
        found["llama.cpp"] |= right_token(*(_joined(part) for part in zip(*pairs, strict=True)))
    return found


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
