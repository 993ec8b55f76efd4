"""``tokenward evaluate``: measures, and one clear error where the file is wrong."""

from __future__ import annotations

import gzip
import json

import pytest
import typer
from typer.testing import CliRunner

from tokenward.cli.evaluate import evaluate
from tokenward.errors import DetectorError, TokenwardError, UsageError
from tokenward.registry import Registry


@pytest.fixture
def run(monkeypatch, sample_registry, tmp_path):
    """Runs the command over rows, with the sample detectors installed."""
    monkeypatch.setattr(Registry, "load", lambda: sample_registry)
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(evaluate)

    def call(detector, rows, *options, name="rows.jsonl"):
        path = tmp_path / name
        data = "".join(json.dumps(row) + "\n" for row in rows).encode()
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        result = CliRunner().invoke(app, [detector, str(path), *options])
        if isinstance(result.exception, TokenwardError):
            raise result.exception
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout) if "--json" in options else result.output

    return call


def labelled(*rows):
    return [{"text": text, "labels": labels} for text, labels in rows]


def spans(*rows):
    return [
        {
            "text": text,
            "spans": [dict(zip(("start", "end", "type"), s, strict=True)) for s in found],
        }
        for text, found in rows
    ]


RUDE = labelled(
    ("A fine day. You idiot!", {"rude": 1, "other": 0}),
    ("You idiot.", {"rude": 1}),
    ("A fine day.", {"rude": 0}),
    ("Another fine day!", {"rude": 0}),
    ("Who knows?", {"other": 1}),
)


def test_a_classifier_is_measured_on_the_sentences_that_policies_score(run):
    result = run("rude.rude", RUDE, "--json")
    assert {"all": 5, "positive": 2, "negative": 2, "unlabelled": 1} == result["rows"]
    assert ("rude", 1.0, 1.0) == (
        result["label"],
        result["auc"]["value"],
        result["average_precision"]["value"],
    )
    assert (1.0, 0.9) == (
        result["recall_at_1pct_fpr"]["value"],
        result["recall_at_1pct_fpr"]["threshold"],
    )
    assert ["2 negatives are too few for 1 % and 5 %: no false positive is allowed"] == result[
        "notes"
    ]


def test_without_a_type_the_highest_score_of_any_counts(run):
    rows = labelled(("!!! now", {"loud": 1}), ("quiet", {"loud": 0}))
    assert run("rude", rows, "--json")["auc"]["value"] == 1.0
    assert run("rude.rude", rows, "--json")["auc"]["value"] == 0.5


def test_spans_are_measured_both_ways_and_by_type(run):
    rows = spans(
        ("a bad one", [(2, 5, "BAD")]), ("so badly", [(3, 6, "BAD")]), ("fine", []), ("x", [])
    )
    result = run("words", rows, "--json", name="rows.jsonl.gz")
    assert (0.5, 1.0) == (
        result["spans"]["exact"]["f1"]["value"],
        result["spans"]["overlapping"]["f1"]["value"],
    )
    assert {"BAD"} == set(result["spans"]["by_type"])
    assert [
        "2 negatives are too few for 1 % and 5 %: no false positive is allowed",
        "types without a labelled span were left out: SHORT",
    ] == result["notes"]
    assert (None, 1.0) == (result["label"], result["auc"]["value"])


def test_spans_below_the_threshold_do_not_count(run):
    rows = spans(("x here", [(0, 1, "SHORT")]), ("nothing", []))
    high = run("words.SHORT", rows, "--json", "--threshold", "0.7")["spans"]["exact"]
    assert (0, None) == (high["found"], high["precision"])
    assert run("words.SHORT", rows, "--json")["spans"]["exact"]["found"] == 1


def test_one_class_only_is_not_measured_and_says_so(run):
    rows = labelled(("a", {"rude": 0}), ("b", {"rude": 0}))
    result = run("rude", rows, "--json")
    assert result["auc"] is None
    assert "no positive row among 2; both classes are needed" == result["not_measured"]["auc"]
    assert "ROC-AUC                        not measured" in run("rude", rows)


def test_spans_of_other_types_are_not_measured(run):
    result = run("words", spans(("bad", [(0, 3, "PERSON")])), "--json")
    assert {"spans", "auc", "average_precision", "recall_at_1pct_fpr"} <= set(
        result["not_measured"]
    )


def test_the_table_says_what_was_measured(run):
    output = run("rude.rude", RUDE)
    assert "5 rows, 2 positive, 2 negative, 1 without" in output
    assert "average precision              1.0000  0.3424 - 1.0000  wilson" in output


def test_settings_are_a_policys(run):
    assert run("rude", RUDE, "--json", "--settings", '{"unit": "text"}')["auc"]["value"] == 1.0


MISTAKES = [
    ("rude", [], (), "no rows"),
    ("rudest", RUDE, (), "no detector 'rudest'; use one of: broken, broken_rude, digits, rude"),
    ("rude.kind", RUDE, (), "detector 'rude' has no type 'kind'; use one of: all, angry, rude"),
    ("rude", RUDE, ("--label", "loud"), "no row has the label 'loud'; use one of: rude, other"),
    ("words", RUDE, (), "which label is meant? name it with --label; use one of: rude, other"),
    ("rude", [{"text": "a"}], (), "which label is meant? name it with --label; the rows have no"),
    ("rude", [{"text": "a"}], ("--label", "x"), "no row has the label 'x'; the rows have no field"),
    ("rude", [{"body": "a"}], (), "no text in field 'text'"),
    (
        "rude",
        labelled(("a", {"rude": 0.35})),
        ("--label", "rude"),
        "label 'rude' is 0.35; it must be 0 or 1",
    ),
    (
        "rude",
        labelled(("a", {"rude": "yes"})),
        ("--label", "rude"),
        "label 'rude' is a str; it must be",
    ),
    ("rude", labelled(("a", [1])), (), "labels is a list; write {name: 0 or 1}"),
    ("words", spans(("bad", [(1, 9, "BAD")])), (), r"span \[1, 9\) does not lie in its text of 3"),
    ("words", spans(("bad", [(1, 1, "BAD")])), (), r"span \[1, 1\) does not lie"),
    ("words", spans(("bad", [(True, 2, "BAD")])), (), r"span \[True, 2\) does not lie"),
    ("words", spans(("bad", [(0, 2, 7)])), (), "a span's type is a int, not text"),
    ("words", [{"text": "a", "spans": [3]}], (), "a span needs start, end and type"),
    ("words", [{"text": "a", "spans": "no"}], (), "spans is a str, not a list"),
    ("rude", RUDE, ("--settings", "{"), "--settings: not JSON"),
    ("rude", RUDE, ("--settings", "[]"), "--settings: expected an object, found list"),
    (
        "rude",
        RUDE,
        ("--settings", '{"units": 1}'),
        "has no setting 'units'; use one of: unit, inline",
    ),
]


@pytest.mark.parametrize(("detector", "rows", "options", "message"), MISTAKES)
def test_a_mistake_is_one_clear_error(run, detector, rows, options, message):
    with pytest.raises(UsageError, match=message.replace("?", r"\?")):
        run(detector, rows, *options)


def test_a_detector_that_fails_is_an_error_and_no_score(run):
    with pytest.raises(
        DetectorError, match=r"rows\.jsonl:1: detector 'broken' did not run to its end"
    ):
        run("broken", RUDE, "--label", "rude")


def test_no_error_shows_a_text(run):
    with pytest.raises(UsageError) as raised:
        run("rude", labelled(("my diary", {"rude": "yes"})), "--label", "rude")
    assert "diary" not in str(raised.value)
