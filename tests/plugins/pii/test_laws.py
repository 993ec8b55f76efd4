"""The laws of a scan, on random texts, cuts and sets of types."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.plugins.pii.driver import drive

from tokenward.types import ScanContext
from tokenward_plugins.pii.detector import PiiDetector
from tokenward_plugins.pii.kinds import TYPES, USUAL

VALUES = (
    "4111 1111 1111 1111|4111-1111-1111-1111|378282246310005|jane.doe@example.com|a+b@x.co.uk"
    "|DE89 3704 0044 0532 0130 00|DE89370400440532013000|GB82 WEST 1234 5698 7654 32"
    "|(212) 555-0143|+49 (0)30 1234567|212-555-0143 ext. 55|+ (1) 212 555 0143|457-55-5462"
    "|457 55 5462|1.2.3.4|1.2.3.4.5|::1|fe80::1|aa-bb-cc-dd-ee-ff|aa:bb:cc:dd:ee:ff"
    "|abcd.efab.cdef|16Yeky6GMjeNkAiNcBY7ZhrLoMSgg1BoyZ|deadbeef-cafe-4abc-8abc-abcdefabcdef"
    "|https://example.com/a,b?c=d|https://例え.jp/パス|Jan-2024|5-May|2024-01-15T10:00:00Z"
    "|BB1388568|A1234567|943 476 5919|jane@例え.jp|jane@example.com谢谢你|1700000000|3.14159265"
    "|AB 12 34 56 C|AB123456 C|SW1A 1AA|GIR 0AA|AB12 CDE|ABC 123 D|K1A 0B1|M AB 1234|M-AB 12E"
    "|HRB 12345|DE 136 695 976|65 170839 J 003|51 824 753 556|2 55 08 14 168 025 38|2A"
    "|1 85 05 2A 006 084 35|529.982.247-25|12.ABC.345/01DE-35|34 ABC 123|AB 12 CD GP|CA 1234567"
    "|IT 12345670785|1-1234-00123-45-2|811218-9876|131052+308T|2345:6789:0124|082 123 4567"
    "|claim # 12345678|PA-123456|ABC123456789|RSSMRA85T10A562S|12345678Z|ABC 123DE|220-81-62517"
    "|1600 Pennsylvania Ave NW, Apt 4|221B Baker Street|P.O. Box 123|Flat 2, 14 High Road"
    "|, Springfield, IL 62704|Hauptstraße 12|Lange Straße 5|12 rue de la Paix|Calle Mayor 5"
    "|in via Roma 10|Unit 4719 Box 7394|DPO AP 70942|USS Example\nFPO AE 51332|Main St|Road"
    "|born on December 31, 1990|date of birth|31 Dec 1990|né le 1er mai 1950|31.12.1990|May 5th"
    "|出生1990年5月6日|geboren am 5. Mai 1950|address: Dašická 688|12/31/1990"
    "|4111 1111 **1111 1111**|4111-1111-\n1111-1111|4111 1111\n1111 1111|4111_1111_1111_1111"
    "|DE89 3704\n0044 0532 0130 00|DE89.3704.0044.0532.0130.00|457_55_5462|457-55-\n5462"
    "|+1 646 555\n0128|(312)\n555-0166|4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1|1234 5678\n|ann99 (at) example (dot) com|ann.lee @ example.com"
    "|(at) example (dot) com|ann @ example.com|ann.lee at example dot com|ann.lee (at|12345|1.50|10:30"
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
    *(
        "_",
        "**",
        "<",
        ">",
        "{",
        "}",
        "[",
        "\r\n",
        "\n",
        "dot",
        "at",
        "Ext",
        "E",
        "well-known",
        "it's",
    ),
    *(" ", " ", "\n ", " in ", " Old ", "12 ", " 7", "Apt", "St", "born ", "Via ", "calle "),
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


def check_contract(detector: PiiDetector, chunks: list[str], types: frozenset[str]) -> None:
    scan = detector.open(ScanContext("pii", "output", types))
    read, before, ends = 0, 0, []
    for chunk in chunks:
        found, settled = scan.feed(chunk)
        read += len(chunk)
        assert before <= settled <= read
        assert read - settled <= detector.hold_back_of(types)
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
    assert key(find(text, size=1, types=TYPES)) == key(find(text, types=TYPES))


@given(chunks=chunks_of(TEXTS), types=SETS)
@settings(deadline=None)
def test_what_is_settled_stays_settled(detector, chunks, types):
    check_contract(detector, chunks, types)


@given(chunks=chunks_of(LONG_TEXTS), types=SETS)
@settings(max_examples=60, deadline=None)
def test_never_more_is_held_than_the_detector_says(detector, chunks, types):
    check_contract(detector, chunks, types)
    check_contract(detector, list("".join(chunks)), types)


@given(chunks=chunks_of(TEXTS), types=SETS)
@settings(deadline=None)
def test_what_is_kept_from_the_scan_changes_nothing(detector, find, chunks, types):
    if detector.calm_words(types):
        expected = key(find("".join(chunks), types=types))
        assert key(drive(detector, chunks, types)) == expected
        assert key(drive(detector, list("".join(chunks)), types)) == expected


@given(text=TEXTS, more=TEXTS)
@settings(deadline=None)
def test_scans_do_not_share_anything(detector, find, text, more):
    context = ScanContext("pii", "output", USUAL)
    one, two = detector.open(context), detector.open(context)
    found = [*one.feed(text)[0]]
    two.feed(more)
    found += one.finish()
    assert key(found) == key(find(text))


def held(detector: PiiDetector, text: str, types: frozenset[str] = USUAL) -> list[int]:
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
    scan = detector.open(ScanContext("pii", "output", USUAL))
    assert scan.feed("") == ((), 0)
    scan.feed("word jane@exa")
    found, settled = scan.feed("")
    assert (list(found), settled) == ([], 5)
    assert len(scan.feed("mple.com ")[0]) == 1


def test_an_empty_text_has_nothing(find):
    assert find("") == []
