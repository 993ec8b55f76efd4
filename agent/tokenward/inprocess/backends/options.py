"""The generation options that stepwise backends know, by the names that transformers gives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from tokenward.errors import UsageError, one_of

DEFAULT_NEW_TOKENS = 256


@dataclass(frozen=True, slots=True)
class StepOptions:
    """How to choose tokens, and when to end; greedy unless ``do_sample`` is set.

    ``seed`` makes sampling repeatable; without one torch's own generator is used.

    >>> StepOptions.read({"max_new_tokens": 8, "stop_strings": "END"}).stop_strings
    ('END',)
    """

    max_new_tokens: int = DEFAULT_NEW_TOKENS
    do_sample: bool = False
    temperature: float = 1.0
    top_k: int = 50
    top_p: float = 1.0
    min_p: float = 0.0
    repetition_penalty: float = 1.0
    seed: int | None = None
    eos_token_id: int | Sequence[int] | None = None
    stop_strings: tuple[str, ...] = ()

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> StepOptions:
        """Reads keyword arguments; an option that is not known here is refused."""
        known = [field.name for field in fields(cls)]
        for name in given:
            if name not in known:
                raise UsageError(f"no option {name!r} for this kind of model; {one_of(known)}")
        values = {name: value for name, value in given.items() if value is not None}
        stops = values.get("stop_strings", ())
        values["stop_strings"] = (stops,) if isinstance(stops, str) else tuple(stops)
        options = cls(**values)
        options._check()
        return options

    def _check(self) -> None:
        if self.max_new_tokens < 1:
            raise UsageError(f"max_new_tokens is {self.max_new_tokens}; give at least 1")
        if self.do_sample and not self.temperature > 0:
            raise UsageError(
                f"temperature is {self.temperature}; give more than 0, or leave out do_sample"
            )

    def with_stops(self, more: tuple[str, ...]) -> StepOptions:
        """Returns the options with further stop strings."""
        return replace(self, stop_strings=tuple(dict.fromkeys((*self.stop_strings, *more))))

    def within(self, room: int) -> StepOptions:
        """Returns the options with no more new tokens than a context has room for."""
        if room < 1:
            raise UsageError(
                f"the prompt has {1 - room} tokens more than the model's context has room for; "
                "shorten it"
            )
        return replace(self, max_new_tokens=min(self.max_new_tokens, room))

    @property
    def ends(self) -> frozenset[int]:
        """The tokens that end a text."""
        ids = self.eos_token_id
        if ids is None:
            return frozenset()
        return frozenset([ids] if isinstance(ids, int) else ids)
