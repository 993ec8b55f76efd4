"""A plugin whose detectors fail as words in a text say: the process loads it like any other."""

from __future__ import annotations

import asyncio
import ctypes
import os
import re
import signal
import sys
import threading
import time
from dataclasses import dataclass

from tokenward.hookspecs import hookimpl
from tokenward.types import DetectorPlugin

FAULT = re.compile(r"\b(span|inline|thread)-([A-Z]+)\b")


def fail(kind: str, text: str) -> object:
    """Does what the text says about detectors of a kind; returns nonsense if that is what it is."""
    for name, fault in FAULT.findall(text):
        if name == kind:
            return FAULTS[fault](text)
    return None


def raises(text: str) -> object:
    raise RuntimeError(text)


def quits(_text: str) -> object:
    sys.exit(3)


def cancels(_text: str) -> object:
    raise asyncio.CancelledError


def hangs(_text: str) -> object:
    # never ends in any life, and holds the interpreter's lock
    return re.match(r"(?:a|a)+\Z", "a" * 60 + "b")


def waits(_text: str) -> object:
    return threading.Event().wait()


def kills(_text: str) -> object:
    return os.kill(os.getpid(), signal.SIGKILL)


FAULTS = {
    "RAISE": raises,
    "QUIT": quits,
    "CANCEL": cancels,
    "NONSENSE": lambda text: "nonsense",
    "SLEEP": lambda text: time.sleep(0.3),
    "LATE": lambda text: time.sleep(1.0),
    "WAIT": waits,
    "HANG": hangs,
    "EXIT": lambda text: os._exit(7),
    "KILL": kills,
    "CRASH": lambda text: ctypes.string_at(0),
}


class Scan:
    def __init__(self):
        self.length, self.text = 0, ""

    def feed(self, text):
        self.length += len(text)
        self.text += text
        return fail("span", self.text) or ([], self.length)

    def finish(self):
        return []


class Span:
    types = frozenset({"odd"})
    hold_back = 0

    def open(self, context):
        return Scan()


class Classifier:
    types = frozenset({"odd"})
    unit = "sentence"

    def __init__(self, kind):
        self.kind, self.inline = kind, kind == "inline"

    def score(self, texts):
        return fail(self.kind, " ".join(texts)) or [{"odd": 0.0} for _ in texts]


@dataclass(frozen=True)
class NoSettings:
    pass


@hookimpl
def register_detectors():
    makers = {"span": Span, "inline": lambda: Classifier("inline")}
    makers["thread"] = lambda: Classifier("thread")
    return [
        DetectorPlugin(name, lambda s, source, make=make: make(), NoSettings, None, name)
        for name, make in makers.items()
    ]
