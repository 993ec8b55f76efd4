"""The benchmark of the linear models runs from end to end, in a single round."""

from __future__ import annotations

import json

from tests.benchmarks import bench_linear


def test_it_prints_a_row_for_every_figure(capsys, monkeypatch):
    monkeypatch.setattr(bench_linear, "SENTENCES", 2)
    bench_linear.main(["--rounds", "1", "--json"])
    printed = json.loads(capsys.readouterr().out)
    rows = {row["figure"]: row for row in printed["rows"]}

    assert {"machine", "python", "commit", "load"} <= set(printed)
    assert set(bench_linear.BOUNDS) <= set(rows)
    assert 12.0 == rows["a chunk of 4, toxicity and injection"]["must"]
    assert all(row["value"] >= 0 for row in rows.values())


def test_its_sentences_are_of_one_length_and_all_different():
    talk = bench_linear.Talk()
    texts = [make() for make in (talk.known, talk.strange) for _ in range(200)]

    assert {bench_linear.LENGTH} == {len(text) for text in texts}
    assert len(set(texts)) == len(texts)
