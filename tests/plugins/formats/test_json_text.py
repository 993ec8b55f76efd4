"""JSON: valid and not as the standard library has it, where it goes wrong, blocks, schemas."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenward.errors import DetectorError, UsageError
from tokenward.testing import check_detector
from tokenward.types import ScanContext
from tokenward_plugins import formats
from tokenward_plugins.formats.json_text import TYPES, JsonDetector
from tokenward_plugins.formats.settings import JsonSettings

PLUGIN = {one.name: one for one in formats.register_detectors()}["json"]
STATE = {one.name: one for one in formats.register_features()}["json"]
VALUE = '{"a": [1, -2.5e3, true, null], "b": "x\\u00e9\\n", "c": {}}'
SCHEMA = {"type": "object", "required": ["a"], "properties": {"a": {"type": "array"}}}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


def found(text, chunks=None, **settings):
    scan = JsonDetector(JsonSettings(**settings)).open(ScanContext("x", "output", TYPES))
    out = []
    for chunk in chunks or [text]:
        out += scan.feed(chunk)[0]
    return [(one.type, one.start) for one in [*out, *scan.finish()]]


def is_json(text):
    def refuse(name):
        raise ValueError(name)

    try:
        json.loads(text, parse_constant=refuse)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (VALUE, []),
        (" \n" + VALUE + "\t ", []),
        ("12", []),
        ('"a"', []),
        (VALUE[:-1], [("incomplete", len(VALUE) - 2)]),
        ("12.", [("incomplete", 2)]),
        ("  ", [("incomplete", 1)]),
        ("Sure! {}", [("invalid", 0)]),
        ("{'a': 1}", [("invalid", 1)]),
        ("[1, 2,]", [("invalid", 6)]),
        ('{"a": 1,}', [("invalid", 8)]),
        ('{"a": NaN}', [("invalid", 6)]),
        ("[01]", [("invalid", 2)]),
        ('["a\nb"]', [("invalid", 3)]),
        ('["\\x"]', [("invalid", 3)]),
        ("{}]", [("invalid", 2)]),
        ("{]", [("invalid", 1)]),
        ('{} {"b"', [("invalid", 3)]),
        ("[" * 600, [("invalid", 500)]),
        ("", []),
    ],
)
def test_it_is_told_where_a_text_stops_being_json(text, expected):
    assert expected == found(text)
    assert expected == found(text, list(text))


@given(VALUES, st.sampled_from([None, 1]), st.booleans())
def test_what_is_written_as_json_is_valid(value, indent, ascii_only):
    assert [] == found(json.dumps(value, indent=indent, ensure_ascii=ascii_only))


@given(VALUES, st.data())
def test_what_was_changed_is_valid_where_the_standard_library_says_so(value, data):
    text = json.dumps(value)
    at = data.draw(st.integers(0, len(text)))
    to = data.draw(st.integers(at, len(text)))
    changed = (
        text[:at]
        + data.draw(st.sampled_from(["", ",", "}", "1", '"', "\\", " ", "-", "e"]))
        + text[to:]
    )
    told = found(changed)

    assert is_json(changed) == (told == []) or not changed
    assert told == found(changed, list(changed))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": []}', []),
        ('{"b": 1}', [("schema", 7)]),
        ('{"a": 1} ', [("schema", 7)]),
        ("12", [("schema", 1)]),
        ("12 ", [("schema", 1)]),
        ('{"b": 1} x', [("schema", 7), ("invalid", 9)]),
        ('{"b": ' + "9" * 5000 + "}", [("schema", 5006)]),
    ],
)
def test_a_value_is_held_against_its_schema_when_it_ends(text, expected):
    assert expected == found(text, schema=SCHEMA)
    assert expected == found(text, list(text), schema=SCHEMA)


def test_blocks_are_looked_at_alone():
    text = (
        "Look:\n```json\n"
        + VALUE
        + "\n```\nand\n```json\n[1,\n```\nnot\n```\n{\n```\n~~~JSON\n[1]]\n~~~\n"
    )

    assert [
        ("incomplete", text.index("```\nnot")), ("invalid", text.index("]]") + 1),
    ] == found(text, where="blocks")  # fmt: skip
    assert found(text, where="blocks") == found(text, list(text), where="blocks")
    assert [("incomplete", 13)] == found('```json\n{"a":1', where="blocks")


def test_a_value_too_long_for_the_schema_fails_instead_of_passing():
    with pytest.raises(DetectorError, match="over 100 characters is not checked; raise 'longest'"):
        found('["' + "a" * 200 + '"]', schema=SCHEMA, longest=100)


def test_a_schema_that_is_none_is_refused():
    with pytest.raises(UsageError, match="'schema' is no JSON Schema at type"):
        JsonDetector(JsonSettings(schema={"type": "thing"}))
    with pytest.raises(UsageError, match="'longest' is 1; use 100 to 10000000"):
        JsonSettings(longest=1)


@pytest.mark.parametrize(
    ("text", "state"),
    [(VALUE, "valid"), (VALUE[:-1], "invalid"), ("Hello", "none"), ("[1] says so", "none"),
     ("Here:\n```json\n{}\n```", "valid"), ("Here:\n```json\n{\n```", "invalid"), ("[1, 2", "invalid")],
)  # fmt: skip
def test_the_feature_says_whether_an_answer_is_json(text, state):
    assert state == STATE.take(text)


def test_it_keeps_the_contract():
    samples = [VALUE, VALUE[:-3], "{'a': 1}", "[1, 2,]", "12x", "nope"]

    assert check_detector(PLUGIN, samples).passed
    assert check_detector(PLUGIN, samples, {"schema": SCHEMA, "longest": 1_000_000}).passed
    blocks = [f"Look:\n```json\n{VALUE}\n```\nand\n```json\n[1,\n```\n", '```json\n{"a": 1']
    assert check_detector(PLUGIN, blocks, {"where": "blocks"}).passed
