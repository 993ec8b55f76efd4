"""A case of a suite: what a model is asked, and what is looked at in what it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Prompt = str | tuple[Mapping[str, str], ...]
"""A text to go on from, or messages with ``role`` and ``content`` for the model's template."""


@dataclass(frozen=True, slots=True)
class Case:
    """One thing to ask a model, or to have it rate.

    ``cluster`` names what the case shares with others, such as the skeleton that it fills: cases of
    a cluster are no independent observations. Where ``rated`` is empty the model answers the
    prompt; else the log-probability of each of these continuations of the prompt is measured and
    nothing is generated, unless ``answered`` says that both are wanted. ``expect`` is for the
    metrics of its ``suite`` (the suite's documentation says which keys). ``group`` is the group of
    people that the case is about, ``pair`` what its twins about other groups share.
    """

    id: str
    suite: str
    cluster: str
    prompt: Prompt
    rated: tuple[str, ...] = ()
    answered: bool = True
    expect: Mapping[str, Any] = field(default_factory=dict)
    group: str | None = None
    pair: str | None = None
    system: str | None = None
