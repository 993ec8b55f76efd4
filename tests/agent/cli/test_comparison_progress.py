"""Lines that say how far a comparison is: few where they are kept."""

from __future__ import annotations

from tokenward.cli import comparison_progress
from tokenward.cli.comparison_progress import OFTEN, Progress


def test_of_steps_only_some_lines_are_kept_and_of_all_else_every_one(monkeypatch, capsys):
    now = [0.0]
    monkeypatch.setattr(comparison_progress.time, "monotonic", lambda: now[0])
    with Progress() as progress:
        for second, line in enumerate(
            ["base: loaded in 2 s", *(f"base: {n} of 90 steps" for n in range(1, 40)), "scoring"]
        ):
            now[0] = second
            progress(line)
    told = capsys.readouterr().err.splitlines()

    assert ["base: loaded in 2 s", "scoring"] == [told[0], told[-1]]
    assert ["base: 15 of 90 steps", "base: 30 of 90 steps"] == told[1:-1]
    assert OFTEN == 15
