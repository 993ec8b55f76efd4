from __future__ import annotations

import pytest

from tokenward.errors import UsageError
from tokenward_plugins.secrets import LEAST_HOLD_BACK, SecretsSettings, create
from tokenward_plugins.secrets.plan import TYPES

FIXED = {"AWS_ACCESS_KEY", "STRIPE_KEY"}


@pytest.mark.parametrize("hold_back", [0, LEAST_HOLD_BACK - 1, True, "many", None, 1e5])
def test_a_hold_back_that_is_too_short_or_no_number_is_refused(hold_back):
    with pytest.raises(UsageError, match=r"secrets: hold_back is .*; use a whole number of at"):
        create(SecretsSettings(hold_back), None)


@pytest.mark.parametrize("value", ["", "*", "***"])
def test_an_allowance_of_everything_is_refused(value):
    with pytest.raises(UsageError, match=r"secrets: allow has '\**', which would let every"):
        create(SecretsSettings(allow=(value,)), None)


@pytest.mark.parametrize(
    ("types", "most", "reason"),
    [
        (FIXED, 260, "a key of a provider"),
        ({"AWS_ACCESS_KEY"}, 21, "a key of a provider"),
        ({"BASIC_AUTH_URL"}, 276, "a password in a URL"),
        ({"JWT"}, 1782, "a key of a provider"),
        ({"SECRET_ASSIGNMENT"}, 1960, "an assigned value"),
        (TYPES, 4096, "a private key"),
    ],
)
def test_the_hold_back_is_that_of_the_types_asked_for(types, most, reason, detector):
    types = frozenset(types)

    assert most >= detector.hold_back_of(types) >= most - 40
    assert reason in detector.hold_back_reason(types)


@pytest.mark.parametrize("hold_back", [LEAST_HOLD_BACK, 4096, 100_000])
def test_no_types_hold_back_more_than_the_setting(hold_back):
    detector = create(SecretsSettings(hold_back), None)

    assert hold_back - 2 < detector.hold_back <= hold_back


def test_what_is_allowed_is_never_reported(make, values):
    key, other = make("AKIA{t16}"), make("AKIA{t16}", 1)
    text = f"{key} {other} password='Tr0ub4dor&3' api_key=test-9fK2mQ7xV4bL1cRt"

    assert [("AWS_ACCESS_KEY", other)] == values(text, allow=(key, "Tr0ub4dor&3", "test-*"))
    assert 4 == len(values(text, allow=(key[:-1], "roub4dor", "est-*")))


def test_an_allowed_value_is_the_whole_value(values):
    assert [] == values("api_key = 'demo-9fK2mQ7xV4bL-key'", allow=("demo-*-key",))
    assert 1 == len(values("api_key = 'x-demo-9fK2mQ7xV4bL-key'", allow=("demo-*-key",)))
