"""The record of a request that has ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from tokenward.decisions.labels import chosen
from tokenward.decisions.record import Interaction, Source
from tokenward.types import Decision
from tokenward.wire.protocols.base import Ask, Usage
from tokenward.wire.request import Request
from tokenward.wire.scan import Scanner

LABEL = b"x-tokenward-label-"


class Ended(Protocol):
    """What is known of a request that has ended; ``began`` and ``started`` are its first moment.

    ``began`` is in seconds since the epoch; ``started``, ``first_text`` and ``ended`` are on the
    clock of ``time.perf_counter``.
    """

    id: str
    request: Request
    ask: Ask | None
    began: float
    started: float
    first_text: float | None
    ended: float
    usage: Usage
    outcome: str
    status: int

    @property
    def scanner(self) -> Scanner | None:
        """The guard of the request, if it was read."""


def route_of(request: Request) -> str:
    """Returns the route that a client names, or else the path."""
    return request.text_header(b"x-tokenward-route") or request.path


def interaction_of(
    ended: Ended,
    decisions: tuple[Decision, ...],
    *,
    source: Source,
    model_label: str | None = None,
    reason: str = "",
    labels: Sequence[str] = (),
) -> Interaction:
    """Returns the record, without any text; ``reason`` says why the outcome is no answer.

    ``labels`` are the names of those that are kept of what a client says of its request: by header
    ``x-tokenward-label-NAME``, or by its ``metadata``.
    """
    ask, scanner, request = ended.ask, ended.scanner, ended.request
    policy = scanner.loaded.policy if scanner is not None else None
    return Interaction(
        decision_id=ended.id,
        source=source,
        decisions=decisions,
        time=ended.began,
        route=route_of(request),
        model=ask.model if ask is not None else None,
        model_label=model_label,
        session=request.text_header(b"x-tokenward-session"),
        subject=request.text_header(b"x-tokenward-subject"),
        policy=policy.name if policy is not None else None,
        revision=policy.revision if policy is not None else None,
        parameters=ask.parameters if ask is not None else {},
        prompt_tokens=ended.usage.prompt,
        completion_tokens=ended.usage.completion,
        timings=timings_of(ended),
        hold_back=scanner.longest_held if scanner is not None else 0,
        rewinds=scanner.rewinds if scanner is not None else 0,
        features=scanner.likelihood.features() if scanner is not None else {},
        labels=labels_of(ended, reason, labels),
    )


def labels_of(ended: Ended, reason: str, names: Sequence[str]) -> dict[str, str]:
    """Returns what became of a request, and what its client says of it."""
    told = {"outcome": ended.outcome, "status": str(ended.status)}
    if reason:
        told["reason"] = reason
    if names:
        header = ended.request.text_header
        headers = {name: header(LABEL + name.lower().encode()) for name in names}
        told |= chosen(names, headers, ended.ask.labels if ended.ask is not None else {})
    return told


def timings_of(ended: Ended) -> dict[str, float]:
    """Returns how long what took, in seconds."""
    timings = {"total": ended.ended - ended.started}
    if ended.scanner is not None:
        timings["guard"] = sum(ended.scanner.seconds.values())
    if ended.first_text is not None:
        timings["ttft"] = ended.first_text - ended.started
    return timings
