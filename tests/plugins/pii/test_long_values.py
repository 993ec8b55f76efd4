"""Values longer than any window, long runs without an end, and the work that they make."""

from __future__ import annotations

import base64
import random
import string
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenward.types import ScanContext
from tokenward_plugins.pii.finder import Finder
from tokenward_plugins.pii.kinds import TYPES, USUAL
from tokenward_plugins.pii.limits import LOCAL_PART, OPEN
from tokenward_plugins.pii.phrases import PhraseScan
from tokenward_plugins.pii.runs import Run

MAIL = "EMAIL_ADDRESS"
SIX = frozenset({"CREDIT_CARD", MAIL, "IBAN_CODE", "IP_ADDRESS", "PHONE_NUMBER", "US_SSN"})
RANDOM = random.Random(5)
LETTERS = string.ascii_lowercase + string.digits


def covered(found, start, end):
    """Tells whether detections cover a stretch without a gap."""
    at = start
    for one in sorted(found, key=lambda one: one.start):
        if one.start <= at < one.end:
            at = one.end
    return at >= end


@pytest.mark.parametrize("size", [0, 1, 7])
@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("URL", "https://example.com/files?signature=" + "aB3" * 1000),
        ("URL", "example.com/" + "p" * 2500),
        ("URL", "https://" + "q" * 2500),
        (MAIL, "jane@" + "sub." * 600 + "example.com"),
        (MAIL, "jane@" + "b" * 2000),
        (MAIL, "x" * 65 + "@example.com"),
        (MAIL, "x" * 400 + "@example.com"),
        (MAIL, "x" * 5000 + "@example.com"),
        (MAIL, "jane.doe+tag" * 300 + "@example.com"),
        (MAIL, "".join(RANDOM.choices(LETTERS, k=3000)) + "@example.com"),
        (MAIL, "".join(RANDOM.choices(string.ascii_letters + string.digits, k=900)) + "@x.org"),
        (MAIL, "иван" * 300 + "@почта.рф"),
    ],
)
def test_a_value_longer_than_its_window_is_found_from_its_beginning_to_its_end(
    find, kind, value, size
):
    text = f"See {value} there."
    found = [one for one in find(text, size=size) if one.type == kind]
    assert covered(found, 4, 4 + len(value))
    assert min(one.start for one in found) == 4
    assert max(one.end for one in found) <= 4 + len(value)


