"""Puts texts through guards, and says what must come out of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from hypothesis import HealthCheck, settings

from tokenward.guard import Guard
from tokenward.redact.styles import REDACT_STYLES

GENERAL = ("default", "pii-secrets", "strict", "monitor-only", "rewind", "private")
PACKS = (
    "support", "healthcare", "legal", "finance", "education", "e-commerce", "coding-assistant",
    "search-rag", "eu-ai-act-logging",
)  # fmt: skip
"""For a domain: what of values they look for differs."""
BUILT_IN = (*GENERAL, *PACKS)
MARK = "\ue000"
"""Stands in no text of the corpus: what a rule puts in the place of a value."""

EVERYWHERE = ["input", "output", "tool_call", "tool_result"]
STOPS, CHANGES = ("block",), ("redact", "replace", "rewind")


def examples(count):
    """Returns settings for so many examples; the profile ``deep`` takes twenty times as many."""
    share = settings.default.max_examples / 100
    return settings(
        deadline=None,
        max_examples=max(1, round(count * share)),
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )


@dataclass(frozen=True)
class Run:
    """What came out of one stream."""

    released: str
    decision: dict
    pieces: tuple = field(compare=False)
    held: tuple = field(compare=False)


def run(guard, chunks, stage="output"):
    """Feeds chunks to a new stream; returns all that an application can see of it."""
    stream = guard.stream(stage=stage)
    pieces, held = [], []
    for chunk in chunks:
        pieces.append(stream.feed(chunk))
        held.append(stream.held)
    pieces.append(stream.finish())
    decision = stream.decision.as_dict()
    del decision["decision_id"]
    decision["message"] = stream.decision.message
    decision["blocked"] = stream.blocked
    return Run("".join(pieces), decision, tuple(pieces), tuple(held))


def rule(detect, action, **more):
    """Returns a rule that looks at everything."""
    base = {"id": "rule", "stage": EVERYWHERE, "detect": detect, "when": "score >= 0.3"}
    return {**base, "action": action, **more}


def guard_of(registry, *rules, detectors=None):
    """Returns a guard of some rules; the ids are made different where they are the same."""
    named = [{**one, "id": f"{one['id']}{number}"} for number, one in enumerate(rules)]
    policy = {"name": "law", "rules": named}
    if detectors:
        policy["detectors"] = detectors
    return Guard.load(policy, registry=registry)


STYLE_FORMS = {
    "tag": r"<[A-Za-z]\w*>",
    "hash": r"<[A-Za-z]\w*:[0-9a-f]{12}>",
    "mask": r"[\w\s*._/:,()+@-]*\*[\w\s*._/:,()+@-]*",
    "pseudonym": r"[^\ue000]+",
    "remove": "",
}
"""What may stand in the place of a removed span, by style."""


def redactions():
    """Returns every action that leaves something else in a value's place, with its form."""
    for style in REDACT_STYLES:
        yield {"redact": style}, STYLE_FORMS[style]
    yield {"replace": MARK}, MARK
    yield {"rewind": {"attempts": 1, "otherwise": {"replace": MARK}}}, MARK


def actions():
    """Returns every action there is."""
    yield from ("allow", "flag", "block")
    yield from (action for action, _ in redactions())
    yield {"rewind": {"attempts": 2, "otherwise": "block"}}


def removed(decision, kinds=CHANGES + STOPS):
    """Returns the spans that enforced rules of some actions removed, joined where they overlap."""
    spans = sorted(
        (found["start"], found["end"])
        for fired in decision["rules"]
        if fired["mode"] == "enforce" and fired["action"] in kinds
        for found in fired["detections"]
    )
    joined = []
    for start, end in spans:
        if joined and start < joined[-1][1]:
            joined[-1][1] = max(joined[-1][1], end)
        else:
            joined.append([start, end])
    return joined


def kept(text, spans):
    """Returns the stretches of a text before, between and behind some spans."""
    edges = [0, *(place for span in spans for place in span), len(text)]
    return [text[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True)]


def is_what_is_kept(released, text, spans, form):
    """Tells whether a released text is the text with a form in the place of each span."""
    pattern = form.join(f"({re.escape(part)})" for part in kept(text, spans))
    return re.fullmatch(pattern, released, re.DOTALL) is not None


def leaks(value, released, share=0.4):
    """Tells whether a part of a value left, in one piece of this share."""
    size = max(4, round(len(value) * share))
    return any(value[at : at + size] in released for at in range(len(value) - size + 1))
