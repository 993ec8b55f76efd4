"""A recipe: an option of a model by name, with what it does to the model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Loaded:
    """A model while recipes are applied to it.

    ``details`` are told in its identity. ``bits`` are of weights that are stored wider than their
    recipe is about (a quantisation that is only simulated): bits a weight by its module's name.
    ``wide_head`` computes the last layer in float32.
    """

    model: Any
    tokenizer: Any
    details: dict[str, Any] = field(default_factory=dict)
    bits: dict[str, float] = field(default_factory=dict)
    device: str | None = None
    wide_head: bool = False


@dataclass(frozen=True, slots=True)
class Recipe:
    """An option: its ``name``, the ``values`` that it takes, in words, and what it does.

    ``apply`` changes a loaded model by a value; it raises `UsageError` for a value that it does
    not know, and `MissingExtra` where it needs a package that is not installed.
    """

    name: str
    values: str
    about: str
    apply: Callable[[Loaded, str], None]
    runs: bool = False
    """Whether it says only how the model runs: its weights stay what they are."""
    read: Callable[[str], object] = str
    """Reads a value without a model, so that a wrong one is told before anything runs."""
