"""Settings of the sidecar from flags, environment and a file, in this order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tokenward.errors import UsageError, one_of
from tokenward.policy.document import Node, parse
from tokenward.sidecar.settings import LOG_FORMATS, Limits, Settings
from tokenward.wire.on_block import ON_BLOCK

TEXTS = ("upstream", "host", "admin_host", "store", "upstream_ca", "model_label")
LISTS = ("policy", "pass_through")
WORDS: Mapping[str, tuple[str, ...]] = {"on_block": ON_BLOCK, "log_format": LOG_FORMATS}
INTEGERS: Mapping[str, tuple[int, int]] = {
    "port": (0, 65_535),
    "admin_port": (0, 65_535),
    "max_body_bytes": (1, 2**34),
    "max_header_bytes": (256, 2**24),
    "max_connections": (1, 1_000_000),
}
SECONDS = (
    "upstream_timeout",
    "connect_timeout",
    "drain_timeout",
    "session_ttl",
    "header_timeout",
    "body_timeout",
    "idle_timeout",
)
LONGEST = 86_400.0
KEYS = (*TEXTS, *LISTS, *WORDS, *INTEGERS, *SECONDS)
LIMITS = {
    "max_body_bytes": "body_bytes",
    "max_header_bytes": "head_bytes",
    "max_connections": "connections",
    "header_timeout": "header_timeout",
    "body_timeout": "body_timeout",
    "idle_timeout": "idle_timeout",
}


def read_settings(given: Mapping[str, Any], config: Path | None) -> Settings:
    """Returns the settings: those given, else those of the file, else the usual ones.

    A value of ``None`` counts as not given.
    """
    values = read_file(config) if config is not None else {}
    values |= {key: checked(key, value) for key, value in given.items() if value is not None}
    if "upstream" not in values:
        raise UsageError("no upstream; give --upstream URL, the base URL of the model server")
    limits = {LIMITS[key]: values.pop(key) for key in tuple(values) if key in LIMITS}
    if "policy" in values:
        values["policies"] = values.pop("policy")
    return replace(Settings(values.pop("upstream")), limits=Limits(**limits), **values)


def checked(key: str, value: Any) -> Any:
    """Returns a value from a flag or the environment; refuses one out of bounds."""
    if key in WORDS and value not in WORDS[key]:
        raise UsageError(f"{key}: unknown word {value!r}; {one_of(WORDS[key])}")
    low, high = INTEGERS.get(key, (0, LONGEST))
    if (key in INTEGERS or key in SECONDS) and not low <= value <= high:
        raise UsageError(f"{key} is {value}; it must lie in [{low:g}, {high:g}]")
    return tuple(value) if key in LISTS else value


def read_file(path: Path) -> dict[str, Any]:
    """Reads a YAML file of settings; faults say file:line:column."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise UsageError(f"config: cannot read {str(path)!r}: {reason}") from None
    values = parse(text, str(path)).mapping(KEYS)
    return {key: read_value(key, node) for key, node in values.items()}


def read_value(key: str, node: Node) -> Any:
    """Returns the value of a setting."""
    if key in LISTS:
        return node.texts(key)
    if key in WORDS:
        return node.word(key, WORDS[key])
    if key in INTEGERS:
        return node.integer(key, *INTEGERS[key])
    if key in SECONDS:
        return float(node.number(key, 0, LONGEST))
    return node.text(key)
