"""The JSON Schema of a policy file, for editors."""

from __future__ import annotations

from typing import Any

from tokenward.policy.loader import (
    FALLBACKS,
    LEAST_SHARE,
    LIMIT_KEYS,
    MATCH_KEYS,
    MOST_DAYS,
    NAME,
    VARIABLE,
)
from tokenward.policy.schema import BEYOND, KEEP_SUBJECT, KEEP_TEXT, MODES, ON_ERROR
from tokenward.redact.styles import REDACT_STYLES, RESTORABLE
from tokenward.types import ACTIONS, STAGES

Schema = dict[str, Any]


def _object(properties: Schema, required: tuple[str, ...] = ()) -> Schema:
    schema: Schema = {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }
    return schema | ({"required": list(required)} if required else {})


def _one_or_more(item: Schema) -> Schema:
    return {"anyOf": [item, {"type": "array", "items": item, "minItems": 1}]}


def _action(*, fallback: bool) -> Schema:
    simple = FALLBACKS if fallback else ACTIONS
    forms: list[Schema] = [
        {"enum": [word for word in simple if word != "replace"]},
        _object({"redact": _redact(restores=not fallback)}, ("redact",)),
        _object({"replace": {"type": "string"}}, ("replace",)),
    ]
    if not fallback:
        attempts = {"type": "integer", "minimum": 1, "maximum": 100}
        detail = _object({"attempts": attempts, "otherwise": _action(fallback=True)})
        forms.append(_object({"rewind": detail}, ("rewind",)))
    return {"anyOf": forms}


def _redact(*, restores: bool) -> Schema:
    key = {"key_env": {"type": "string", "pattern": f"^{VARIABLE.pattern}$"}}
    forms: list[Schema] = [{"enum": list(REDACT_STYLES)}]
    for style in REDACT_STYLES:
        options: Schema = key if style == "hash" else {}
        if restores and style in RESTORABLE:
            truth = {"type": "boolean"}
            options = options | {"restore": truth, "strict": truth}
        forms.append(_object({"style": {"const": style}, **options}, ("style",)))
    return {"anyOf": forms}


def _rule() -> Schema:
    return _object(
        {
            "id": {"type": "string", "pattern": f"^{NAME.pattern}$"},
            "stage": _one_or_more({"enum": list(STAGES)}),
            "detect": {
                "type": "object",
                "additionalProperties": _one_or_more({"type": "string"}),
                "minProperties": 1,
            },
            "when": {"type": "string", "pattern": r"^\s*score\s*(>=|>)\s*[0-9.]+\s*$"},
            "action": _action(fallback=False),
            "message": {"type": "string"},
            "on_error": {"enum": list(ON_ERROR)},
            "mode": {"enum": list(MODES)},
            "deadline_ms": {"type": "integer", "minimum": 1, "maximum": 600_000},
        },
        ("id", "stage", "detect", "action"),
    )


def _detector() -> Schema:
    score = {"type": "number", "minimum": 0, "maximum": 1}
    between = {"type": "array", "items": score, "minItems": 2, "maxItems": 2}
    return {
        "type": "object",
        "properties": {
            "plugin": {"type": "string"},
            "escalate": _object({"to": {"type": "string"}, "between": between}, ("to", "between")),
        },
        "required": ["plugin"],
    }


def _record() -> Schema:
    return _object(
        {
            "text": {"enum": list(KEEP_TEXT)},
            "sample": {"type": "number", "minimum": LEAST_SHARE, "maximum": 1},
            "subject": {"enum": list(KEEP_SUBJECT)},
            "text_days": {"type": "integer", "minimum": 1, "maximum": MOST_DAYS},
            "counterfactuals": {"type": "number", "minimum": 0, "maximum": 1},
        }
    )


def policy_schema() -> Schema:
    """Returns the JSON Schema (2020-12) of a policy; detectors' settings are left to plugins."""
    number = {"type": "number", "minimum": 0}
    limit = _object(
        {"min": number, "max": number, "default": number, "otherwise": {"enum": list(BEYOND)}}
    )
    limits: Schema = {key: limit for key in LIMIT_KEYS if key != "stop"}
    limits["stop"] = _one_or_more({"type": "string"})
    match = {key: _one_or_more({"type": "string"}) for key in MATCH_KEYS}
    schema = _object(
        {
            "name": {"type": "string", "pattern": f"^{NAME.pattern}$"},
            "description": {"type": "string"},
            "match": _object(match),
            "limits": _object(limits),
            "detectors": {"type": "object", "additionalProperties": _detector()},
            "record": _record(),
            "rules": {"type": "array", "items": _rule()},
        },
        ("name", "rules"),
    )
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Tokenward policy"}
    return head | schema
