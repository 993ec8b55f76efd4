"""The benchmark of the generate hook runs from end to end, so small that its times mean nothing."""

from __future__ import annotations

import json

import pytest
from tests.benchmarks import bench_generate
from tests.benchmarks.bench_generate import Row
from tests.benchmarks.generate_subjects import ACTIONS


@pytest.mark.slow
def test_it_prints_a_row_for_every_figure(capsys):
    bench_generate.main(["--tiny", "--json"])
    printed = json.loads(capsys.readouterr().out)
    rows = {row["figure"]: row for row in printed["rows"]}

    assert {"machine", "python", "torch", "commit", "rounds", "generations"} <= set(printed)
    for begins in ("guarded / bare, tiny, 1 row, default", "guarded / bare, demo model, default",
                   "rewind of 5 / 6 steps", "batch of 8, one row", "answers saved"):  # fmt: skip
        assert any(figure.startswith(begins) for figure in rows), begins
    released = {name: rows[f"forbidden text released, {name}"]["value"] for name in ACTIONS}
    assert released.pop("flag") > 0
    assert released == dict.fromkeys(released, 0)


@pytest.mark.parametrize(
    ("row", "met"),
    [
        (Row("a", 1.04, "<= 1.05"), "yes"),
        (Row("a", 1.06, "<= 1.05"), "NO"),
        (Row("a", 79.0, ">= 80"), "NO"),
        (Row("a", 1.0), ""),
    ],
)
def test_a_figure_is_compared_with_what_it_must_be(row, met):
    assert row.met == met
