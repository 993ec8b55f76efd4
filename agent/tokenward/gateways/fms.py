"""The detector API of the FMS Guardrails Orchestrator and TrustyAI: contents in, spans out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from tokenward.engine.compile import ANY_STAGE
from tokenward.errors import one_of
from tokenward.gateways.base import POLICY_LABEL, GatewayName, texts_of
from tokenward.gateways.looking import Seen, look
from tokenward.types import STAGES, Decision, Detection, FiredRule, Stage
from tokenward.wire.json_text import Slot, write
from tokenward.wire.protocols.base import MAX_SPOKEN, Ask, Whole
from tokenward.wire.protocols.fields import read_json
from tokenward.wire.request import Refusal, Request
from tokenward.wire.scan import Scanner, drive

PARAMS = ("stage", "threshold")
UNREAD = 422
MISSING = 404
NO_POLICY = "no_policy"
UNKNOWN = "detector-id names no policy that is loaded, or no stage; it is POLICY or POLICY:STAGE"
STATUSES = {400: UNREAD, 415: UNREAD}
"""What the API calls a request that it cannot read."""


@dataclass(frozen=True, slots=True)
class Contents:
    """``/api/v1/text/contents``: says what the rules of a policy find, and changes nothing.

    The header ``detector-id`` names a loaded policy, and may name a stage: ``default:output``;
    without a stage, here or in ``detector_params``, the rules of every stage look. Offsets are code
    points. Each detection carries its ``text``: the API asks for it, and orchestrators mask by it.
    """

    name: GatewayName = "fms"
    paths: tuple[str, ...] = ("/api/v1/text/contents",)

    def read(self, request: Request) -> Ask:
        """Reads the contents, the policy and the stage."""
        body = read_json(request)
        policy, stage = read_id(request)
        params = read_params(body)
        stage = params.pop("stage", None) or stage or ANY_STAGE
        contents = texts_of(body, "contents", UNREAD)
        if not contents:
            raise Refusal(UNREAD, "contents is empty; send at least one text", "invalid_value")
        at = cast("Stage", stage)
        texts = [Slot(contents, i, text) for i, text in enumerate(contents)]
        return Ask(
            body=body,
            raw=request.body,
            labels={POLICY_LABEL: policy},
            parameters=params,
            texts={at: texts},
            prompt=None if stage == "output" else "\n".join(contents)[:MAX_SPOKEN],
        )

    async def answer(self, ask: Ask, scanner: Scanner, decision_id: str) -> Whole:
        """Returns the detections of each content, in the order of the contents."""
        return told(ask, await rows_of(ask, scanner, decision_id))

    def status(self, refusal: Refusal) -> int:
        """Returns the status: 404 for a detector that is not there, 422 for what is unreadable."""
        if refusal.code == NO_POLICY:
            return MISSING
        return STATUSES.get(refusal.status, refusal.status)

    def error(self, refusal: Refusal) -> bytes:
        """Returns the API's error: a code and a message."""
        message = UNKNOWN if refusal.code == NO_POLICY else refusal.message
        return write({"code": self.status(refusal), "message": message})


CONTENTS = Contents()


async def rows_of(ask: Ask, scanner: Scanner, decision_id: str) -> list[list[dict[str, Any]]]:
    """Guards the texts of a call, and returns the rows of each."""
    [(stage, texts)] = ask.texts.items()
    seen = await drive(scanner, look(scanner, stage, [slot.text for slot in texts]))
    await scanner.complete()  # rules that only look on count here like any other
    least = cast("float", ask.parameters.get("threshold", 0.0))
    return [
        found_in(slot.text, decided(one, scanner, decision_id), least)
        for slot, one in zip(texts, seen, strict=True)
    ]


def told(ask: Ask, rows: Any) -> Whole:
    """Returns the answer to a call, with the texts that are recorded as those of a model."""
    whole = Whole(200, write(rows))
    if "output" in ask.texts:
        whole.text = "\n".join(slot.text for slot in ask.texts["output"])[:MAX_SPOKEN]
    return whole


def read_id(request: Request) -> tuple[str, str | None]:
    """Returns the policy and the stage of a ``detector-id``."""
    given = request.text_header(b"detector-id")
    if given is None:
        message = "header detector-id is missing; it names a loaded policy: POLICY or POLICY:STAGE"
        raise Refusal(UNREAD, message, "no_detector")
    policy, colon, stage = given.partition(":")
    if colon and stage not in STAGES:
        raise Refusal(MISSING, UNKNOWN, NO_POLICY)
    return policy, stage or None


def read_params(body: dict[str, Any]) -> dict[str, Any]:
    """Returns ``detector_params``; refuses what is not among the allowed."""
    params = body.get("detector_params")
    if params is None:
        return {}
    if not isinstance(params, dict):
        raise Refusal(UNREAD, "detector_params must be an object", "invalid_value")
    if not set(params) <= set(PARAMS):
        raise Refusal(UNREAD, f"detector_params has an unknown key; {one_of(PARAMS)}", "unknown")
    stage, least = params.get("stage"), params.get("threshold", 0.0)
    if stage is not None and stage not in STAGES:
        raise Refusal(UNREAD, f"detector_params.stage: {one_of(STAGES)}", "invalid_value")
    if isinstance(least, bool) or not isinstance(least, int | float) or not 0 <= least <= 1:
        raise Refusal(UNREAD, "detector_params.threshold must be a number in [0, 1]", "invalid")
    return dict(params)


def decided(one: Seen, scanner: Scanner, decision_id: str) -> Decision:
    """Returns the decision about a content; refuses one that is not whole."""
    decision = one.stream.decide(None, decision_id)
    for name in decision.degraded:
        if scanner.loaded.on_error(name) == "block":
            message = f"detector {name!r} did not run, and the policy's rules ask for it"
            raise Refusal(503, message, "degraded")
    if any(rule.count > len(rule.detections) for rule in decision.rules):
        message = "more detections in one content than are kept; send it in smaller pieces"
        raise Refusal(413, message, "too_many_detections")
    return decision


def found_in(text: str, decision: Decision, least: float) -> list[dict[str, Any]]:
    """Returns the rows of a content: each detection once, with the rules that it made fire."""
    rules: dict[Detection, list[FiredRule]] = {one: [] for one in decision.detections}
    for rule in decision.rules:
        for one in rule.detections:
            rules[one].append(rule)
    return [
        {
            "start": one.start,
            "end": one.end,
            "text": text[one.start : one.end],
            "detection": one.type,
            "detection_type": one.detector,
            "score": one.score,
            "evidences": [],
            "metadata": {
                "decision_id": decision.decision_id,
                "rules": [{"id": r.id, "action": r.action, "mode": r.mode} for r in fired],
            },
        }
        for one, fired in rules.items()
        if one.score >= least
    ]
