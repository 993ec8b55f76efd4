"""``tokenward compare --plan``: how many cases there are, and how many it takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tokenward.cli.output import grid, print_json, print_text
from tokenward.compare.asked import Asked
from tokenward.compare.plan import lines, plan

HEAD = ("metric", "margin", "cases", "clusters", "fewest clusters", "cases needed", "seen from",
        "passes if equal")  # fmt: skip


def print_plan(asked: Asked, *, as_json: bool) -> None:
    """Prints what the comparison would take and could show; no model is loaded."""
    told = plan(asked)
    if as_json:
        print_json(told)
        return
    assumed = told["assumed"]
    foot = (
        f"assumed: {assumed['flips']:.0%} of cases change either way, and changes within a cluster "
        f"correlate by {assumed['alike']:g}; needed for a power of {told['gate']['power']:g} over "
        "all metrics; of means a run must tell"
    )
    blocks = ["\n".join(lines(told)), grid(HEAD, map(_cells, told["metrics"])), foot]
    print_text("\n\n".join(blocks) + "\n")


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    seen, chance = row["mde"], row["chance"]
    return (
        row["name"],
        row["margin"],
        str(row["cases"]),
        str(row["clusters"]),
        "" if row["floor"] is None else str(row["floor"]),
        "" if row["needed"] is None else str(row["needed"]),
        "" if seen is None else f"{100 * seen:.1f} pp",
        "" if chance is None else f"{chance:.0%}",
    )
