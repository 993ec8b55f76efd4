"""A recorded run of a model over suites: what it is, and what it said, in a folder.

``run.json`` says what was run, ``answers.jsonl`` has a row for each answer, ``ratings.jsonl`` one
for each rated continuation, ``distributions/`` the likeliest tokens of base models. Rows are
flushed as they come, so that a run that was interrupted goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from tokenward.compare.backends.base import Answer
from tokenward.compare.sampling import Sampling

RUN = "run.json"
ANSWERS = "answers.jsonl"
RATINGS = "ratings.jsonl"
DRAWN = "drawn"
"""The part of a rating row that is a continuation which the base model has drawn."""


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """An answer to a case; ``repeat`` above 0 is one of the noise floor, with its own ``batch``."""

    suite: str
    case: str
    sample: int
    answer: Answer
    repeat: int = 0
    batch: int = 1


@dataclass(frozen=True, slots=True)
class RatingRow:
    """The ratings of one continuation of a case, position by position.

    ``part`` is the place in `Case.rated`, or ``drawn``. ``logprobs`` are of the tokens, in nats.
    Against a reference run: ``kl`` (nats; base's likeliest tokens and one bucket for the rest, a
    lower bound) and ``agree`` (1 where both have the same likeliest token) per position, and
    ``entropy`` of the base. ``bytes`` is the length of the continuation in UTF-8. A rating that
    failed has its kind of ``error``, and no numbers.
    """

    suite: str
    case: str
    part: str
    bytes: int
    logprobs: tuple[float, ...]
    kl: tuple[float, ...] | None = None
    agree: tuple[int, ...] | None = None
    entropy: tuple[float, ...] | None = None
    repeat: int = 0
    batch: int = 1
    error: str | None = None


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """A score that another tool gave a sample; its log is the run.

    ``metric`` is the whole name, ``cluster`` what the case shares with others. A ``quotient`` is a
    sum of values over a sum of weights, a ``perplexity`` the exponential of one (nats over tokens),
    and ``exact`` the one number of a whole run, without noise. ``asked`` is a hash of what the case
    is, ``prompt`` of how it was put to the model; ``value`` is ``None`` where the sample failed.
    """

    suite: str
    case: str
    sample: int
    metric: str
    value: float | None
    cluster: str
    weight: float | None = None
    better: Literal["lower", "higher", "none"] = "higher"
    asked: str = ""
    prompt: str = ""
    kind: Literal["score", "quotient", "perplexity", "exact"] = "score"


@dataclass(frozen=True, slots=True)
class Usage:
    """What a run used beside time, of the model's own process.

    ``memory`` is the peak of resident bytes, ``device_memory`` that of the accelerator, ``seconds``
    the wall time and ``cpu_seconds`` the processor time of all its work, ``loading`` seconds before
    the first prompt. ``joules`` are measured by counters of the machine (``energy`` tells by
    which), or estimated, or ``None``: ``unmeasured`` then says why.
    """

    seconds: float
    cpu_seconds: float
    loading: float
    memory: int | None = None
    device_memory: int | None = None
    joules: float | None = None
    energy: str = "unmeasured"
    unmeasured: str | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """A run as metrics read it; `tokenward.compare.recorded.read_run` makes one of a folder."""

    folder: Path
    identity: Mapping[str, Any]
    sampling: Sampling
    suites: Mapping[str, str]
    """SHA-256 by name of a suite."""
    can: frozenset[str]
    usage: Usage
    answers: tuple[AnswerRow, ...] = ()
    ratings: tuple[RatingRow, ...] = ()
    scores: tuple[ScoreRow, ...] = ()
    """Of runs that other tools logged, which have no answers of ours."""
    details: Mapping[str, Any] = field(default_factory=dict)
