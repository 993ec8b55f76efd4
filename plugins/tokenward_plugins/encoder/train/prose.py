"""Composes ordinary prose: sentences as an encyclopedia has them, and long documents of all kinds.

None of it harms anybody, and much of it has words that alarm: it teaches what is only told.
"""

from __future__ import annotations

import random

from tokenward_plugins.encoder.train.composed import Phrases, filled, phrases
from tokenward_plugins.encoder.train.labels import HARMLESS
from tokenward_plugins.linear.train.rows import Row

SENTENCES, LONG = 2500, 900
"""How many passages of an encyclopedia, and how many long documents, are composed."""

MOST_LINES = 70
FILLERS = ("person", "place", "job", "movement", "people", "year")


def prose(seed: int) -> list[Row]:
    """Returns all ordinary prose; the same for the same seed."""
    draw = random.Random(seed)
    return [*_encyclopedia(draw), *_documents(draw)]


def _encyclopedia(draw: random.Random) -> list[Row]:
    kinds = phrases("encyclopedia")
    fill = {name: kinds[name] for name in FILLERS}
    rows = []
    for turn in range(SENTENCES):
        others = draw.sample(kinds["frames"], draw.choice((0, 0, 0, 1, 3)))
        frames = [kinds["frames"][turn % len(kinds["frames"])], *others]
        text = " ".join(_sentence(filled(frame, fill, draw)) for frame in frames)
        rows.append(Row("encyclopedia", text, HARMLESS, part="train"))
    return rows


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _documents(draw: random.Random) -> list[Row]:
    kinds = phrases("longer")
    names = [name for name, kind in kinds.items() if isinstance(kind, dict)]
    return [
        Row("long", _document(kinds, names[turn % len(names)], draw), HARMLESS, part="train")
        for turn in range(LONG)
    ]


def _document(kinds: Phrases, name: str, draw: random.Random) -> str:
    """Returns lines of one kind, each begun as the kind begins them; at times with other lines."""
    start, lines = kinds[name]["start"], kinds[name]["lines"]
    count = draw.randint(6, MOST_LINES)
    # short lists repeat themselves: no line comes again before all have come
    chosen = [
        line for _ in range(count // len(lines) + 1) for line in draw.sample(lines, len(lines))
    ]
    gap = draw.choice(("\n", "\n", " ")) if not start or name == "story" else "\n"
    numbers = [str(number) for number in range(1, 32)]
    fill = {"name": kinds["names"], "thing": kinds["things"], "n": numbers}
    return gap.join(filled(start + line, fill, draw) for line in chosen[:count])
