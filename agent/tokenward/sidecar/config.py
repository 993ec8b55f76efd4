"""Settings of the sidecar from flags, environment and a file, in this order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tokenward.decisions.labels import check_name
from tokenward.errors import UsageError, one_of
from tokenward.gateways.known import GATEWAYS
from tokenward.online.reading import read_online
from tokenward.policy.document import Node, parse
from tokenward.sidecar.redirects import checked_host
from tokenward.sidecar.settings import LOG_FORMATS, OTEL, Bounds, Limits, Settings
from tokenward.wire.continues import CONTINUES
from tokenward.wire.on_block import ON_BLOCK

TEXTS = (
    "upstream",
    "host",
    "admin_host",
    "admin_token_file",
    "tls_cert",
    "tls_key",
    "store",
    "upstream_ca",
    "reports",
    "cases",
    "model_label",
)
LISTS = ("policy", "pass_through", "redirect_hosts", "gateway", "label")
EACH: Mapping[str, Callable[[str], str]] = {"redirect_hosts": checked_host, "label": check_name}
WORDS: Mapping[str, tuple[str, ...]] = {
    "on_block": ON_BLOCK,
    "continues": CONTINUES,
    "log_format": LOG_FORMATS,
    "otel": OTEL,
}
INTEGERS: Mapping[str, tuple[int, int]] = {
    "port": (0, 65_535),
    "admin_port": (0, 65_535),
    "envoy_port": (0, 65_535),
    "workers": (1, 256),
    "max_body_bytes": (1, 2**34),
    "max_header_bytes": (256, 2**24),
    "max_connections": (1, 1_000_000),
    "max_streams": (1, 1_000_000),
    "max_client_streams": (0, 1_000_000),
    "max_memory_bytes": (0, 2**44),
}
SHARES = ("shed_at", "refuse_at")
LEAST_SHARE = 0.05
SECONDS = (
    "upstream_timeout",
    "connect_timeout",
    "drain_timeout",
    "max_stall",
    "session_ttl",
    "header_timeout",
    "body_timeout",
    "idle_timeout",
    "max_loop_lag",
)
LONGEST = 86_400.0
SHORTEST_LAG = 0.01
SHORTEST_STALL = 1.0
DRIFT = "drift"
KEYS = (*TEXTS, *LISTS, *WORDS, *INTEGERS, *SHARES, *SECONDS, DRIFT)
LIMITS = {
    "max_body_bytes": "body_bytes",
    "max_header_bytes": "head_bytes",
    "max_connections": "connections",
    "header_timeout": "header_timeout",
    "body_timeout": "body_timeout",
    "idle_timeout": "idle_timeout",
}
BOUNDS = {
    "shed_at": "shed_at",
    "refuse_at": "refuse_at",
    "max_streams": "streams",
    "max_client_streams": "client_streams",
    "max_memory_bytes": "memory_bytes",
    "max_loop_lag": "loop_lag",
}


def read_settings(given: Mapping[str, Any], config: Path | None) -> Settings:
    """Returns the settings: those given, else those of the file, else the usual ones.

    A value of ``None`` counts as not given.
    """
    values = read_file(config) if config is not None else {}
    values |= {key: checked(key, value) for key, value in given.items() if value is not None}
    if not (values.get("upstream") or values.get("gateway") or "envoy_port" in values):
        raise UsageError("no upstream; give --upstream URL, the base URL of the model server")
    limits = {LIMITS[key]: values.pop(key) for key in tuple(values) if key in LIMITS}
    bounds = Bounds(**{BOUNDS[key]: values.pop(key) for key in tuple(values) if key in BOUNDS})
    if bounds.shed_at > bounds.refuse_at:
        raise UsageError(
            f"shed_at is {bounds.shed_at:g} and refuse_at {bounds.refuse_at:g}; what is shed "
            "comes first: give a lower shed_at"
        )
    if 0 < values.get("max_stall", 0) < SHORTEST_STALL:
        raise UsageError(
            f"max_stall is {values['max_stall']:g}; give at least {SHORTEST_STALL:g} second, or 0 "
            "for no bound"
        )
    if "policy" in values:
        values["policies"] = values.pop("policy")
    settings = Settings(values.pop("upstream", ""), limits=Limits(**limits), bounds=bounds)
    return replace(settings, **values)


def checked(key: str, value: Any) -> Any:
    """Returns a value from a flag or the environment; refuses one out of bounds."""
    if key in WORDS and value not in WORDS[key]:
        raise UsageError(f"{key}: unknown word {value!r}; {one_of(WORDS[key])}")
    low, high = range_of(key)
    if low is not None and not low <= value <= high:
        raise UsageError(f"{key} is {value}; it must lie in [{low:g}, {high:g}]")
    if key == "gateway":
        return gateways([word.strip() for words in value for word in words.split(",")])
    if key in EACH:
        return tuple(map(EACH[key], value))
    return tuple(value) if key in LISTS else value


def gateways(words: Iterable[str]) -> tuple[str, ...]:
    """Returns the names of gateways, each once; refuses unknown ones."""
    names = tuple(dict.fromkeys(words))
    for name in names:
        if name not in GATEWAYS:
            raise UsageError(f"gateway: unknown word {name!r}; {one_of(GATEWAYS)}")
    return names


def range_of(key: str) -> tuple[float | None, float]:
    """Returns the bounds of a number, ``None`` and anything for what is none."""
    if key in INTEGERS:
        return INTEGERS[key]
    if key in SHARES:
        return LEAST_SHARE, 1.0
    # a lag of nothing would be one at all times
    return (SHORTEST_LAG if key == "max_loop_lag" else 0.0 if key in SECONDS else None), LONGEST


def read_file(path: Path) -> dict[str, Any]:
    """Reads a YAML file of settings; faults say file:line:column."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise UsageError(f"config: cannot read {str(path)!r}: {reason}") from None
    values = parse(text, str(path)).mapping(KEYS)
    return {
        key: read_online(node) if key == DRIFT else read_value(key, node)
        for key, node in values.items()
    }


def read_value(key: str, node: Node) -> Any:
    """Returns the value of a setting."""
    if key == "gateway" or key in EACH:
        try:
            return checked(key, node.texts(key))
        except UsageError as error:
            raise UsageError(f"{node.where}: {error}") from None
    if key in LISTS:
        return node.texts(key)
    if key in WORDS:
        return node.word(key, WORDS[key])
    if key in INTEGERS:
        return node.integer(key, *INTEGERS[key])
    low, high = range_of(key)
    if low is not None:
        return float(node.number(key, low, high))
    return node.text(key)
