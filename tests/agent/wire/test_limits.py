"""How a parameter is kept within its limit."""

from __future__ import annotations

import pytest

from tokenward.policy.schema import Limit
from tokenward.wire.limits import clamp
from tokenward.wire.request import Refusal


@pytest.mark.parametrize(
    ("body", "limit", "usual", "changed", "value"),
    [
        ({}, Limit(high=64), None, True, 64),
        ({}, Limit(low=1), None, False, None),
        ({}, Limit(high=2.0), 1.0, False, None),
        ({}, Limit(high=0.5), 1.0, True, 0.5),
        ({}, Limit(high=5, default=9), None, True, 5),
        ({"x": 3}, Limit(low=5), None, True, 5),
    ],
)
def test_clamping(body, limit, usual, changed, value):
    assert clamp(body, "x", limit, usual) is changed
    assert body.get("x") == value


def test_a_limit_that_refuses():
    limit = Limit(0.1, 1.0, otherwise="refuse")
    with pytest.raises(Refusal) as caught:
        clamp({"x": 1.5}, "x", limit, 1.0)
    refusal = caught.value
    assert (refusal.status, refusal.code, refusal.param) == (400, "limit_exceeded", "x")
    assert refusal.message == "x must be from 0.1 to 1, by policy"


@pytest.mark.parametrize(
    ("body", "limit", "usual", "value"),
    [
        ({"x": 1}, Limit(high=1.0, otherwise="refuse"), None, 1),
        ({}, Limit(high=0.5, otherwise="refuse"), 1.0, 0.5),
        ({"x": None}, Limit(high=64, otherwise="refuse"), None, 64),
        ({}, Limit(high=5, default=9, otherwise="refuse"), None, 5),
    ],
)
def test_what_a_request_does_not_say_is_never_refused(body, limit, usual, value):
    clamp(body, "x", limit, usual)
    assert body["x"] == value
