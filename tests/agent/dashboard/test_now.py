"""What happens now: of the newest records, by policy and model label."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.agent.dashboard.conftest import NOW, decision, interaction

from tokenward.dashboard.live import BINS, Group, groups, per_time, quantiles


def row(time, **more):
    told = {
        "time": time, "action": "allow", "policy": "p", "model_label": "int8", "is_degraded": False,
        "guard_seconds": 0.001, "ttft_seconds": None, "sample_weight": 1.0,
    }  # fmt: skip
    return {**told, **more}


def test_groups_are_weighed():
    rows = [
        row(1.0, action="block"),
        row(0.0, sample_weight=3.0),
        row(0.0, policy="q", is_degraded=True),
    ]
    first, second = (one.as_dict() for one in groups(rows))
    assert (first["policy"], first["records"], first["requests"]) == ("p", 2, 4.0)
    assert first["actions"] == {"allow": 0.75, "block": 0.25}
    assert first["degraded"] == 0.0
    assert second["degraded"] == 1.0
    assert first["ttft_seconds"] == {"p50": None, "p95": None}


@given(st.lists(st.floats(0, 10), min_size=1, max_size=50))
def test_percentiles_are_values_that_were_there(values):
    found = quantiles(list(values), (0.5, 0.95, 0.99))
    assert set(found.values()) <= set(values)
    assert found["p50"] <= found["p95"] <= found["p99"]
    assert sum(one <= found["p95"] for one in values) >= 0.95 * len(values)


def test_rates_are_over_the_time_of_the_records():
    rows = [row(float(time), action="allow" if time % 4 else "flag") for time in range(600, -1, -1)]
    found = per_time(rows)
    assert len(found["rate"]) == BINS - 2
    assert sum(found["rate"]) / len(found["rate"]) == pytest.approx(1.0, rel=0.05)
    assert sum(found["share"]) / len(found["share"]) == pytest.approx(0.25, abs=0.03)


@pytest.mark.parametrize("rows", [[], [row(1.0)], [row(1.0), row(1.0)]])
def test_what_has_no_length_has_no_rate(rows):
    assert per_time(rows) == {"rate": [], "share": []}


def test_an_empty_group_has_no_shares():
    assert Group("p", None).as_dict()["degraded"] is None


def test_the_page_compares_labels(make, store):
    store.append([interaction(at, model_label="int8" if at % 2 else "fp16") for at in range(20)])
    store.append(
        [
            interaction(at, decisions=(decision("block"),), model_label="int8")
            for at in range(20, 30)
        ]
    )
    page = make(store).page()
    assert "30 records" in page.text
    assert "int8 20" in page.text
    assert "33.3 %" in page.text
    told = json.loads(make(store).get("api/now").body)["newest"]
    assert {one["model_label"]: one["records"] for one in told} == {"int8": 20, "fp16": 10}


def test_it_is_read_anew_after_some_seconds(make, store, monkeypatch):
    clock = [100.0]
    monkeypatch.setattr("tokenward.dashboard.data.time.monotonic", lambda: clock[0])
    store.append([interaction(1)])
    site = make(store)
    assert "1 record," in site.page().text
    store.append([interaction(2)])
    clock[0] += 5.0
    assert "1 record," in site.page().text
    clock[0] += 6.0
    assert "2 records," in site.page().text


def test_records_of_one_moment_are_shown(make, store):
    store.append([interaction(at, time=NOW) for at in range(3)])
    assert "3 records" in make(store).page().text
