"""What a policy may set for the detector ``injection``."""

from __future__ import annotations

from dataclasses import dataclass

TYPES = frozenset({"direct", "indirect", "jailbreak", "system_prompt_extraction"})


@dataclass(frozen=True, slots=True)
class InjectionSettings:
    """Whether the written forms count beside the model.

    ``patterns: false`` leaves the model alone to decide.

    >>> InjectionSettings().patterns
    True
    """

    patterns: bool = True
