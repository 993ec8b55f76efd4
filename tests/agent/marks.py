"""Detectors whose findings are planted in a text: ``#mail1234#`` says what happens to it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from tokenward.hookspecs import hookimpl
from tokenward.types import Detection, DetectorPlugin

MARK = re.compile(r"#([a-z]+)[0-9]{4}#")
OPEN = re.compile(r"#(?:[a-z]{0,16}|[a-z]{1,16}[0-9]{0,4})\Z")


class MarkScan:
    """Finds ``#word1234#``; the word is the type."""

    def __init__(self, context):
        self.context, self.open, self.start = context, "", 0

    def feed(self, text):
        text = self.open + text
        found = [
            Detection(
                self.context.detector, m[1], self.start + m.start(), self.start + m.end(), 1.0
            )
            for m in MARK.finditer(text)
            if m[1] in self.context.types
        ]
        done = max((m.end() for m in MARK.finditer(text)), default=0)
        tail = OPEN.search(text, done)
        cut = tail.start() if tail else len(text)
        self.open, self.start = text[cut:], self.start + cut
        return found, self.start

    def finish(self):
        return []


class MarkDetector:
    types = frozenset({"mail", "swap", "stop", "toolstop", "watch"})
    hold_back = 22

    def open(self, context):
        return MarkScan(context)


class DigitScan(MarkScan):
    """Finds whole texts of nine digits and more."""

    def feed(self, text):
        self.open += text
        return [], 0

    def finish(self):
        found = Detection(self.context.detector, "long", 0, len(self.open), 1.0)
        return [found] if self.open.isdecimal() and len(self.open) > 8 else []


class DigitDetector:
    types = frozenset({"long"})
    hold_back = 1000

    def open(self, context):
        return DigitScan(context)


class RudeClassifier:
    """Gives each sentence a score: 1 where it has the word "rude"."""

    types = frozenset({"rude"})
    unit = "sentence"

    def __init__(self, *, inline):
        self.inline = inline

    def score(self, texts):
        return [{"rude": float("rude" in text)} for text in texts]


class BrokenDetector:
    types = frozenset({"x"})
    hold_back = 0

    def open(self, context):
        raise RuntimeError("out of order")


@dataclass(frozen=True)
class NoSettings:
    pass


class Plugin:
    @hookimpl
    def register_detectors(self):
        makers = {
            "marks": MarkDetector,
            "digits": DigitDetector,
            "rude": lambda: RudeClassifier(inline=True),
            "slow": lambda: RudeClassifier(inline=False),
            "broken": BrokenDetector,
        }
        return [
            DetectorPlugin(name, lambda settings, source, make=make: make(), NoSettings, None, name)
            for name, make in makers.items()
        ]


def rule(name, stages, detect, action, **more):
    return {"id": name, "stage": stages, "detect": detect, "action": action, **more}


ALL = ["input", "output", "tool_call", "tool_result"]
RULES = [
    rule("hide", ALL, {"marks": "mail"}, {"redact": "tag"}),
    rule("swap", ALL, {"marks": "swap"}, {"replace": "[gone]"}),
    rule("stop", ["input", "output"], {"marks": "stop"}, "block", message="Not that."),
    rule("call", ["tool_call"], {"marks": "toolstop"}, "block", message="No such call."),
    rule("look", ["output"], {"marks": "watch"}, "block", mode="monitor"),
]
RUDE = [rule("civil", ["input", "output"], {"slow": "rude"}, "block", message="Be civil.")]
POLICY: dict[str, Any] = {"name": "test", "rules": RULES}
