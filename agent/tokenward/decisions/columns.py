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
prompt.F.00, ...           number    the components of a feature that is a vector
swapped.STAGE.D.TYPE       number    what counterfactual checks found, see ``swaps``
parameter.NAME             number    numeric parameters of the request
timing.NAME                number    seconds
prompt_tokens, ...         number    also completion_tokens, hold_back, rewinds
=========================  ========  ==============================================================
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from tokenward.decisions.record import Interaction

Kind = Literal["number", "category", "rate", "count"]
KINDS: tuple[Kind, ...] = ("number", "category", "rate", "count")

ALL = ""
"""The base that every interaction belongs to."""
SCORED = "scored"
"""The base of a score: the rows whose policy asked for it; ``Row.lists`` tells which they are."""

MILLION = 1_000_000
GROUPS = 32
ALONE = -1
"""The group of rows without a session: each stands for itself."""


KEY_BYTES = 12
"""Of a hash; a policy has one list of names for each stage, so there are never many."""


@dataclass(frozen=True, slots=True)
class Row:
    """The values of an interaction.

    ``sparse`` columns are 0 unless they are said; how often they are 0 follows from how many rows
    have their base, so that a rule that never fired need not be known. ``bases`` are those the
    row has: every row, and the stages that were decided; ``lists`` are the columns of scores that
    were computed, by what identifies the list.
    """

    values: dict[str, tuple[Kind, float | str]]
    sparse: dict[str, tuple[Kind, float, str]]
    bases: tuple[str, ...]
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def has(self, base: str, column: str) -> bool:
        """Tells whether the row has a column of this base, if only as a zero."""
        if base == SCORED:
            return any(column in names for names in self.lists.values())
        return base in self.bases


@lru_cache(maxsize=256)
def key_of(names: tuple[str, ...]) -> str:
    """Returns the key of a list of names: the same in every process."""
    return hashlib.blake2b(json.dumps(names).encode(), digest_size=KEY_BYTES).hexdigest()


def row_of(one: Interaction) -> Row:
    """Returns the columns of an interaction."""
    stages = dict.fromkeys(decision.stage for decision in one.decisions)
    return Row(dict(_values(one)), dict(_sparse(one)), (ALL, *stages), dict(_lists(one)))


def group_of(one: Interaction) -> int:
    """Returns the group of an interaction: by its session, so that a session stays together."""
    return group(one.session)


def group(session: str | None) -> int:
    """Returns the group of a session, of its hash where it is stored."""
    return zlib.crc32(session.encode(errors="replace")) % GROUPS if session else ALONE


def weight_of(one: Interaction) -> int:
    """Returns the sample weight in millionths; 0 for what no guard ever looked at."""
    return 0 if turned_away(one) else max(0, round(one.sample_weight * MILLION))


def turned_away(one: Interaction) -> bool:
    """Tells whether a request ended before any guard looked at it: it says nothing of a model."""
    return "outcome" in one.labels and one.policy is None


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
        if isinstance(value, list | tuple):
            for at, component in enumerate(value):
                yield f"{name}.{at:02}", ("number", component)
        else:
            yield name, ("category" if isinstance(value, str) else "number", value)


def _sparse(one: Interaction) -> Iterator[tuple[str, tuple[Kind, float, str]]]:
    found: Counter[tuple[str, str]] = Counter()
    for decision in one.decisions:
        for rule in decision.rules:
            if rule.count:
                yield f"rule.{rule.id}", ("rate", 1.0, ALL)
        for detection in decision.detections:
            found[decision.stage, f"{detection.detector}.{detection.type}"] += 1
        for name, score in decision.scores.items():
            if score:
                yield f"score.{decision.stage}.{name}", ("number", score, SCORED)
    for (stage, name), count in found.items():
        yield f"detections.{stage}.{name}", ("count", count, stage)


def _lists(one: Interaction) -> Iterator[tuple[str, tuple[str, ...]]]:
    for decision in one.decisions:
        if decision.scores:
            names = tuple(decision.scores)
            yield f"{decision.stage}:{key_of(names)}", columns_of(decision.stage, names)


_COLUMNS: dict[tuple[str, tuple[str, ...]], tuple[str, ...]] = {}
"""The last few answers of ``columns_of``: a policy has one list for each stage."""
_MOST = 256


def columns_of(stage: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Returns the columns of a list of scores.

    >>> columns_of("output", ("pii.EMAIL_ADDRESS",))
    ('score.output.pii.EMAIL_ADDRESS',)
    """
    found = _COLUMNS.get((stage, names))
    if found is None:
        if len(_COLUMNS) >= _MOST:
            _COLUMNS.clear()
        found = tuple(f"score.{stage}.{name}" for name in names)
        _COLUMNS[stage, names] = found
    return found
