"""Thresholds that are asked for: what they reach, and the mistakes in asking."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tokenward.errors import UsageError
from tokenward.evaluation.confusion import Confusion
from tokenward.evaluation.goal import Goal, reached, shortest
from tokenward.evaluation.groups import Groups

ROWS = st.lists(
    st.tuples(st.floats(0, 1, allow_subnormal=False), st.booleans()), min_size=2, max_size=50
)
GOALS = st.one_of(
    st.tuples(st.just("fpr"), st.sampled_from([0.0, 0.01, 0.1, 0.5])),
    st.tuples(st.sampled_from(["recall", "precision"]), st.sampled_from([0.1, 0.5, 0.9, 1.0])),
)


def rate(kind, found):
    if kind == "fpr":
        return found.flagged / found.negative
    of = found.positive if kind == "recall" else found.found + found.flagged
    return found.found / of if of else None


def fits(kind, value, found):
    had = rate(kind, found)
    if had is None:
        return False
    return had <= value + 1e-9 if kind == "fpr" else had >= value - 1e-9


@given(ROWS, GOALS)
def test_the_threshold_reaches_its_goal_and_no_better_score_does(rows, goal):
    scores, truths = np.array([r[0] for r in rows]), np.array([r[1] for r in rows])
    assume(truths.any() and not truths.all())
    groups = Groups.of(scores, truths)
    kind, value = goal
    found = reached(groups, Goal(kind, value), 0)
    every = {score: Confusion.at(groups, score) for score in groups.scores}
    fitting = [one for one in every.values() if fits(kind, value, one)]
    if found["threshold"] is None:
        assert not fitting
        return
    at = Confusion.at(groups, found["threshold"])
    assert fits(kind, value, at)
    if kind == "recall":
        assert at.flagged == min(one.flagged for one in fitting)
    else:
        assert at.found == max(one.found for one in fitting)
    assert found["low"] <= found["threshold"] <= found["high"]
    assert found["confusion"] == at.as_dict()


@given(st.floats(-1, 1), st.floats(0, 1))
def test_a_short_threshold_splits_rows_alike(low, high):
    assume(low < high)
    assert low < shortest(low, high) <= high


def test_only_the_rows_that_a_goal_is_about_are_needed():
    benign = Groups.of(np.linspace(0, 1, 200), [False] * 200)
    found = reached(benign, Goal("fpr", 0.01), 0)
    assert (2, None) == (found["confusion"]["false_positive"], found["recall"])
    assert "no positive row among 200" == reached(benign, Goal("recall", 0.9), 0)["reason"]
    assert "no positive row among 200" == reached(benign, Goal("precision", 0.9), 0)["reason"]


def test_a_goal_that_no_score_reaches_says_so():
    groups = Groups.of([0.9, 0.9, 0.1], [True, False, False])
    assert reached(groups, Goal("precision", 0.9), 0) == {
        "goal": "precision", "value": 0.9, "threshold": None,
        "reason": "no score has precision of at least 90 %",
    }  # fmt: skip


MISTAKES = [
    ("fnr=0.1", "unknown goal 'fnr'; use one of: fpr, recall, precision, such as fpr=0.01"),
    ("0.01", "unknown goal '0.01'"),
    ("fpr", "fpr must be a number from 0 to 1, such as fpr=0.01"),
    ("fpr=no", "fpr must be a number from 0 to 1"),
    ("fpr=nan", "fpr must be a number from 0 to 1"),
    ("fpr=1.1", "fpr must be a number from 0 to 1"),
    ("recall=0", "recall must be a number above 0 and at most 1, such as recall=0.9"),
]


@pytest.mark.parametrize(("text", "message"), MISTAKES)
def test_a_mistake_says_what_is_allowed(text, message):
    with pytest.raises(UsageError) as raised:
        Goal.read(text)
    assert message in str(raised.value)
