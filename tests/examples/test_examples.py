"""Every example runs as its README says."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


def run(*command, cwd):
    return subprocess.run(
        [sys.executable, *command],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )


@pytest.mark.slow
def test_drift_report_finds_the_worse_week(tmp_path):
    folder = shutil.copytree(EXAMPLES / "drift_report", tmp_path / "drift_report")

    made = run("make_records.py", "records.db", cwd=folder)
    assert 0 == made.returncode, made.stderr
    report = run(
        "-m",
        "tokenward",
        "report",
        "--store",
        "records.db",
        "--current",
        "7d",
        "--out",
        "report",
        "--format",
        "md,json",
        cwd=folder,
    )
    monitor = run("-m", "tokenward", "monitor", "--config", "monitor.yaml", "--once", cwd=folder)

    assert 1 == report.returncode, report.stderr
    assert monitor.returncode in (0, 1), monitor.stderr
    assert list((folder / "reports").rglob("*.html"))


def test_sidecar_streams_a_guarded_answer(tmp_path):
    from tokenward.demo.sidecar import SidecarProcess
    from tokenward.testing.echo import EchoUpstream

    with (
        EchoUpstream() as upstream,
        SidecarProcess(upstream.url, "default", tmp_path / "r.db", "x") as sidecar,
    ):
        chat = run(
            "chat.py", sidecar.url, "My card is 4111 1111 1111 1111.", cwd=EXAMPLES / "sidecar"
        )

    assert 0 == chat.returncode, chat.stderr
    assert "4111" not in chat.stdout
    assert "<CREDIT_CARD>" in chat.stdout


def test_every_example_has_a_readme():
    folders = [
        folder for folder in EXAMPLES.iterdir() if folder.is_dir() and folder.name != "__pycache__"
    ]

    assert [] == [folder.name for folder in folders if not (folder / "README.md").is_file()]
