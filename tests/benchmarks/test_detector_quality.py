"""The benchmark of detectors counts rightly, and runs from end to end over rows of its own."""

from __future__ import annotations

import gzip
import json

import pytest
from tests.benchmarks import bench_groundedness, detector_quality, quality_others
from tests.benchmarks.quality_counts import exact, figures, overlap, token
from tests.benchmarks.quality_models import compared
from tests.benchmarks.quality_rows import half, template

CARD = "Card 4111 1111 1111 1111"
PII = [
    (f"{CARD}, please", [("CREDIT_CARD", 5, 24)]),
    ("Mail ann@example.com or bob@example.com", [("EMAIL_ADDRESS", 5, 20), ("PERSON", 24, 27)]),
    ("See example.org in Berlin", [("DOMAIN_NAME", 4, 15), ("GPE", 19, 25)]),
]
SECRETS = [
    ('password = "Tr0ub4dor&3"', 1, "detect-secrets:keyword"),
    ('password = "changeme"', 0, "detect-secrets:keyword"),
    ("AKIAQYLPMN5HFIQR7XYA", 1, "gitleaks:aws-access-token"),
    ("nothing at all, but labelled", 1, "gitleaks:generic-api-key"),
]


def written(path, rows):
    path.parent.mkdir(exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as lines:
        lines.writelines(f"{json.dumps(row)}\n" for row in rows)


@pytest.fixture
def data(tmp_path):
    keys = ("type", "start", "end")
    rows = [
        {"text": text, "spans": [dict(zip(keys, span, strict=True)) for span in spans]}
        for text, spans in PII
    ]
    written(tmp_path / "pii" / "presidio_generated.jsonl.gz", rows)
    written(tmp_path / "pii" / "presidio_synth_v2.jsonl.gz", rows[:1])
    written(
        tmp_path / "secrets" / "scanner_test_strings.jsonl.gz",
        [{"text": t, "labels": {"secret": s, "rule": r}} for t, s, r in SECRETS],
    )
    return tmp_path


def printed(capsys, data, *options):
    detector_quality.main(["--data", str(data), "--part", "all", "--json", *options])
    rows = json.loads(capsys.readouterr().out)
    return {(row["tool"], row["figure"]): row for row in rows}


def test_personal_values_are_measured_by_type_by_token_and_by_overlap(data, capsys):
    rows = printed(capsys, data, "--only", "pii")
    ours = {figure: row for (tool, figure), row in rows.items() if tool == "tokenward, pii"}

    # two cards, a host and an address are labelled; the second address is a person to the label
    assert ours["structured, exact F2"]["told"]["precision"][0] == 0.8
    assert ours["structured, exact F2"]["told"]["recall"][0] == 1
    assert ours["structured, exact F2"]["told"]["f"][0] == round(5 * 0.8 / (4 * 0.8 + 1), 4)
    assert ours["all kinds, overlap F2"]["told"]["recall"][0] == round(4 / 6, 4)
    assert ours["structured, exact F2"]["must"] == 0.95
    assert ours["IBAN_CODE, exact F2"]["told"] is None


def test_secrets_are_measured_over_both_conventions_and_each(data, capsys):
    rows = printed(capsys, data, "--only", "secrets")

    both = rows["tokenward, secrets", "F1, both"]["told"]
    assert (both["precision"][0], both["recall"][0], both["f"][0]) == (1, 0.6667, 0.8)
    assert rows["tokenward, secrets", "F1, detect-secrets"]["told"]["f"][0] == 1
    assert rows["tokenward, secrets", "F1, gitleaks"]["told"]["recall"][0] == 0.5


def test_a_tool_that_is_not_there_is_told_and_not_measured(data, capsys, monkeypatch):
    def absent():
        raise ImportError

    def everything():
        return lambda text: [(0, len(text), "KEY")]

    tools = {"absent": absent, "everything": everything}
    monkeypatch.setattr(quality_others, "SECRETS", tools)
    rows = printed(capsys, data, "--only", "secrets", "--others")

    assert rows["absent", "F1, both"]["told"] is None
    assert rows["everything", "F1, both"]["told"]["recall"][0] == 1
    assert rows["everything", "F1, both"]["told"]["precision"][0] == 0.75


def test_the_table_has_a_line_for_each_figure(data, capsys):
    detector_quality.main(["--data", str(data), "--only", "secrets", "--part", "all"])
    lines = capsys.readouterr().out.splitlines()

    assert len(lines) == 2 + 3
    assert lines[2].startswith("| all | tokenward, secrets | F1, both | 1.000 (")
    assert lines[2].endswith("| 0.90 / 0.94 |")


def test_errors_are_those_of_the_half_that_may_be_looked_at(data, capsys):
    detector_quality.main(["--data", str(data), "--errors"])
    shown = capsys.readouterr().out

    missed = "nothing at all, but labelled"
    assert (missed in shown) == (half("gitleaks:generic-api-key") == "tune")
    person = template(PII[1][0], [(s, e, k) for k, s, e in PII[1][1]])
    assert ("bob@example.com" in shown) == (half(person) == "tune")


def test_an_area_that_is_none_is_refused(data, capsys):
    with pytest.raises(SystemExit):
        detector_quality.main(["--data", str(data), "--only", "poetry"])
    assert "'poetry' is none of pii, secrets, injection, groundedness" in capsys.readouterr().err


def test_what_has_benchmarks_of_its_own_stands_in_the_same_table(data, capsys, monkeypatch):
    def edits(_):
        return {"small edits": (0.7, 0.6, 0.8)}

    def answers(_):
        return {"answers of like length": (0.9, 0.8, 1.0)}

    monkeypatch.setattr(bench_groundedness, "small_edits", edits)
    monkeypatch.setattr(bench_groundedness, "like_lengths", answers)
    detector_quality.main(["--data", str(data), "--only", "groundedness", "--part", "all"])

    line = "| all | tokenward, groundedness | small edits, AUC |  |  | 0.700 (0.600 - 0.800) | 0.65"
    assert line in capsys.readouterr().out


def test_attacks_are_compared_with_benign_texts_of_like_lengths():
    attacks, benign = ["a" * 30] * 40, ["b" * 30] * 40 + ["c" * 900] * 10

    def score(text):
        return 0.9 if text[0] in "ac" else 0.1

    alike, _ = compared(attacks, benign, score, like=True)
    anyhow, recall = compared(attacks, benign, score, like=False)

    assert alike.value == 1
    assert anyhow.value == pytest.approx(0.9)
    assert recall.value == 0


def test_a_span_is_compared_by_type_and_place():
    text = "Ann Lee paid 4111"
    labelled = [(0, 7, "PERSON"), (13, 17, "CARD")]
    found = [(0, 3, "PERSON"), (13, 17, "CARD"), (8, 12, "CARD")]

    assert exact(found, labelled, text) == (1, 3, 1, 2)
    assert token(found, labelled, text) == (2, 3, 2, 3)
    assert overlap(found, labelled, text) == (2, 3, 2, 2)


def test_an_interval_holds_the_value_and_is_the_same_each_time():
    table = [(1, 1, 1, 1)] * 30 + [(0, 1, 0, 1)] * 10
    precision, recall, both = figures(table, 2)

    assert precision.low < precision.value == recall.value == 0.75 < precision.high
    assert both.value == pytest.approx(0.75)
    assert figures(table, 2) == (precision, recall, both)
