"""What a guarded request adds to the metrics, once it has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenward.telemetry import Telemetry
from tokenward.wire.scan import Scanner

if TYPE_CHECKING:
    from tokenward.sidecar.exchange import Exchange


def count(telemetry: Telemetry, exchange: Exchange, scanner: Scanner) -> None:
    """Counts a request; of it itself, and of its texts, nothing is kept until then."""
    first = None if exchange.first_text is None else exchange.first_text - exchange.started
    route, outcome, ident = exchange.protocol.paths[0], exchange.outcome, exchange.id
    outcomes = scanner.outcomes
    loaded, took, held = scanner.loaded, scanner.seconds, scanner.longest_held

    def add() -> None:
        telemetry.ended(route, outcome)
        for one in outcomes:
            if one.is_quiet:
                telemetry.allowed(route, one.stage)
                continue
            decision = one.decision(ident)
            shed = loaded.stages[decision.stage].plan.shed
            telemetry.decided(route, decision, loaded.on_error, shed)
        for stage, seconds in took.items():
            telemetry.guarded(stage, seconds)
        telemetry.hold_back.observe(held)
        if first is not None:
            telemetry.first_token.observe(first)

    telemetry.later(add)