@given(length=st.integers(1, 3000), size=st.sampled_from([0, 1, 64]))
@settings(max_examples=40, deadline=None)
def test_a_local_part_of_any_length_is_found_whole(find, length, size):
    value = "ab.c-d_e" * (length // 8) + "x" * (length % 8 + 1) + "@example.com"
    found = find(f"to {value}, please", types=[MAIL], size=size)
    assert covered(found, 3, 3 + len(value))


NO_NAMES = {
    "base64": base64.b64encode(RANDOM.randbytes(60_000)).decode(),
    "base64 for URLs": base64.urlsafe_b64encode(RANDOM.randbytes(60_000)).decode(),
    "hexadecimal": RANDOM.randbytes(20_000).hex(),
    "digits": "".join(RANDOM.choices(string.digits, k=20_000)),
    "a path": "/".join(["usr", "share", "lib"] * 2000),
    "a query": "&".join(f"field{n}=value{n}" for n in range(2000)),
    "percent": "%D0%B8%D0%B2" * 2000,
    "a rule": "-" * 5000 + "=" * 5000 + "_" * 5000 + "." * 5000,
    "a table's rule": "|---" * 3000,
    "minified": "var a={b:function(c){return c>1?c*2:[c,'d'].join('')}};" * 300,
    "nucleotides": "".join(RANDOM.choices("ACGT", k=10_000)),
    "base32": base64.b32encode(RANDOM.randbytes(10_000)).decode().rstrip("="),
}


@pytest.mark.parametrize("text", NO_NAMES.values(), ids=NO_NAMES)
def test_what_is_no_name_is_no_address_however_long(find, text):
    for size in (0, 61):
        assert list(find(text, types=[MAIL], size=size)) == []


@pytest.mark.parametrize("text", NO_NAMES.values(), ids=NO_NAMES)
def test_an_address_at_the_end_of_it_is_found_all_the_same(find, text):
    whole = text + ":jane.doe@example.com:"
    found = find(whole, types=[MAIL], size=61)
    assert whole[found[-1].start : found[-1].end].endswith("jane.doe@example.com")
    assert covered(found, len(text) + 1, len(whole) - 1)


@pytest.mark.parametrize("text", [NO_NAMES["base64"], NO_NAMES["a path"], NO_NAMES["digits"]])
def test_what_is_no_name_is_let_out_long_before_its_end(detector, text):
    scan = detector.open(ScanContext("pii", "output", frozenset({MAIL})))
    held = [n + 1 - scan.feed(character)[1] for n, character in enumerate(text[:10_000])]
    assert max(held) < LOCAL_PART


def test_a_value_anywhere_in_a_long_run_is_found(values):
    for before in range(1, 2000, 61):
        noise = "ab/cd=" * (before // 6) + "/" * (before % 6)
        text = noise + ":jane.doe@example.com:" + "x" * 300
        assert (MAIL, "jane.doe@example.com") in values(text, size=50)


def test_a_card_anywhere_in_a_list_of_numbers_is_found(values):
    for before in range(0, 120, 7):
        text = "12 345 " * before + "4111 1111 1111 1111" + " 678 90" * 60
        assert ("CREDIT_CARD", "4111 1111 1111 1111") in values(text)


RUNS = {
    "digits": "1234567890" * 4000,
    "at signs": "@" * 40_000,
    "addresses": "a@a.co" * 7000,
    "labels": "a.a." * 10_000,
    "colons": "::::" * 10_000,
    "nested": "([{<" * 10_000,
    "brackets": "(" * 40_000,
    "spelled": "a1 (at) b (dot) " * 2500,
    "base64": NO_NAMES["base64"][:40_000],
    "Chinese": "今天天气很好，我们去公园散步" * 2800,
    "a column": "1234\n5678\n" * 4000,
    "rows": "12 34 56 78 90\n" * 2700,
    "pairs": "1234 5678\n" * 4000,
    "numbers": "1234 5678 " * 4000,
    "accounts": "DE89 " * 8000,
    "a path": "https://example.com/" + "p" * 40_000,
    "a domain": "a@" + "b" * 40_000,
    "a name": "x" * 40_000,
    "hyphens": "ab-" * 13_000,
    "capitals": "Main Street " * 3400,
    "house numbers": "12 Main St, Unit 4 " * 2200,
    "codes": "AB 12 CD 34 " * 3400,
    "born": "born May 5 born 12/05/ " * 1800,
}


class Work:
    """Counts the characters that a scan looks at: its pre-filter, its runs, its judges."""

    def __init__(self, monkeypatch, detector, types):
        self.done = 0
        find, advance = Finder.find, Run.advance
        openness = detector.open(ScanContext("pii", "output", types))._openness
        quiet = openness.quiet

        def counting_find(finder, text, start, end, named=-1):
            self.done += end - start
            return find(finder, text, start, end, named)

        def counting_advance(run, text, rules, *, ended):
            before = run.pos
            state = advance(run, text, rules, ended=ended)
            self.done += 1 + max(0, run.pos - before)
            return state

        def counting_quiet(text, mark):
            match = quiet(text, mark)
            self.done += 1 + match.end() - mark
            return match

        monkeypatch.setattr(Finder, "find", counting_find)
        monkeypatch.setattr(Run, "advance", counting_advance)
        monkeypatch.setattr(openness, "quiet", counting_quiet)


def kept(scan):
    """Returns the longest text that a scan, or one of those merged in it, keeps."""
    return max(len(one._text) for one in getattr(scan, "_scans", [scan]))


@pytest.mark.parametrize("size", [1 << 20, 4, 1])
@pytest.mark.parametrize("text", RUNS.values(), ids=RUNS)
def test_the_work_on_a_run_is_bounded_for_each_character(monkeypatch, detector, text, size):
    work = Work(monkeypatch, detector, SIX)
    scan = detector.open(ScanContext("pii", "output", SIX))
    done = []
    for at in range(0, len(text), size):
        scan.feed(text[at : at + size])
        assert kept(scan) < 3000 + size
        done.append(work.done)
    scan.finish()
    assert work.done <= len(text) * (4 + OPEN / min(size, OPEN))
    quarter = done[len(done) // 4 - 1] if len(done) > 4 else 0
    assert (
        work.done - quarter <= 4 * quarter or not quarter
    )  # the rest costs no more than the start


@pytest.mark.parametrize("text", RUNS.values(), ids=RUNS)
def test_what_a_scan_keeps_does_not_grow_with_the_text(detector, text):
    scan = detector.open(ScanContext("pii", "output", TYPES))
    for at in range(0, 16_000, 5):
        scan.feed(text[at : at + 5])
        assert kept(scan) < 3000


def size_of(scan):
    """Returns the bytes of a scan and of what only it keeps."""
    parts = [getattr(scan, name, None) for name in ("_text", "_run", "_long")]
    return sys.getsizeof(scan) + sum(map(sys.getsizeof, parts))


@pytest.mark.parametrize(
    "text", ["The fox is here. ", "今天天气很好，", "Call 212-555-0143, 99 times; "]
)
def test_an_idle_scan_keeps_less_than_two_kilobytes(detector, text):
    scan = detector.open(ScanContext("pii", "output", SIX))
    largest = 0
    for n in range(3000):
        scan.feed(text)
        if n % 100 == 0:
            scan.skip(700, ("word " * 60)[-256:])
        largest = max(largest, size_of(scan))
    assert largest <= 2048


def test_the_work_at_the_hundred_thousandth_character_is_that_at_the_thousandth(
    monkeypatch, detector
):
    work = Work(monkeypatch, detector, SIX)
    scan = detector.open(ScanContext("pii", "output", SIX))
    text = "Pay 99.50 to ann.lee@example.com, or call (212) 555-0147 at 10:30. 今天天气很好。\n"
    spent = []
    for _ in range(100_000 // len(text)):
        before = work.done
        for at in range(0, len(text), 4):
            scan.feed(text[at : at + 4])
        spent.append(work.done - before)
    assert len(set(spent[2:])) == 1


def test_phrases_are_read_by_scans_of_their_own(detector):
    scan = detector.open(ScanContext("pii", "output", frozenset({"STREET_ADDRESS"})))
    assert isinstance(scan, PhraseScan)
    assert "STREET_ADDRESS" not in USUAL
