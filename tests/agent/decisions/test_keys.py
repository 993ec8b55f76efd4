from __future__ import annotations

import stat

import pytest

from tokenward.errors import StoreError, UsageError
from tokenward.store.keys import ENVIRONMENT, Hasher
from tokenward.store.store import Store


def test_equal_names_stay_equal_and_kinds_differ():
    hasher = Hasher(b"k" * 32)

    assert hasher("subject", "ann") == hasher("subject", "ann")
    assert 3 == len(
        {hasher("subject", "ann"), hasher("session", "ann"), Hasher(b"j" * 32)("subject", "ann")}
    )


def test_the_key_lies_beside_the_store_for_its_owner_only(store, tmp_path):
    key = tmp_path / "log.db.key"

    assert 0o600 == stat.S_IMODE(key.stat().st_mode)
    assert key.read_bytes() not in (tmp_path / "log.db").read_bytes()


def test_a_wrong_key_is_noticed_when_recording_starts(store, tmp_path, monkeypatch):
    store.close()
    monkeypatch.setenv(ENVIRONMENT, "another key, long enough")
    with pytest.raises(StoreError, match="hashed with another key"):
        Store.open(f"{tmp_path}/log.db", create=True)


def test_a_lost_key_stops_recording_and_erasure_but_not_reading(store, tmp_path, interaction):
    store.append([interaction(subject="ann")])
    store.close()
    (tmp_path / "log.db.key").unlink()
    with pytest.raises(StoreError, match="key of the store's subjects is missing"):
        Store.open(f"{tmp_path}/log.db", create=True)
    with Store.open(f"{tmp_path}/log.db") as opened:
        assert 1 == len(list(opened.interactions()))
        with pytest.raises(StoreError, match="put it back or set TOKENWARD_HASH_KEY"):
            opened.purge(subject="ann")


def test_a_key_from_the_environment_must_be_long(tmp_path, monkeypatch):
    monkeypatch.setenv(ENVIRONMENT, "short")
    with pytest.raises(UsageError, match="has 5 characters; at least 16"):
        Store.open(f"{tmp_path}/log.db", create=True)


def test_a_damaged_key_is_told(store, tmp_path):
    store.close()
    (tmp_path / "log.db.key").write_text("not hexadecimal")
    with pytest.raises(StoreError, match="cannot read the key: it is no key"):
        Store.open(f"{tmp_path}/log.db", create=True)
