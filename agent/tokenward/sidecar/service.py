"""The guarded port: which protocol answers a path, and what all requests share."""

from __future__ import annotations

import json
import logging
import time
import traceback
from fnmatch import fnmatchcase
from typing import Protocol

from tokenward.decisions.record import Interaction, strongest
from tokenward.sidecar.connection import Connection
from tokenward.sidecar.exchange import Exchange
from tokenward.sidecar.policies import Policies
from tokenward.sidecar.relay import Relay
from tokenward.sidecar.sessions import Sessions
from tokenward.sidecar.settings import Settings
from tokenward.sidecar.upstream import Pool
from tokenward.telemetry import Telemetry
from tokenward.types import Decision
from tokenward.wire.head import JSON
from tokenward.wire.interaction import interaction_of, route_of
from tokenward.wire.loaded import Loaded
from tokenward.wire.protocols.base import Ask
from tokenward.wire.protocols.known import PATHS, methods_of, protocol_of
from tokenward.wire.protocols.openai_errors import error_bytes
from tokenward.wire.request import Refusal, Request

logger = logging.getLogger(__name__)

LONGEST_STALL = 120.0
"""Seconds that a client may leave unread what was written."""
CHOICE_LABEL = "tokenward_policy"
NOT_SENT_ON = frozenset(
    {
        b"accept-encoding",
        b"connection",
        b"content-encoding",
        b"content-length",
        b"content-type",
        b"expect",
        b"host",
        b"http2-settings",
        b"keep-alive",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)


class RecordSink(Protocol):
    """Where records of interactions go."""

    def record(
        self, interaction: Interaction, prompt: str | None = None, answer: str | None = None
    ) -> object:
        """Takes a record; never waits."""


class Service:
    """What all requests of the guarded port share; it answers by path."""

    def __init__(
        self,
        settings: Settings,
        policies: Policies,
        pool: Pool,
        telemetry: Telemetry,
        recorder: RecordSink | None = None,
    ) -> None:
        self.settings = settings
        self.limits = settings.limits
        self.policies = policies
        self.pool = pool
        self.telemetry = telemetry
        self.draining = False
        self.connections: set[Connection] = set()
        self.exchanges: set[Exchange | Relay] = set()
        self.sessions = Sessions(settings.session_ttl)
        self._recorder = recorder

    # -- connections ------------------------------------------------------------------------

    def opened(self, connection: Connection) -> Refusal | None:
        """Counts a connection in; too many are turned away."""
        self.connections.add(connection)
        if len(self.connections) > self.limits.connections:
            headers = [(b"retry-after", b"1")]
            return Refusal(503, "too many open connections; try again", "overloaded", None, headers)
        return None

    def closed(self, connection: Connection) -> None:
        """Counts a connection out."""
        self.connections.discard(connection)

    def sweep(self, now: float) -> None:
        """Ends what has waited too long."""
        for connection in [c for c in self.connections if now > c.deadline]:
            connection.expire()
        for connection in [c for c in self.connections if now - c.stalled > LONGEST_STALL]:
            connection.abort()
        for exchange in list(self.exchanges):
            exchange.expire(now)
        share = len(self.connections) / self.limits.connections
        self.telemetry.pressure.labels("connections").set(share)

    # -- requests ---------------------------------------------------------------------------

    def handle(self, connection: Connection, request: Request) -> None:
        """Answers a request: guarded, relayed, or refused."""
        path = request.path
        protocol = protocol_of(path)
        relayed = methods_of(path)
        if any(fnmatchcase(path, pattern) for pattern in self.settings.pass_through):
            self.exchanges.add(Relay(self, connection, request))
        elif protocol is not None and request.method == b"POST":
            self.exchanges.add(Exchange(self, connection, request, protocol))
        elif request.method in relayed:
            self.exchanges.add(Relay(self, connection, request))
        elif protocol is not None or relayed:
            allowed = (b"POST",) if protocol is not None else relayed
            self._refuse(connection, not_allowed(b", ".join(allowed)))
        else:
            self._refuse(connection, unknown())

    def _refuse(self, connection: Connection, refusal: Refusal) -> None:
        headers = [(b"content-type", b"application/json"), *refusal.headers]
        connection.reply(refusal.status, headers, self.error(refusal))

    def error(self, refusal: Refusal) -> bytes:
        """Returns the body of an error that no protocol has a say in."""
        return error_bytes(refusal)

    def choose(self, request: Request, ask: Ask) -> Loaded:
        """Returns the policy of a request."""
        asked = request.text_header(b"x-tokenward-policy")
        labelled = ask.labels.get(CHOICE_LABEL)
        if asked is not None and labelled not in (None, asked):
            raise Refusal(400, "header and metadata ask for different policies", "no_policy")
        return self.policies.choose(
            asked or labelled, model=ask.model, route=route_of(request), labels=ask.labels
        )

    def upstream_request(
        self, request: Request, body: bytes, content_type: bytes | None = JSON
    ) -> bytes:
        """Returns the request to the model server."""
        connection = request.header(b"connection") or b""
        hop = {name.strip().lower() for name in connection.split(b",")}
        lines = [
            b"%b %b%b HTTP/1.1\r\nhost: %b\r\naccept-encoding: identity\r\n"
            % (
                request.method,
                self.pool.target.prefix.encode(),
                request.target,
                self.pool.target.authority.encode(),
            )
        ]
        lines += [
            b"%b: %b\r\n" % (name, value)
            for name, value in request.headers
            if name not in NOT_SENT_ON and name not in hop and not name.startswith(b"x-tokenward-")
        ]
        if content_type:
            lines.append(b"content-type: %b\r\n" % content_type)
        if body or request.method == b"POST":
            lines.append(b"content-length: %d\r\n" % len(body))
        return b"".join((*lines, b"\r\n", body))

    # -- afterwards -------------------------------------------------------------------------

    def ended(self, exchange: Exchange) -> None:
        """Counts, records and logs a request that has ended."""
        self.exchanges.discard(exchange)
        decisions = self._count(exchange)
        if self._recorder is not None:
            self._recorder.record(
                interaction_of(
                    exchange, decisions, source="sidecar", model_label=self.settings.model_label
                ),
                prompt=exchange.ask.prompt if exchange.ask is not None else None,
                answer=exchange.answer,
            )
        self._log(exchange, decisions)

    def _count(self, exchange: Exchange) -> tuple[Decision, ...]:
        scanner = exchange.scanner
        if scanner is None:
            return ()
        decisions = scanner.decisions(exchange.id)
        for decision in decisions:
            self.telemetry.decided(exchange.protocol.paths[0], decision, scanner.loaded.on_error)
        for stage, seconds in scanner.seconds.items():
            self.telemetry.guard_seconds.labels(stage).observe(seconds)
        self.telemetry.hold_back.observe(scanner.longest_held)
        if exchange.first_text is not None:
            self.telemetry.first_token.observe(exchange.first_text - exchange.started)
        return decisions

    # -- logs -------------------------------------------------------------------------------

    def _log(self, exchange: Exchange, decisions: tuple[Decision, ...]) -> None:
        """Writes one line about a request: never text, and nothing that the client chose."""
        if self.settings.log_format == "off" or not logger.isEnabledFor(logging.INFO):
            return
        values: dict[str, object] = {
            "decision_id": exchange.id,
            "path": exchange.protocol.paths[0],
            "status": exchange.status,
            "outcome": exchange.outcome,
            "action": strongest(decisions),
            "rules": sorted({rule.id for one in decisions for rule in one.rules}),
            "degraded": sorted({name for one in decisions for name in one.degraded}),
            "seconds": round(time.perf_counter() - exchange.started, 4),
        }
        if self.settings.log_format == "json":
            logger.info("%s", json.dumps(values))
        else:
            words = (f"{k}={','.join(v) if isinstance(v, list) else v}" for k, v in values.items())
            logger.info("%s", " ".join(words))

    def log_failure(self, decision_id: str, error: BaseException) -> None:
        """Writes where our own code failed: the message is left out, it may quote text."""
        frames = traceback.extract_tb(error.__traceback__)[-3:]
        places = " < ".join(f"{frame.filename}:{frame.lineno}" for frame in reversed(frames))
        name = type(error).__name__
        logger.error("guard failed, decision_id=%s: %s at %s", decision_id, name, places)


def unknown() -> Refusal:
    """Returns the refusal of a path that is not known."""
    return Refusal(
        404,
        f"this path is not guarded, so it is not served; there are: {', '.join(PATHS)}",
        "unknown_path",
    )


def not_allowed(method: bytes) -> Refusal:
    """Returns the refusal of a method."""
    return Refusal(
        405, f"use {method.decode()} here", "method_not_allowed", None, [(b"allow", method)]
    )
