"""A report for people: Markdown, and the same tables for the head of the HTML report."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from tokenward.monitor.advice import advice
from tokenward.monitor.changes import Change
from tokenward.monitor.drift import ColumnDrift
from tokenward.monitor.fairness import Worst
from tokenward.monitor.people import (
    GROUP_HEAD,
    GROUP_WORDS,
    SWAP_HEAD,
    SWAP_WORDS,
    group_rows,
    swap_rows,
)
from tokenward.monitor.quality import percent
from tokenward.monitor.ranges import instant_text
from tokenward.monitor.report import Report

HEAD = ("column", "slice", "reference", "current", "method", "statistic", "threshold", "p value")
MOST_ROWS = 200
MOST_WORST = 30
WORST_HEAD = ("rate", "highest in", "rate there", "elsewhere", "rows", "p value")

SUMS = {
    "cost": ("cost of all tokens", ""),
    "energy": ("energy, estimated", " J"),
    "co2": ("CO2 equivalents, estimated", " g"),
}
"""Sums over all requests of a period, in words, and their unit."""


def to_markdown(report: Report, dashboard: str | None = None) -> str:
    """Returns the report as Markdown; ``dashboard`` is the URL that decisions are linked to."""
    blocks = [f"# {escape(report.name)}: {report.headline}", periods(report)]
    blocks += [f"> {escape(warning)}" for warning in report.warnings]
    if report.drifted:
        blocks += ["## Drift", table(HEAD, [cells(one) for one in report.drifted[:MOST_ROWS]])]
        blocks += ["## What to do", "\n".join(todo(report, dashboard))]
    if report.worst:
        worst = sorted(
            (one for one in report.worst if one.significant), key=lambda one: one.p_value
        )
        told = table(WORST_HEAD, [worst_cells(one) for one in worst[:MOST_WORST]])
        nothing = "In no slice is a rate higher than elsewhere by more than chance."
        blocks += ["## Worst slices", told if worst else nothing]
    if report.groups:
        blocks += ["## Groups of people", GROUP_WORDS, table(GROUP_HEAD, group_rows(report.groups))]
    if report.swaps:
        told = table(SWAP_HEAD, swap_rows(report.swaps))
        blocks += ["## If others were meant", SWAP_WORDS, told]
    blocks += ["## Quality", table(("measure", "reference", "current"), quality_rows(report))]
    calm = [one for one in report.measured if not one.drift_detected and not one.constant]
    calm.sort(key=lambda one: (one.p_value, one.column))
    if calm:
        rows = [(*cells(one), one.note) for one in calm[:MOST_ROWS]]
        blocks += ["## No drift", table((*HEAD, "note"), rows)]
    unmeasured = [one for one in report.columns if one.statistic is None]
    if unmeasured:
        rows = [(*cells(one)[:2], str(one.n_reference), str(one.n_current)) for one in unmeasured]
        head = ("column", "slice", "reference rows", "current rows")
        blocks += ["## Not measured: too few rows", table(head, rows[:MOST_ROWS])]
    return "\n\n".join(blocks) + "\n"


def todo(report: Report, dashboard: str | None) -> Iterator[str]:
    """Yields a line for each change: since when, where to look, what to do."""
    changes = {(one.column, one.slice): one for one in report.changes}
    for column in dict.fromkeys(one.column for one in report.drifted):
        mine = [one for one in report.drifted if one.column == column]
        one = min(mine, key=lambda one: one.slice is not None)  # the whole, if it is among them
        change = changes.get((column, one.slice))
        begun = "" if change is None else f" {since(change)}."
        seen = "" if change is None else looked_at(change.examples, dashboard)
        yield f"* **{escape(column)}**{begun} {advice(one, revised=report.revised)}{seen}"


def since(change: Change) -> str:
    """Returns since when a column is different."""
    if change.since is None:
        return "since the beginning of the period, or before"
    return f"since about {instant_text(change.since)[:16]}Z"


def looked_at(examples: Sequence[str], dashboard: str | None) -> str:
    """Returns the requests to look at, as links where there is a dashboard."""
    if not examples:
        return ""
    told = [
        f"[{escape(one)}]({dashboard.rstrip('/')}/decisions/{quote(one, safe='')})"
        if dashboard
        else f"`{one.replace('`', '')}`"
        for one in examples
    ]
    return f" Requests: {', '.join(told)}."


def worst_cells(one: Worst) -> tuple[str, ...]:
    """Returns the cells of the slice in which a rate is highest."""
    share = rate_text({"share": one.share, "low": one.low, "high": one.high})
    return (one.rate, one.slice, share, percent(one.rest), str(one.n), f"{one.p_value:.2g}")


def periods(report: Report) -> str:
    """Returns a line for each period."""
    rows = [
        (name, str(side["n"]), side["start"], side["end"])
        for name, side in (("reference", report.reference), ("current", report.current))
    ]
    return table(("period", "interactions", "from", "to"), rows)


def cells(one: ColumnDrift) -> tuple[str, ...]:
    """Returns the cells of a column's row."""
    statistic = "" if one.statistic is None else f"{one.statistic:.3f}"
    p_value = "" if one.p_value is None else f"{one.p_value:.2g}"
    threshold = f"{one.threshold:g}"
    words = (one.column, one.slice or "", one.was, one.became)
    return (*words, one.method, statistic, threshold, p_value)


