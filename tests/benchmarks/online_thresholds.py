"""Makes the table of thresholds of online drift: ``python -m tests.benchmarks.online_thresholds``.

For a threshold the table says how often a statistic alarms over traffic that does not change, and
how much that depends on the luck of the reference. Both statistics are random walks that are kept
above zero, so that the mean time to an alarm is the solution of linear equations (Brook and Evans
1972, doi:10.1093/biomet/59.3.539; for rates Reynolds and Stoumbos 1999, doi:10.1080/
00224065.1999.11979900); only references are drawn at random, with fixed seeds. It takes a minute,
and always writes the same table, up to the last digits of the machine's linear algebra.

``numbers``: rank sums for slacks ``k``: the logarithm of the alarms a point, on one side, for
references of ``n`` rows, as a quadratic function of how lucky the reference is, a standard normal
variable. ``rates``: the logarithm of the alarms a point in units of the rate, by the rate, by the
shift of its log odds, and by the threshold.
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path

import numpy as np
from scipy.linalg import solve_banded
from scipy.stats import norm

import tokenward.online.thresholds as online

TABLE = Path(online.__file__).with_name("thresholds.json")
SEED = 7
WIDTH = math.sqrt(12.0)
STATES = 200
REFERENCES = 300
BINS = 256
SLACKS = (0.25, 0.1)
ROWS = (500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 200_000, 10_000_000)
HEIGHTS = {
    0.25: (10.0, 14.0, 18.0, 22.0, 26.0, 30.0, 34.0, 38.0, 43.0, 48.0, 54.0, 60.0),
    0.1: (20.0, 28.0, 36.0, 44.0, 52.0, 60.0, 70.0, 80.0, 92.0, 105.0, 120.0, 140.0),
}
LOWEST = 1e-14
"""Alarms a point below it are lost in rounding."""

ODDS = (2.0, 8.0)
SHARES = (0.005, 0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99, 0.995)
SHIFTS = tuple(round(0.3 * step, 1) for step in range(-4, 5))
LEVELS = (2.0, 3.0, 4.0, 5.0, 6.5, 8.0, 10.0, 12.0, 14.5, 17.0, 20.0, 24.0)
MOST_STATES = 40_000


def references(rows: int, generator: np.random.Generator) -> np.ndarray:
    """What the traffic's chances of the reference's quantiles are; a row for each reference."""
    return generator.dirichlet(np.full(BINS, rows / BINS), size=REFERENCES)


def alarms(chances: np.ndarray, slack: float, height: float) -> np.ndarray:
    """Alarms a point of an upward rank sum; ``chances`` are those of the bins of the ranks."""
    step = height / STATES
    edges = (np.linspace(0.0, 1.0, BINS + 1) - 0.5) * WIDTH - slack
    below = np.concatenate([np.zeros((len(chances), 1)), chances.cumsum(1)], axis=1)
    shifts = np.arange(-STATES, STATES + 1)
    ends = (shifts + 0.5) * step
    cumulated = np.array([np.interp(ends, edges, one, 0.0, 1.0) for one in below])
    single = np.diff(cumulated, axis=1, prepend=0.0)
    states = np.arange(STATES)
    at = states[None, :] - states[:, None] + STATES
    moves = single[:, at]
    moves[:, :, 0] = cumulated[:, STATES - states]  # all that would go below zero
    system = np.eye(STATES) - moves
    times = np.linalg.solve(system, np.ones((len(chances), STATES, 1)))[:, 0, 0]
    with np.errstate(divide="ignore"):
        return np.where(times > 0, 1.0 / times, 0.0)


def numbers() -> dict[str, object]:
    """The part of the table for numbers."""
    generator = np.random.default_rng(SEED)
    lucks = norm.ppf((np.arange(REFERENCES) + 0.5) / REFERENCES)
    table: dict[str, object] = {"rows": list(ROWS)}
    for slack in SLACKS:
        cells = []
        for rows in ROWS:
            drawn = references(rows, generator)
            line = []
            for height in HEIGHTS[slack]:
                rate = np.concatenate([alarms(part, slack, height) for part in np.split(drawn, 15)])
                rate = np.log(np.sort(np.maximum(rate, LOWEST)))
                bend, tilt, middle = np.polyfit(lucks, rate, 2)
                line.append([round(float(one), 4) for one in (middle, tilt, bend)])
            cells.append(line)
        table[f"k={slack:g}"] = {"heights": list(HEIGHTS[slack]), "log_alarms": cells}
    return table


def moved(share: float, shift: float) -> float:
    """A share whose log odds are shifted."""
    odds = share / (1 - share) * math.exp(shift)
    return odds / (1 + odds)


def rate_alarms(share: float, truth: float, odds: float, height: float) -> float:
    """Alarms a point of the sum of log likelihood ratios of a rate, for events of chance ``truth``.

    A share that is watched for odds that are larger by a factor.
    """
    worse = moved(share, math.log(odds))
    up, down = math.log(worse / share), -math.log((1 - worse) / (1 - share))
    best = min(range(4, 80), key=lambda parts: error(up, down, parts) + parts / 8000)
    step = min(up, down) / best
    size = min(round(height / step), MOST_STATES)
    step = max(step, height / size)
    rise, fall = round(up / step), round(down / step)
    if rise >= size:
        return truth  # one event is enough
    bands = np.zeros((rise + fall + 1, size))
    bands[rise] = 1.0
    bands[0, rise:] -= truth  # from state i to i + rise, an alarm where that is beyond the last
    bands[rise + fall, : size - fall] -= 1 - truth
    # a tour ends at zero again, or in an alarm: its mean length over the chance of the latter
    alarm = np.zeros(size)
    alarm[size - rise :] = truth
    tour = solve_banded((fall, rise), bands, np.column_stack([np.ones(size), alarm]))
    return float(tour[0, 1] / tour[0, 0])


def error(up: float, down: float, parts: int) -> float:
    """How far two steps are from whole numbers of a small one, in parts of themselves."""
    step = min(up, down) / parts
    return sum(abs(round(one / step) * step / one - 1) for one in (up, down))


def rates() -> dict[str, object]:
    """The part of the table for rates."""
    table: dict[str, object] = {
        "shares": list(SHARES), "shifts": list(SHIFTS), "heights": list(LEVELS),
    }  # fmt: skip
    for odds in ODDS:
        table[f"odds={odds:g}"] = [
            [
                [
                    round(
                        math.log(
                            max(rate_alarms(share, moved(share, shift), odds, height), LOWEST)
                            / share
                        ),
                        3,
                    )
                    for height in LEVELS
                ]
                for shift in SHIFTS
            ]
            for share in SHARES
        ]
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=TABLE)
    path = parser.parse_args().out
    table = {"numbers": numbers(), "rates": rates()}
    path.write_text(json.dumps(table, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
