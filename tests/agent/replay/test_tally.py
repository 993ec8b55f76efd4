from __future__ import annotations

import pytest
from tests.agent.replay.conftest import ATTACKS, CARDS

from tokenward.replay.compared import Compared, Fired
from tokenward.replay.tally import Tally


@pytest.fixture
def tally(compiled):
    return Tally(compiled(CARDS, ATTACKS).policy.rules, examples=2)


def one(before="allow", after="allow", edited=False, *, weight=1.0, **more):
    rules = {"cards": Fired(before == "block", after == "block" if after else None)}
    return Compared("id", before, after, edited, rules, weight=weight, **more)


def test_weights_count_in_shares_and_intervals(tally):
    for _ in range(9):
        tally.add(one(weight=10.0))
    tally.add(one(after="block", weight=1.0))
    told = tally.as_dict()

    assert (10, 91.0, 1, 1.0) == (
        told["n"], told["requests"], told["changed"]["n"], told["changed"]["requests"]
    )  # fmt: skip
    assert pytest.approx(1 / 91, rel=1e-3) == told["changed"]["share"]
    assert told["changed"]["low"] < 1 / 91 < told["changed"]["high"] < 0.4
    assert [("allow", "block", 1)] == [
        (move["before"], move["after"], move["n"]) for move in told["transitions"]
    ]


def test_what_is_not_measured_is_never_counted_as_the_same(tally):
    tally.add(one(after=None, why=("no text", "no answer")))
    tally.add(one(after="block"))
    tally.add(one(edited=None))
    told = tally.as_dict()

    assert {"no text": 1, "no answer": 1} == told["not_measured"]["why"]
    assert (1, 2, 1) == (
        told["not_measured"]["n"], told["measured"]["n"], told["edits_not_measured"]["n"]
    )  # fmt: skip
    assert 0.5 == told["changed"]["share"]
    (cards,) = [row for row in told["rules"] if row["rule"] == "cards"]
    assert (1, 1, 0) == (
        cards["not_measured"]["n"], cards["newly"]["n"], cards["no_longer"]["n"]
    )  # fmt: skip


def test_a_rule_in_monitor_mode_tells_its_share_of_what_is_sure(tally):
    for _ in range(8):
        tally.add(one())
    tally.add(one(stronger=frozenset({"attacks"})))
    tally.add(one(unsure=frozenset({"attacks"})))
    rows = {row["rule"]: row for row in tally.as_dict()["rules"]}

    assert pytest.approx(1 / 9, rel=1e-3) == rows["attacks"]["if_enforced"]["share"]
    assert "if_enforced" not in rows["cards"]


def test_examples_are_few_and_another_text_is_a_change(tally):
    for _ in range(5):
        tally.add(one(before="redact", after="redact", edited=True))
    (move,) = tally.as_dict()["transitions"]

    assert ("redact", "redact", 5, 2) == (
        move["before"], move["after"], move["n"], len(move["examples"])
    )  # fmt: skip


def test_nothing_at_all_is_no_division_by_zero(tally):
    told = tally.as_dict()

    assert (0, 0.0, 1.0) == (told["n"], told["changed"]["share"], told["changed"]["high"])
