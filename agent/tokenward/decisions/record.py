"""The record of one interaction: what was asked of the guard, and what it did, without any text."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import Literal

from tokenward.types import ACTIONS, ActionKind, Decision, FeatureValue

SCHEMA_VERSION = 3
"""Of the record, and of the tables that keep it."""

Source = Literal["sidecar", "hook", "cli", "fms", "litellm", "envoy"]
"""Who was asked; the last are gateways that call the guard by a protocol of their own."""


@dataclass(frozen=True, slots=True)
class KeptText:
    """A text of one stage; ``whole`` says that it is all that was there, nothing masked in it."""

    stage: str
    text: str = field(repr=False)
    whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """One guarded request with its answer.

    ``time`` is in seconds since the epoch, in UTC; ``timings`` are seconds (``guard``, ``ttft``,
    ``total``); ``hold_back`` is the most characters that were held at once. ``subject`` and
    ``session`` are stored as keyed hashes. Of ``parameters`` numbers and truth values are stored;
    of decisions everything but their text. ``action`` and ``degraded`` follow from the decisions
    unless they are given. ``sample_weight`` is how many interactions this one stands for.
    """

    decision_id: str
    source: Source
    decisions: tuple[Decision, ...] = ()
    time: float = field(default_factory=time.time)
    route: str | None = None
    model: str | None = None
    model_label: str | None = None
    session: str | None = field(default=None, repr=False)
    subject: str | None = field(default=None, repr=False)
    policy: str | None = None
    revision: str | None = None
    action: ActionKind | Literal[""] = ""
    parameters: Mapping[str, object] = field(default_factory=dict, repr=False)
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    timings: Mapping[str, float] = field(default_factory=dict)
    hold_back: int = 0
    rewinds: int = 0
    features: Mapping[str, FeatureValue] = field(default_factory=dict)
    degraded: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    sample_weight: float = 1.0
    texts: tuple[KeptText, ...] = field(default=(), repr=False, compare=False)
    """The masked texts, where the policy keeps them: stored apart, and not read with the record."""
    text_days: int | None = None
    """How long ``texts`` are kept, at most; the records themselves stay until they are purged."""
    schema_version: int = SCHEMA_VERSION

    def __post_init__(self) -> None:
        if not self.action:
            object.__setattr__(self, "action", strongest(self.decisions))
        if not self.degraded:
            names = dict.fromkeys(name for one in self.decisions for name in one.degraded)
            object.__setattr__(self, "degraded", tuple(names))

    @property
    def language(self) -> str | None:
        """The language of the prompt, or of the answer, where a feature of that name was taken."""
        for name in ("prompt.language", "answer.language"):
            value = self.features.get(name)
            if isinstance(value, str):
                return value
        return None


_NAMES = tuple(one.name for one in fields(Interaction))
_VALUES = attrgetter(*_NAMES)
_SET = tuple(getattr(Interaction, name).__set__ for name in _NAMES)


def completed(
    one: Interaction, features: Mapping[str, FeatureValue], texts: tuple[KeptText, ...]
) -> Interaction:
    """Returns a record with other features and texts; ``dataclasses.replace`` takes much longer.

    >>> completed(Interaction(decision_id="a", source="cli", time=1.0), {"f": 2.0}, ()).features
    {'f': 2.0}
    """
    copy = object.__new__(Interaction)
    for put, value in zip(_SET, _VALUES(one), strict=True):
        put(copy, value)
    object.__setattr__(copy, "features", features)
    object.__setattr__(copy, "texts", texts)
    return copy


def strongest(decisions: Iterable[Decision]) -> ActionKind:
    """Returns the strongest action of the decisions.

    >>> strongest([])
    'allow'
    """
    return max((one.action for one in decisions), key=ACTIONS.index, default="allow")
