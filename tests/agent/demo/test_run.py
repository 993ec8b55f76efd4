from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_demo_runs_through_all_three_doors(tmp_path):
    out = tmp_path / "demo"

    result = subprocess.run(
        [sys.executable, "-m", "tokenward", "demo", "--requests", "30", "--out", str(out)],
        capture_output=True,
        check=False,
        text=True,
        timeout=280,
    )

    assert 0 == result.returncode, result.stderr
    assert "rewind" in result.stdout
    assert "<CREDIT_CARD>" in result.stdout
    assert "(content_filter)" in result.stdout
    assert "30 requests to int8" in result.stdout
    assert "bad week: not measured, there are too few rows" in result.stdout
    assert (out / "bad-week" / "report.md").is_file()
    assert (out / "records.db").stat().st_size > 0