def quality_rows(report: Report) -> list[tuple[str, ...]]:
    """Returns the rows of shares with their intervals, and of quantiles."""
    rows: list[tuple[str, ...]] = []
    for group, told in (("rates", rate_text), ("quantiles", quantile_text)):
        sides = report.reference[group], report.current[group]
        rows += [
            (name, *(told(side[name]) if name in side else "" for side in sides))
            for name in sorted({*sides[0], *sides[1]})
        ]
    for name, (words, unit) in SUMS.items():
        sums = [report.reference.get(name), report.current.get(name)]
        if any(sums):
            rows.append((words, *(sum_text(one, unit) if one else "" for one in sums)))
    return rows


def sum_text(one: dict[str, Any], unit: str) -> str:
    """Returns a sum over all requests, in its unit; that of the prices has no name.

    >>> sum_text({"total": 12.0, "per_1000": 3.0}, " J")
    '12 J in all, 3 J a thousand requests'
    """
    return f"{one['total']:g}{unit} in all, {one['per_1000']:g}{unit} a thousand requests"


def rate_text(rate: dict[str, Any]) -> str:
    """Returns a share with its interval, in per cent."""
    share, low, high = (f"{100 * rate[name]:.3g}" for name in ("share", "low", "high"))
    return f"{share} % ({low} to {high})"


def quantile_text(quantiles: dict[str, float]) -> str:
    """Returns the quantiles in a line."""
    return ", ".join(f"{name} {value:g}" for name, value in quantiles.items())


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Returns a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(escape(cell) for cell in line) + " |" for line in lines)


def escape(text: str) -> str:
    r"""Returns a text that means nothing to Markdown or HTML: names may come from clients.

    >>> print(escape("a|b <script>"))
    a\|b &lt;script&gt;
    """
    plain = html.escape(" ".join(text.split()), quote=False)
    return "".join(f"\\{sign}" if sign in "|`[]*\\" else sign for sign in plain)


def to_html(report: Report) -> str:
    """Returns the head of the HTML report: what Tokenward found, before Evidently's pictures."""
    parts = [f"<h1>{html.escape(report.name)}: {html.escape(report.headline)}</h1>"]
    parts.append(html_periods(report))
    parts += [f"<p><em>{html.escape(warning)}</em></p>" for warning in report.warnings]
    if report.drifted:
        parts.append(html_table(HEAD, [cells(one) for one in report.drifted[:MOST_ROWS]]))
    parts.append(html_table(("measure", "reference", "current"), quality_rows(report)))
    note = (
        "The verdicts above are of every interaction. The pictures below are of a sample; what "
        "they call drift is without the correction for the number of columns."
    )
    style = "font-family:sans-serif;margin:1.5rem;overflow-x:auto"
    return f'<section style="{style}">{"".join(parts)}<p>{note}</p></section>'


def html_periods(report: Report) -> str:
    """Returns the periods as a sentence."""
    sides = report.reference, report.current
    told = [f"{side['n']} interactions from {side['start']} to {side['end']}" for side in sides]
    return f"<p>Reference: {told[0]}. Current: {told[1]}.</p>"


def html_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Returns an HTML table."""

    def line(tag: str, words: Sequence[str]) -> str:
        inner = "".join(f"<{tag} align=left>{html.escape(word)}</{tag}>" for word in words)
        return f"<tr>{inner}</tr>"

    body = "".join(line("td", row) for row in rows)
    return f'<table cellpadding="4">{line("th", head)}{body}</table>'
