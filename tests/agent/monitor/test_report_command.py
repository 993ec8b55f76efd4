"""What ``tokenward report`` takes beside two ranges."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import typer
from typer.testing import CliRunner

from tokenward.cli.report import report
from tokenward.errors import StoreError, UsageError
from tokenward.monitor import engines
from tokenward.monitor.ranges import Period, Periods
from tokenward.monitor.report import make_report

CURRENT = ("--current", "1970-01-01T00:00/1970-01-01T01:00")


@pytest.fixture
def run(store, make_traffic, tmp_path):
    store.append(make_traffic(300, 0.0, 3600.0, seed=1, model_label="fp32", route="chat"))
    rows = make_traffic(300, 0.0, 3600.0, seed=1, pii=0.3, model_label="int8", route="chat")
    store.append([replace(one, decision_id=f"int8-{one.decision_id}") for one in rows])
    app = typer.Typer()
    app.command()(report)
    usual = (
        "--store",
        f"{tmp_path}/log.db",
        "--out",
        f"{tmp_path}/out",
        "--format",
        "json,md",
        *CURRENT,
    )
    return lambda *arguments: CliRunner().invoke(app, [*usual, *arguments])


def test_a_model_label_is_compared_by_slices(run, tmp_path):
    result = run("--reference", "label=fp32", "--slices", "route, prompt.language", "--json",
                 "--dashboard", "http://admin:9/tokenward")  # fmt: skip
    told = json.loads(result.stdout)
    slices = {one["slice"] for one in told["columns"]}

    assert (1, 300, 300) == (result.exit_code, told["reference"]["n"], told["current"]["n"])
    assert {None, "route=chat", "prompt.language=de", "prompt.language=en"} == slices
    assert {"rule.no-pii", "action"} <= {one["column"] for one in told["changes"]}
    assert "http://admin:9/tokenward/decisions/int8-" in (tmp_path / "out/report.md").read_text()
    assert "counting by route" in result.stderr


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("--slices", "colour"), "unknown slice 'colour'; use one of: source, route"),
        (("--reference", "same_hour_of_week=2", "--timezone", "Nowhere"), "unknown time zone 'Nowhere'"),
        (("--reference", "label="), "cannot read the reference range 'label='"),
    ],
)  # fmt: skip
def test_mistakes_are_told_before_anything_is_written(run, tmp_path, flags, told):
    result = run(*flags)

    assert isinstance(result.exception, UsageError)
    assert told in str(result.exception)
    assert not (tmp_path / "out").exists()


def test_an_analysis_that_does_not_fit_says_so(store, make_traffic, monkeypatch):
    store.append(make_traffic(3000, 0.0, 2000.0, seed=1))
    monkeypatch.setattr(engines, "MEMORY", "2MB")
    monkeypatch.setattr(engines, "SCRATCH", "1MB")
    with pytest.raises(StoreError, match="does not fit into 2MB of memory and 1MB of disk; slice"):
        make_report(store, Periods(Period(0.0, 1000.0), Period(1000.0, 2000.0)))
