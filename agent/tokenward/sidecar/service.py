"""The guarded port: which protocol answers a path, and what all requests share."""

from __future__ import annotations

import json
import logging
import time
import traceback
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from tokenward.decisions.record import Interaction, strongest
from tokenward.engine.engine import Engine
from tokenward.engine.keeping import Sink
from tokenward.gateways.base import POLICY_LABEL, Gateway
from tokenward.gateways.known import GATEWAYS
from tokenward.sidecar.called import Called
from tokenward.sidecar.connection import Connection
from tokenward.sidecar.counts import count
from tokenward.sidecar.exchange import OURS, Exchange
from tokenward.sidecar.open_requests import OpenRequests, client_of
from tokenward.sidecar.outgoing import request_bytes
from tokenward.sidecar.overload import RETRY_AFTER, Overload
from tokenward.sidecar.policies import Policies
from tokenward.sidecar.redirects import location_of
from tokenward.sidecar.refusals import ELSEWHERE, Kind, Refusals
from tokenward.sidecar.relay import Relay
from tokenward.sidecar.sessions import Sessions
from tokenward.sidecar.settings import Settings
from tokenward.sidecar.tracing import Tracing
from tokenward.sidecar.upstream import Pool
from tokenward.sidecar.ways import Ways
from tokenward.telemetry import Telemetry
from tokenward.types import Decision
from tokenward.wire.head import JSON
from tokenward.wire.interaction import interaction_of, route_of
from tokenward.wire.kept import keep
from tokenward.wire.loaded import Loaded
from tokenward.wire.protocols.base import Ask, WireProtocol
from tokenward.wire.protocols.known import PATHS, known_path, methods_of, protocol_of
from tokenward.wire.protocols.openai_errors import error_bytes
from tokenward.wire.protocols.paths import is_passed
from tokenward.wire.protocols.relayed import check_relayed
from tokenward.wire.request import Headers, Refusal, Request

if TYPE_CHECKING:
    from tokenward.decisions.recorder import Recorder

logger = logging.getLogger(__name__)

LONGEST_STALL = 120.0
"""Seconds that a client may leave unread what was written."""
HEALTH = "/health"
"""Where a detector of FMS is asked whether it works."""

Guarded = TypeVar("Guarded", bound=Exchange)


