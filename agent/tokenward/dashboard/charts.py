"""Small drawings as SVG inside a page, each with words for those who do not see it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

MARGIN = 3.0
GREATEST = 1e12
"""What is further from 0 has no place in a drawing."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The part of a drawing that values are put in: ``low`` and ``high`` are its ends."""

    width: float
    height: float
    low: float
    high: float
    count: int

    @classmethod
    def around(
        cls, values: Sequence[float | None], width: float, height: float, *also: float
    ) -> Frame:
        """Returns a frame that has 0, all values and what is shown ``also`` in it."""
        there = [one for one in (*values, *also) if one is not None]
        high = max((0.0, *there))
        low = min((0.0, *there))
        return cls(width, height, low, high if high > low else low + 1.0, len(values))

    def x(self, at: int) -> float:
        """Returns where a value stands: the last one at the right end."""
        room = self.width - 2 * MARGIN
        return MARGIN + (room * at / (self.count - 1) if self.count > 1 else room)

    def y(self, value: float) -> float:
        """Returns how far down a value is."""
        room = self.height - 2 * MARGIN
        return MARGIN + room * (self.high - value) / (self.high - self.low)


def sparkline(
    values: Sequence[float | None],
    label: str,
    *,
    threshold: float | None = None,
    width: int = 160,
    height: int = 36,
) -> Markup:
    """Draws a series, oldest first; where there is no number the line has a gap.

    ``label`` says what it shows; a ``threshold`` is a line across.
    """
    values = [drawable(value) for value in values]
    threshold = drawable(threshold)
    also = () if threshold is None else (threshold,)
    frame = Frame.around(values, width, height, *also)
    parts = [
        f'<path class="area" d="{area(frame, run)}"/><path class="line" d="{line(frame, run)}"/>'
        for run in runs(values)
    ]
    if threshold is not None:
        across = f"M{MARGIN:g} {frame.y(threshold):.1f}H{width - MARGIN:g}"
        parts.append(f'<path class="limit" d="{across}"/>')
    last = next((at for at in reversed(range(len(values))) if values[at] is not None), None)
    if last is not None:
        over = threshold is not None and (values[last] or 0.0) > threshold
        kind = "dot over" if over else "dot"
        x, y = frame.x(last), frame.y(values[last] or 0.0)
        parts.append(f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="2.5"/>')
    return svg("spark", width, height, label, "".join(parts))


def drawable(value: float | None) -> float | None:
    """Returns a number that a drawing can show; ``None`` for what is none.

    >>> drawable(1.5), drawable(float("nan")), drawable(1e300)
    (1.5, None, None)
    """
    return None if value is None or not abs(value) <= GREATEST else float(value)


def runs(values: Sequence[float | None]) -> Iterator[list[tuple[int, float]]]:
    """Yields what stands without gaps.

    >>> list(runs([1.0, None, 2.0, 3.0]))
    [[(0, 1.0)], [(2, 2.0), (3, 3.0)]]
    """
    run: list[tuple[int, float]] = []
    for at, value in enumerate(values):
        if value is not None:
            run.append((at, value))
        elif run:
            yield run
            run = []
    if run:
        yield run


def line(frame: Frame, run: Sequence[tuple[int, float]]) -> str:
    """Returns the path of a line."""
    points = [f"{frame.x(at):.1f} {frame.y(value):.1f}" for at, value in run]
    return f"M{'L'.join(points)}"


def area(frame: Frame, run: Sequence[tuple[int, float]]) -> str:
    """Returns the path of what is under a line."""
    floor = f"{frame.y(0.0):.1f}"
    first, last = frame.x(run[0][0]), frame.x(run[-1][0])
    return f"{line(frame, run)}L{last:.1f} {floor}L{first:.1f} {floor}Z"


def shares(parts: Mapping[str, float], label: str, *, width: int = 160, height: int = 10) -> Markup:
    """Draws a bar of parts, in order; their names are classes of the style."""
    whole = sum(parts.values())
    drawn, x = [], 0.0
    for name, value in parts.items():
        size = width * value / whole if whole > 0 else 0.0
        if size > 0:
            kind = escape(f"part {name}")
            drawn.append(
                f'<rect class="{kind}" x="{x:.2f}" y="0" width="{size:.2f}" height="{height}"/>'
            )
        x += size
    return svg("bar", width, height, label, "".join(drawn))


def level(value: float, label: str, *, limit: float = 1.0, width: int = 120) -> Markup:
    """Draws how far a value in [0, 1] fills its bar; ``limit`` is a mark in it."""
    filled = width * min(max(value, 0.0), 1.0)
    kind = "fill over" if value >= limit else "fill"
    mark = width * min(max(limit, 0.0), 1.0)
    drawn = f'<rect class="{kind}" x="0" y="0" width="{filled:.1f}" height="8"/>'
    if limit < 1:
        drawn += f'<path class="limit" d="M{mark:.1f} 0V8"/>'
    return svg("level", width, 8, label, drawn)


def svg(kind: str, width: int, height: int, label: str, inside: str) -> Markup:
    """Returns a drawing with its words; without words it is there for the eye alone."""
    told = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    return Markup(  # noqa: S704  # numbers and our own words; what is not is escaped above
        f'<svg class="{kind}" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f"{told}>{inside}</svg>"
    )
