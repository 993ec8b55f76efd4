"""The plugin's own tests: what it finds, and that it keeps Tokenward's contract."""

from __future__ import annotations

import pytest
import tokenward_badges
from tokenward_badges.badges import Badges, Settings, check_digit

from tokenward import Guard, TokenwardError
from tokenward.testing import assert_chunking_law, check_detector, check_policy

PLUGIN = tokenward_badges.register_detectors()[0]
TEXTS = (
    "Ask B-482913-1 at the desk, or B-104477-1.",
    "Two in a row: B-482913-1B-104477-1 B-000000-9",
    "B-482913-2 has a wrong check digit, B-482913-11 is too long.",
)


def test_the_detector_keeps_the_contract() -> None:
    check_detector(PLUGIN, TEXTS)
    check_detector(PLUGIN, ["Ask STAFF-482913-1."], {"prefix": "STAFF"})


def test_the_policy_decides_as_its_cases_say() -> None:
    check_policy("badge-desk")


def test_no_badge_leaves_a_stream() -> None:
    assert_chunking_law("badge-desk", TEXTS[:2])  # in the third there is none


@pytest.fixture(scope="module")
def guard() -> Guard:
    """The policy, loaded once."""
    return Guard.load("badge-desk")


@pytest.mark.parametrize("wrong", [d for d in range(10) if d != check_digit("482913")])
def test_a_wrong_check_digit_is_no_badge(guard: Guard, wrong: int) -> None:
    assert guard.check(f"B-482913-{wrong}").action == "allow"


def test_a_prefix_that_is_no_word_is_refused() -> None:
    with pytest.raises(TokenwardError, match="one to eight capital letters"):
        Badges(Settings(prefix="b1"))
