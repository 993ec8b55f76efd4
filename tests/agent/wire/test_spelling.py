"""JSON that was edited keeps the spelling of all that was not."""

from __future__ import annotations

import json
from copy import deepcopy

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.agent.wire.spellings import Spelling

from tokenward.wire.json_text import read_loosely
from tokenward.wire.spelling import respelled

LEAF = st.sampled_from(["so", "\u00fc", "", 0, 1.5, -7, None, True, "a/b"])
VALUE = st.recursive(
    LEAF,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcde"), inner, max_size=4)
    ),
    max_leaves=10,
)
DOCUMENT = st.dictionaries(st.sampled_from("fgh"), VALUE, max_size=3)
MARK = "#mark#"


@settings(deadline=None)
@given(value=DOCUMENT, random=st.randoms(use_true_random=False))
def test_what_was_not_changed_is_the_very_bytes(value, random):
    data = Spelling(random).of(json.dumps(value).encode())
    assert respelled(data, read_loosely(data)) is data


@settings(deadline=None)
@given(value=DOCUMENT, mark=VALUE, random=st.randoms(use_true_random=False))
def test_only_what_was_changed_is_written_anew(value, mark, random):
    value = {**value, "m": [{"text": MARK, "more": mark}, 1]}
    data = Spelling(random).of(json.dumps(value).encode())
    read = read_loosely(data)
    read["m"][0]["text"] = 'other "words"'
    assert respelled(data, read) == data.replace(b'"#mark#"', b'"other \\"words\\""')


@settings(deadline=None)
@given(value=DOCUMENT, other=DOCUMENT, random=st.randoms(use_true_random=False))
def test_whatever_was_changed_it_says_the_new_value(value, other, random):
    data = Spelling(random).of(json.dumps(value).encode())
    assert orjson.loads(respelled(data, other)) == orjson.loads(orjson.dumps(other))
    read = read_loosely(data)
    merged = {**deepcopy(read), **other}
    assert orjson.loads(respelled(data, merged)) == orjson.loads(orjson.dumps(merged))


@pytest.mark.parametrize(
    ("data", "value", "expected"),
    [
        (b'{"a": 1, "a": 2}', {"a": 2}, b'{"a":2}'),  # readers take the first, or the last
        (b'{"a": "\\ud83d"}', {"a": "\ufffd"}, '{"a": "\ufffd"}'.encode()),
        (b'{"a": "\\ud83d\\ude00"}', {"a": "\U0001f600"}, b'{"a": "\\ud83d\\ude00"}'),
        (b'[ 1, {"a": 2.0}, 3 ]', [1, 3], b"[ 1, 3 ]"),
        (b'{"a": 1.0, "b": 2 }', {"a": 1.0}, b'{"a": 1.0}'),
        (b'{ "b": 2.50}', {"b": 2.5, "c": "x"}, b'{ "b": 2.50,"c":"x"}'),
        (b'{"n": NaN, "t": "a"}', {"n": float("nan"), "t": "b"}, b'{"n": NaN, "t": "b"}'),
        (b'{"n": 123456789012345678901, "t": "a"}', None, b'{"n": 123456789012345678901, "t": "b"}'),
        (b"no json", {"a": 1}, b'{"a":1}'),
        (b"", [1], b"[1]"),
    ],
)  # fmt: skip
def test_how_it_is_spelled(data, value, expected):
    if value is None:
        value = {**read_loosely(data), "t": "b"}
    assert respelled(data, value) == expected


def test_what_is_nested_too_deeply_is_written_anew():
    value = leaf = {}
    for _ in range(60):
        leaf["a"] = leaf = {}
    data = json.dumps(value).encode()
    leaf["a"] = "x"
    assert orjson.loads(respelled(data, value)) == value
