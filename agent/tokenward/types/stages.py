"""The stages of a text, the actions on it, and the units in which it is judged."""

from __future__ import annotations

from typing import Literal

Stage = Literal["input", "output", "tool_call", "tool_result"]

STAGES: tuple[Stage, ...] = ("input", "output", "tool_call", "tool_result")

ActionKind = Literal["allow", "flag", "redact", "replace", "rewind", "block"]

ACTIONS: tuple[ActionKind, ...] = ("allow", "flag", "redact", "replace", "rewind", "block")
"""Weakest first: the strongest action of the rules that fired is the decision's."""

UnitKind = Literal["sentence", "window", "text"]
