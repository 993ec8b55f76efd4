from __future__ import annotations

import sqlite3

import pytest

from tokenward.errors import StoreError, UsageError
from tokenward.store.database import open_engine
from tokenward.store.store import PAGE, Store


def test_interactions_come_back_in_order_of_time_over_pages(either, interaction):
    many = PAGE * 2 + 3
    either.append([interaction(number, time=float(many - number % many)) for number in range(many)])
    times = [one.time for one in either.interactions()]

    assert (many, sorted(times)) == (len(times), times)


def test_rows_with_the_same_time_are_neither_lost_nor_doubled_at_a_page(either, interaction):
    either.append([interaction(number, time=5.0) for number in range(PAGE + 7)])

    assert PAGE + 7 == len({one.decision_id for one in either.interactions()})


def test_a_period_is_half_open_and_filters_apply(either, interaction):
    either.append([interaction(n, time=float(n), model="ab"[n % 2]) for n in range(10)])

    assert ["id-2", "id-4"] == [
        one.decision_id for one in either.interactions(2, 6, {"model": "a"})
    ]
    assert 4 == either.count(2, 6)
    assert (0.0, 9.0) == either.bounds()
    assert ["id-9", "id-8"] == [one.decision_id for one in either.recent(2)]


def test_aggregate_counts_groups(either, interaction):
    either.append([interaction(n, fired=n < 3, timings={"guard": 0.5}) for n in range(10)])

    assert [("allow", 7, 0.5), ("redact", 3, 0.5)] == [
        (row["action"], row["n"], row["guard_seconds"]) for row in either.aggregate(["action"])
    ]


def test_an_unknown_filter_is_refused(either):
    with pytest.raises(UsageError, match="unknown column 'subject'; use one of: source, route"):
        either.count(where={"subject": "ann"})


def test_an_interaction_written_twice_is_kept_once(either, interaction):
    assert (1, 0) == (either.append([interaction()]), either.append([interaction()]))
    assert 1 == either.count()


def test_the_file_holds_no_text_no_subject_and_no_session(store, tmp_path, interaction):
    marks = [b"released text", b"ann@example", b"chat-of-ann", b"my secret"]
    store.append(
        [
            interaction(
                subject="ann@example", session="chat-of-ann", parameters={"stop": "my secret"}
            )
        ]
    )
    store.close()
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())

    assert b"id-0" in content
    assert not [mark for mark in marks if mark in content]


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (
            "mysql://user:pass@host/db",
            "unknown kind of store 'mysql'; use sqlite:///FILE, a path, or postgresql://",
        ),
        ("sqlite://", "a store is a file"),
        (":memory:", "a store is a file"),
        ("sqlite:///log.db?mode=ro", "a store is a file"),
        ("", "a store is a file"),
    ],
)
def test_a_url_that_is_no_file_is_refused_without_repeating_secrets(url, told):
    with pytest.raises(UsageError, match=told.replace("?", r"\?")) as caught:
        Store.open(url, create=True)
    assert "pass" not in str(caught.value)


def test_a_store_that_is_not_there_is_the_users_mistake_and_is_not_made(tmp_path):
    with pytest.raises(UsageError, match="no store there"):
        Store.open(f"{tmp_path}/missing.db")
    with pytest.raises(UsageError, match="no folder"):
        Store.open(f"{tmp_path}/nowhere/log.db", create=True)
    with pytest.raises(UsageError, match="not a file"):
        Store.open(str(tmp_path), create=True)
    assert [] == list(tmp_path.iterdir())


def test_another_file_is_not_taken_for_a_store(tmp_path):
    (tmp_path / "text.db").write_text("not a database at all " * 100)
    with sqlite3.connect(tmp_path / "theirs.db") as theirs:
        theirs.execute("CREATE TABLE schema_version (version INTEGER)")
    theirs.close()
    for create in (False, True):
        with pytest.raises(StoreError, match="not a tokenward store"):
            Store.open(f"{tmp_path}/text.db", create=create)
        with pytest.raises(StoreError, match="no tokenward store"):
            Store.open(f"{tmp_path}/theirs.db", create=create)


def test_a_newer_schema_is_refused(store, tmp_path):
    store.close()
    with sqlite3.connect(tmp_path / "log.db") as raw:
        raw.execute("UPDATE schema_version SET version = 99")
    raw.close()
    with pytest.raises(StoreError, match="has schema 99, this version reads 3; upgrade"):
        Store.open(f"{tmp_path}/log.db")


def test_a_locked_store_says_so(store, tmp_path, interaction):
    holder = sqlite3.connect(tmp_path / "log.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    impatient = Store(store.path, open_engine(store.path, create=False, read_only=False, busy=0.05))
    with pytest.raises(StoreError, match="locked by another process"):
        impatient.append([interaction()])
    holder.close()
    impatient.close()


def test_a_store_opened_for_reading_is_not_written(store, tmp_path, interaction):
    with Store.open(f"{tmp_path}/log.db", read_only=True) as reader:
        assert 0 == reader.count()
        with pytest.raises(StoreError, match="cannot be written"):
            reader.append([interaction()])


def test_a_damaged_row_is_a_store_error(store, tmp_path, interaction):
    store.append([interaction()])
    with sqlite3.connect(tmp_path / "log.db") as raw:
        raw.execute("UPDATE interactions SET decisions = '[{]'")
    raw.close()
    with pytest.raises(StoreError, match="a row cannot be read"):
        list(store.interactions())


def test_an_error_of_the_database_holds_no_value(either, interaction):
    with pytest.raises(StoreError) as caught:
        either.append([interaction(model="visible", route="hidden-value", decision_id=None)])
    assert "hidden-value" not in str(caught.value) and "visible" not in str(caught.value)


def test_many_can_make_the_store_at_once(tmp_path):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(8) as pool:
        stores = list(pool.map(lambda _: Store.open(f"{tmp_path}/new.db", create=True), range(8)))
    hashes = {one.hasher("subject", "ann") for one in stores}
    for one in stores:
        one.close()
    assert 1 == len(hashes)
