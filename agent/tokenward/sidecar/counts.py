"""What a guarded request adds to the metrics, once it has ended."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from tokenward.telemetry import Telemetry
from tokenward.types import Decision, Stage
from tokenward.wire.loaded import Loaded
from tokenward.wire.scan import Scanner

if TYPE_CHECKING:
    from tokenward.sidecar.exchange import Exchange


def count(
    telemetry: Telemetry, exchange: Exchange, scanner: Scanner, decisions: tuple[Decision, ...]
) -> None:
    """Counts a request; of it itself nothing is kept until then."""
    first = None if exchange.first_text is None else exchange.first_text - exchange.started
    route, held = exchange.protocol.paths[0], scanner.longest_held
    telemetry.later(
        partial(
            _add, telemetry, route, exchange.outcome, decisions,
            scanner.loaded, scanner.seconds, held, first,
        )
    )  # fmt: skip


def _add(
    telemetry: Telemetry,
    route: str,
    outcome: str,
    decisions: tuple[Decision, ...],
    loaded: Loaded,
    took: Mapping[Stage, float],
    held: int,
    first: float | None,
) -> None:
    telemetry.ended(route, outcome)
    for decision in decisions:
        shed = loaded.stages[decision.stage].plan.shed
        telemetry.decided(route, decision, loaded.on_error, shed)
    for stage, seconds in took.items():
        telemetry.guarded(stage, seconds)
    telemetry.hold_back.observe(held)
    if first is not None:
        telemetry.first_token.observe(first)
