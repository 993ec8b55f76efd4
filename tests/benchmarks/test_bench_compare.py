"""The benchmark of comparing runs from end to end, so small that its times mean nothing."""

from __future__ import annotations

import json

import pytest
from tests.benchmarks import bench_compare
from tests.benchmarks.bench_compare import Row


@pytest.mark.slow
def test_it_prints_a_row_for_every_figure(capsys):
    bench_compare.main(["--prompts", "3", "--rounds", "1", "--json"])
    printed = json.loads(capsys.readouterr().out)
    figures = [row["figure"] for row in printed["rows"]]
    assert [figure.partition(",")[0] for figure in figures] == [
        *["answers"] * 3, "ratings with divergences", "a variant with its noise floor",
    ]  # fmt: skip
    assert all(row["value"] > 0 for row in printed["rows"])


def test_a_figure_is_compared_with_what_it_must_be():
    assert [Row("a", value, most=1.2).met for value in (1.2, 1.3)] == ["yes", "NO"]
    assert not Row("a", 9.0).met
