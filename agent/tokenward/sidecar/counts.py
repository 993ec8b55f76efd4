"""What a guarded request adds to the metrics, once it has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenward.telemetry import Telemetry
from tokenward.types import Decision
from tokenward.wire.scan import Scanner

if TYPE_CHECKING:
    from tokenward.sidecar.exchange import Exchange


def count(
    telemetry: Telemetry, exchange: Exchange, scanner: Scanner, decisions: tuple[Decision, ...]
) -> None:
    """Counts a request; of it itself nothing is kept until then."""
    first = None if exchange.first_text is None else exchange.first_text - exchange.started
    route, outcome = exchange.protocol.paths[0], exchange.outcome
    loaded, took, held = scanner.loaded, scanner.seconds, scanner.longest_held

    def add() -> None:
        telemetry.ended(route, outcome)
        for decision in decisions:
            shed = loaded.stages[decision.stage].plan.shed
            telemetry.decided(route, decision, loaded.on_error, shed)
        for stage, seconds in took.items():
            telemetry.guarded(stage, seconds)
        telemetry.hold_back.observe(held)
        if first is not None:
            telemetry.first_token.observe(first)

    telemetry.later(add)
