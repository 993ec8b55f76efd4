"""The guard's own bias: by hand on small groups, and found where it was put in."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from tokenward.errors import UsageError
from tokenward.evaluation.identity import identity
from tokenward.evaluation.members import Members
from tokenward.evaluation.terms import by_plugins, by_words
from tokenward.types import Grouping


def members(**rows):
    made = Members("--identity")
    for name, places in rows.items():
        for place in places:
            made.add(place, [name])
    return made


def test_the_three_areas_are_of_the_right_rows():
    source = np.random.default_rng(4)
    truths = (source.random(600) < 0.4).astype(np.int8)
    scores = source.random(600) * 0.6 + 0.4 * truths
    inside = source.random(600) < 0.3
    scores[inside & (truths == 0)] += 0.2  # what is harmless is taken for harmful
    truths[:10] = -1
    known, true = truths >= 0, truths == 1
    (found,) = identity(members(g=np.flatnonzero(inside)), scores, truths, 0.5)["groups"]

    def area(rows):
        return pytest.approx(roc_auc_score(true[rows], scores[rows]))

    assert found["subgroup_auc"]["value"] == area(known & inside)
    assert found["bpsn_auc"]["value"] == area(known & ((inside & ~true) | (~inside & true)))
    assert found["bnsp_auc"]["value"] == area(known & ((inside & true) | (~inside & ~true)))
    assert found["bpsn_auc"]["high"] < found["bnsp_auc"]["low"]
    here, there = ((scores[known & some & ~true] >= 0.5).mean() for some in (inside, ~inside))
    assert found["false_positive_gap"]["value"] == pytest.approx(here - there)
    assert found["false_positive_gap"]["low"] > 0
    assert found["recall_gap"]["low"] < 0 < found["recall_gap"]["high"]
    assert found["rows"] == (known & inside).sum()


def test_small_groups_are_told_and_left_out_of_the_power_means():
    truths = np.array([1, 0] * 100, dtype=np.int8)
    scores = np.where(truths == 1, 0.9, 0.1)
    scores[0], scores[1] = 0.1, 0.9  # a group of two rows that are both wrong
    told = identity(members(big=range(2, 80), two=[0, 1], none=[]), scores, truths, 0.5)
    assert {"big": False, "two": True} == {one["group"]: one["small"] for one in told["groups"]}
    assert (1, 1.0) == (told["counted"], told["power_means"]["subgroup_auc"])
    nothing = identity(members(two=[0, 1]), scores, truths, 0.5)
    assert {None} == set(nothing["power_means"].values())


def test_a_group_without_positives_has_a_gap_and_no_area_of_its_own():
    truths = np.array([0, 0, 1, 0], dtype=np.int8)
    (one,) = identity(members(a=[0, 1]), np.array([0.9, 0.1, 0.8, 0.2]), truths, 0.5)["groups"]
    assert (None, None) == (one["subgroup_auc"], one["recall_gap"])
    assert (0.5, 0.0) == (one["false_positive_gap"]["rate"], one["false_positive_gap"]["elsewhere"])


def test_dialect_is_said_to_be_not_measured():
    told = identity(members(a=[0]), np.array([0.1, 0.2]), np.array([0, 1], dtype=np.int8), 0.5)
    assert told["dialect"]["measured"] is False


def test_groups_come_from_plugins():
    both = [
        Grouping("a", lambda text: {"long"} if len(text) > 3 else (), ""),
        Grouping("b", lambda text: [word for word in text.split() if word == "nurse"], ""),
    ]
    assert ["long", "nurse"] == list(by_plugins(both)("a nurse"))
    with pytest.raises(UsageError, match="no plugin knows groups of people"):
        by_plugins([])


def test_groups_come_from_a_file(tmp_path):
    path = tmp_path / "terms.yaml"
    path.write_text("deaf: [Deaf, hard of hearing]\nold: old\n")
    named = by_words(path)
    assert ["deaf", "old"] == list(named("Hard  of\nhearing and OLD"))
    assert [] == list(named("deafening, golden"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty; write 'group: [word]'"),
        ("[a]", "expected a mapping of keys to values"),
        ("a: 3", "expected a word as text"),
        ("a: []", "group 'a' has no word, or an empty one"),
        ("a: [' ']", "group 'a' has no word, or an empty one"),
        ("a: {b: c}", "expected a word as text, found a mapping"),
    ],
)
def test_a_wrong_file_of_terms_says_where_and_what(tmp_path, text, message):
    path = tmp_path / "terms.yaml"
    path.write_text(text)
    with pytest.raises(UsageError, match=r"terms\.yaml") as raised:
        by_words(path)
    assert message in str(raised.value)


def test_a_file_of_terms_that_is_not_there(tmp_path):
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        by_words(tmp_path / "none.yaml")
