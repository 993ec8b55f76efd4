"""Composes ordinary talk of customers, assistants and users, in a fixed order."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from importlib.resources import files

Phrases = dict[str, list[str]]


def benign_phrases() -> Phrases:
    """Returns ordinary phrases by kind."""
    return tomllib.loads(files(__package__).joinpath("benign.toml").read_text("utf-8"))


def filled(frames: Iterable[str], hole: str, fillers: Iterable[str]) -> list[str]:
    """Returns each frame with each filler.

    >>> filled(["Where is my {thing}?"], "{thing}", ["bag", "hat"])
    ['Where is my bag?', 'Where is my hat?']
    """
    fillers = list(fillers)
    return [frame.replace(hole, filler) for frame in frames for filler in fillers]


def support_talk(kinds: Phrases) -> list[str]:
    """Returns what customers and assistants write."""
    return filled((*kinds["customer"], *kinds["assistant"]), "{thing}", kinds["things"])


def constraints(kinds: Phrases) -> list[str]:
    """Returns what users demand of an answer: its form, not its loyalty."""
    texts = kinds["constraints"]
    for hole, key in (
        ("{avoid}", "avoided"),
        ("{content}", "contents"),
        ("{answer}", "answer_words"),
    ):
        texts = filled(texts, hole, kinds[key])
    return sorted(set(texts))


def assistant_rules(kinds: Phrases) -> list[str]:
    """Returns what those who run an assistant tell it, in good faith."""
    rules = filled(kinds["assistant_rules"], "{thing}", kinds["things"])
    texts = set(filled(rules, "{topic}", kinds["topics"]))
    # rules without a filler are few, and would be drowned
    return sorted(texts) + [rule for rule in kinds["assistant_rules"] if "{" not in rule] * 4
