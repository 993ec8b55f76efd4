"""Reads our own texts that nothing is trained on: they tell of labels that no data set has."""

from __future__ import annotations

from tokenward_plugins.encoder.train.composed import phrases
from tokenward_plugins.encoder.train.labels import HARMLESS, NO_INJECTION
from tokenward_plugins.linear.train.rows import Part, Row

SOURCE = "checks"
KINDS: dict[str, dict[str, int]] = {
    "refusal": {"refusal": 1, **NO_INJECTION, "toxicity": 0, "hate": 0},
    "answer": HARMLESS,
    "direct": {"injection": 1, "direct": 1, "refusal": 0},
    "extraction": {"injection": 1, "system_prompt_extraction": 1, "indirect": 0, "refusal": 0},
    "prompt": HARMLESS,
    "indirect": {**HARMLESS, "injection": 1, "indirect": 1},
    "document": HARMLESS,
    "hate": {"hate": 1, "toxicity": 1, "refusal": 0, **NO_INJECTION},
    "counter": {label: 0 for label in HARMLESS if label != "stereotype"},
    "unsafe": {"unsafe_request": 1, "refusal": 0, **NO_INJECTION},
    "safe": HARMLESS,
    "stereotype": {"stereotype": 1, "refusal": 0, **NO_INJECTION},
    "no_stereotype": HARMLESS,
}
"""What is known of each kind of text."""


def checks() -> list[Row]:
    """Returns the texts, in turn to calibrate and to test."""
    kinds = phrases("checks")
    parts: tuple[Part, Part] = ("calibrate", "test")
    return [
        Row(SOURCE, text, labels, part=parts[number % 2])
        for kind, labels in KINDS.items()
        for number, text in enumerate(kinds[kind])
    ]
