"""``tokenward alerts`` as a user meets it, in the test's own process."""

from __future__ import annotations

import json
import sys

import pytest

from tokenward.cli import main
from tokenward.store.beside.alerts import Subject
from tokenward.store.store import Store


@pytest.fixture
def url(tmp_path):
    with Store.open(f"{tmp_path}/log.db", create=True) as store:
        seen = {
            Subject("daily"): "working",
            Subject("daily", "rule.cards"): "drift",
            Subject("daily", "action", "model=m"): "drift",
        }
        store.alerts.take(seen, lambda changes: {"report": "daily", "changes": changes}, 86_400.0)
    return f"{tmp_path}/log.db"


@pytest.fixture
def alerts(url, monkeypatch, capsys):
    def run(command, *arguments):
        words = ["tokenward", "alerts", command, "--store", url, *arguments]
        monkeypatch.setattr(sys, "argv", words)
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return ended.value.code or 0, out, err

    return run


def listed(alerts):
    code, out, _ = alerts("list", "--json")
    assert 0 == code
    return json.loads(out)


def test_what_is_not_calm_is_listed(alerts):
    code, out, _ = alerts("list")
    told = listed(alerts)

    assert (0, 1) == (code, told["waiting"])
    assert "rule.cards" in out
    assert "1970-01-02T00:00:00Z" in out
    assert "1 alerts wait to be sent" in out
    assert {("rule.cards", "", "drift"), ("action", "model=m", "drift")} == {
        (one["column"], one["slice"], one["state"]) for one in told["states"]
    }


def test_states_are_acknowledged_by_patterns(alerts):
    code, _, err = alerts("ack", "--column", "rule.*", "--who", "ann", "--note", "a new policy")
    seen = {
        one["column"]: (one["acknowledged_by"], one["note"]) for one in listed(alerts)["states"]
    }

    assert (0, "acknowledged 1\n") == (code, err)
    assert {"rule.cards": ("ann", "a new policy"), "action": (None, None)} == seen


def test_to_acknowledge_nothing_is_a_mistake(alerts):
    code, _, err = alerts("ack", "--column", "score.*")

    assert 2 == code
    assert "nothing that is not calm fits; 'tokenward alerts list' tells what is" in err


def test_silences_have_an_end_and_can_be_ended(alerts):
    arguments = ("--until", "4h", "--why", "a test of load", "--who", "ann", "--slice", "model=m")
    code, out, _ = alerts("silence", *arguments)
    (one,) = listed(alerts)["silences"]
    assert (0, out.strip(), "*", "model=m", "ann", "a test of load") == (
        code, one["id"], one["column"], one["slice"], one["who"], one["why"]
    )  # fmt: skip
    assert "a test of load" in alerts("list")[1]

    assert 0 == alerts("unsilence", one["id"])[0]
    assert [] == listed(alerts)["silences"]
    code, _, err = alerts("unsilence", one["id"])
    assert (2, True) == (code, f"no silence '{one['id']}' is at work" in err)


@pytest.mark.parametrize(
    ("until", "told"),
    [
        ("2020-01-01", "the silence ends before it begins"),
        ("later", "cannot read the time 'later'"),
    ],
)
def test_a_silence_without_an_end_to_come_is_refused(alerts, until, told):
    code, _, err = alerts("silence", "--until", until, "--why", "x")

    assert (2, True) == (code, told in err)


def test_a_calm_store_says_so(alerts, url):
    with Store.open(url) as store:
        seen = {
            Subject("daily", "rule.cards"): "fine",
            Subject("daily", "action", "model=m"): "fine",
        }
        store.alerts.take(seen, lambda changes: {"report": "daily", "changes": changes}, 90_000.0)
        while one := store.alerts.claim(1e9):
            store.alerts.settle(one, [], None, 1e9)

    assert "all is calm\n" == alerts("list")[1]
