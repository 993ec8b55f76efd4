"""Says why an answer became what it is: what was taken back, edited or stopped, token by token."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from tokenward.engine.compile import CALLING_STAGE
from tokenward.engine.engine import Engine
from tokenward.engine.explain import WORDY, evidence
from tokenward.engine.words import with_words
from tokenward.inprocess.output import GuardedOutput
from tokenward.inprocess.rewound import Rewind, probabilities
from tokenward.stream.plan import StagePlan
from tokenward.types import Detection, FiredRule

Row = dict[str, Any]
MOST = 100
"""Detections of one rule that are explained."""


def explain_answer(engine: Engine, output: GuardedOutput) -> Row:
    """Returns the reasons of an answer, with its texts, as JSON has them.

    ``rewound`` are the rewinds in their order, ``rules`` the rules that fired in what the model
    holds, each detection with its threshold, its tokens and their probabilities and, of
    classifiers, the words that carried the score (``tokenward.engine.words``). ``moved`` are the
    options that limits changed.
    """
    thresholds = {rule.id: rule.when.threshold for rule in engine.compiled.policy.rules}
    return {
        "rewound": [_rewind(engine.plan(CALLING_STAGE), one) for one in output.rewound],
        "rules": [
            _rule(engine.plan(output.decision.stage), output, rule, thresholds.get(rule.id, 0.0))
            for rule in output.decision.rules
        ],
        "moved": [one._asdict() for one in output.moved],
        "surprisal": _number(output.surprisal),
        "entropy": _number(output.entropy),
        "margin": _number(output.margin),
        "repetition": output.repetition,
    }


def _rewind(plan: StagePlan, one: Rewind) -> Row:
    found = [cause.detection for cause in one.causes]
    told = (*with_words(plan, one.text, found[:WORDY], one.offset), *found[WORDY:])
    return {
        "at": one.at,
        "offset": one.offset,
        "text": one.text,
        "tokens": list(_tokens(one.tokens, one.pieces, one.probabilities)),
        "because": [
            {
                "rule": cause.rule,
                **_found(detection, cause.threshold, one.text, one.offset),
                "tokens": [cause.place.start, cause.place.end],
            }
            for cause, detection in zip(one.causes, told, strict=True)
        ],
        "banned": list(one.banned),
    }


def _rule(plan: StagePlan, output: GuardedOutput, rule: FiredRule, threshold: float) -> Row:
    if output.decision.stage == "output":
        rows = list(_in_answer(plan, output, rule, threshold))
    else:  # the prompt was blocked; its text is not in the output
        rows = [_found(one, threshold, None) for one in rule.detections[:MOST]]
    return {
        "id": rule.id,
        "action": rule.action,
        "mode": rule.mode,
        "message": rule.message,
        "found": rows,
        "count": rule.count,
    }


def _in_answer(
    plan: StagePlan, output: GuardedOutput, rule: FiredRule, threshold: float
) -> Iterator[Row]:
    places = {place.detection: place for place in output.places}
    # those that led to a rewind are no longer there, and told with it
    here = [one for one in rule.detections if one in places]
    for one in (*with_words(plan, output.model_text, here[:WORDY]), *here[WORDY:MOST]):
        part = slice(places[one].start, places[one].end)
        likely = probabilities(output.surprisals[part])
        row = _found(one, threshold, output.model_text)
        yield row | {"tokens": list(_tokens(output.tokens[part], output.pieces[part], likely))}


def _found(one: Detection, threshold: float, text: str | None, base: int = 0) -> Row:
    row = {
        **one.as_dict(),
        "threshold": threshold,
        "margin": round(one.score - threshold, 6),
        "evidence": evidence(one, text, base),
    }
    if text is not None:
        row["text"] = text[one.start - base : one.end - base]
    return row


def _tokens(
    ids: tuple[int, ...], pieces: tuple[str, ...], probabilities: tuple[float, ...]
) -> Iterator[Mapping[str, object]]:
    for token, piece, probability in zip(ids, pieces, probabilities, strict=True):
        yield {"id": token, "text": piece, "probability": _number(probability)}


def _number(value: float | None) -> float | None:
    """Returns a number as JSON has it: a broken model's logits may be none."""
    return None if value is None or not math.isfinite(value) else round(value, 6)
