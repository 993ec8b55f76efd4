"""What is passed over at a glance holds no value; where a run ends at a glance, it ends."""

from __future__ import annotations

import re
import sys

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.plugins.pii.test_laws import GLUE, TEXTS, VALUES, key

from tokenward_plugins.pii import quiet as quiet_module
from tokenward_plugins.pii import scan as scan_module
from tokenward_plugins.pii.characters import CLOSING, WITHIN
from tokenward_plugins.pii.emails import EmailJudge
from tokenward_plugins.pii.finder import Finder
from tokenward_plugins.pii.kinds import TYPES
from tokenward_plugins.pii.openness import Openness
from tokenward_plugins.pii.presidio import Presidio
from tokenward_plugins.pii.quiet import quiet
from tokenward_plugins.pii.runs import RunRules
from tokenward_plugins.pii.scan import PiiScan
from tokenward_plugins.pii.suffixes import Suffixes

SIX = frozenset(
    {"CREDIT_CARD", "EMAIL_ADDRESS", "IBAN_CODE", "IP_ADDRESS", "PHONE_NUMBER", "US_SSN"}
)
NUMBERS = st.from_regex(
    r"[-+$#:(]?[0-9]{1,7}([.:/-][0-9]{1,4}){0,3}[%)}.,;]?( |\n|, | - )", fullmatch=True
)
NUMERIC = st.lists(NUMBERS | st.sampled_from(VALUES) | st.sampled_from(GLUE), max_size=12).map(
    "".join
)
SETS = st.just(SIX) | st.frozensets(st.sampled_from(sorted(TYPES)), min_size=1, max_size=5).map(
    lambda types: types | {"EMAIL_ADDRESS"}
)


def test_each_character_is_within_a_token_or_closes_it():
    closing, within = (re.compile(f"[{characters}]") for characters in (CLOSING, WITHIN))
    every = [chr(code) for code in range(sys.maxunicode + 1)]

    assert [one for one in every if bool(closing.match(one)) == bool(within.match(one))] == []


def found_by(detector, types, text):
    """Returns what a scan of its own finds, with parts that a test has replaced."""
    finder = Finder(detector._recognizers, types, context=True, least=0.3)
    scan = PiiScan("pii", Openness(types), RunRules.of(types), finder)
    return key([*scan.feed(text)[0], *scan.finish()])


@given(text=TEXTS | NUMERIC, types=SETS)
@settings(deadline=None, max_examples=150)
def test_no_value_is_passed_over(detector, text, types):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quiet_module, "PLAIN", r"(?!)")
        patch.setattr(quiet_module, "_word", lambda _types: r"(?!)")
        patch.setattr(quiet_module, "_numbers", lambda _types: [])
        patch.setattr(quiet_module, "_mixed", lambda _types: [])
        looked_at = found_by(detector, types, text)
    assert found_by(detector, types, text) == looked_at


@given(text=TEXTS | NUMERIC, types=SETS)
@settings(deadline=None, max_examples=150)
def test_a_run_that_is_seen_to_be_whole_ends_where_it_ends(detector, text, types):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scan_module, "whole", lambda *_args: -1)
        read_on = found_by(detector, types, text)
    assert found_by(detector, types, text) == read_on


@pytest.mark.parametrize(
    "text",
    [
        "The quick, brown fox (it is said) jumps over 12 dogs; twice in 1999. ",
        'He paid $12.50 at 10:30 on 2024-01-15, or 99% of it: "well-known". ',
        '{"id":12345,"name":"Ann","price":12.5,"tags":["a","b"],"at":"2024-01-15T10:00:00Z"} ',
        "12\n345\n6789\n12345\n123456\n",
        "今天天气很好，我们去公园散步。共12人，",
        "x86 and GPT4 cost 3.5x as much (v2), i.e. nothing; a/b, c_d, #tag, it's. ",
    ],
)
def test_ordinary_text_is_passed_over_at_once(text):
    match = quiet(SIX).match(text)
    assert match.end() == len(text)


@pytest.mark.parametrize(
    "text",
    ["a@b", "1234567 ", "4111 1111 ", "::1 ", "DE89 ", "(212", "+49", "1.2.3.4 ", "ann99 (at) "],
)
def test_what_may_be_a_value_is_not(text):
    match = quiet(SIX).match(text + "x, ")
    assert match.end() < len(text)


def test_a_token_is_only_passed_over_when_its_end_is_known():
    for text in ("word", "12", "12 ", "x86", "a-b", "(", "12 3"):
        match = quiet(SIX).match("so " + text)
        assert (match.end(), match.start(1)) == (3 + len(text), 3)


LOCALS = st.text("ab.é_+-'%1 :(", max_size=12)
DOMAINS = st.lists(st.text("abé-1", min_size=1, max_size=4), min_size=1, max_size=3).map(
    lambda labels: ".".join([*labels, "com"])
)


@given(local=LOCALS, domain=DOMAINS)
@settings(deadline=None, max_examples=400)
def test_an_address_begins_and_ends_where_presidios_pattern_says(local, domain):
    recognizer = Presidio().load("EMAIL_ADDRESS")()
    (pattern,) = recognizer.patterns
    text = f"{local}@{domain}"
    token = re.search(r"[^ (]*\Z", text).start()
    judge = EmailJudge(recognizer, Suffixes().registered)
    ours = [(one.start, one.end) for one in judge.find(text, token, len(text))]
    theirs = regex.search(pattern.regex, text[token:], recognizer.global_regex_flags)
    if theirs and theirs.end() == len(text) - token and judge.score(domain):
        assert ours == [(token + theirs.start(), len(text))]
    elif theirs is None:
        assert ours == []
