"""What the command says beside the table."""

from __future__ import annotations

from dataclasses import replace

from tests.agent.compare.report.made import comparison, metric

from tokenward.cli.comparison_told import MOST_SHOWN, print_comparisons


def test_metrics_that_the_table_leaves_out_are_counted(capsys):
    some = [metric(name=f"quality.m{at}", result="shown") for at in range(MOST_SHOWN + 3)]
    print_comparisons([replace(comparison(), metrics=tuple(some))])
    told = capsys.readouterr()
    assert "3 more metrics that no bound names; --json or --report has them" in told.err
    assert f"quality.m{MOST_SHOWN + 2}" not in told.out
