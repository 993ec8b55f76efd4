"""What OpenTelemetry calls our fields: the one table of its GenAI conventions.

The names are those of May 2026, which are not stable yet: when they change, this module does.
Text is in none of them: `gen_ai.input.messages` and its like are left out on purpose.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tokenward.decisions.record import Interaction
from tokenward.types import Decision

LONGEST = 128
"""Characters of a name that a client chose."""

Value = str | bool | int | float | list[str]

OPERATIONS: Mapping[str, tuple[str, str]] = {
    "chat_completions": ("chat", "openai"),
    "completions": ("text_completion", "openai"),
    "responses": ("chat", "openai"),
    "messages": ("chat", "anthropic"),
    "ollama_chat": ("chat", "ollama"),
    "ollama_generate": ("text_completion", "ollama"),
}
"""By protocol: ``gen_ai.operation.name`` and ``gen_ai.provider.name``."""
OTHER = ("text_completion", "_OTHER")

PARAMETERS: Mapping[str, str] = {
    "frequency_penalty": "gen_ai.request.frequency_penalty",
    "max_completion_tokens": "gen_ai.request.max_tokens",
    "max_tokens": "gen_ai.request.max_tokens",
    "max_output_tokens": "gen_ai.request.max_tokens",
    "n": "gen_ai.request.choice.count",
    "presence_penalty": "gen_ai.request.presence_penalty",
    "seed": "gen_ai.request.seed",
    "temperature": "gen_ai.request.temperature",
    "top_k": "gen_ai.request.top_k",
    "top_p": "gen_ai.request.top_p",
}
FIELDS: Mapping[str, str] = {
    "model": "gen_ai.request.model",
    "prompt_tokens": "gen_ai.usage.input_tokens",
    "completion_tokens": "gen_ai.usage.output_tokens",
    "decision_id": "tokenward.decision.id",
    "action": "tokenward.action",
    "policy": "tokenward.policy.name",
    "revision": "tokenward.policy.revision",
    "model_label": "tokenward.model.label",
    "hold_back": "tokenward.hold_back",
    "rewinds": "tokenward.rewinds",
}
TIMINGS: Mapping[str, str] = {
    "ttft": "gen_ai.response.time_to_first_chunk",
    "guard": "tokenward.guard.duration",
}
OPERATION, PROVIDER = "gen_ai.operation.name", "gen_ai.provider.name"
STATUS = "http.response.status_code"
ERROR = "error.type"
DEGRADED = "tokenward.degraded"

EVENT = "gen_ai.evaluation.result"
NAME = "gen_ai.evaluation.name"
SCORE = "gen_ai.evaluation.score.value"
LABEL = "gen_ai.evaluation.score.label"
STAGE = "tokenward.stage"
RULES = "tokenward.rules"

GUARDRAIL = "run_guardrail"
"""The span of one stage: proposed, not agreed."""

FINE = ("answered", "blocked")
"""Outcomes that are no errors: a block is what was asked for."""


class Instrument(NamedTuple):
    """A metric of the conventions: its name, its unit, and the bounds of its buckets."""

    name: str
    unit: str
    bounds: tuple[float, ...]


SECONDS = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
TOKENS = tuple(float(4**power) for power in range(14))
USAGE = Instrument("gen_ai.client.token.usage", "{token}", TOKENS)
DURATION = Instrument("gen_ai.client.operation.duration", "s", SECONDS)
FIRST_CHUNK = Instrument("gen_ai.client.operation.time_to_first_chunk", "s", SECONDS)
TOKEN_TYPE = "gen_ai.token.type"  # noqa: S105  # a name
TYPES: Mapping[str, str] = {"prompt_tokens": "input", "completion_tokens": "output"}
OF_METRICS = (OPERATION, PROVIDER, ERROR)
"""The attributes of metrics: a client cannot make them grow, as it could by naming models."""


def named(protocol: str) -> dict[str, Value]:
    """Returns the operation and the provider of a protocol.

    >>> named("messages")
    {'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'anthropic'}
    """
    operation, provider = OPERATIONS.get(protocol, OTHER)
    return {OPERATION: operation, PROVIDER: provider}


def attributes(row: Interaction) -> dict[str, Value]:
    """Returns what a span says of a request that has ended."""
    found: dict[str, Value] = {}
    for fields, source in ((PARAMETERS, row.parameters), (TIMINGS, row.timings)):
        for ours, name in fields.items():
            value = source.get(ours)
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                found[name] = value
    for ours, name in FIELDS.items():
        if (value := getattr(row, ours)) is not None:
            found[name] = value[:LONGEST] if isinstance(value, str) else value
    if row.degraded:
        found[DEGRADED] = list(row.degraded)
    if row.labels.get("status", "0") != "0":
        found[STATUS] = int(row.labels["status"])
    outcome = row.labels.get("outcome", FINE[0])
    if outcome not in FINE:
        found[ERROR] = outcome
    return found


def evaluations(decision: Decision) -> Iterator[dict[str, Value]]:
    """Yields the results of a decision's detectors, as events: what was found, what did not run."""
    rules: dict[str, list[str]] = {}
    strongest: dict[str, str] = {}
    for rule in decision.rules:
        for detection in rule.detections:
            name = f"{detection.detector}.{detection.type}"
            if rule.id not in rules.setdefault(name, []):
                rules[name].append(rule.id)
                strongest[name] = rule.action
    for name, score in decision.scores.items():
        if score > 0:
            yield {
                NAME: name,
                SCORE: score,
                LABEL: strongest.get(name, "allow"),
                STAGE: decision.stage,
                RULES: rules.get(name, []),
            }
    for detector in decision.degraded:
        yield {NAME: detector, ERROR: "degraded", STAGE: decision.stage}


def stage_attributes(decision: Decision) -> dict[str, Value]:
    """Returns what the span of a stage says."""
    return {
        OPERATION: GUARDRAIL,
        STAGE: decision.stage,
        FIELDS["action"]: decision.action,
        FIELDS["policy"]: decision.policy.name,
        FIELDS["revision"]: decision.policy.revision,
        RULES: [rule.id for rule in decision.rules],
    }
