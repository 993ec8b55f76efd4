"""Evidently's report: made in a process of its own, offline, from a sample."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace

import pytest

from tokenward.monitor import drawing
from tokenward.monitor.artifacts import write_report
from tokenward.monitor.ranges import Period, Periods
from tokenward.monitor.report import make_report

PERIODS = Periods(Period(0.0, 1000.0), Period(1000.0, 2000.0))


@pytest.fixture
def report(store, make_traffic):
    store.append(make_traffic(300, 0.0, 1000.0, seed=1, subject="ann@example"))
    store.append(make_traffic(300, 1000.0, 1000.0, seed=2, pii=0.3, alpha=2.0))
    return make_report(store, PERIODS)


@pytest.mark.slow
def test_evidently_draws_a_page_that_needs_no_network(report, tmp_path):
    out = tmp_path / "out"
    written = write_report(report, out)
    page = (out / "report.html").read_text()

    assert [
        str(out / name)
        for name in ("summary.html", "report.html", "evidently.json", "report.json", "report.md")
    ] == list(written.artifacts)
    assert not re.findall(
        r"""<(?:script|link|img|iframe)[^>]*(?:src|href)\s*=\s*["']?(?:https?:)?//""", page
    )
    assert not re.findall(r"""@import\s|url\(\s*["']?https?:""", page)
    assert "drift in" in page and "drawDashboard" in page and "rule.no-pii" in page
    assert "nobody may see" not in page and "ann@example" not in page
    metrics = json.loads((out / "evidently.json").read_text())["metrics"]
    values = {one["config"]["column"]: one["value"] for one in metrics}
    assert values["rule.no-pii"] > 0.2 > values["score.input.injection.direct"]
    assert "evidently" not in sys.modules


def test_a_failing_child_costs_the_page_and_not_the_report(report, tmp_path, monkeypatch):
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "pandas.py").write_text("raise ImportError('no value of a row belongs here')")
    monkeypatch.setenv("PYTHONPATH", str(broken))
    out = tmp_path / "out"
    out.mkdir()
    (out / "report.html").write_text("an older page")
    written = write_report(report, out)

    assert ("no HTML report by Evidently: evidently failed: ImportError",) == written.warnings
    assert ["report.json", "report.md", "summary.html"] == sorted(
        path.name for path in out.iterdir()
    )
    assert json.loads((out / "report.json").read_text())["drift"]


def test_a_child_that_hangs_is_ended(report, tmp_path, monkeypatch):
    (tmp_path / "pandas.py").write_text("import time\ntime.sleep(60)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(drawing.DrawingFailed, match="took more than 1 seconds"):
        drawing.draw(report, drawing.DriftSettings(), tmp_path, limits=drawing.Limits(seconds=1))


def test_a_child_that_takes_too_much_memory_is_ended(report, tmp_path, monkeypatch):
    (tmp_path / "pandas.py").write_text("import time\nheld = b'x' * (200 << 20)\ntime.sleep(60)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    limits = drawing.Limits(seconds=60, memory=150 << 20)
    with pytest.raises(drawing.DrawingFailed, match="took more than 150 MiB of memory"):
        drawing.draw(report, drawing.DriftSettings(), tmp_path, limits=limits)


@pytest.mark.slow
def test_runs_stay_in_a_workspace_that_evidently_opens_each_time_once(report, tmp_path):
    workspace = drawing.Workspace(tmp_path / "workspace", keep=2)
    for hour in (1, 2, 2):
        late = replace(report, current={**report.current, "end": f"2026-01-01T0{hour}:00:00Z"})
        drawing.draw(late, drawing.DriftSettings(), tmp_path, workspace=workspace)
    code = (
        "import json, sys\n"
        "from evidently.ui.workspace import Workspace\n"
        "workspace = Workspace.create(sys.argv[1])\n"
        "(project,) = workspace.list_projects()\n"
        "runs = [workspace.get_run(project.id, one) for one in workspace.list_runs(project.id)]\n"
        "print(json.dumps([project.name, sorted((str(one.timestamp), one.tags) for one in runs)]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, str(workspace.folder)],
        capture_output=True, timeout=90, check=True, env=os.environ | drawing.ENVIRONMENT,
    )  # fmt: skip

    assert [
        "report",
        [["2026-01-01 01:00:00+00:00", ["drift"]], ["2026-01-01 02:00:00+00:00", ["drift"]]],
    ] == json.loads(done.stdout)


def test_nothing_to_draw_is_told(store, tmp_path):
    written = write_report(make_report(store, PERIODS), tmp_path / "out", ["html"])

    assert (
        "no HTML report by Evidently: no column has enough rows to be drawn" == written.warnings[-1]
    )
    assert (str(tmp_path / "out" / "summary.html"),) == written.artifacts


def test_a_missing_evidently_is_told(report, tmp_path, monkeypatch):
    monkeypatch.setattr(drawing, "find_spec", lambda name: None)
    written = write_report(report, tmp_path / "out", ["html"])

    assert (
        "no HTML report by Evidently: evidently is not installed; pip install 'tokenward[monitor]'",
    ) == written.warnings


def test_the_child_can_reach_nothing():
    code = (
        "import sys, socket\n"
        "from tokenward.monitor.render import forbid_network\n"
        "sys.addaudithook(forbid_network)\n"
        "socket.create_connection(('127.0.0.1', 9))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, timeout=30, check=False
    )

    assert b"PermissionError: socket.getaddrinfo is forbidden" in done.stderr


@pytest.mark.parametrize(
    ("method", "kind", "drawn"),
    [("rate_difference", "rate", "jensenshannon"), ("mean_difference", "number", "psi"),
     ("ks", "number", "ks"), ("of somebody", "count", "jensenshannon")],
)  # fmt: skip
def test_methods_that_evidently_does_not_have_are_drawn_as_the_usual_ones(
    report, method, kind, drawn
):
    one = replace(report.columns[0], method=method, kind=kind)
    told = drawing.described(one, drawing.DriftSettings(), 1000, 1000)

    assert drawn == told["method"]
    assert 0 < told["threshold"] < 0.2


def test_zeros_of_sparse_columns_are_drawn_and_missing_values_are_not(report):
    reference = report.samples[0].rows
    by_name = {one.column: one for one in report.columns}
    rule = [drawing.value(row, by_name["rule.no-pii"]) for row in reference]
    seconds = [drawing.value(row, by_name["timing.guard"]) for row in reference]

    assert {"0", "1"} == set(rule)
    assert all(isinstance(one, float) for one in seconds)
