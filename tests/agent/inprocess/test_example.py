"""The example of the generate loop runs, on the demo model."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).parents[3] / "examples" / "generate_loop" / "generate.py"


def test_the_example_answers_and_rewinds(monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.setattr(sys, "argv", [str(SCRIPT)])
    runpy.run_path(str(SCRIPT), run_name="__main__")
    out = capsys.readouterr().out
    assert out.count("> ") == 3
    assert "  allow (no rule), 0 rewinds" in out
    assert "  rewind (no-pii), 1 rewinds" in out
    assert "@" not in out
