"""What an operator can set."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from tokenward.wire.on_block import OnBlock

LogFormat = Literal["off", "plain", "json"]
LOG_FORMATS: tuple[LogFormat, ...] = ("off", "plain", "json")


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one client's connection: bytes, and seconds."""

    head_bytes: int = 65_536
    body_bytes: int = 16 * 2**20
    header_timeout: float = 20.0
    body_timeout: float = 120.0
    idle_timeout: float = 75.0
    connections: int = 2_000


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of ``tokenward serve``; seconds and bytes where a number has a unit.

    ``upstream_timeout`` is the longest silence of the model server, before or within its answer.
    ``pass_through`` are glob patterns of paths that are relayed without being looked at.
    ``session_ttl`` is how long a conversation is kept after its last request; with 0 each request
    is one of its own.
    """

    upstream: str
    policies: tuple[str, ...] = ("default",)
    host: str = "127.0.0.1"
    port: int = 8080
    admin_host: str = "127.0.0.1"
    admin_port: int | None = None
    store: str | None = None
    on_block: OnBlock = "filter"
    upstream_timeout: float = 600.0
    connect_timeout: float = 10.0
    drain_timeout: float = 30.0
    session_ttl: float = 0.0
    pass_through: tuple[str, ...] = ()
    upstream_ca: str | None = None
    model_label: str | None = None
    log_format: LogFormat = "off"
    limits: Limits = field(default_factory=Limits)
