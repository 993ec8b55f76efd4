"""Online drift of a guard in an application's own process."""

from __future__ import annotations

import pytest

from tokenward import Guard
from tokenward.errors import UsageError
from tokenward.store.store import Store

POLICY = {
    "name": "short",
    "rules": [
        {"id": "no-keys", "stage": "output", "detect": {"secrets": "all"}, "action": "block"}
    ],
}
SOON = {"learn": 500, "false_alarms": {"requests": 20_000}}


def run(path, texts, **how):
    guard = Guard.load(POLICY, store=path, **how)
    for text in texts:
        guard.check(text)
    guard.close()
    with Store.open(str(path), read_only=True) as store:
        return {one["column"]: one["state"] for one in store.online.told()}


def test_its_records_are_watched(tmp_path):
    path = tmp_path / "r.db"
    calm = [f"word {'x' * (at % 7)}" for at in range(520)]
    assert run(path, calm, drift=SOON)["action.block"] == "watching"
    keys = ["AKIAIOSFODNN7EXAMPLQ"] * 40
    assert run(path, keys, drift=SOON)["action.block"] == "alarm"


def test_it_can_be_turned_off(tmp_path):
    assert run(tmp_path / "r.db", ["word"], drift=False) == {}
    assert run(tmp_path / "r.db", ["word"])["action.block"] == "learning"


def test_a_fault_is_told_before_a_text_is_guarded(tmp_path):
    with pytest.raises(UsageError, match="unknown column 'modle'"):
        Guard.load(POLICY, store=tmp_path / "r.db", drift={"by": ["modle"]})
