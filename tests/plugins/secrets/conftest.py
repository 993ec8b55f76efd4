from __future__ import annotations

import random
import re
import string
from functools import cache

import pytest

from tokenward.stream.plan import SpanPart, StagePlan
from tokenward.stream.scans import Scans
from tokenward.types import PolicyRef, ScanContext
from tokenward_plugins.secrets import SecretsSettings, create
from tokenward_plugins.secrets.plan import TYPES

ALPHABETS = {
    "A": string.ascii_letters + string.digits,
    "a": string.ascii_letters,
    "U": string.ascii_uppercase + string.digits,
    "L": string.ascii_lowercase + string.digits,
    "h": "0123456789abcdef",
    "d": string.digits,
    "w": string.ascii_letters + string.digits + "-_",
    "b": string.ascii_letters + string.digits + "+/",
    "t": "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
    "n": "abcdefghijklmnopqrstuvwxyz234567",
    "z": "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L",
}


@pytest.fixture(scope="session")
def make():
    """Returns made-up values: ``{A36}`` in a form stands for 36 letters and digits, and so on."""

    def fill(form, seed=0):
        chance = random.Random(f"{form}/{seed}")

        def some(match):
            # the first of each alphabet come first, so that all kinds of characters are there
            kinds, size = ALPHABETS[match[1]], int(match[2])
            head = [kinds[0], kinds[-1], kinds[len(kinds) // 2]][:size]
            return "".join([*head, *chance.choices(kinds, k=size - len(head))])

        return re.sub(r"\{([A-Za-z])(\d+)\}", some, form)

    return fill


@cache
def detector_of(hold_back=4096, allow=()):
    return create(SecretsSettings(hold_back, allow), None)


@pytest.fixture(scope="session")
def detector():
    """Returns a detector as policies have it."""
    return detector_of()


@pytest.fixture(scope="session")
def find():
    """Returns the detections in a text that comes in the given chunks, and keeps the contract."""

    def run(*chunks, types=TYPES, hold_back=4096, allow=()):
        types = frozenset(types)
        detector = detector_of(hold_back, allow)
        scan = detector.open(ScanContext("secrets", "output", types))
        most = detector.hold_back_of(types)
        found, settled, length = [], 0, 0
        for chunk in chunks:
            some, now = scan.feed(chunk)
            length += len(chunk)
            assert settled <= now <= length <= now + most <= now + hold_back
            assert all(settled <= one.start and one.end <= now for one in some)
            found += some
            settled = now
        last = list(scan.finish())
        assert all(settled <= one.start and one.end <= length for one in last)
        return found + last

    return run


@pytest.fixture(scope="session")
def stream():
    """Returns the detections in a stream, which does not show calm text, and undoes disguise."""

    def run(*chunks, types=TYPES, plain=True):
        detector = detector_of()
        routes = dict.fromkeys(types, ())
        part = SpanPart("secrets", detector, routes, enforcing=True, calm=True, plain=plain)
        found, failed = [], []
        scans = Scans(
            StagePlan("output", PolicyRef("p", "r"), (), (part,), ()),
            lambda some, _: found.extend(some),
            lambda name, _: failed.append(name),
        )
        for chunk in chunks:
            scans.feed(chunk)
        scans.finish()
        assert not failed
        return found

    return run


@pytest.fixture(scope="session")
def values(find):
    """Returns (type, value) of what is found in a text."""

    def run(text, **options):
        return [(one.type, text[one.start : one.end]) for one in find(text, **options)]

    return run
