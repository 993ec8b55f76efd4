"""A key that comes twice in a request is refused, however the JSON is spelled."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenward.wire.json_text import read_strictly
from tokenward.wire.request import Refusal

KEYS = st.sampled_from(["a", "b", 'a":', "", "\u00e4", "a b"])
LEAVES = st.sampled_from(["x", '"a":', '": 1', 1, None, True, [], "\\"])
SPACES = st.sampled_from(["", " ", "\n\t", "\r\n  "])


class Pairs(list):
    """An object as its keys and values, of which keys may come twice."""


VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.lists(st.tuples(KEYS, inner), max_size=3).map(Pairs)
    ),
    max_leaves=12,
)


def spelled(value, space, escapes):
    if isinstance(value, Pairs):
        parts = (f"{key(k, escapes)}{space}:{space}{spelled(v, space, escapes)}" for k, v in value)
        return f"{{{space}{f'{space},{space}'.join(parts)}{space}}}"
    if isinstance(value, list):
        return f"[{space}{','.join(spelled(one, space, escapes) for one in value)}]"
    return json.dumps(value)


def key(name, escapes):
    return '"' + "".join(f"\\u{ord(c):04x}" for c in name) + '"' if escapes else json.dumps(name)


def twice(value):
    if isinstance(value, Pairs):
        names = [name for name, _ in value]
        return len(set(names)) < len(names) or any(twice(inner) for _, inner in value)
    return isinstance(value, list) and any(twice(inner) for inner in value)


@given(value=VALUES, space=SPACES, escapes=st.booleans())
def test_a_key_that_comes_twice_is_refused_in_any_spelling(value, space, escapes):
    raw = spelled(value, space, escapes).encode()
    if twice(value):
        with pytest.raises(Refusal, match="same key twice"):
            read_strictly(raw)
    else:
        assert read_strictly(raw) == json.loads(raw)
