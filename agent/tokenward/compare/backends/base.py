"""What a comparison asks of a model, whatever runs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from tokenward.compare.case import Prompt
from tokenward.compare.sampling import Sampling

Finish = Literal["stop", "length", "error"]
Can = Literal["generate", "rate", "distribution"]
"""``rate``: log-probabilities of given continuations; ``distribution``: the likeliest tokens of
each position with theirs, from which divergences are computed."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What a model is, so that a recorded run can tell whether another is comparable with it.

    Hashes are SHA-256 in hex, ``None`` where a backend cannot tell. ``bytes`` is the size of the
    weights' files. ``details`` are versions, number format, device, threads and the like.
    """

    kind: str
    source: str
    weights: str | None = None
    tokenizer: str | None = None
    template: str | None = None
    bytes: int | None = None
    parameters: int | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Returns the identity as runs and reports state it."""
        return {**asdict(self), "details": dict(self.details)}


@dataclass(frozen=True, slots=True)
class Ask:
    """A prompt to answer; ``key`` (seed, case, sample) is what its random numbers hang on."""

    key: tuple[int, str, int]
    prompt: Prompt


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model said, and when; times are in seconds, since the request was given.

    ``first`` is the time to the first token, ``gaps`` those between tokens; ``None`` and empty
    where a backend answers at once, or several prompts at a time. ``tokens`` are their ids where
    the backend knows them, ``count`` how many there were; ``counted`` is unset where a server does
    not tell, and ``count`` then is 0. ``filtered`` is set where a guard has ended the answer, or
    given its own. ``cached`` are tokens of the prompt that a server had kept, where it tells.
    """

    text: str
    finish: Finish
    count: int
    prompt_count: int
    seconds: float
    first: float | None = None
    gaps: tuple[float, ...] = ()
    tokens: tuple[int, ...] | None = None
    error: str | None = None
    counted: bool = True
    filtered: bool = False
    cached: int | None = None


@dataclass(frozen=True, slots=True)
class Rating:
    """A continuation of a prompt to rate: as text, or as the very tokens that a base has drawn."""

    prompt: Prompt
    text: str
    tokens: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Rated:
    """The log-probabilities of a continuation's tokens, in nats.

    ``tokens`` and ``logprobs`` have shape (n,); ``top`` and ``top_logprobs`` (n, k), likeliest
    first, where the backend can tell the distribution. ``at`` are the log-probabilities of the ids
    that were asked for, shape (n, k), for the divergence from another model's distribution; NaN
    for those that a server does not tell, which then belong to the rest. A rating that failed has
    an ``error``, its kind, and nothing else.
    """

    tokens: NDArray[np.int64]
    logprobs: NDArray[np.float64]
    top: NDArray[np.int64] | None = None
    top_logprobs: NDArray[np.float64] | None = None
    at: NDArray[np.float64] | None = None
    error: str | None = None


class Backend(Protocol):
    """A loaded model. It raises `UpstreamError` where it fails as a whole, not for one prompt."""

    identity: Identity
    can: frozenset[Can]

    def generate(self, asks: Sequence[Ask], sampling: Sampling) -> list[Answer]:
        """Answers prompts, which it reads together; one that failed is an answer with an error."""

    def rate(
        self, ratings: Sequence[Rating], at: Sequence[NDArray[np.int64] | None] | None = None
    ) -> list[Rated]:
        """Rates continuations; ``at`` gives for each the ids whose log-probabilities are asked."""

    def close(self) -> None:
        """Lets go of what it holds."""
