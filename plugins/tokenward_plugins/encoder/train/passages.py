"""Composes harmless texts of all lengths that nothing is trained on: scales are made by them too.

Data sets have few long texts that harm nobody, and those of one source are known after training: a
threshold from them alone is too low for the mails, calls and minutes of others.
"""

from __future__ import annotations

import random

from tokenward_plugins.encoder.train.composed import phrases
from tokenward_plugins.encoder.train.labels import HARMLESS
from tokenward_plugins.linear.train.rows import Row

SOURCE = "passages"
LINES = (1, 2, 3, 6, 12, 24, 40)
"""How many lines a text has: each kind comes once with each number."""


def passages(seed: int) -> list[Row]:
    """Returns each kind of text in each length; the same ones for the same seed."""
    draw = random.Random(seed)
    return [
        Row(SOURCE, _passage(lines, count, draw), HARMLESS, part="calibrate")
        for lines in phrases("passages").values()
        for count in LINES
    ]


def _passage(lines: list[str], count: int, draw: random.Random) -> str:
    # no line comes again before all have come
    turns = -(-count // len(lines))
    chosen = [line for _ in range(turns) for line in draw.sample(lines, len(lines))]
    return draw.choice((" ", "\n")).join(chosen[:count])
