"""Composes more attacks and ordinary texts in each language, and orders hidden in documents."""

from __future__ import annotations

import random
import tomllib
from importlib.resources import files
from typing import Any

from tokenward_plugins.injection.train.composed import BENIGN, HOLE, SAID, drawn, rows_of
from tokenward_plugins.linear.train.benign import Phrases
from tokenward_plugins.linear.train.rows import Row

EACH = {"direct": 30, "extraction": 24, "jailbreak": 30, "roleplay": 30, "benign": 60}
"""How many texts of a kind are drawn in each language."""

KINDS = {"roleplay": SAID["jailbreak"]} | SAID
DOCUMENTS = {"attack": 2500, "benign": 1200, "prose": 1500}
DEEP = 3
"""How many holes may be inside each other: {note} {tail}, {topic} in a tail."""

SHOUTED, LOWERED = 0.05, 0.12


def varied(seed: int) -> list[Row]:
    """Returns attacks, labelled, and ordinary texts."""
    draw = random.Random(seed)
    rows = [row for kinds in _read("varied").values() for row in _in_a_language(kinds, draw)]
    return [*rows, *_documents(_read("documents"), draw)]


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath(f"{name}.toml").read_text("utf-8"))


def _in_a_language(kinds: Phrases, draw: random.Random) -> list[Row]:
    """Returns texts that tell nothing of orders in documents: with them, fewer were found."""
    fillers = {**kinds, "tasks": kinds["task"]}
    rows = []
    for kind, count in EACH.items():
        labels = {name: value for name, value in KINDS[kind].items() if name != "indirect"}
        rows += rows_of(drawn(fillers, kind, count, draw), labels, "train")
    return rows


def _documents(kinds: Phrases, draw: random.Random) -> list[Row]:
    """Returns what stands in documents: orders to a model, answers on code, tables, prose."""
    rows = []
    for kind, count in DOCUMENTS.items():
        frames = kinds[kind]
        texts = [_nested(frames[turn % len(frames)], kinds, draw) for turn in range(count)]
        rows += rows_of(texts, {**BENIGN, "indirect": int(kind == "attack")}, "train")
    return rows


def _nested(text: str, kinds: Phrases, draw: random.Random) -> str:
    for _ in range(DEEP):
        text = HOLE.sub(lambda found: draw.choice(kinds[found.group(1)]), text)
    letters = draw.random()
    if letters < SHOUTED:
        return text.upper()
    return text.lower() if letters < LOWERED else text
