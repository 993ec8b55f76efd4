"""Files of earlier schemas: read as they are, and brought up to date by who may write."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

import pytest
from tests.agent.decisions.earlier import SCORES, make
from tests.agent.decisions.profiles import profile_of, profile_of_tail, told

from tokenward.decisions.columns import SCORED, row_of
from tokenward.store import schema
from tokenward.store.store import Store


@pytest.fixture(params=[1, 2])
def old(request, tmp_path):
    return make(tmp_path / "log.db", request.param)


def raw(url, query):
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as file:
        return file.execute(query).fetchall()


def test_an_old_file_is_read_as_it_is(old):
    version = raw(old, "SELECT version FROM schema_version")
    with Store.open(old, read_only=True) as reader:
        rows = list(reader.interactions())
        found = reader.get("id-1")
        newest = [one.decision_id for one in reader.recent(2)]
        sums = reader.aggregate(["action"])

    assert [SCORES] * 3 == [dict(one.decisions[0].scores) for one in rows]
    assert rows[1] == found and ["id-2", "id-1"] == newest
    assert [(3, 0.25)] == [(one["n"], one["guard_seconds"]) for one in sums]
    assert version == raw(old, "SELECT version FROM schema_version")


def test_what_is_counted_of_an_old_file_is_what_its_records_say(old):
    with Store.open(old, read_only=True) as reader:
        wanted = told(profile_of(reader.interactions()))
        assert wanted == told(profile_of_tail(reader))
    with Store.open(old) as writer:
        assert wanted == told(profile_of_tail(writer))


def test_an_old_file_takes_new_rows_and_keeps_its_own(old, interaction):
    with Store.open(old, read_only=True) as reader, Store.open(old, create=True) as writer:
        one = interaction(9, time=2000.0)
        same = replace(one.decisions[0], scores=SCORES)
        writer.append([replace(one, decisions=(same,))])
        *olds, new = reader.interactions()
        counted = profile_of_tail(reader)
        wanted = profile_of([*olds, new])

    assert new.schema_version == 3 > olds[0].schema_version
    assert ("number", 0.5, SCORED) == row_of(new).sparse["score.output.toxicity.toxicity"]
    assert row_of(new).lists == row_of(olds[0]).lists
    assert told(wanted) == told(counted)
    assert [(3,)] == raw(old, "SELECT version FROM schema_version")


def test_an_old_file_gets_every_table_and_column(old):
    with Store.open(old):
        pass
    tables = {name for (name,) in raw(old, "SELECT name FROM sqlite_master WHERE type = 'table'")}
    indexes = {name for (name,) in raw(old, "SELECT name FROM sqlite_master WHERE type = 'index'")}

    assert set(schema.metadata.tables) <= tables
    assert "interactions_time" in indexes and "interactions_subject" not in indexes
    columns = [row[1] for row in raw(old, "PRAGMA table_info(interactions)")]
    assert [one.name for one in schema.interactions.columns] == columns


def test_numbers_are_not_given_twice_once_the_last_row_has_gone(old, interaction):
    with Store.open(old, create=True) as store:
        before = raw(old, "SELECT max(seq) FROM interactions")[0][0]
        store.purge(before=10_000.0)
        store.append([interaction(9)])

    assert [(before + 1,)] == raw(old, "SELECT seq FROM interactions")


def test_many_can_bring_an_old_file_up_to_date_at_once(old):
    with ThreadPoolExecutor(6) as pool:
        stores = list(pool.map(lambda _: Store.open(old, create=True), range(6)))
    counts = {one.count() for one in stores}
    for one in stores:
        one.close()
    assert {3} == counts
