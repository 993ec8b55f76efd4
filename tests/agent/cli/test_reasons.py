"""``check --explain`` and ``policy show``, as a user meets them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest

CARD = "4111 1111 1111 1111"
TEXT = f"Acme took {CARD}, order AB-12 too. Wait for it."

POLICY = """
name: mine
description: A trial.
detectors:
  names: {plugin: keywords, words: {rival: [Acme, "Big Corp"]}}
  orders: {plugin: regex, patterns: {ORDER: '[A-Z]{2}-[0-9]{2,6}'}}
rules:
  - {id: cards, stage: [input, output], detect: {pii: [CREDIT_CARD, US_PASSPORT]}, when: score >= 0.4, action: {redact: mask}}
  - {id: rivals, stage: output, detect: {names: [rival]}, action: {replace: "[a company]"}, mode: monitor}
  - {id: civil, stage: output, detect: {toxicity: all}, when: score > 0.9, action: block}
  - {id: orders, stage: input, detect: {orders: [ORDER]}, action: redact}
"""


@pytest.fixture(scope="module")
def policy(tmp_path_factory):
    path = tmp_path_factory.mktemp("policies") / "mine.yaml"
    path.write_text(POLICY)
    return str(path)


def run(*arguments, **environment):
    result = subprocess.run(
        [sys.executable, "-m", "tokenward", *arguments],
        capture_output=True,
        check=False,
        timeout=100,
        text=True,
        env=os.environ | environment,
    )
    assert "Traceback" not in result.stderr
    return result


def cells(table):
    """Returns the rows of printed tables, cut where two spaces part columns."""
    return [re.split(r" {2,}", line.strip()) for line in table.splitlines() if line.strip()]


# -- check --explain ----------------------------------------------------------------------------


def test_it_says_which_rule_fired_where_and_why(policy):
    result = run("check", TEXT, "-p", policy, "--stage", "output", "--explain")
    rows = cells(result.stderr)

    assert 0 == result.returncode
    assert ["fired", "mode", "action", "type", "span", "score", "threshold", "why"] in rows
    assert ["rivals", "monitor", "replace", "names.rival", "0-4", "1.00", ">= 0.5"] in rows
    (card,) = [row for row in rows if row[0] == "cards"]
    assert ["enforce", "redact", "pii.CREDIT_CARD", "10-29", "1.00", ">= 0.4"] == card[1:7]
    assert card[7].startswith("pattern: ")


def test_it_says_what_is_nearest_below_a_threshold(policy):
    result = run("check", TEXT, "-p", policy, "--stage", "output", "--explain")
    head, *rest = [
        row for row in cells(result.stderr) if row[0] in {"below the threshold", "civil"}
    ]

    assert ["type", "span", "score", "threshold", "short by"] == head[1:6]
    assert len(rest) == 1
    assert rest[0][1].startswith("toxicity.")
    assert pytest.approx(0.9, abs=0.01) == float(rest[0][3]) + float(rest[0][5])


def test_it_says_which_rules_are_of_another_stage_and_what_each_detector_cost(policy):
    shown = run("check", TEXT, "-p", policy, "--stage", "output", "--explain").stderr

    assert "not at stage output: orders (input)" in shown
    costs = {row[0]: row[1:] for row in cells(shown) if len(row) > 2}
    assert "pattern" == costs["pii"][0]
    assert costs["pii"][1].endswith("a chunk")
    assert costs["toxicity"][1].endswith("a sentence")
    assert "none" == costs["names"][2]
    assert int(costs["pii"][2].split()[0]) > len(CARD) - 4  # it came in chunks of four


def test_without_a_stage_the_rules_of_every_stage_are_explained(policy):
    shown = run("check", TEXT, "-p", policy, "--explain").stderr

    assert "not at stage" not in shown
    assert "orders.ORDER" in shown


def test_json_has_the_same_facts_under_one_more_key(policy):
    plain = json.loads(run("check", TEXT, "-p", policy, "--stage", "output", "--json").stdout)
    row = json.loads(
        run("check", TEXT, "-p", policy, "--stage", "output", "--json", "--explain").stdout
    )

    assert [*plain, "explain"] == list(row)
    assert {**plain, "decision_id": 0} == {
        key: value for key, value in (row | {"decision_id": 0}).items() if key != "explain"
    }
    states = {rule["id"]: rule["state"] for rule in row["explain"]["rules"]}
    assert ("fired", "fired", "other stage") == (
        states["cards"],
        states["rivals"],
        states["orders"],
    )
    assert {"pii", "names", "toxicity"} == {one["detector"] for one in row["explain"]["detectors"]}


def test_no_text_is_shown_unless_it_is_asked_for(policy):
    for more in ([], ["--json"]):
        arguments = ["check", TEXT, "-p", policy, "--stage", "output", "--explain", *more]
        told, shown = run(*arguments), run(*arguments, "--show-text")

        assert CARD not in told.stdout + told.stderr
        assert CARD in shown.stdout + shown.stderr
        assert CARD not in json.dumps(json.loads(shown.stdout)["text"]) if more else True


def test_showing_text_without_an_explanation_is_a_mistake(policy):
    result = run("check", TEXT, "-p", policy, "--show-text")

    assert (2, "") == (result.returncode, result.stdout)
    assert "tokenward: --show-text: it goes with --explain; give both\n" == result.stderr


@pytest.mark.parametrize("text", ["", "\udcff", "[bold]x[/bold] [/] :smile:", "x" * 30_000])
def test_odd_texts_are_explained(policy, text):
    result = run("check", text, "-p", policy, "--explain", "--show-text")

    assert 0 == result.returncode
    assert "measured alone, over" in result.stderr


def test_it_says_which_words_carried_a_score(policy):
    text = "It will come. You worthless idiot."
    arguments = "check", text, "-p", policy, "--stage", "output", "--explain"
    told, shown = run(*arguments).stderr, run(*arguments, "--show-text").stderr
    row = json.loads(run(*arguments, "--json").stdout)["explain"]["rules"][2]["found"][0]

    start = text.index("idiot")
    spans = [span for span, _ in row["evidence"]["words"]]
    assert [start, start + 5] in spans[:2]
    assert f"{start}-{start + 5} (" in told
    assert "idiot" not in told
    assert "idiot (" in shown


def test_a_blocked_text_is_explained_and_still_exits_1(policy):
    result = run("check", "You stupid worthless idiot.", "-p", policy, "--explain")

    assert (1, "") == (result.returncode, result.stdout)
    assert ["civil", "enforce", "block"] == next(
        row for row in cells(result.stderr) if row[0] == "civil"
    )[:3]


# -- policy show --------------------------------------------------------------------------------


def test_policy_show_prints_each_stage(policy):
    result = run("policy", "show", policy)
    lines = result.stdout.splitlines()
    rows = cells(result.stdout)

    assert 0 == result.returncode
    assert ["A trial.", "", "input"] == lines[1:4]
    assert "output" in lines
    assert ["rule", "detects", "when", "action", "mode", "on_error"] in rows
    assert [
        [
            "cards",
            "pii: CREDIT_CARD, US_PASSPORT",
            "score >= 0.4",
            "redact: mask",
            "enforce",
            "block",
        ]
    ] * 2 == [row for row in rows if row[0] == "cards"]


def test_policy_show_says_what_is_held_back_most_and_why(policy):
    shown = run("policy", "show", policy).stdout
    longest = re.findall(r"longest hold-back: ([0-9]+) characters \((\w+): .+\)", shown)
    table = {row[0]: row for row in cells(shown) if len(row) > 4}

    assert 2 == len(longest)
    for characters, detector in longest:
        assert f"{characters} characters" in table[detector]
    assert ["pattern: microseconds a chunk", "chunk"] == table["pii"][1:3]
    assert table["toxicity"][1].startswith("inline model: less than a millisecond")
    assert "sentence" == table["toxicity"][2]
    assert "its rules only flag or watch" == table["names"][-1]


def test_policy_show_prints_the_same_facts_as_json(policy):
    told = json.loads(run("policy", "show", policy, "--json").stdout)

    assert {"input", "output"} == set(told["hold_back"]) == set(told["stages"])
    for stage, facts in told["stages"].items():
        held = max(one["hold_back"] for one in facts["detectors"])
        assert held == told["hold_back"][stage] == facts["hold_back"]["characters"]
        assert all(one["hold_back_reason"] for one in facts["detectors"])


def test_stages_that_do_the_same_are_shown_once(tmp_path):
    path = tmp_path / "p.yaml"
    path.write_text(
        "name: p\nrules: [{id: a, stage: [input, output], detect: {pii: all}, action: redact}]\n"
    )
    shown = run("policy", "show", str(path)).stdout

    assert "\ninput, output\n" in shown
    assert 1 == shown.count("longest hold-back")
    assert re.search(r"pii: all [0-9]+ types", shown)


def test_policy_show_says_what_ordinary_words_wait_for(policy):
    assert (
        "ordinary words wait for the end of the word" in run("policy", "show", "pii-secrets").stdout
    )
    assert "ordinary words wait for the end of the sentence" in run("policy", "show", policy).stdout


def test_a_narrow_terminal_gets_narrow_tables(policy):
    """Only a terminal is asked for its width: a file is the same everywhere."""
    wide, narrow = (run("policy", "show", policy, COLUMNS=width).stdout for width in ("200", "60"))

    assert wide == narrow
    tables = [line for line in wide.splitlines() if not line.startswith("  longest hold-back")]
    assert max(map(len, tables)) <= 120
