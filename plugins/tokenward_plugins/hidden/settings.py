"""What a policy may set for the detector ``hidden``."""

from __future__ import annotations

from dataclasses import dataclass

TEXT, ORDER = "hidden_text", "hidden_instruction"
TYPES = frozenset({TEXT, ORDER})


@dataclass(frozen=True, slots=True)
class HiddenSettings:
    """``scorer``: the detector that says whether what is hidden is an instruction.

    >>> HiddenSettings().scorer
    'injection'
    """

    scorer: str = "injection"
