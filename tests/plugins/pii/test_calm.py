"""What a scan promises about calm text, and what it makes of being told of it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenward.types import ScanContext
from tokenward_plugins.pii.kinds import TYPES, USUAL

SIX = frozenset(
    {"CREDIT_CARD", "EMAIL_ADDRESS", "IBAN_CODE", "IP_ADDRESS", "PHONE_NUMBER", "US_SSN"}
)
WORDS = st.text(st.sampled_from("abcdefghijklmnopqrstuvwxyzABCDEFäéжя'"), min_size=1, max_size=15)
BETWEEN = st.sampled_from([" ", ", ", ". ", "\n", "? ", '" ', ") ", "; ", "今天", "，"])
CALM = st.lists(st.tuples(WORDS, BETWEEN), max_size=30).map(
    lambda pairs: "".join(word + mark for word, mark in pairs)
)


def scan_of(detector, types=SIX):
    return detector.open(ScanContext("pii", "output", types))


def test_calm_words_may_be_fifteen_letters_long_unless_a_value_begins_with_words(detector):
    assert detector.calm_words(SIX) == detector.calm_words(USUAL - {"DATE_TIME"}) == 15
    for kind in ("DATE_OF_BIRTH", "STREET_ADDRESS", "UK_NINO", "DE_HANDELSREGISTER"):
        assert detector.calm_words(SIX | {kind}) == 0
    assert detector.calm_words(TYPES) == 0


@given(text=CALM, types=st.just(SIX) | st.frozensets(st.sampled_from(sorted(TYPES)), max_size=4))
@settings(deadline=None)
def test_in_calm_text_nothing_is_found_and_nothing_open_but_the_last_word(detector, text, types):
    if not detector.calm_words(types):
        return
    scan = scan_of(detector, types)
    last = ""
    for n, character in enumerate(text):
        found, settled = scan.feed(character)
        last = last + character if character.isalpha() or character in "'." else ""
        assert not found
        assert settled >= n + 1 - len(last)
    assert scan.calm
    assert not scan.finish()


@pytest.mark.parametrize(
    ("text", "calm"),
    [
        ("", True),
        ("so ", True),
        ("so wor", True),
        ("end.", True),
        ("don't", True),
        ("well-kno", False),
        ("7a", False),
        ("a.b", False),
        ("12", False),
        ("12 ", False),
        ("12 we", True),
        ("(", False),
        ("+", False),
        ("ann@", False),
        ("ann@example.com ", True),
        ("DE89 ", False),
        ("ann99 (at) ", False),
        ("x" * 300, False),
    ],
)
def test_a_scan_is_calm_if_at_most_a_word_is_open(detector, text, calm):
    scan = scan_of(detector)
    scan.feed(text)
    assert scan.calm is calm


def test_offsets_move_on_over_what_was_skipped(detector):
    scan = scan_of(detector)
    scan.skip(1000, "word " * 51 + "w")
    found, settled = scan.feed("ann@example.com ")
    assert [(one.start, one.end) for one in found] == [(1000, 1015)]
    assert settled == 1016
    scan.skip(5, "then ")
    assert scan.feed("a")[1] == 1021


@pytest.mark.parametrize(
    ("before", "score"), [("Her SSN is ", 0.85), ("Her dog is ", 0.5), ("SSN " * 99, 0.85)]
)
def test_words_that_were_skipped_count(detector, before, score):
    scan = scan_of(detector)
    scan.skip(len(before), before[-256:])
    (found,) = [*scan.feed("457-55-5462, ")[0], *scan.finish()]
    assert found.score == score


def test_a_word_that_was_fed_in_part_may_be_finished_by_skipping(detector):
    scan = scan_of(detector)
    assert scan.feed("call me tom")[1] == 8
    assert scan.calm
    scan.skip(7, "orrow, ")
    found, settled = scan.feed("(212) 555-0147; then")
    assert [(one.start, one.end, one.score) for one in found] == [(18, 32, 0.95)]
    assert settled == 34


def test_the_hold_back_of_some_types_is_said_with_its_reason(detector):
    assert detector.hold_back_of(frozenset()) == 0
    assert detector.hold_back_reason(frozenset()) == ""
    cards = frozenset({"CREDIT_CARD"})
    assert detector.hold_back_of(cards) < detector.hold_back_of(cards | {"EMAIL_ADDRESS"})
    assert detector.hold_back_of(TYPES) == detector.hold_back
    assert detector.hold_back_reason(cards).startswith("CREDIT_CARD: ")
    assert detector.hold_back_reason(SIX).startswith("EMAIL_ADDRESS: ")
    assert detector.hold_back_reason(SIX | {"URL"}).startswith("URL: ")
