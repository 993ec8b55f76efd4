"""``policy diff``, ``policy replay`` and ``feedback`` as a user meets them."""

from __future__ import annotations

import gzip
import json

import pytest
from tests.agent.cli.test_cli import CARD, one_error, run

from tokenward.guard import Guard
from tokenward.store.store import Store

BEFORE = """\
name: mine
rules:
  - {id: emails, stage: [input, output], detect: {pii: [EMAIL_ADDRESS]}, action: {redact: tag}}
  - {id: cards, stage: input, detect: {pii: [CREDIT_CARD]}, action: block, mode: monitor}
"""
AFTER = BEFORE.replace(", mode: monitor", "")
MAIL = "write to ann@example.org please"
TEXTS = {"mail": MAIL, "card": f"card {CARD} ok", "plain": "a nice day"}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "before.yaml").write_text(BEFORE)
    (tmp_path / "after.yaml").write_text(AFTER)
    with gzip.open(tmp_path / "texts.jsonl.gz", "wt") as file:
        file.writelines(json.dumps({"id": k, "text": v}) + "\n" for k, v in TEXTS.items())
    return tmp_path


@pytest.fixture
def store(folder):
    with Guard.load("before.yaml", store="log.db") as guard:
        for number in range(20):
            guard.check(TEXTS["card"] if number == 7 else TEXTS["plain"], stage="input")
    return "log.db"


def test_diff_without_texts_tells_what_the_rules_say_and_passes(folder):
    result = run("policy", "diff", "before.yaml", "after.yaml", "--json")
    told = json.loads(result.stdout)

    assert 0 == result.returncode
    assert [("cards", "mode", "monitor", "enforce", "stricter")] == [
        tuple(one[key] for key in ("rule", "key", "before", "after", "means"))
        for one in told["changes"]
        if one["key"] == "mode"
    ]
    assert told["hold_back"]["input"]["after"] >= told["hold_back"]["input"]["before"] > 0
    assert "on" not in told


def test_diff_on_texts_tells_rows_and_spans_but_no_text_and_exits_1(folder):
    arguments = ("policy", "diff", "before.yaml", "after.yaml", "--on", "texts.jsonl.gz")
    result = run(*arguments, "--stage", "input", "--json")
    (move,) = json.loads(result.stdout)["on"]["transitions"]
    page = run(*arguments, "--stage", "input")

    assert (1, 1) == (result.returncode, page.returncode)
    assert ("allow", "block", 1) == (move["before"], move["after"], move["n"])
    assert ("card", [], "cards") == (
        move["examples"][0]["id"],
        move["examples"][0]["detections"][:0],
        *move["examples"][0]["rules_after"],
    )
    assert b"3 texts: 1 (33.3 %" in page.stdout
    for output in (result.stdout, page.stdout):
        assert b"4111" not in output
        assert b"ann@" not in output


def test_diff_passes_where_no_more_changes_than_is_stated(folder):
    arguments = ("policy", "diff", "before.yaml", "after.yaml", "--on", "texts.jsonl.gz")

    assert 0 == run(*arguments, "--fail-above", "0.34").returncode
    assert 1 == run(*arguments, "--fail-above", "0.33").returncode
    assert 0 == run("policy", "diff", "after.yaml", "after.yaml", *arguments[4:]).returncode


def test_replay_tells_what_enforcing_would_stop_and_then_what_it_does(folder, store):
    watched = run("policy", "replay", "before.yaml", "--store", store, "--json")
    enforced = run("policy", "replay", "after.yaml", "--store", store, "--since", "1h", "--json")
    rows = {row["rule"]: row for row in json.loads(watched.stdout)["rules"]}
    (move,) = json.loads(enforced.stdout)["transitions"]

    assert (0, 1) == (watched.returncode, enforced.returncode)
    (decided,) = json.loads(enforced.stdout)["decided_by"].items()
    assert ("mine", 20) == (decided[0].partition("@")[0], decided[1])
    assert (1, 0.05) == (rows["cards"]["if_enforced"]["n"], rows["cards"]["if_enforced"]["share"])
    assert ("allow", "block", 1) == (move["before"], move["after"], move["n"])
    with Store.open(store, read_only=True) as opened:
        record = opened.get(move["examples"][0]["id"])
    assert ["cards"] == [rule.id for rule in record.decisions[0].rules]


def test_replay_of_what_no_record_tells_does_not_pass(folder, store):
    (folder / "more.yaml").write_text(
        AFTER + "  - {id: x, stage: input, detect: {toxicity: all}, action: block}\n"
    )
    arguments = ("policy", "replay", "more.yaml", "--store", store, "--fail-above", "1")
    result = run(*arguments)

    assert 1 == result.returncode
    assert b"not measured: 19 (95 %" in result.stdout
    assert b"19: detector 'toxicity' was not run for this" in result.stdout
    assert 0 == run(*arguments, "--unmeasured-above", "1").returncode


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--where", "model"], "tokenward: --where: cannot read 'model'; write COLUMN=VALUE"),
        (["--where", "colour=red"], "tokenward: unknown column 'colour'; use one of: source, "),
        (["--since", "soon"], "tokenward: cannot read the time 'soon'; write ISO 8601"),
        (["--was", "gone.yaml"], "tokenward: no policy file 'gone.yaml'"),
    ],
)
def test_a_mistake_of_replay_is_one_line(folder, store, more, told):
    result = run("policy", "replay", "before.yaml", "--store", store, *more)

    assert one_error(result).startswith(told)


def test_replay_looks_at_a_part_of_the_records(folder, store):
    counts = [
        json.loads(
            run("policy", "replay", "before.yaml", "--store", store, "--json", *more).stdout
        )["n"]
        for more in (
            ["--where", "policy=mine"],
            ["--where", "policy=other"],
            ["--until", "2020-01-01"],
        )
    ]

    assert [20, 0, 0] == counts


def test_feedback_is_kept_with_its_record_and_the_last_one_counts(folder, store):
    with Store.open(store, read_only=True) as opened:
        record = next(opened.interactions())
        name = record.decision_id
    for value in ("good", "bad"):
        assert 0 == run("feedback", name, "--store", store, "--value", value).returncode
    assert (
        0 == run("feedback", name, "--store", store, "--value", "4", "--name", "stars").returncode
    )

    with Store.open(store) as opened:
        assert {"rating": 0.0, "stars": 4.0} == opened.feedback.of(name)
        opened.purge(before=record.time + 1e6)
        assert {} == opened.feedback.of(name)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["none", "--value", "good"], "the store has no record with this decision id"),
        (["none", "--value", "soso"], "feedback is no finite number; give good, bad or a number"),
        (["none", "--value", "nan"], "feedback is no finite number; give good, bad or a number"),
        (["none", "--value", "1", "--name", "a b"], "cannot use the name 'a b'; use a-z"),
    ],
)
def test_feedback_that_means_nothing_is_told(folder, store, arguments, told):
    assert one_error(run("feedback", *arguments, "--store", store)).startswith(f"tokenward: {told}")
