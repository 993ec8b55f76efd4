"""The commands ``report``, ``monitor`` and ``purge`` as their users meet them."""

from __future__ import annotations

import json
import time

import pytest
import typer
from typer.testing import CliRunner

from tokenward.cli import main
from tokenward.cli.monitor import monitor
from tokenward.cli.purge import purge
from tokenward.cli.report import report
from tokenward.errors import MissingExtra, StoreError, UsageError

RANGES = (
    "--reference",
    "1970-01-01T00:00/1970-01-01T01:00",
    "--current",
    "1970-01-01T01:00/1970-01-01T02:00",
)


@pytest.fixture
def run():
    app = typer.Typer()
    for command in (report, monitor, purge):
        app.command()(command)
    return lambda *arguments: CliRunner().invoke(app, [str(word) for word in arguments])


@pytest.fixture
def url(store, make_traffic, tmp_path):
    store.append(make_traffic(300, 0.0, 3600.0, seed=1, subject="ann"))
    store.append(make_traffic(300, 3600.0, 3600.0, seed=2, pii=0.3))
    return f"sqlite:///{tmp_path}/log.db"


def test_report_prints_json_and_nothing_else_and_exits_1_on_drift(run, url, tmp_path):
    result = run(
        "report", "--store", url, "--out", tmp_path / "out", "--format", "json", "--json", *RANGES
    )
    told = json.loads(result.stdout)

    assert (1, 1, True) == (result.exit_code, result.stdout.count("\n"), told["drift"])
    assert [str(tmp_path / "out" / "report.json")] == told["artifacts"]


def test_report_exits_0_without_drift(run, url, tmp_path):
    same = (RANGES[0], RANGES[1], RANGES[2], RANGES[1])
    result = run("report", "--store", url, "--out", tmp_path / "out", "--format", "md", *same)

    assert (0, f"{tmp_path}/out/report.md") == (result.exit_code, result.stdout.splitlines()[-1])
    assert result.stdout.startswith("no drift in 12 measured columns")


def test_report_uses_the_last_seven_days_by_default(run, store, make_traffic, tmp_path):
    now = time.time()
    store.append(make_traffic(150, now - 10 * 86400, 86400.0, seed=1))
    store.append(make_traffic(160, now - 86400, 86000.0, seed=2))
    told = run(
        "report",
        "--store",
        f"{tmp_path}/log.db",
        "--out",
        tmp_path / "out",
        "--format",
        "json",
        "--json",
    )

    assert (150, 160) == tuple(
        json.loads(told.stdout)[side]["n"] for side in ("reference", "current")
    )


@pytest.mark.parametrize(
    ("flags", "kind", "told"),
    [
        (("--current", "soon"), UsageError, "cannot read the current range 'soon'"),
        (("--reference", "1d/2d"), UsageError, "cannot read the reference range '1d/2d'"),
        (("--format", "pdf"), UsageError, "unknown format 'pdf'"),
        (("--store", "redis://host"), UsageError, "unknown kind of store 'redis'"),
        (("--store", "missing.db"), UsageError, "missing.db: no store there"),
    ],
)
def test_report_tells_mistakes(run, url, tmp_path, flags, kind, told):
    result = run("report", "--store", url, "--out", tmp_path / "out", *flags)

    assert (kind, True) == (type(result.exception), told in str(result.exception))
    assert not (tmp_path / "out").exists()


def test_report_tells_a_broken_store(run, tmp_path):
    (tmp_path / "broken.db").write_bytes(b"broken" * 999)
    result = run("report", "--store", tmp_path / "broken.db", "--out", tmp_path / "out")

    assert (StoreError, 3) == (type(result.exception), result.exception.exit_code)


def test_a_missing_package_is_told_with_its_extra(run, url, tmp_path, monkeypatch):
    import sys

    for name in [name for name in sys.modules if name.startswith("tokenward.monitor.methods")]:
        monkeypatch.delitem(sys.modules, name)
    for name in (
        "tokenward.monitor.report",
        "tokenward.monitor.drift",
        "tokenward.monitor.artifacts",
    ):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "scipy", None)
    result = run("report", "--store", url, "--out", tmp_path / "out")

    assert isinstance(result.exception, MissingExtra)
    assert (
        "a report needs 'scipy', which is not installed; pip install 'tokenward[monitor]'"
        == str(result.exception)
    )


def test_monitor_once_exits_1_on_drift_and_tells_each_report(run, url, tmp_path):
    file = tmp_path / "m.yaml"
    file.write_text(
        f"store: {url}\nout: {tmp_path}/out\nformats: [json]\n"
        "reports:\n"
        f"  - {{name: changed, reference: '{RANGES[1]}', current: '{RANGES[3]}'}}\n"
        f"  - {{name: same, reference: '{RANGES[1]}', current: '{RANGES[1]}'}}\n"
    )
    results = [run("monitor", "--config", file, "--once") for _ in range(2)]

    assert [1, 1] == [result.exit_code for result in results]
    assert [
        "changed: drift in 3 of 12 measured columns",
        "same: no drift in 12 measured columns",
    ] == results[0].stdout.splitlines()
    assert ["changed: was made before, with drift", "same: was made before"] == results[
        1
    ].stdout.splitlines()


def test_purge_erases_a_subject_or_what_is_old(run, url, store):
    assert "erased 300 interactions\n" == run("purge", "--store", url, "--subject", "ann").stdout
    assert (
        "erased 150 interactions\n"
        == run("purge", "--store", url, "--before", "1970-01-01T01:30:00Z").stdout
    )
    assert 150 == store.count()


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ((), "purge needs one of: --before DATE, --subject ID"),
        (("--before", "2026-01-01", "--subject", "ann"), "purge needs one of"),
        (("--before", "last week"), "cannot read the time 'last week'"),
    ],
)
def test_purge_tells_mistakes(run, url, flags, told):
    result = run("purge", "--store", url, *flags)

    assert (UsageError, True) == (type(result.exception), told in str(result.exception))


def test_monitor_once_ends_with_3_where_a_report_cannot_be_made(url, tmp_path, monkeypatch, capsys):
    (tmp_path / "out").write_text("a file where the folder should be")
    file = tmp_path / "m.yaml"
    file.write_text(f"store: {url}\nout: {tmp_path}/out\nformats: [json]\nalerts: {{log: false}}\n")
    monkeypatch.setattr("tokenward.monitor.jobs.WAITS", (0.0,))
    monkeypatch.setattr("sys.argv", ["tokenward", "monitor", "--config", str(file), "--once"])
    with pytest.raises(SystemExit) as ended:
        main()

    assert 3 == ended.value.code
    assert "tokenward: report: " in capsys.readouterr().err
