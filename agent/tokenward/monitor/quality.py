"""The quality of a period in numbers: shares with intervals, and quantiles."""

from __future__ import annotations

from typing import Any

from tokenward.decisions.buckets import middle
from tokenward.decisions.columns import MILLION
from tokenward.meters.carbon import grams
from tokenward.meters.energy import ESTIMATED
from tokenward.monitor.profile import Column, Profile
from tokenward.monitor.stated import COST, ENERGY
from tokenward.statistics.shares import wilson

QUANTILES = (0.5, 0.95, 0.99)
MEASURED = ("timing.", "hold_back", "prompt_tokens", "completion_tokens", COST, ENERGY)


def quantile(column: Column, q: float) -> float:
    """Returns a quantile of a number, within one per cent of it."""
    counts = column.totals()
    goal = q * sum(counts.values())
    reached = 0
    for key in sorted(key for key in counts if isinstance(key, int)):
        reached += counts[key]
        if reached >= goal:
            return middle(key)
    return 0.0


def mean(column: Column) -> float:
    """Returns the mean of a number, within one per cent of that of the magnitudes."""
    counts = column.totals()
    total = sum(middle(key) * weight for key, weight in counts.items() if isinstance(key, int))
    return total / sum(counts.values())


def quality(profile: Profile, carbon: float | None = None) -> dict[str, Any]:
    """Returns shares of actions, of degraded requests and of rules, and quantiles of the times.

    Where tokens have prices, ``cost`` is what all cost, and what a thousand requests do; where
    joules are stated ``energy`` likewise, and ``co2`` in grams by a factor. The last two are
    estimates: nothing measured what these requests took.
    """
    told: dict[str, Any] = {}
    rates: dict[str, Any] = {}
    quantiles: dict[str, Any] = {}
    for (name, kind), found in sorted(profile.columns.items()):
        column = profile.column((name, kind), found.base)
        if name == "action":
            for action, weight in sorted(column.totals().items()):
                rates[f"action.{action}"] = rate(weight, column)
        elif kind == "rate":
            rates[name] = rate(column.weight - column.totals().get(0, 0), column)
        elif kind == "number" and name.startswith(MEASURED):
            quantiles[name] = {f"p{q * 100:g}": tidy(quantile(column, q)) for q in QUANTILES}
        if name in (COST, ENERGY):
            told[name] = summed(column)
        if name == ENERGY:
            told[name]["source"] = ESTIMATED
            if carbon is not None:
                told["co2"] = {**summed(column, grams(1.0, carbon)), "source": ESTIMATED}
    return {"rates": rates, "quantiles": quantiles, **told}


def summed(column: Column, factor: float = 1.0) -> dict[str, Any]:
    """Returns the sum of a number over all requests, and for a thousand of them."""
    each = mean(column) * factor
    total = each * column.weight / MILLION
    return {"total": tidy(total), "per_1000": tidy(1000 * each)}


def rate(weight: int, column: Column) -> dict[str, float]:
    """Returns a share with the ends of its interval."""
    share = weight / column.weight
    low, high = wilson(share, column.effective_rows)
    return {"share": tidy(share), "low": tidy(low), "high": tidy(high)}


def tidy(number: float) -> float:
    """Returns a number to four digits: more would be noise."""
    return float(f"{number:.4g}")


def summary(column: Column) -> str:
    """Returns a column in a few words, for people.

    >>> column = Column("category")
    >>> column.add("en", 0, 3); column.add("de", 0, 1)
    >>> summary(column)
    'en 75 %, de 25 %'
    """
    counts = column.totals()
    total = sum(counts.values())
    if not total:
        return "none"
    if column.kind == "rate":
        return percent((total - counts.get(0, 0)) / total)
    if column.kind == "count":
        return f"{percent((total - counts.get(0, 0)) / total)}, mean {mean(column):.3g}"
    if column.kind == "number":
        return f"mean {mean(column):.4g}, p95 {quantile(column, 0.95):.4g}"
    top = sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))[:3]
    return ", ".join(f"{key} {percent(weight / total)}" for key, weight in top)


def percent(share: float) -> str:
    """Returns a share in per cent."""
    return f"{100 * share:.3g} %"
