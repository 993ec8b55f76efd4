"""Interactions as rows of the store, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from tokenward.decisions.columns import group, weight_of
from tokenward.decisions.record import Interaction
from tokenward.store.encoding import dump, is_finite, load, numbers
from tokenward.store.names import Scored
from tokenward.types import Decision, Detection, FiredRule, PolicyRef

MAX_NAME = 200
"""Characters kept of a name that may come from a client's header."""

JSON_COLUMNS = ("decisions", "parameters", "timings", "features", "degraded", "labels")
SAME = (
    "decision_id", "schema_version", "time", "source", "route", "model", "model_label",
    "session", "subject", "policy", "revision", "action", "prompt_tokens",
    "completion_tokens", "hold_back", "rewinds", "sample_weight",
)  # fmt: skip
"""Columns that are fields."""

QUIET = frozenset({"stage", "action", "names"})

Hash = Callable[[str, str], str]
Scores = Callable[[str | None, Mapping[str, float]], Mapping[str, float]]
"""Returns all scores, of the key of their names and those above 0."""


def to_row(
    one: Interaction, hashed: Hash, scored: Sequence[Scored], cells: bytes
) -> dict[str, Any]:
    """Returns the row, in the order of the table: no text of a user anywhere, names hashed.

    ``scored`` are the scores of its decisions, ``cells`` its packed cells.
    """
    if not is_finite(one.time):
        raise ValueError("a record without a time")
    timing = one.timings.get
    session = hashed("session", one.session) if one.session else None
    return {
        "decision_id": one.decision_id,
        "schema_version": one.schema_version,
        "time": one.time,
        "source": one.source,
        "route": name(one.route),
        "model": name(one.model),
        "model_label": name(one.model_label),
        "session": session,
        "subject": hashed("subject", one.subject) if one.subject else None,
        "policy": one.policy,
        "revision": one.revision,
        "action": one.action,
        "language": name(one.language),
        "prompt_tokens": one.prompt_tokens,
        "completion_tokens": one.completion_tokens,
        "guard_seconds": seconds(timing("guard")),
        "ttft_seconds": seconds(timing("ttft")),
        "total_seconds": seconds(timing("total")),
        "hold_back": one.hold_back,
        "rewinds": one.rewinds,
        "is_degraded": bool(one.degraded),
        "sample_weight": one.sample_weight,
        **encoded(one, scored),
        "cells": cells,
        "grp": group(session),
        "weight_millionths": weight_of(one),
    }


def encoded(one: Interaction, scored: Sequence[Scored]) -> dict[str, str]:
    """Returns the columns that hold JSON."""
    return {
        "decisions": decisions(one, scored),
        "parameters": dump(numbers(one.parameters) if one.parameters else {}),
        "timings": dump(one.timings),
        "features": dump(one.features),
        "degraded": dump(one.degraded),
        "labels": dump({key: name(value) for key, value in one.labels.items()}),
    }


def decisions(one: Interaction, scored: Sequence[Scored]) -> str:
    """Returns the decisions as JSON; of those that found nothing there are few different ones."""
    told = []
    for decision, some in zip(one.decisions, scored, strict=True):
        value = plain(decision, some, one)
        if value.keys() <= QUIET:
            told.append(quiet(value["stage"], value["action"], value.get("names")))
        else:
            told.append(dump(value))
    return f"[{','.join(told)}]"


@lru_cache(maxsize=256)
def quiet(stage: str, action: str, names: str | None) -> str:
    """Returns a decision of which nothing more is to be said, as JSON.

    >>> quiet("input", "allow", None)
    '{"stage":"input","action":"allow"}'
    """
    value = {"stage": stage, "action": action}
    return dump(value if names is None else {**value, "names": names})


def from_row(row: Mapping[str, Any], scores: Scores) -> Interaction:
    """Returns the interaction of a row; its subject and session are the hashes."""
    told = {key: load(row[key]) for key in JSON_COLUMNS}
    told["decisions"] = tuple(decision(value, row, scores) for value in told["decisions"])
    told["degraded"] = tuple(told["degraded"])
    return Interaction(**{key: row[key] for key in SAME}, **told)


def plain(one: Decision, scored: Scored, whole: Interaction) -> dict[str, Any]:
    """Returns a decision as JSON data: without its text, and without what goes without saying.

    That is scores of 0, what is empty, and what is so of the interaction as a whole.
    """
    value: dict[str, Any] = {"stage": one.stage, "action": one.action}
    if one.decision_id != whole.decision_id:
        value["decision_id"] = one.decision_id
    if one.rules:
        value["rules"] = [rule.as_dict() for rule in one.rules]
    if scored.key is not None:
        value["names"] = scored.key
        if scored.found:
            value["scores"] = scored.found
    policy = one.policy
    if policy.name != whole.policy or policy.revision != whole.revision:
        value["policy"] = {"name": policy.name, "revision": policy.revision}
    if one.degraded:
        value["degraded"] = one.degraded
    return value


def decision(value: Mapping[str, Any], row: Mapping[str, Any], scores: Scores) -> Decision:
    """Returns the decision of its JSON data, and of the row it is in."""
    policy = value.get("policy") or {"name": row["policy"], "revision": row["revision"]}
    return Decision(
        decision_id=value.get("decision_id", row["decision_id"]),
        stage=value["stage"],
        action=value["action"],
        text=None,
        rules=tuple(fired(rule) for rule in value.get("rules", ())),
        scores=scores(value.get("names"), value.get("scores", {})),
        policy=PolicyRef(**policy),
        degraded=tuple(value.get("degraded", ())),
    )


def fired(value: Mapping[str, Any]) -> FiredRule:
    """Returns the fired rule of its JSON data."""
    found = tuple(Detection(**detection) for detection in value["detections"])
    count = value.get("count", len(found))
    return FiredRule(value["id"], value["action"], value["mode"], found, count)


def seconds(value: float | None) -> float | None:
    """Returns a timing, unless it is none."""
    return value if value is not None and is_finite(value) else None


def name(value: str | None) -> str | None:
    """Returns a name as the store keeps it: cut, and without what UTF-8 cannot hold."""
    if value is None or (value.isascii() and len(value) <= MAX_NAME):
        return value
    return value[:MAX_NAME].encode("utf-8", "replace").decode()
