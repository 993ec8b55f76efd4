"""One writer a file: readers see them all as one store."""

from __future__ import annotations

import pytest
from tests.agent.decisions.contents import content
from tests.agent.decisions.earlier import make
from tests.agent.decisions.profiles import profile_of, profile_of_tail, told

from tokenward.errors import StoreError, UsageError
from tokenward.store.query import Place, Query
from tokenward.store.store import Store


@pytest.fixture
def writers(tmp_path, interaction):
    """Three writers with thirty records each, whose times interleave."""
    stores = [Store.open(f"{tmp_path}/log.db", create=True, shard=at) for at in range(3)]
    for at, store in enumerate(stores):
        store.append(
            [
                interaction(f"{at}-{n}", time=1000.0 + n, model="ab"[n % 2], subject=f"u{n % 3}",
                            fired=n % 5 == at)
                for n in range(30)
            ]
        )  # fmt: skip
    yield stores
    for store in stores:
        store.close()


@pytest.fixture
def reader(writers, tmp_path):
    with Store.open(f"{tmp_path}/log.db", read_only=True) as opened:
        yield opened


def test_each_writer_has_a_file_and_all_share_the_key(writers, tmp_path):
    assert ["log-w1.db", "log-w2.db", "log.db"] == sorted(one.name for one in tmp_path.glob("*.db"))
    assert 1 == len({one.hasher("subject", "ann") for one in writers})
    assert 1 == len(list(tmp_path.glob("*.key")))


def test_a_reader_sees_them_as_one_store(reader, writers):
    times = [one.time for one in reader.interactions()]

    assert sorted(times) == times and 90 == len(times) == reader.count()
    assert 45 == reader.count(where={"model": "a"})
    assert 6 == reader.count(1010.0, 1012.0)
    assert (1000.0, 1029.0) == reader.bounds()
    assert {f"id-{at}-29" for at in range(3)} == {one.decision_id for one in reader.recent(3)}
    assert "id-2-7" == reader.get("id-2-7").decision_id
    assert 45 == reader.aggregate(["model"])[0]["n"]
    assert 90 == writers[2].count() == writers[0].count()


def test_numbers_tell_the_rows_of_different_files_apart(reader):
    query = Query(columns=("decision_id",))
    rows = list(reader.rows(query))
    assert 90 == len({row["seq"] for row in rows})
    for at in (0, 31, 58, 89):
        place = (rows[at]["time"], rows[at]["seq"])
        for backward, rest in ((False, rows[at + 1 :]), (True, rows[:at][::-1])):
            found = reader.rows(Query(columns=("decision_id",), place=Place(*place), backward=backward))  # fmt: skip
            assert rest == list(found)


def test_what_is_counted_is_all_of_them(reader):
    assert told(profile_of(reader.interactions())) == told(profile_of_tail(reader))


def test_a_file_that_is_begun_later_is_seen(reader, tmp_path, interaction):
    assert 90 == reader.count()
    with Store.open(f"{tmp_path}/log.db", create=True, shard=7) as late:
        late.append([interaction("late", time=5.0)])
        assert (91, 5.0) == (reader.count(), next(reader.interactions()).time)


def test_a_file_that_was_replaced_is_opened_anew(reader, tmp_path, interaction):
    assert 90 == reader.count()
    for path in tmp_path.glob("log-w1.db*"):
        path.unlink()
    with Store.open(f"{tmp_path}/log.db", create=True, shard=1) as again:
        again.append([interaction("again")])
        assert 61 == reader.count()


def test_a_reader_goes_on_with_the_file_that_is_there(reader, writers, tmp_path, interaction):
    assert 90 == reader.count()
    for path in tmp_path.glob("log.db*"):
        if path.suffix != ".key":
            path.unlink()
    writers[0].append([interaction("again")])
    assert 61 == reader.count()


def test_all_are_sealed_and_erased(writers, tmp_path):
    kept = [one for one in writers[0].interactions()
            if one.subject != writers[0].hasher("subject", "u1")]  # fmt: skip
    assert 90 == writers[0].seal(10_000.0)
    assert 3 == len(list(tmp_path.rglob("*.parquet")))
    assert 30 == writers[0].purge(subject="u1")

    key = lambda one: (one.time, one.decision_id)  # noqa: E731
    assert sorted(kept, key=key) == sorted(writers[1].interactions(), key=key)
    gone = writers[0].hasher("subject", "u1").encode()
    assert gone not in content(tmp_path)


def test_another_store_of_such_a_name_is_not_taken_in(reader, tmp_path, interaction):
    with Store.open(f"{tmp_path}/log-w9.db", create=True) as other:
        other.append([interaction("theirs")])
        assert (90, 1) == (reader.count(), other.count())


def test_a_file_of_an_earlier_schema_is_read_beside_a_new_one(tmp_path, interaction):
    url = make(tmp_path / "log.db", 2)
    with Store.open(url, create=True, shard=1) as new, Store.open(url, read_only=True) as reader:
        new.append([interaction(9, time=5.0)])
        rows = list(reader.interactions())
        assert [3, 2, 2, 2] == [one.schema_version for one in rows]
        assert told(profile_of(rows)) == told(profile_of_tail(reader))


def test_a_damaged_file_is_named(reader, tmp_path):
    for path in tmp_path.glob("log-w1.db*"):
        path.unlink()
    (tmp_path / "log-w1.db").write_bytes(b"no database" * 400)
    with pytest.raises(StoreError, match=r"log-w1\.db: not a tokenward store"):
        reader.count()


def test_there_are_not_more_writers_than_names(tmp_path):
    with pytest.raises(UsageError, match="at most 1024 writers"):
        Store.open(f"{tmp_path}/log.db", create=True, shard=1024)