class Service:
    """What all requests of the guarded port share; it answers by path."""

    def __init__(
        self,
        settings: Settings,
        policies: Policies,
        pool: Pool,
        telemetry: Telemetry,
        recorder: Recorder | None = None,
        tracing: Tracing | None = None,
    ) -> None:
        self.settings = settings
        self.limits = settings.limits
        self.policies = policies
        self.pool = pool
        self.telemetry = telemetry
        self.draining = False
        self.connections: set[Connection] = set()
        self.exchanges = OpenRequests(by_client=settings.bounds.client_streams > 0)
        self.overload = Overload(
            settings.bounds,
            telemetry,
            detectors=lambda: self.policies.pressure,
            streams=lambda: len(self.exchanges),
        )
        self.sessions = Sessions(settings.session_ttl)
        self.ways = Ways(settings.continues)
        self._recorder = recorder
        self.refusals = Refusals(self._turned_away)
        self._tracing = tracing
        gateways = [one for name in settings.gateway for one in GATEWAYS[name]]
        self._gateways = {path: one for one in gateways for path in one.paths}

    # -- connections ------------------------------------------------------------------------

    def opened(self, connection: Connection) -> Refusal | None:
        """Counts a connection in; too many are turned away."""
        self.connections.add(connection)
        if len(self.connections) > self.limits.connections:
            self.telemetry.refused.labels("connections").inc()
            words = "too many open connections; try again"
            return Refusal(503, words, "overloaded", None, RETRY_AFTER)
        return None

    def closed(self, connection: Connection) -> None:
        """Counts a connection out."""
        self.connections.discard(connection)

    def engines(self) -> set[Engine]:
        """Returns the engines of the policies that requests at work use."""
        scanners = [one.scanner for one in self.exchanges if isinstance(one, Exchange)]
        return {scanner.loaded.engine for scanner in scanners if scanner is not None}

    def sweep(self, now: float) -> None:
        """Ends what has waited too long."""
        for connection in [c for c in self.connections if now > c.deadline]:
            connection.expire()
        for connection in [c for c in self.connections if now - c.stalled > LONGEST_STALL]:
            connection.let_go("client_stalled")
        for exchange in list(self.exchanges):
            exchange.expire(now)
        self.refusals.sweep()
        share = len(self.connections) / self.limits.connections
        self.telemetry.pressure.labels("connections").set(share)

    # -- requests ---------------------------------------------------------------------------

    def handle(self, connection: Connection, request: Request) -> None:
        """Answers a request: guarded, relayed, or refused."""
        path = request.path
        if self._called(connection, request, path):
            return
        protocol = protocol_of(path)
        passed = self.settings.pass_through
        if passed and is_passed(path, passed):
            if self._has_room(connection, request):
                self.exchanges.add(Relay(self, connection, request))
        elif protocol is not None and request.method == b"POST":
            self.guard(connection, request, protocol, Exchange)
        else:
            self._relay(connection, request, protocol)

    def _relay(
        self, connection: Connection, request: Request, protocol: WireProtocol | None
    ) -> None:
        """Relays a request that holds no text, or refuses it."""
        relayed = methods_of(request.path)
        if request.method in relayed:
            try:
                check_relayed(request)
            except Refusal as refusal:
                self.turn_away(connection, request, refusal)
                return
            if self._has_room(connection, request):
                self.exchanges.add(Relay(self, connection, request))
        elif protocol is not None or relayed:
            allowed = (b"POST",) if protocol is not None else relayed
            self.turn_away(connection, request, not_allowed(b", ".join(allowed)))
        else:
            self.turn_away(connection, request, unknown())

    def guard(
        self, connection: Any, request: Request, protocol: WireProtocol, kind: type[Guarded]
    ) -> Guarded | None:
        """Begins a guarded exchange, if there is room for one more."""
        if not self._has_room(connection, request, protocol):
            return None
        # the request must carry the context of its span before it is sent on
        span = self._tracing.begin(request, protocol.name) if self._tracing is not None else None
        exchange = kind(self, connection, request, protocol)
        exchange.span = span
        self.exchanges.add(exchange)
        return exchange

    def _called(self, connection: Connection, request: Request, path: str) -> bool:
        """Answers what is for gateways, and without a model server all else; tells if it did."""
        gateway = self._gateways.get(path)
        asks_health = path == HEALTH and "fms" in self.settings.gateway
        if gateway is None and not asks_health:
            if self.settings.upstream:
                return False
            self.turn_away(connection, request, unknown(tuple(self._gateways)))
        elif request.method != (b"GET" if gateway is None else b"POST"):
            method = b"GET" if gateway is None else b"POST"
            self.turn_away(connection, request, not_allowed(method))
        elif gateway is None:
            connection.reply(200, [(b"content-type", JSON)], b'{"status":"ok"}')
        elif self._has_room(connection, request, gateway):
            self.exchanges.add(Called(self, connection, request, gateway))
        return True

    def _has_room(
        self,
        connection: Connection,
        request: Request,
        protocol: WireProtocol | Gateway | None = None,
    ) -> bool:
        """Tells whether one more request is taken; says to the client why it is not."""
        of_client = 0
        if self.settings.bounds.client_streams:
            of_client = self.exchanges.of(client_of(connection, request))
        refusal = self.overload.refusal(of_client)
        if refusal is not None:
            self.turn_away(connection, request, refusal, protocol)
        return refusal is None

    def no_room(self) -> Refusal | None:
        """Returns why a long body is not taken."""
        return self.overload.no_room()

    def failed(self, error: Exception) -> None:
        """Logs that a request could not even be begun."""
        self.log_failure("-", error)

    def turn_away(
        self,
        connection: Connection,
        request: Request,
        refusal: Refusal,
        protocol: WireProtocol | Gateway | None = None,
    ) -> None:
        """Refuses a request that no guard has looked at, and counts and records it."""
        path = request.path
        route = path if path in self._gateways else known_path(path) or ELSEWHERE
        reason = refusal.message if refusal.status >= OURS else ""
        self._count_away(Kind(route, refusal.code, refusal.status, reason))
        headers = [(b"content-type", JSON), *refusal.headers]
        body = self.error(refusal) if protocol is None else protocol.error(refusal)
        connection.reply(refusal.status, headers, body)

    def cut_short(self, outcome: str, status: int, reason: str) -> None:
        """Counts and records a request that never was a whole one."""
        self._count_away(Kind(ELSEWHERE, outcome, status, reason))

    def _count_away(self, kind: Kind) -> None:
        self.telemetry.ended(kind.route, kind.outcome)
        self.refusals.add(kind)

    def _turned_away(self, row: Interaction) -> None:
        """Records and logs a request that no guard has looked at, or several alike."""
        if self._recorder is not None:
            self._recorder.record(row)
        self._write_line({"path": row.route, **row.labels, "requests": round(row.sample_weight)})

    def error(self, refusal: Refusal) -> bytes:
        """Returns the body of an error that no protocol has a say in."""
        return error_bytes(refusal)

    def choose(self, request: Request, ask: Ask) -> Loaded:
        """Returns the policy of a request."""
        asked = request.text_header(b"x-tokenward-policy")
        labelled = ask.labels.get(POLICY_LABEL)
        if asked is not None and labelled not in (None, asked):
            raise Refusal(400, "header and metadata ask for different policies", "no_policy")
        only = self.policies.only
        if only is not None and not (asked or labelled or self.overload.sheds):
            return only
        return self.policies.choose(
            asked or labelled,
            model=ask.model,
            route=route_of(request),
            labels=ask.labels,
            light=self.overload.sheds,
        )

    def upstream_request(
        self, request: Request, body: bytes, content_type: bytes | None = JSON
    ) -> bytes:
        """Returns the request to the model server."""
        return request_bytes(self.pool.target, request, body, content_type)

    def relayed_request(self, request: Request) -> bytes:
        """Returns the request to the model server as it came, its body not looked at."""
        kind, coding = request.header(b"content-type"), request.header(b"content-encoding")
        return request_bytes(self.pool.target, request, request.body, kind, coding)

    def location(self, headers: Headers) -> bytes:
        """Returns where a redirect of the model server leads; refuses what is round the guard."""
        return location_of(headers, self.pool.target, self.settings.redirect_hosts)

    # -- afterwards -------------------------------------------------------------------------

    def ended(self, exchange: Exchange) -> None:
        """Counts, records and logs a request that has ended."""
        self.exchanges.discard(exchange)
        self._count(exchange)
        kept = exchange.scanner is not None or self.refusals.alone(kind_of(exchange))
        recorder = self._recorder if kept else None
        asked = exchange.span is not None or self._logs  # what was decided, at once
        if not asked and (recorder is None or self._record_later(recorder, exchange)):
            return
        scanner = exchange.scanner
        decisions = scanner.decisions(exchange.id) if scanner is not None else ()
        row = self._row(exchange, decisions)
        if recorder is not None:
            keep(recorder, exchange, row, decisions)
        if self._tracing is not None and exchange.span is not None:
            took = exchange.scanner.seconds if exchange.scanner is not None else {}
            seconds = {str(stage): one for stage, one in took.items()}
            self._tracing.end(exchange.span, row, exchange.protocol.name, seconds)
        if kept:
            self._log(exchange, decisions)

    def _record_later(self, recorder: Recorder, exchange: Exchange) -> bool:
        """Has a request recorded with others, off the path of those at work; tells if it will."""

        def make(sink: Sink) -> None:
            scanner = exchange.scanner
            decisions = scanner.decisions(exchange.id) if scanner is not None else ()
            keep(sink, exchange, self._row(exchange, decisions), decisions)

        return recorder.record_later(make, exchange.size)

    def _row(self, exchange: Exchange, decisions: tuple[Decision, ...]) -> Interaction:
        return interaction_of(
            exchange,
            decisions,
            source=exchange.source,
            model_label=self.settings.model_label,
            reason=exchange.reason,
            labels=self.settings.label,
        )

    def _count(self, exchange: Exchange) -> None:
        scanner = exchange.scanner
        if scanner is None:
            self.telemetry.ended(exchange.protocol.paths[0], exchange.outcome)
        else:
            count(self.telemetry, exchange, scanner)

    # -- logs -------------------------------------------------------------------------------

    def _log(self, exchange: Exchange, decisions: tuple[Decision, ...]) -> None:
        """Writes one line about a request: never text, and nothing that the client chose."""
        if not self._logs:
            return
        self._write_line(
            {
                "decision_id": exchange.id,
                "path": exchange.protocol.paths[0],
                "status": exchange.status,
                "outcome": exchange.outcome,
                "reason": exchange.reason,
                "action": strongest(decisions),
                "rules": sorted({rule.id for one in decisions for rule in one.rules}),
                "degraded": sorted({name for one in decisions for name in one.degraded}),
                "seconds": round(time.perf_counter() - exchange.started, 4),
            }
        )

    @property
    def _logs(self) -> bool:
        return self.settings.log_format != "off" and logger.isEnabledFor(logging.INFO)

    def _write_line(self, values: Mapping[str, object]) -> None:
        if not self._logs:
            return
        if self.settings.log_format == "json":
            logger.info("%s", json.dumps(values))
        else:
            logger.info("%s", " ".join(f"{key}={plain(one)}" for key, one in values.items()))

    def log_failure(self, decision_id: str, error: BaseException) -> None:
        """Writes where our own code failed: the message is left out, it may quote text."""
        frames = traceback.extract_tb(error.__traceback__)[-3:]
        places = " < ".join(f"{frame.filename}:{frame.lineno}" for frame in reversed(frames))
        name = type(error).__name__
        logger.error("guard failed, decision_id=%s: %s at %s", decision_id, name, places)


def kind_of(exchange: Exchange) -> Kind:
    """Returns what a request that no guard has looked at has in common with others."""
    route = exchange.protocol.paths[0]
    return Kind(route, exchange.outcome, exchange.status, exchange.reason)


def plain(value: object) -> str:
    """Returns a value of a log line, in quotes where it is several words.

    >>> plain(["a", "b"]), plain(0.5), plain("no answer")
    ('a,b', '0.5', '"no answer"')
    """
    if isinstance(value, list):
        return ",".join(value)
    return json.dumps(value) if isinstance(value, str) and " " in value else str(value)


def unknown(paths: tuple[str, ...] = PATHS) -> Refusal:
    """Returns the refusal of a path that is not known."""
    return Refusal(
        404,
        f"this path is not guarded, so it is not served; there are: {', '.join(paths)}",
        "unknown_path",
    )


def not_allowed(method: bytes) -> Refusal:
    """Returns the refusal of a method."""
    return Refusal(
        405, f"use {method.decode()} here", "method_not_allowed", None, [(b"allow", method)]
    )
