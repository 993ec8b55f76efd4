"""The benchmark of pages runs, and asks for pages that are there."""

from __future__ import annotations

import sys

import pytest
from tests.benchmarks import bench_dashboard


@pytest.mark.parametrize("sealed", [[], ["--sealed"]])
def test_it_runs(monkeypatch, capsys, sealed):
    monkeypatch.setattr(sys, "argv", ["bench_dashboard", "--rows", "300", *sealed])
    bench_dashboard.main()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("300 records")
    assert len(lines) == 2 + len(bench_dashboard.PAGES)
