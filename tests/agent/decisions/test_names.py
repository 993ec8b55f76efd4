"""Scores come back as they were, though rows hold only those above 0."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

import pytest

from tokenward.store.store import Store

NAMES = [f"pii.TYPE_{number}" for number in range(200)]


@pytest.fixture
def scored(interaction):
    """Returns an interaction with some scores in a place of its decision."""

    def make(number, scores):
        one = interaction(number)
        return replace(one, decisions=(replace(one.decisions[0], scores=scores),))

    return make


def raw(folder, query):
    with sqlite3.connect(folder / "log.db") as connection:
        found = connection.execute(query).fetchall()
    connection.close()
    return found


@pytest.mark.parametrize(
    "scores",
    [
        {},
        dict.fromkeys(NAMES, 0.0),
        {**dict.fromkeys(NAMES, 0.0), NAMES[7]: 0.25, NAMES[-1]: 1.0},
        {"b.B": 0.5, "a.A": 0.0, "c.C": 1e-9},
        {"a.A": 1, "b.B": 0},
    ],
)
def test_a_store_gives_the_very_same_scores_back_in_their_order(store, tmp_path, scored, scores):
    store.append([scored(0, scores)])
    with Store.open(f"{tmp_path}/log.db", read_only=True) as reader:
        back = reader.get("id-0").decisions[0].scores

    assert list(scores.items()) == list(back.items())


def test_names_are_kept_once_however_many_rows_and_writers_have_them(store, tmp_path, scored):
    other = Store.open(f"{tmp_path}/log.db", create=True)
    zeros = dict.fromkeys(NAMES, 0.0)
    for number in range(4):
        (store, other)[number % 2].append([scored(number, {**zeros, NAMES[number]: 0.5})])
    other.append([scored(9, {"a.A": 0.5})])
    other.close()

    assert 2 == len(raw(tmp_path, "SELECT * FROM score_names"))
    longest = max(len(row[0]) for row in raw(tmp_path, "SELECT decisions FROM interactions"))
    assert longest < len(NAMES) * 2
    assert {0.0, 0.5} == {
        score for one in store.interactions() for score in one.decisions[0].scores.values()
    }


def test_names_are_written_with_the_rows_that_need_them_or_not_at_all(store, tmp_path, scored):
    scores = {"a.A": 0.0, "b.B": 0.5}
    with pytest.raises(Exception, match="store"):
        store.append([replace(scored(0, scores), decision_id=None)])
    assert [] == raw(tmp_path, "SELECT * FROM score_names")

    store.append([scored(1, scores)])
    with Store.open(f"{tmp_path}/log.db", read_only=True) as reader:
        assert scores == reader.get("id-1").decisions[0].scores


def test_a_new_file_in_the_place_of_one_taken_away_has_the_names_too(store, tmp_path, scored):
    scores = {"a.A": 0.0, "b.B": 0.5}
    store.append([scored(0, scores)])
    (tmp_path / "log.db").rename(tmp_path / "moved.db")
    store.append([scored(1, scores)])
    with Store.open(f"{tmp_path}/log.db", read_only=True) as reader:
        assert scores == reader.get("id-1").decisions[0].scores


def test_names_outlive_the_rows_that_are_purged(store, tmp_path, scored):
    store.append([replace(scored(0, {"a.A": 0.0}), time=1.0)])
    store.append([replace(scored(1, {"a.A": 0.0}), time=9.0)])
    assert 1 == store.purge(before=5.0)
    store.append([replace(scored(2, {"a.A": 0.0}), time=9.0)])

    assert [{"a.A": 0.0}] * 2 == [one.decisions[0].scores for one in store.interactions()]
