"""Numbers and outcomes of a comparison in words, the same in all that is written of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from tokenward.compare.result import Comparison, MetricResult

SHARES = frozenset({"binary", "bounded"})
QUOTIENTS = frozenset({"ratio", "blocks"})
"""Kinds whose difference is a quotient less 1."""
ORDER: Mapping[str, int] = MappingProxyType({
    "fail": 0, "inconclusive": 1, "pass": 2, "skipped": 3, "shown": 4,
})  # fmt: skip
"""Results as they are listed: first what decides."""
MINUS, THIN, NONE = "\N{MINUS SIGN}", "\N{NARROW NO-BREAK SPACE}", "\N{EN DASH}"
BYTES = ("B", "kB", "MB", "GB", "TB", "PB")
SIZES = frozenset({"B", "byte", "bytes"})
THOUSAND = 1000.0
GREAT, SMALL = 1e7, 1e-4


def plain(value: float | None, digits: int = 3) -> str:
    """Returns a number as people read it.

    >>> plain(1234.5), plain(0.01234), plain(1.5e7), plain(None) == NONE
    ('1,234', '0.0123', '1.50e+07', True)
    """
    if value is None or math.isnan(value):
        return NONE
    if value == 0 or math.isinf(value):
        return "0" if value == 0 else f"{MINUS * (value < 0)}\N{INFINITY}"
    size = abs(value)
    if size >= GREAT or size < SMALL:
        told = f"{value:.{digits - 1}e}"
    elif size >= THOUSAND:
        told = f"{value:,.0f}"
    else:
        told = f"{value:.{max(0, digits - 1 - math.floor(math.log10(size)))}f}"
        told = told.rstrip("0").rstrip(".") if "." in told else told
    return told.replace("-", MINUS)


def signed(value: float | None, digits: int = 3) -> str:
    """Returns a number with its sign.

    >>> signed(0.5), signed(-2.0) == f"{MINUS}2", signed(0.0)
    ('+0.5', True, '0')
    """
    told = plain(value, digits)
    return f"+{told}" if value is not None and value > 0 else told


def value_text(one: MetricResult, value: float | None) -> str:
    """Returns a value of one model with its unit."""
    if value is None or not math.isfinite(value):
        return plain(value)
    if one.kind in SHARES:
        return f"{plain(100 * value)}{THIN}%"
    if one.unit in SIZES:
        return size_text(value)
    return f"{plain(value)}{THIN}{one.unit}" if one.unit else plain(value)


def size_text(value: float) -> str:
    """Returns a number of bytes.

    >>> size_text(1_234_567.0).replace(THIN, " ")
    '1.23 MB'
    """
    size, sign = abs(value), MINUS if value < 0 else ""
    place = 0
    while size >= THOUSAND and place < len(BYTES) - 1:
        size, place = size / THOUSAND, place + 1
    return f"{sign}{plain(size)}{THIN}{BYTES[place]}"


def change_unit(one: MetricResult) -> str:
    """Returns the unit of a metric's difference: percentage points of shares, % of quotients."""
    if one.kind in SHARES:
        return "pp"
    return "%" if one.kind in QUOTIENTS else one.unit


def change_text(one: MetricResult, value: float | None, *, sign: bool = True) -> str:
    """Returns a difference, an end of its interval or a margin, with its unit."""
    write = signed if sign else plain
    if value is None or not math.isfinite(value):
        return write(value)
    unit = change_unit(one)
    if unit in SIZES:
        return f"{'+' if sign and value > 0 else ''}{size_text(value)}"
    told = write(100 * value if unit in {"pp", "%"} else value)
    return f"{told}{THIN}{unit}" if unit else told


def interval_text(one: MetricResult) -> str:
    """Returns both ends of the interval; the unit stands once."""
    low, high = (change_text(one, end) for end in (one.low, one.high))
    if low == high:
        return low
    return f"{low.partition(THIN)[0]} to {high}" if THIN in low else f"{low} to {high}"


def margin_text(one: MetricResult) -> str:
    """Returns the margin with the side that it lies on."""
    if one.margin is None:
        return NONE
    told = change_text(one, abs(one.margin), sign=False)
    return {"above": f"+{told}", "below": f"{MINUS}{told}"}.get(one.side, f"±{told}")


def used(one: MetricResult) -> float:
    """Returns how much of the margin the worse end of the interval takes; 1 is all of it."""
    ends = {"above": one.high, "below": -one.low}
    worst = ends.get(one.side, max(abs(one.low), abs(one.high)))
    if one.margin is None or not math.isfinite(worst):
        return math.inf if one.margin is not None else 0.0
    return worst / abs(one.margin) if one.margin else math.copysign(math.inf, worst)


def gated(one: Comparison) -> list[MetricResult]:
    """Returns the metrics that the gate names and that were measured."""
    return [metric for metric in one.metrics if metric.result in {"pass", "fail", "inconclusive"}]


def deciding(one: Comparison) -> list[MetricResult]:
    """Returns what decides, first what does so most: of a pass, what came nearest its margin."""
    listed = sorted(gated(one), key=lambda metric: (ORDER[metric.result], -used(metric)))
    blocking = [metric for metric in listed if metric.result == one.result != "pass"]
    return blocking or ([] if one.result != "pass" else listed[:1])


def listed(metrics: Sequence[MetricResult]) -> list[MetricResult]:
    """Returns metrics in the order of a table: what decides first, then as they came."""
    return sorted(metrics, key=lambda metric: ORDER.get(metric.result, len(ORDER)))


def level_text(one: Comparison) -> str:
    """Returns the level of the intervals: two ends, each one-sided at the gate's alpha."""
    alpha = one.gate.get("alpha")
    if not isinstance(alpha, int | float) or not 0 < alpha < 1 / 2:
        alpha = 0.05
    return f"{plain(100 * (1 - 2 * alpha))}{THIN}%"


def more_needed(one: MetricResult) -> int | None:
    """Returns how many cases more would settle what is inconclusive; ``None`` where unknown."""
    if one.result != "inconclusive" or one.needed_n is None or one.needed_n <= one.n:
        return None
    return one.needed_n - one.n
