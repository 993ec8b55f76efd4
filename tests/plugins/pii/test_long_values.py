"""Values longer than any window, long runs without an end, and what they cost."""

from __future__ import annotations

import base64
import random
import time

import pytest

from tokenward.types import ScanContext
from tokenward_plugins.pii.kinds import TYPES


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
        ("EMAIL_ADDRESS", "jane@" + "sub." * 600 + "example.com"),
        ("EMAIL_ADDRESS", "jane@" + "b" * 2000),
    ],
)
def test_a_value_longer_than_its_window_is_found_to_its_end(find, kind, value, size):
    text = f"See {value} there."
    found = [one for one in find(text, size=size) if one.type == kind]
    assert covered(found, 4, 4 + len(value))
    assert max(one.end for one in found) <= 4 + len(value)


def test_a_local_part_longer_than_its_cap_is_found_from_the_cap_on(find):
    text = "x" * 400 + "@example.com"
    (found,) = find(text, types=["EMAIL_ADDRESS"])
    assert found.end == len(text)
    assert 400 - 256 <= found.start <= 400 - 254
    assert find(text, size=1, types=["EMAIL_ADDRESS"]) == [found]


def test_a_value_anywhere_in_a_long_run_is_found(values):
    for before in range(1, 2000, 61):
        noise = "ab/cd=" * (before // 6) + "/" * (before % 6)
        text = noise + ":jane.doe@example.com:" + "x" * 900
        assert ("EMAIL_ADDRESS", "jane.doe@example.com") in values(text, size=50)


def test_a_card_anywhere_in_a_list_of_numbers_is_found(values):
    for before in range(0, 120, 7):
        text = "12 345 " * before + "4111 1111 1111 1111" + " 678 90" * 60
        assert ("CREDIT_CARD", "4111 1111 1111 1111") in values(text)


RANDOM = random.Random(5)
RUNS = {
    "digits": "1234567890" * 20_000,
    "at signs": "@" * 200_000,
    "labels": "a.a." * 50_000,
    "base64": base64.b64encode(RANDOM.randbytes(150_000)).decode(),
    "Chinese": "今天天气很好，我们去公园散步" * 14_000,
    "a column": "1234\n5678\n" * 20_000,
    "numbers": "1234 5678 " * 20_000,
    "a path": "https://example.com/" + "p" * 200_000,
    "a domain": "a@" + "b" * 200_000,
    "hyphens": "ab-" * 66_000,
    "brackets": "(" * 200_000,
}


def seconds(detector, text, size):
    scan = detector.open(ScanContext("pii", "output", TYPES))
    start = time.process_time()
    for i in range(0, len(text), size):
        scan.feed(text[i : i + size])
        assert len(scan._text) < 4000 + size
    scan.finish()
    return time.process_time() - start


@pytest.mark.parametrize("text", RUNS.values(), ids=RUNS)
def test_a_long_run_costs_linear_time_in_one_chunk(detector, text):
    half = seconds(detector, text[: len(text) // 4], len(text))
    whole = seconds(detector, text, len(text))
    assert whole < 8 * half + 0.5


@pytest.mark.parametrize("text", RUNS.values(), ids=RUNS)
def test_a_long_run_costs_linear_time_and_bounded_state_in_small_chunks(detector, text):
    text = text[:40_000]
    half = seconds(detector, text[:10_000], 1)
    whole = seconds(detector, text, 1)
    assert whole < 8 * half + 0.5
