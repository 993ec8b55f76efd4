"""A store in PostgreSQL: shared by several writers, and clear where it cannot be used."""

from __future__ import annotations

import socket
import threading

import pytest
from tests.agent.decisions.postgres import PASSWORD, execute
from tests.agent.decisions.profiles import profile_of, profile_of_tail, told

from tokenward.decisions.recorder import Recorder
from tokenward.errors import StoreError, UsageError
from tokenward.store.keys import ENVIRONMENT
from tokenward.store.store import Store
from tokenward.types import Feature


def query(url, statement):
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute(statement)
        return found.fetchall() if found.description else []


def test_several_writers_share_a_database(database, interaction):
    stores = [Store.open(database, create=True) for _ in range(3)]

    def work(at):
        for number in range(10):
            some = [interaction(f"{at}-{number}-{n}", subject=f"u{n}") for n in range(20)]
            stores[at].append([*some, interaction("shared")])

    threads = [threading.Thread(target=work, args=(at,)) for at in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counts = {one.count() for one in stores}
    hashes = {one.hasher("subject", "u1") for one in stores}
    for one in stores:
        one.close()

    assert ({601}, 1) == (counts, len(hashes))


def test_many_can_make_the_tables_at_once(database):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(6) as pool:
        stores = list(pool.map(lambda _: Store.open(database, create=True), range(6)))
    assert {0} == {one.count() for one in stores}
    for one in stores:
        one.close()


def test_what_is_counted_is_what_the_records_say(database, interaction):
    with Store.open(database, create=True) as store:
        store.append([interaction(n, fired=n % 3 == 0, session=f"s{n % 4}") for n in range(60)])
        wanted = told(profile_of(store.interactions()))
        assert wanted == told(profile_of_tail(store))
    assert [(True,)] == query(database, "SELECT pg_typeof(cells)::text = 'bigint[]' FROM interactions LIMIT 1")  # fmt: skip


def test_a_recorder_writes_into_it(database, interaction):
    words = Feature("words", "number", lambda text: len(text.split()), "Words.")
    with Store.open(database, create=True) as store, Recorder(store, [words]) as recorder:
        recorder.record(interaction(1), "two words")
        assert recorder.flush()
        assert {"prompt.words": 2.0} == store.get("id-1").features


def test_a_character_that_it_cannot_hold_costs_the_character_only(database, interaction):
    with Store.open(database, create=True) as store:
        store.append([interaction(1, model="a\x00b", route="x\ud800y", labels={"k": "\x00"})])
        one = store.get("id-1")
    assert ("ab", "x?y") == (one.model, one.route)


def test_sealing_is_none_of_its_business(database, interaction):
    with Store.open(database, create=True) as store:
        store.append([interaction()])
        assert 0 == store.seal(1e10)
        with store.snapshot() as snapshot:
            assert [] == snapshot.segments()


def test_what_is_erased_is_gone_from_the_tables(database, interaction):
    with Store.open(database, create=True) as store:
        store.append([interaction(n, subject=f"u{n % 3}", time=float(n)) for n in range(300)])
        size = "SELECT pg_relation_size('interactions')"
        before = query(database, size)[0][0]
        assert 100 == store.purge(subject="u1")
        assert 133 == store.purge(before=200.0)
        assert 67 == store.count()
    assert query(database, size)[0][0] < before / 2


def test_the_key_of_subjects_comes_from_the_environment(database, monkeypatch):
    monkeypatch.delenv(ENVIRONMENT)
    with pytest.raises(UsageError, match="set TOKENWARD_HASH_KEY to at least 16"):
        Store.open(database, create=True)
    monkeypatch.setenv(ENVIRONMENT, "k" * 20)
    Store.open(database, create=True).close()
    monkeypatch.setenv(ENVIRONMENT, "another key, long enough")
    with pytest.raises(StoreError, match="hashed with another key"):
        Store.open(database, create=True)


def test_a_reader_cannot_write(database, interaction):
    with Store.open(database, create=True), Store.open(database, read_only=True) as reader:
        assert 0 == reader.count()
        with pytest.raises(StoreError, match="opened for reading"):
            reader.append([interaction()])


def test_an_empty_database_is_no_store_and_is_left_empty(database):
    with pytest.raises(UsageError, match="no store there"):
        Store.open(database)
    assert [(0,)] == query(database, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")


def test_tables_of_another_program_are_left_alone(database):
    query(database, "CREATE TABLE settings (theirs int)")
    with pytest.raises(StoreError, match="tables of another program"):
        Store.open(database, create=True)


@pytest.mark.parametrize(("version", "words"), [(99, "upgrade tokenward"), (2, "a new database")])
def test_another_schema_is_refused(database, version, words):
    Store.open(database, create=True).close()
    query(database, f"UPDATE schema_version SET version = {version}")
    with pytest.raises(StoreError, match=f"has schema {version}.*{words}"):
        Store.open(database, create=True)


def refused():
    with socket.create_server(("127.0.0.1", 0)) as one:
        return one.getsockname()[1]


def test_what_cannot_be_reached_is_told_without_the_password(postgres, database, tmp_path):
    server = postgres.rpartition("@")[2]
    cases = {
        f"postgresql://ann:{PASSWORD}@127.0.0.1:{refused()}/db": "cannot be reached",
        f"postgresql://tester:wrong-{PASSWORD}@{server}/postgres": "refuses the user or the pass",
        f"postgresql://tester:{PASSWORD}@{server}/nowhere": "no such database",
        f"postgresql://tester:{PASSWORD}@no-such-host.invalid/db": "cannot be reached",
    }
    for url, words in cases.items():
        for create in (True, False):
            with pytest.raises(StoreError, match=words) as caught:
                Store.open(url, create=create)
            assert PASSWORD not in str(caught.value) and "tester" not in str(caught.value)
            assert 3 == caught.value.exit_code


@pytest.mark.parametrize("url", ["postgresql://host", "postgresql://ann:pass@host:port/db"])
def test_a_url_without_a_database_is_the_users_mistake(url):
    with pytest.raises(UsageError, match="postgresql://USER@HOST/DATABASE") as caught:
        Store.open(url)
    assert "pass" not in str(caught.value)


def test_a_lost_server_is_a_counted_loss_and_then_it_goes_on(database, postgres, interaction):
    name = database.rpartition("/")[2]
    with Store.open(database, create=True) as store, Recorder(store) as recorder:
        recorder.record(interaction(1))
        assert recorder.flush()
        execute(postgres, f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        execute(postgres, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")  # fmt: skip
        recorder.record(interaction(2))
        assert not recorder.flush()
        execute(postgres, f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        recorder.record(interaction(3))
        assert recorder.flush()
        assert ({"store": 1}, 2) == (recorder.dropped, store.count())
