"""What an operator can set."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from tokenward.gateways.base import GatewayName
from tokenward.online.settings import OnlineSettings
from tokenward.wire.continues import Continues
from tokenward.wire.on_block import OnBlock

Otel = Literal["none", "requests", "stages"]
OTEL: tuple[Otel, ...] = ("none", "requests", "stages")
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
class Bounds:
    """Where overload begins: a pressure is the share of a bound that is in use, in [0, 1].

    From ``shed_at`` on, rules that text does not wait for are not run; from ``refuse_at`` on new
    requests are refused. ``streams`` are requests at work, ``client_streams`` those of one client
    (0: as many as all); ``memory_bytes`` 0 is what the control group or the machine has;
    ``loop_lag`` is in seconds.
    """

    shed_at: float = 0.8
    refuse_at: float = 0.95
    streams: int = 1_000
    client_streams: int = 0
    memory_bytes: int = 0
    loop_lag: float = 0.5


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of ``tokenward serve``; seconds and bytes where a number has a unit.

    ``upstream_timeout`` is the longest silence of the model server, before or within its answer.
    ``pass_through`` are glob patterns of paths that are relayed without being looked at.
    ``redirect_hosts`` are those, ``HOST`` or ``HOST:PORT``, that a redirect of the model server may
    send clients to: there they are not guarded here. The sidecar itself follows none.
    ``gateway`` are those whose calls are answered on the same port; with one there need be no
    ``upstream``, and without it nothing else is served. ``envoy_port`` is where Envoy asks by gRPC.
    ``continues`` says how the model server is asked to go on with an answer that it has begun, for
    rules that rewind; where it cannot, their fallbacks apply.
    ``max_stall`` is how long the event loop may stand still before the process is ended, and how
    long a detector may hang in a thread before the process counts as dead (0: for ever).
    ``reports`` is the folder that a monitor writes its reports to, for the dashboard to show;
    ``cases`` is the one that the playground may write cases into: without it nothing is written.
    ``label`` are the names of the labels of clients that records carry.
    ``shard`` tells several processes apart: each records into a file of its own.
    ``drift`` says how traffic is watched where there is a ``store``.
    ``session_ttl`` is how long a conversation is kept after its last request; with 0 each request
    is one of its own.
    """

    upstream: str
    policies: tuple[str, ...] = ("default",)
    host: str = "127.0.0.1"
    port: int = 8080
    admin_host: str = "127.0.0.1"
    admin_port: int | None = None
    admin_token_file: str | None = None
    reports: str | None = None
    cases: str | None = None
    tls_cert: str | None = None
    tls_key: str | None = None
    workers: int = 1
    shard: int = 0
    store: str | None = None
    drift: OnlineSettings = field(default_factory=OnlineSettings)
    on_block: OnBlock = "filter"
    continues: Continues = "none"
    upstream_timeout: float = 600.0
    connect_timeout: float = 10.0
    drain_timeout: float = 30.0
    max_stall: float = 30.0
    session_ttl: float = 0.0
    pass_through: tuple[str, ...] = ()
    redirect_hosts: tuple[str, ...] = ()
    upstream_ca: str | None = None
    model_label: str | None = None
    label: tuple[str, ...] = ()
    log_format: LogFormat = "off"
    otel: Otel = "none"
    gateway: tuple[GatewayName, ...] = ()
    envoy_port: int | None = None
    limits: Limits = field(default_factory=Limits)
    bounds: Bounds = field(default_factory=Bounds)

    @property
    def secure(self) -> bool:
        """Whether the guarded port speaks TLS."""
        return self.tls_cert is not None
