"""E-mail addresses that are spelled out, and international ones."""

from __future__ import annotations

import pytest

MAIL = "EMAIL_ADDRESS"

FOUND = [
    ("write ann99 (at) example (dot) com.", "ann99 (at) example (dot) com"),
    ("john.doe [at] example.com", "john.doe [at] example.com"),
    ("john_doe(at)mail(dot)example(dot)co(dot)uk", "john_doe(at)mail(dot)example(dot)co(dot)uk"),
    ("John.Doe (AT) Example (DOT) COM", "John.Doe (AT) Example (DOT) COM"),
    ("ann.lee <at> example.org", "ann.lee <at> example.org"),
    ("ann.lee {at} example {dot} org", "ann.lee {at} example {dot} org"),
    ("ann.lee @ example.com", "ann.lee @ example.com"),
    ("ann.lee @example.com", "ann.lee @example.com"),
    ("ann@ example.com", "ann@ example.com"),
    ("ann.lee at example dot com", "ann.lee at example dot com"),
    ("ann.lee (@) example.com", "ann.lee (@) example.com"),
]
FROM_THE_SIGN = [
    ("ann (at) example (dot) com", "(at) example (dot) com"),
    ("ann [at] example [dot] com", "[at] example [dot] com"),
    ("ann @ example.com", "@ example.com"),
]
INTERNATIONAL = [
    ("an иван@почта.рф.", "иван@почта.рф"),
    ("an jörg.müller@müller.de", "jörg.müller@müller.de"),
    ("jane@xn--mnchen-3ya.de", "jane@xn--mnchen-3ya.de"),
    ("jane@xn--80a1acny.xn--p1ai", "jane@xn--80a1acny.xn--p1ai"),
    ("jane@例え.jp です", "jane@例え.jp"),
    ("γιάννης@παράδειγμα.ελ", "γιάννης@παράδειγμα.ελ"),
    ("用户@例子.中国 好", "@例子.中国"),
]
NONE = [
    "No mail here: jane at example dot com.",
    "We are (at) home (dot) and so on.",
    "look at example.com, or at the dot com boom",
    "f(at)[0].x, a[at].b, <at> it",
    "the price @ 5.99 each, 3 @ 4.50",
    "main.py at line 7, v1.2 at noon, e.g. at home",
    "README.md (at the top) says so",
    "@example and @ home and a@ b",
]


@pytest.mark.parametrize(("text", "value"), [*FOUND, *FROM_THE_SIGN, *INTERNATIONAL])
def test_an_address_is_found(values, text, value):
    assert values(text, types=[MAIL]) == [(MAIL, value)]


@pytest.mark.parametrize(("text", "value"), [*FOUND, *FROM_THE_SIGN, *INTERNATIONAL])
def test_the_same_is_found_character_by_character(find, text, value):
    for types in ([MAIL], [MAIL, "PHONE_NUMBER", "CREDIT_CARD"], [MAIL, "UK_NINO"]):
        assert find(text, size=1, types=types) == find(text, types=types)


@pytest.mark.parametrize("text", NONE)
def test_what_only_sounds_like_an_address_is_none(values, text):
    assert values(text, types=[MAIL]) == []


def test_a_name_of_letters_alone_is_not_held_for_what_may_follow(detector):
    from tokenward.types import ScanContext

    scan = detector.open(ScanContext("pii", "output", frozenset({MAIL})))
    assert scan.feed("ann ")[1] == 4
    assert scan.feed("(at")[1] == 4


def test_a_stretch_that_never_becomes_an_address_is_let_go(detector):
    from tokenward.types import ScanContext

    scan = detector.open(ScanContext("pii", "output", frozenset({MAIL})))
    text = "ann99 (at) example and so on, " * 20
    held = [n + 1 - scan.feed(character)[1] for n, character in enumerate(text)]
    assert max(held) <= len("ann99 (at) example a")
