"""The columns of one interaction, by which periods are compared.

=========================  ========  ==============================================================
column                     kind      value
=========================  ========  ==============================================================
action                     category  the strongest action
degraded                   rate      1 where a detector did not run to its end
rule.ID                    rate      1 where the rule fired, at any stage, in either mode
detections.STAGE.D.TYPE    count     how many detections, 0 where there were none
score.STAGE.D.TYPE         number    the highest score over the text
prompt.F, answer.F         both      the features of the two texts, and of an answer's tokens
parameter.NAME             number    numeric parameters of the request
timing.NAME                number    seconds
prompt_tokens, ...         number    also completion_tokens, hold_back, rewinds
=========================  ========  ==============================================================
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tokenward.decisions.record import Interaction

Kind = Literal["number", "category", "rate", "count"]
KINDS: tuple[Kind, ...] = ("number", "category", "rate", "count")

ALL = ""
"""The base that every interaction belongs to."""


@dataclass(frozen=True, slots=True)
class Row:
    """The values of an interaction.

    ``sparse`` columns are 0 unless they are said; how often they are 0 follows from how many rows
    have their base, so that a rule that never fired need not be known. ``bases`` are those the
    row has: every row, and the stages that were decided.
    """

    values: dict[str, tuple[Kind, float | str]]
    sparse: dict[str, tuple[Kind, float, str]]
    bases: tuple[str, ...]


def row_of(one: Interaction) -> Row:
    """Returns the columns of an interaction."""
    stages = dict.fromkeys(decision.stage for decision in one.decisions)
    return Row(dict(_values(one)), dict(_sparse(one)), (ALL, *stages))


def _values(one: Interaction) -> Iterator[tuple[str, tuple[Kind, float | str]]]:
    yield "action", ("category", one.action)
    yield "degraded", ("rate", float(bool(one.degraded)))
    yield "hold_back", ("number", one.hold_back)
    yield "rewinds", ("number", one.rewinds)
    for name in ("prompt_tokens", "completion_tokens"):
        if (tokens := getattr(one, name)) is not None:
            yield name, ("number", tokens)
    for name, seconds in one.timings.items():
        yield f"timing.{name}", ("number", seconds)
    for name, setting in one.parameters.items():
        if isinstance(setting, int | float):
            yield f"parameter.{name}", ("number", setting)
    for name, value in one.features.items():
        yield name, ("category" if isinstance(value, str) else "number", value)
    for decision in one.decisions:
        for name, score in decision.scores.items():
            yield f"score.{decision.stage}.{name}", ("number", score)


def _sparse(one: Interaction) -> Iterator[tuple[str, tuple[Kind, float, str]]]:
    found: Counter[tuple[str, str]] = Counter()
    for decision in one.decisions:
        for rule in decision.rules:
            if rule.count:
                yield f"rule.{rule.id}", ("rate", 1.0, ALL)
        for detection in decision.detections:
            found[decision.stage, f"{detection.detector}.{detection.type}"] += 1
    for (stage, name), count in found.items():
        yield f"detections.{stage}.{name}", ("count", count, stage)
