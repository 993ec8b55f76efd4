"""Figures with a mark for each optimized model: safety against loss, cost against quality."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from tokenward.compare.ranking import Estimate, Rank
from tokenward.compare.report.drawings.frame import (
    WIDTH,
    Frame,
    across,
    line,
    mark,
    upwards,
    whisker,
)
from tokenward.compare.report.drawings.scale import Scale, drawable
from tokenward.compare.report.words import plain, signed

NEAR = 11.0
"""Pixels between two names; nearer ones are moved down."""
MOST_NAME = 26
MAGNITUDES = 20.0
"""How many times the least the greatest is on a logarithmic scale."""


@dataclass(frozen=True, slots=True)
class Axis:
    """What an axis shows, its unit, and whether it may be logarithmic."""

    name: str
    unit: str
    log: bool = False

    @property
    def words(self) -> str:
        """The words along it."""
        return f"{self.name} ({self.unit})" if self.unit else self.name


@dataclass(frozen=True, slots=True)
class Spot:
    """A model in a figure: its name, result, and both values with their intervals."""

    name: str
    result: str
    x: Estimate
    y: Estimate


def cost_against_quality(ranks: Sequence[Rank], unit: str) -> Markup:
    """Draws all models that have both, and the line of those that no other dominates."""
    spots = [
        Spot(one.name, one.result, one.cost, one.quality)
        for one in ranks
        if one.cost is not None and one.quality is not None
    ]
    if not spots:
        return Markup()
    names = {one.name for one in ranks if not one.dominated_by}
    front = sorted((one.x.value, one.y.value) for one in spots if one.name in names)
    first = ranks[0]
    frame = framed(
        spots,
        Axis("cost against the base", "%"),
        Axis(f"quality lost, {first.quality_by}", unit, log=True),
    )
    pareto = line([frame.point(*at) for at in _steps(front)], "pareto")
    zero = frame.point(0.0, 0.0)
    origin = (
        f'<path class="origin" d="M{zero[0]:.1f} {zero[1] - 6:.1f}v12m-6 -6h12"/>'
        f'<text x="{zero[0] + 8:.1f}" y="{zero[1] - 6:.1f}">base</text>'
    )
    told = "; ".join(
        f"{one.name} ({one.result}): cost {_span(one.x, '%')}, quality lost {_span(one.y, unit)}"
        for one in spots
    )
    return frame.drawn(f"Cost against quality lost. {told}", pareto + origin + drawn(frame, spots))


def safety_against_loss(spots: Sequence[Spot], loss: Axis, safety: Axis) -> Markup:
    """Draws the change of a safety metric against what was lost in all, a mark a model."""
    if not spots:
        return Markup()
    frame = framed(spots, loss, Axis(f"{safety.name}, worse is up", safety.unit))
    told = "; ".join(
        f"{one.name} ({one.result}): {_span(one.x, loss.unit)} and {_span(one.y, safety.unit)}"
        for one in spots
    )
    return frame.drawn(f"{safety.name} by {loss.name}. {told}", drawn(frame, spots))


def framed(spots: Sequence[Spot], x: Axis, y: Axis) -> Frame:
    """Returns a frame that has all spots with their intervals in it, and the base."""
    return Frame(
        _scale([one.x for one in spots], across(), 0.12, log=x.log),
        _scale([one.y for one in spots], upwards(), 0.06, log=y.log),
        x.words,
        y.words,
        write_x=_writer(x.unit),
        write_y=_writer(y.unit),
    )


def _scale(
    found: Sequence[Estimate], ends: tuple[float, float], room: float, *, log: bool
) -> Scale:
    """Returns a linear scale with 0 on it, or a logarithmic one for what spans magnitudes."""
    values = [one.value for one in found]
    if log and min(values) > 0 and max(values) >= MAGNITUDES * min(values):
        inside = [end for one in found for end in (one.low, one.value, one.high) if end > 0]
        return Scale.logarithmic(inside, *ends)
    inside = [0.0, *(end for one in found for end in (one.low, one.value, one.high))]
    return Scale.around(inside, *ends, room=room)


def drawn(frame: Frame, spots: Sequence[Spot]) -> str:
    """Returns the marks of all spots, their intervals and names."""
    parts, taken = [], list[tuple[float, float]]()
    for one in spots:
        x, y = frame.point(one.x.value, one.y.value)
        ends = [frame.point(end, one.y.value) for end in (one.x.low, one.x.high)]
        ends += [frame.point(one.x.value, end) for end in (one.y.low, one.y.high)]
        parts.append(whisker(ends[0], ends[1], one.result) + whisker(ends[2], ends[3], one.result))
        parts.append(mark((x, y), one.result))
        left = x > WIDTH * 0.7
        at = (x - 9 if left else x + 9, y - 6)
        while any(abs(at[1] - other[1]) < NEAR and abs(at[0] - other[0]) < WIDTH / 3
                  for other in taken):  # fmt: skip
            at = (at[0], at[1] + NEAR)
        taken.append(at)
        name = one.name if len(one.name) <= MOST_NAME else f"{one.name[: MOST_NAME - 1]}…"
        anchor = ' text-anchor="end"' if left else ""
        parts.append(
            f'<text class="name" x="{at[0]:.1f}" y="{at[1]:.1f}"{anchor}>{escape(name)}</text>'
        )
    return "".join(parts)


def _steps(front: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Returns the corners of the line: between two models nothing better than both is known."""
    corners: list[tuple[float, float]] = []
    for x, y in front:
        if corners:
            corners.append((x, corners[-1][1]))
        corners.append((x, y))
    return [at for at in corners if None not in map(drawable, at)]


def _span(one: Estimate, unit: str) -> str:
    write = _writer(unit)
    return f"{write(one.value)} {unit} ({write(one.low)} to {write(one.high)})"


def _writer(unit: str) -> Callable[[float], str]:
    """Returns what writes a number in a unit: shares and quotients count in hundredths."""
    return (lambda value: signed(100 * value)) if unit in {"%", "pp"} else plain
