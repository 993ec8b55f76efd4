"""Names the heads of the encoder and their labels, and packs what is known of a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

HEADS: Mapping[str, tuple[str, ...]] = {
    "toxicity": ("toxicity", "severe_toxicity", "obscene", "threat", "insult", "identity_attack"),
    "hate": ("hate",),
    "injection": ("injection", "direct", "indirect", "jailbreak", "system_prompt_extraction"),
    "bias": ("stereotype", "derogation"),
    "refusal": ("refusal",),
    "unsafe": ("unsafe_request", "sexual", "violence", "self_harm"),
}
LABELS = tuple(label for labels in HEADS.values() for label in labels)
ATTACKS = ("direct", "indirect", "jailbreak", "system_prompt_extraction")
"""Kinds of injection; ``injection`` holds if one of them does."""

ABOUT_GROUPS = ("stereotype",)
"""Labels that depend on which group is named: they may change where groups are swapped."""

NO_TOXICITY = dict.fromkeys((*HEADS["toxicity"], "hate", "derogation"), 0)
NO_INJECTION = dict.fromkeys(HEADS["injection"], 0)
HARMLESS = dict.fromkeys(LABELS, 0)
"""Labels of a text that is known to be none of all."""

Floats = NDArray[np.float32]


def packed(rows: Sequence[Mapping[str, int]]) -> tuple[Floats, Floats]:
    """Returns targets and mask, a line a row and a column a label: an unknown label counts nothing.

    >>> values, mask = packed([{"threat": 1}, {"hate": 0}])
    >>> values.sum(), mask.sum()
    (np.float32(1.0), np.float32(2.0))
    """
    values = np.zeros((len(rows), len(LABELS)), np.float32)
    mask = np.zeros_like(values)
    column = {label: at for at, label in enumerate(LABELS)}
    for line, known in enumerate(rows):
        for label, value in known.items():
            values[line, column[label]] = value
            mask[line, column[label]] = 1
    return values, mask


def with_injection(labels: Mapping[str, int]) -> dict[str, int]:
    """Returns labels with ``injection`` where the kinds of attack tell it.

    >>> with_injection({"direct": 1, "indirect": 0})
    {'direct': 1, 'indirect': 0, 'injection': 1}
    """
    kinds = [labels[kind] for kind in ATTACKS if kind in labels]
    if 1 in kinds:
        return {**labels, "injection": 1}
    if len(kinds) == len(ATTACKS):
        return {**labels, "injection": 0}
    return dict(labels)
