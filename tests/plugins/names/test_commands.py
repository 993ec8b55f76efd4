"""The commands that people try a model with: the conformance kit, and measuring on labelled texts."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from tokenward.cli.evaluate import evaluate
from tokenward.cli.plugins import app
from tokenward.registry import Registry
from tokenward_plugins import names

ROWS = [
    ("Anna Weber left Lisbon. Nobody saw it.", [(0, 10, "PERSON"), (16, 22, "LOCATION")]),
    ("😀 In Lisbon we met Bert Nolan.", [(5, 11, "LOCATION"), (19, 29, "PERSON")]),
    ("Nobody was there.", []),
    ("Nordwind was closed.", [(0, 8, "ORGANIZATION")]),
]


@pytest.fixture
def rows(tmp_path):
    path = tmp_path / "rows.jsonl"
    with path.open("w") as file:
        for text, spans in ROWS:
            found = [{"start": s, "end": e, "type": kind} for s, e, kind in spans]
            file.write(json.dumps({"text": text, "spans": found}) + "\n")
    return str(path)


def test_the_kit_examines_a_tagger(ruler, rows):
    settings = json.dumps({"model": ruler})
    command = ["check", "tokenward_plugins.names", "--samples", rows, "--settings", settings]
    result = CliRunner().invoke(app, [*command, "--json"])
    reports = {report["subject"]: report for report in json.loads(result.stdout)["reports"]}
    checks = {one["name"]: one["outcome"] for one in reports["detector 'names'"]["checks"]}

    assert 0 == result.exit_code
    assert "passed" == checks["finds something in the samples"]
    assert "failed" not in checks.values()


def test_without_a_model_the_kit_examines_the_embedded_one():
    result = CliRunner().invoke(app, ["check", "tokenward_plugins.names"])

    assert 0 == result.exit_code
    assert "tags the same text the same again" in result.stdout
    assert ", 0 failed" in result.stdout
    assert "\n      failed" not in result.stdout


def test_a_tagger_is_measured_on_spans(ruler, rows, monkeypatch):
    import typer

    monkeypatch.setattr(Registry, "load", lambda: Registry([("names", names)]))
    command = typer.Typer()
    command.command()(evaluate)

    def measured(detector):
        options = [detector, rows, "--settings", json.dumps({"model": ruler}), "--json"]
        result = CliRunner().invoke(command, options)
        assert 0 == result.exit_code, result.output
        return json.loads(result.stdout)

    row = measured("names")
    assert {"LOCATION", "ORGANIZATION", "PERSON"} == set(row["spans"]["types"])
    kinds = row["spans"]["by_type"]
    assert (1.0, 0.5) == tuple(
        kinds["PERSON"]["exact"][r]["value"] for r in ("precision", "recall")
    )
    assert 1.0 == kinds["LOCATION"]["exact"]["f1"]["value"]
    assert 1.0 == measured("names.ORGANIZATION")["auc"]["value"]
