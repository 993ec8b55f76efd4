"""Composes documents, with an order to the model hidden in them, and the same sort without."""

from __future__ import annotations

import random
from collections.abc import Sequence

from tokenward_plugins.encoder.train.composed import Phrases, filled, phrases
from tokenward_plugins.encoder.train.labels import HARMLESS
from tokenward_plugins.linear.train.rows import Row

SOURCE = "documents"
HIDDEN = {**HARMLESS, "injection": 1, "indirect": 1}
LONG = 0.25
"""Share of the documents that are many windows long."""


def documents(attacks: Sequence[str], count: int, seed: int) -> list[Row]:
    """Returns ``count`` attacked and as many clean documents, of the same frames.

    A clean one has an order to people where the other has one to the model, so that neither the
    frame nor the imperative tells them apart. The span of a row is where the attack stands.
    """
    draw = random.Random(seed)
    kinds = phrases("documents")
    orders = [*kinds["orders"], *attacks]
    rows = []
    for turn in range(count):
        frame = kinds["frames"][turn % len(kinds["frames"])]
        rows.append(_attacked(frame, draw.choice(orders), kinds, draw))
        honest = draw.choice(kinds["human_orders"]) if draw.random() < 0.7 else ""
        text = _written(frame, kinds, draw).replace("{attack}", _named(honest, kinds, draw))
        rows.append(Row(SOURCE, text, HARMLESS, part="train"))
    return rows


def long_prose(count: int, seed: int) -> list[Row]:
    """Returns long harmless documents of ordinary sentences."""
    draw = random.Random(seed)
    kinds = phrases("documents")
    return [
        Row(SOURCE, _body(kinds, draw, draw.randint(12, 60)), HARMLESS, part="train")
        for _ in range(count)
    ]


def _attacked(frame: str, order: str, kinds: Phrases, draw: random.Random) -> Row:
    before, after = _written(frame, kinds, draw).split("{attack}")
    order = _named(order, kinds, draw)
    span = (len(before), len(before) + len(order))
    return Row(SOURCE, before + order + after, HIDDEN, spans=(span,), part="train")


def _written(frame: str, kinds: Phrases, draw: random.Random) -> str:
    while "{body}" in frame:
        size = draw.randint(8, 25) if draw.random() < LONG else draw.randint(1, 4)
        frame = frame.replace("{body}", _body(kinds, draw, size), 1)
    return _named(frame, kinds, draw)


def _body(kinds: Phrases, draw: random.Random, size: int) -> str:
    said = [*kinds["sentences"] * 3, *kinds["human_orders"]]
    text = " ".join(draw.choice(said) for _ in range(size))
    return _named(text, kinds, draw)


def _named(text: str, kinds: Phrases, draw: random.Random) -> str:
    fill = {"name": kinds["names"], "thing": kinds["things"], "topic": kinds["topics"]}
    return filled(text, fill, draw)
