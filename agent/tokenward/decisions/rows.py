"""Interactions as rows of the store, and back."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

from tokenward.decisions.record import Interaction
from tokenward.types import Decision, Detection, FiredRule, PolicyRef

MAX_NAME = 200
"""Characters kept of a name that may come from a client's header."""

JSON_COLUMNS = ("decisions", "parameters", "timings", "features", "degraded", "labels")

ENCODER = json.JSONEncoder(separators=(",", ":"), allow_nan=False)

Hash = Callable[[str, str], str]
KeyOf = Callable[[tuple[str, ...]], str]
"""Keeps a list of names, and returns what it can be found by."""
Scores = Callable[[str | None, Mapping[str, float]], Mapping[str, float]]
"""Returns all scores, of the key of their names and those above 0."""


def to_row(one: Interaction, hashed: Hash, key_of: KeyOf) -> dict[str, Any]:
    """Returns the row: subject and session hashed, no text of a user anywhere."""
    return {
        "decision_id": one.decision_id,
        "schema_version": one.schema_version,
        "time": one.time,
        "source": one.source,
        "route": name(one.route),
        "model": name(one.model),
        "model_label": name(one.model_label),
        "session": hashed("session", one.session) if one.session else None,
        "subject": hashed("subject", one.subject) if one.subject else None,
        "policy": one.policy,
        "revision": one.revision,
        "action": one.action,
        "language": name(one.language),
        "prompt_tokens": one.prompt_tokens,
        "completion_tokens": one.completion_tokens,
        "guard_seconds": one.timings.get("guard"),
        "ttft_seconds": one.timings.get("ttft"),
        "total_seconds": one.timings.get("total"),
        "hold_back": one.hold_back,
        "rewinds": one.rewinds,
        "is_degraded": bool(one.degraded),
        "sample_weight": one.sample_weight,
        "decisions": dump([plain(decision, key_of) for decision in one.decisions]),
        "parameters": dump(numbers(one.parameters)),
        "timings": dump(numbers(one.timings)),
        "features": dump(dict(one.features)),
        "degraded": dump(list(one.degraded)),
        "labels": dump({key: name(value) for key, value in one.labels.items()}),
    }


def from_row(row: Mapping[str, Any], scores: Scores) -> Interaction:
    """Returns the interaction of a row; its subject and session are the hashes."""
    same = (
        "decision_id", "schema_version", "time", "source", "route", "model", "model_label",
        "session", "subject", "policy", "revision", "action", "prompt_tokens",
        "completion_tokens", "hold_back", "rewinds", "sample_weight",
    )  # fmt: skip
    told = {key: json.loads(row[key]) for key in JSON_COLUMNS}
    told["decisions"] = tuple(decision(value, scores) for value in told["decisions"])
    told["degraded"] = tuple(told["degraded"])
    return Interaction(**{key: row[key] for key in same}, **told)


def dump(value: dict[str, Any] | list[Any]) -> str:
    """Returns compact JSON; refuses what is not JSON, and numbers that are not finite.

    >>> dump({"seed": 7}), dump([])
    ('{"seed":7}', '[]')
    """
    if not value:  # most are, and to begin an encoding costs more than a short one
        return "[]" if isinstance(value, list) else "{}"
    return ENCODER.encode(value)


def plain(one: Decision, key_of: KeyOf) -> dict[str, Any]:
    """Returns a decision as JSON data: without its text, and of its scores those above 0."""
    value = one.as_dict()
    del value["text"]
    if one.scores:
        found = one.scores.items() if any(one.scores.values()) else ()
        value["scores"] = {name: score for name, score in found if score}
        value["names"] = key_of(tuple(one.scores))
    return value


def decision(value: Mapping[str, Any], scores: Scores) -> Decision:
    """Returns the decision of its JSON data."""
    return Decision(
        decision_id=value["decision_id"],
        stage=value["stage"],
        action=value["action"],
        text=None,
        rules=tuple(fired(rule) for rule in value["rules"]),
        scores=scores(value.get("names"), value["scores"]),
        policy=PolicyRef(**value["policy"]),
        degraded=tuple(value["degraded"]),
    )


def fired(value: Mapping[str, Any]) -> FiredRule:
    """Returns the fired rule of its JSON data."""
    found = tuple(Detection(**detection) for detection in value["detections"])
    count = value.get("count", len(found))
    return FiredRule(value["id"], value["action"], value["mode"], found, count)


def name(value: str | None) -> str | None:
    """Returns a name as the store keeps it: cut, and without what UTF-8 cannot hold."""
    return None if value is None else value[:MAX_NAME].encode("utf-8", "replace").decode()


def numbers(values: Mapping[str, object]) -> dict[str, float]:
    """Returns the finite numbers and truth values: a parameter such as ``stop`` may hold text.

    >>> numbers({"temperature": 0.7, "stop": ["my secret"], "seed": None, "stream": True})
    {'temperature': 0.7, 'stream': True}
    """
    return {
        key: value
        for key, value in values.items()
        if isinstance(value, int | float) and math.isfinite(value)
    }
