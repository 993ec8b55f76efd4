"""Our answers about digits are those of ``phonenumbers``, and of Presidio's recognizer with it."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from phonenumbers import PhoneMetadata, PhoneNumberMatcher

from tokenward_plugins.pii.phone_rules import Plans
from tokenward_plugins.pii.phones import PhoneJudge
from tokenward_plugins.pii.presidio import Presidio
from tokenward_plugins.pii.settings import DEFAULT_REGIONS

PLANS = Plans()
REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
KINDS = ("fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "voip", "uan")


def examples_of(region: str) -> list[str]:
    data = PhoneMetadata.metadata_for_region(region, None)
    kinds = [getattr(data, kind) for kind in KINDS]
    return [kind.example_number for kind in kinds if kind is not None and kind.example_number]


@st.composite
def numbers(draw: st.DrawFn) -> tuple[str, str]:
    """A region, and digits that are close to one of its numbers."""
    region = draw(st.sampled_from(DEFAULT_REGIONS) | st.sampled_from(REGIONS))
    data = PhoneMetadata.metadata_for_region(region, None)
    digits = list(draw(st.sampled_from(examples_of(region) or ["123456789"])))
    for at in draw(st.lists(st.integers(0, len(digits) - 1), max_size=4)):
        digits[at] = draw(st.sampled_from("0123456789"))
    before = draw(st.sampled_from(["", data.national_prefix or "0", str(data.country_code), "00"]))
    return region, before + "".join(digits) + draw(st.sampled_from(["", "", "7", "12"]))


def whole(text: str, region: str, leniency: int) -> bool:
    found = list(PhoneNumberMatcher(text, region, leniency=leniency))
    return bool(found) and (found[0].start, found[0].end) == (0, len(text))


@given(number=numbers())
@example(number=("DE", "030901820"))
@example(number=("DE", "30901820"))
@example(number=("BR", "01511961234567"))
@settings(max_examples=600, deadline=None)
def test_digits_are_accepted_as_libphonenumber_accepts_them(number):
    region, digits = number
    assume(7 <= len(digits) <= 17)
    accepted = PLANS.of(region).accepts(digits)
    assert accepted is None or accepted == whole(digits, region, 1)


@given(digits=st.from_regex(r"[1-9][0-9]{7,14}", fullmatch=True))
@settings(max_examples=300, deadline=None)
def test_digits_behind_a_plus_sign_are_possible_if_libphonenumber_says_so(digits):
    abroad = PLANS.abroad(digits)
    if abroad is not None:
        plan, rest = abroad
        assert plan.possible(rest) == whole("+" + digits, "US", 0)


SEPARATORS = st.sampled_from(["", " ", "-", ".", " - ", ". ", "/"])
TEXTS = st.lists(
    st.tuples(st.from_regex(r"[0-9]{1,6}", fullmatch=True), SEPARATORS), min_size=1, max_size=5
).map(lambda pairs: "".join(digits + mark for digits, mark in pairs).rstrip(" -./"))


@pytest.fixture(scope="module")
def recognizer():
    return Presidio().load("PHONE_NUMBER")


@pytest.fixture(scope="module")
def judge(recognizer):
    return PhoneJudge(recognizer, DEFAULT_REGIONS)


@given(number=TEXTS, lead=st.sampled_from(["", "+", "+1 ", "+44", "(", "00"]))
@example(number="212-555-0147", lead="")
@example(number="12 34 56 78 90", lead="")
@example(number="2124567890. 456", lead="")
@settings(max_examples=300, deadline=None)
def test_a_stretch_that_the_recognizer_takes_whole_is_found_whole(recognizer, judge, number, lead):
    text = f" {lead}{number} "
    low, high = 1, len(text) - 1
    asked = recognizer(supported_regions=DEFAULT_REGIONS).analyze(text, ["PHONE_NUMBER"])
    digits = sum(map(str.isdecimal, number))
    groups = len([part for part in number.replace("-", " ").split() if part])
    assume(7 <= digits <= 17 and groups <= digits // 2 + 1)
    theirs = any((one.start, one.end) == (low, high) for one in asked)
    ours = judge.find(text, low, high, [], None)
    if theirs and not ours:
        from tokenward_plugins.pii.phone_shapes import DATE, DECIMAL

        assert DATE.fullmatch(lead + number) or DECIMAL.fullmatch(lead + number)
    if not asked:
        assert all(one.score == 0.6 for one in ours)  # in a known shape, valid or not
