"""The frame of a figure: its axes with their names, and the marks that stand for results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from tokenward.compare.report.drawings.scale import Scale
from tokenward.compare.report.words import plain
from tokenward.evaluation.pictures import svg

WIDTH, HEIGHT = 440.0, 250.0
LEFT, TOP, RIGHT, BOTTOM = 58.0, 14.0, 16.0, 40.0
SIZE = 4.2
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Frame:
    """Two scales with the words of their axes."""

    x: Scale
    y: Scale
    across: str
    up: str
    write_x: Callable[[float], str] = plain
    write_y: Callable[[float], str] = plain
    ticks_x: tuple[float, ...] | None = None

    def point(self, x: float, y: float) -> Point:
        """Returns where a pair of values is."""
        return self.x.at(x), self.y.at(y)

    def drawn(self, words: str, inside: str) -> Markup:
        """Returns the figure with its words and what is in the frame."""
        return svg(words, WIDTH, HEIGHT, f"{self._grid()}{inside}")

    def _grid(self) -> str:
        bottom, middle = HEIGHT - BOTTOM, (LEFT + WIDTH - RIGHT) / 2
        down = (TOP + bottom) / 2
        parts = [
            f'<path class="rule" d="M{LEFT:g} {self.y.at(at):.1f}H{WIDTH - RIGHT:g}"/>'
            f'<text x="{LEFT - 6:g}" y="{self.y.at(at) + 3.5:.1f}" text-anchor="end">'
            f"{escape(self.write_y(at))}</text>"
            for at in self.y.ticks()
        ]
        parts += [
            f'<path class="rule" d="M{self.x.at(at):.1f} {bottom:g}v4"/>'
            f'<text x="{self.x.at(at):.1f}" y="{bottom + 15:g}" text-anchor="middle">'
            f"{escape(self.write_x(at))}</text>"
            for at in (self.x.ticks() if self.ticks_x is None else self.ticks_x)
        ]
        parts.append(
            f'<text x="{middle:g}" y="{HEIGHT - 6:g}" text-anchor="middle">'
            f"{escape(self.across)}</text>"
            f'<text transform="translate(11 {down:g}) rotate(-90)" text-anchor="middle">'
            f"{escape(self.up)}</text>"
        )
        return "".join(parts)


def across() -> tuple[float, float]:
    """Returns where the x axis starts and ends."""
    return LEFT, WIDTH - RIGHT


def upwards() -> tuple[float, float]:
    """Returns where the y axis starts and ends."""
    return HEIGHT - BOTTOM, TOP


def line(points: Sequence[Point], kind: str) -> str:
    """Returns a line through points."""
    if not points:
        return ""
    steps = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return f'<path class="{kind}" d="M{steps}"/>'


def whisker(start: Point, end: Point, kind: str) -> str:
    """Returns the line of an interval."""
    return line([start, end], f"whisker {kind}")


def dot(at: Point, kind: str, size: float = 2.6) -> str:
    """Returns a dot."""
    return f'<circle class="{kind}" cx="{at[0]:.1f}" cy="{at[1]:.1f}" r="{size:g}"/>'


def mark(at: Point, result: str) -> str:
    """Returns the mark of a result: shapes differ, so that no colour has to be told apart.

    A disc passes, a cross fails, a diamond is inconclusive, a ring is only shown.
    """
    x, y = at
    if result == "pass":
        return dot(at, "mark pass", SIZE)
    if result == "fail":
        return (
            f'<path class="mark fail" d="M{x - SIZE:.1f} {y - SIZE:.1f}l{2 * SIZE:g} {2 * SIZE:g}'
            f'm0 {-2 * SIZE:g}l{-2 * SIZE:g} {2 * SIZE:g}"/>'
        )
    if result == "inconclusive":
        return (
            f'<path class="mark inconclusive" d="M{x:.1f} {y - SIZE - 1:.1f}l{SIZE + 1:g} '
            f'{SIZE + 1:g}l{-SIZE - 1:g} {SIZE + 1:g}l{-SIZE - 1:g} {-SIZE - 1:g}z"/>'
        )
    return dot(at, "mark shown", SIZE - 1)
