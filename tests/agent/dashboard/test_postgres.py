"""The same pages over PostgreSQL."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest
from tests.agent.dashboard.conftest import NOW, column, decision, finished, fired, interaction
from tests.agent.decisions.conftest import database, postgres

from tokenward.store.beside.alerts import Subject
from tokenward.store.store import Store

__all__ = ["database", "postgres"]


@pytest.fixture
def shared(database):
    """A store in a database of several writers."""
    with Store.open(database, create=True) as store:
        rows = [interaction(number) for number in range(60)]
        rows[10] = interaction(10, decisions=(decision("block", [fired("block")]),))
        rows[20] = interaction(20, decisions=(decision(degraded=("rude",)),))
        store.append(rows)
        finished(store, "daily", 1, [column("score", 0.4)])
        store.alerts.take({Subject("daily", "score"): "drift"}, lambda _: {"report": "daily"}, NOW)
        yield store


def test_every_page_is_there(make, shared):
    site = make(shared)
    for path in ("", "decisions", f"decisions/{10:032x}", "drift", "drift/daily/score", "reports"):
        assert site.page(path).text
    assert "no-bad-words" in site.page(f"decisions/{10:032x}").text


@pytest.mark.parametrize(
    ("fields", "numbers"),
    [
        ({"rule": "no-bad-words"}, [10]),
        ({"rule": "No-bad-words"}, []),
        ({"degraded": "yes"}, [20]),
        ({"action": "block", "language": "en"}, [10]),
    ],
)
def test_decisions_are_found(make, shared, fields, numbers):
    told = json.loads(make(shared).get("api/decisions", urlencode(fields)).body)["decisions"]
    assert [int(one["decision_id"], 16) for one in told] == numbers


def test_pages_are_turned(make, shared):
    site, seen, field = make(shared), [], {}
    while field is not None:
        told = json.loads(site.get("api/decisions", urlencode({"size": 25, **field})).body)
        seen += [int(one["decision_id"], 16) for one in told["decisions"]]
        field = told["older"]
    assert seen == list(reversed(range(60)))


def test_an_alarm_is_acknowledged(make, shared):
    site = make(shared)
    fields = {"do": "acknowledge", "source": "daily", "column": "score", "slice": "", "who": "Ann"}
    body = urlencode({**fields, "token": site.token()}).encode()
    assert site.post("alarms", body).status == 303
    assert "all acknowledged" in site.page("drift").text
