"""The laws of a scan, on random texts, cuts and sets of types."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenward.types import ScanContext, SpanDetector
from tokenward_plugins.pii.kinds import TYPES

VALUES = (
    "4111 1111 1111 1111|4111-1111-1111-1111|378282246310005|jane.doe@example.com|a+b@x.co.uk"
    "|DE89 3704 0044 0532 0130 00|DE89370400440532013000|GB82 WEST 1234 5698 7654 32"
    "|(212) 555-0143|+49 (0)30 1234567|212-555-0143 ext. 55|+ (1) 212 555 0143|457-55-5462"
    "|457 55 5462|1.2.3.4|1.2.3.4.5|::1|fe80::1|aa-bb-cc-dd-ee-ff|aa:bb:cc:dd:ee:ff"
    "|abcd.efab.cdef|16Yeky6GMjeNkAiNcBY7ZhrLoMSgg1BoyZ|deadbeef-cafe-4abc-8abc-abcdefabcdef"
    "|https://example.com/a,b?c=d|https://例え.jp/パス|Jan-2024|5-May|2024-01-15T10:00:00Z"
    "|BB1388568|A1234567|943 476 5919|jane@例え.jp|jane@example.com谢谢你|1700000000|3.14159265"
).split("|")
LONG = [
    "x" * 80 + "@example.com",
    "y.z" * 100 + "@example.org",
    "a@" + "b" * 900 + ".com",
    "a@" + "b." * 500,
    "example.com/" + "p" * 1500,
    "https://" + "q" * 900,
    "12 34 56 78 90 " * 20,
    "7" * 400,
    "a.a." * 150,
    "@" * 400,
    "abc/def" * 150,
]
GLUE = [
    *"()+-/.,:;'\"@#\n\u00a0\u2011é😀0７",
    *("word", " ", "  ", ". ", ", ", "你好", "ไทย", " the fox ", "::", "AB", " ext. ", "DE89"),
]
TEXTS = st.lists(
    st.sampled_from(VALUES) | st.sampled_from(GLUE) | st.sampled_from(GLUE), max_size=25
).map("".join)
LONG_TEXTS = st.lists(
    st.sampled_from(LONG) | st.sampled_from(VALUES) | st.sampled_from(GLUE), max_size=6
).map("".join)
SETS = st.just(TYPES) | st.frozensets(st.sampled_from(sorted(TYPES)), max_size=4)


@st.composite
def chunks_of(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> list[str]:
    """Cuts a text anywhere; empty chunks are among the pieces."""
    text = draw(texts)
    cuts = draw(st.lists(st.integers(0, len(text)), max_size=12))
    return [text[a:b] for a, b in pairwise([0, *sorted(cuts), len(text)])]


def key(found):
    return [(one.type, one.start, one.end, one.score) for one in found]


def check_contract(detector: SpanDetector, chunks: list[str], types: frozenset[str]) -> None:
    scan = detector.open(ScanContext("pii", "output", types))
    read, before, ends = 0, 0, []
    for chunk in chunks:
        found, settled = scan.feed(chunk)
        read += len(chunk)
        assert before <= settled <= read
        assert read - settled <= detector.hold_back
        assert all(before <= one.start < one.end <= read for one in found)
        ends += [(one.start, one.end) for one in found]
        assert not any(start < settled < end for start, end in ends)
        before = settled
    assert all(before <= one.start < one.end <= read for one in scan.finish())


@given(chunks=chunks_of(TEXTS), types=SETS)
@settings(deadline=None)
def test_chunking_does_not_matter(find, chunks, types):
    assert key(find(chunks, types=types)) == key(find("".join(chunks), types=types))


@given(text=TEXTS, types=SETS)
@settings(deadline=None)
def test_one_character_at_a_time_finds_the_same(find, text, types):
    assert key(find(text, size=1, types=types)) == key(find(text, types=types))


@given(chunks=chunks_of(LONG_TEXTS), types=SETS)
@settings(max_examples=60, deadline=None)
def test_chunking_does_not_matter_for_long_values(find, chunks, types):
    assert key(find(chunks, types=types)) == key(find("".join(chunks), types=types))


@given(text=LONG_TEXTS)
@settings(max_examples=30, deadline=None)
def test_one_character_at_a_time_finds_the_same_long_values(find, text):
    assert key(find(text, size=1)) == key(find(text))


@given(chunks=chunks_of(TEXTS), types=SETS)
@settings(deadline=None)
def test_what_is_settled_stays_settled(detector, chunks, types):
    check_contract(detector, chunks, types)


@given(chunks=chunks_of(LONG_TEXTS), types=SETS)
@settings(max_examples=60, deadline=None)
def test_never_more_is_held_than_the_detector_says(detector, chunks, types):
    check_contract(detector, chunks, types)
    check_contract(detector, list("".join(chunks)), types)


@given(text=TEXTS, more=TEXTS)
@settings(deadline=None)
def test_scans_do_not_share_anything(detector, find, text, more):
    context = ScanContext("pii", "output", TYPES)
    one, two = detector.open(context), detector.open(context)
    found = [*one.feed(text)[0]]
    two.feed(more)
    found += one.finish()
    assert key(found) == key(find(text))


def held(detector: SpanDetector, text: str, types: frozenset[str] = TYPES) -> list[int]:
    scan = detector.open(ScanContext("pii", "output", types))
    return [n + 1 - scan.feed(character)[1] for n, character in enumerate(text)]


def test_of_plain_prose_only_the_word_being_written_is_held(detector):
    text = 'The quick brown fox, it is said, jumps over dogs. Twice!\nAnd "again" (so they say).'
    for n, size in enumerate(held(detector, text)):
        token = max(text[: n + 1].rfind(c) for c in ' ,\n"()')
        assert size <= n - token or text[n] == "("


@pytest.mark.parametrize("text", ["今天天气很好，我们去公园散步。", "วันนี้อากาศดีมากเราไปเดินเล่น"])
def test_text_in_scripts_without_spaces_is_not_held(detector, text):
    assert set(held(detector, text)) == {0}


def test_plain_words_are_not_held_if_only_cards_are_asked_for(detector):
    cards = frozenset({"CREDIT_CARD"})
    assert set(held(detector, "Plain words with-hyphens, and so on.", cards)) == {0}
    assert held(detector, "no 41 a", cards) == [0, 0, 0, 1, 2, 3, 0]


def test_a_number_is_released_when_the_next_word_begins(detector):
    assert held(detector, "in 1999 we") == [1, 2, 0, 1, 2, 3, 4, 5, 1, 2]


def test_an_empty_chunk_changes_nothing(detector):
    scan = detector.open(ScanContext("pii", "output", TYPES))
    assert scan.feed("") == ((), 0)
    scan.feed("word jane@exa")
    assert scan.feed("") == ([], 5)
    assert len(scan.feed("mple.com ")[0]) == 1


def test_an_empty_text_has_nothing(find):
    assert find("") == []
