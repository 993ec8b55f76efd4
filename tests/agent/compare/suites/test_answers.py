"""How an answer may be wrapped and still be right, and what is never forgiven."""

from __future__ import annotations

import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenward.compare.suites.answers import contains, decoded, formed, right, same
from tokenward.errors import MissingExtra

SCHEMA = {
    "type": "object",
    "properties": {"n": {"type": "integer"}},
    "required": ["n"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    "answer",
    [
        "42", " 42\n", "42.", "**42**", "'42'", "`42`", "Answer: 42", "The answer is 42.", "Answer:\n42",
        "answer: **42**", "Result = 42", "42.0", "The final answer is: 42", "I add 40 and 2.\n\n42",
        "```\n42\n```", "So the result is 42!", "40 + 2\n**Answer:** 42", "40 + 2 = 42", "I take 8 from 50, so the answer is 42.", "6 × 7 = **42**",
    ],
)  # fmt: skip
def test_a_wrapping_is_forgiven(answer):
    assert same(answer, "42")


@pytest.mark.parametrize(
    "answer",
    [
        "", "43", "It is 42 or 43", "42 apples", "-42", "420", "4 2", "42\nor 43", "between 41 and 42",
        "not 42", "42?", "40 + 2", "42 = 40 + 2", "x = 42 or 43", "NaN", "The answer is not 42.", "The answer is 42 or 43", "Some say the answer is 42, but it is 43.",
    ],
)  # fmt: skip
def test_what_an_answer_says_is_not(answer):
    assert not same(answer, "42")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("1,204", "1204"), ("1204", "1,204"), ("red,green , blue", "red, green, blue"), ("THURSDAY", "Thursday"),
        ("2024-03-07.", "2024-03-07"), ("12,34", "12, 34"), ("“Yes.”", "yes"), ("Label: spam", "spam"),
    ],
)  # fmt: skip
def test_spellings_of_the_same(answer, expected):
    assert same(answer, expected)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [("12, 34", "1234"), ("red green", "redgreen"), ("2024-3-7", "2024-03-07"), ("9:05", "09:05")],
)
def test_other_things_that_look_alike(answer, expected):
    assert not same(answer, expected)


def test_letter_case_counts_where_it_is_asked_for():
    assert right("saddle", {"exact": "SADDLE"})
    assert not right("saddle", {"exact": "SADDLE", "cased": True})
    assert right("Answer: SADDLE.", {"exact": "SADDLE", "cased": True})


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=30))
def test_every_answer_is_the_same_as_itself(text):
    assert same(text, text)
    assert same(f"  **{text}** ", text) or "*" in text


@given(st.integers(-(10**9), 10**9))
def test_a_number_is_the_same_however_its_thousands_are_parted(number):
    assert same(f"{number:,}", str(number))
    assert not same(f"{number:,}", str(number + 1))


@given(st.text(max_size=200), st.text(min_size=1, max_size=20))
def test_no_answer_breaks_the_comparison(answer, expected):
    assert isinstance(same(answer, expected), bool)
    assert isinstance(formed(answer, {"schema": SCHEMA}), bool)


def test_words_that_must_be_in_an_answer():
    said = "Your order 48213 left our  WAREHOUSE on Monday."
    assert contains(said, ["48213", "courier|warehouse"])
    assert contains(said, ["our warehouse"])
    assert not contains(said, ["48213", "Tuesday"])
    assert right(said, {"contains": ["48213"]})


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ('{"n": 3}', True), ('```json\n{"n": 3}\n```', True), (' {"n":\n3}\n', True), ('{"n": 4}', False),
        ('{"n": "3"}', False), ('{"n": 3, "m": 1}', False), ('Here you are: {"n": 3}', False),
        ('{"n": true}', False), ("{'n': 3}", False), ('{"n": 3', False), ("", False), ("[3]", False), ('{"n": NaN}', False),
    ],
)  # fmt: skip
def test_json_is_right_by_form_and_value(answer, expected):
    assert right(answer, {"schema": SCHEMA, "exact": '{"n": 3}'}) == expected


def test_json_of_the_right_form_is_formed_whatever_it_says():
    assert formed('{"n": 4}', {"schema": SCHEMA})
    assert right('{"n": 4}', {"schema": SCHEMA})
    assert not formed('{"n": "4"}', {"schema": SCHEMA})


def test_json_nested_without_end_is_wrong_and_breaks_nothing():
    deep = "[" * 100_000
    assert not formed(deep, {"schema": {}})


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=4))
def test_what_json_writes_is_read(value):
    assert decoded(json.dumps(value)) == value
    assert decoded(f"```json\n{json.dumps(value)}\n```") == value or "```" in json.dumps(value)


def test_a_missing_validator_is_told_with_its_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "jsonschema", None)
    monkeypatch.setattr("tokenward.compare.suites.answers.find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"pip install 'tokenward\[json\]'"):
        right("{}", {"schema": {}})
