"""The benchmark of the encoder runs from end to end, over a model so small that it means nothing."""

from __future__ import annotations

import json

from tests.benchmarks import bench_encoder
from tests.plugins.encoder import tiny


def test_it_prints_a_row_for_every_figure(tmp_path, capsys):
    bench_encoder.main(["--model", str(tiny.published(tmp_path)), "--rounds", "1", "--json"])
    printed = json.loads(capsys.readouterr().out)
    figures = [row["figure"] for row in printed["rows"]]
    assert {"machine", "python", "commit", "load"} <= set(printed)
    assert [f"a pass of {length} tokens" for length in bench_encoder.LENGTHS] == [
        figure for figure in figures if figure.startswith("a pass")
    ]
    assert {
        "open, with checksums",
        "files",
        "a sentence, encoder",
        "encoder to linear model",
    } <= set(figures)
    assert [row["must"] for row in printed["rows"] if row["figure"] == "a pass of 32 tokens"] == [
        2.0
    ]
