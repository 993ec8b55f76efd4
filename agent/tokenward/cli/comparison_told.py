"""Comparisons printed for people: what decides, a table of metrics, and how to do it again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tokenward.cli.output import grid, note, print_text
from tokenward.compare.named import model_name
from tokenward.compare.ranking import RULE, Rank, ranked
from tokenward.compare.report.sentences import decides, headline
from tokenward.compare.report.words import (
    SHARES,
    SIZES,
    THIN,
    change_text,
    interval_text,
    level_text,
    listed,
    margin_text,
    plain,
    value_text,
)
from tokenward.compare.result import Comparison, MetricResult
from tokenward.compare.searched import KEY

MOST_SHOWN = 12
"""Metrics that the gate does not name, in the table; a report has all."""
HEAD = ("metric", "base", "optimized", "change", "", "margin", "n", "floor", "result")


def print_comparisons(found: Sequence[Comparison]) -> None:
    """Prints all comparisons and, of several, their ranking; remarks go to stderr."""
    blocks = [block for one in found for block in _one(one)]
    if len(found) > 1:
        blocks += _ranking(ranked(found))
    print_text("\n\n".join(blocks) + "\n")
    for one in found:
        for remark in remarks(one):
            note(remark)


def _one(one: Comparison) -> Iterator[str]:
    names = model_name(one.optimized, "optimized"), model_name(one.base, "base")
    yield f"{names[0]} against {names[1]}: {one.result}\n{_plain(headline(one))}"
    told = decides(one)
    if told:
        yield "\n".join(f"* {_plain(line)}" for line in told)
    rows = [_cells(metric) for metric in _shown(one)]
    if rows:
        head = [*HEAD[:4], f"{level_text(one)} interval", *HEAD[5:]]
        yield grid(
            [_plain(cell) for cell in head], [[_plain(cell) for cell in row] for row in rows]
        )
    failed = [case for case in one.must_pass if not case.passed]
    if one.must_pass:
        yield f"must_pass: {len(one.must_pass) - len(failed)} of {len(one.must_pass)} cases hold"
    yield from _searched(one)
    if one.command:
        yield f"again: {one.command}"


def _searched(one: Comparison) -> Iterator[str]:
    """Yields the parts that `--bisect` put back, those that undo most first."""
    for metric in one.metrics:
        found = metric.extra.get(KEY)
        if found:
            rows = [_part(part) for part in (*found["parts"], *found["narrowed"])]
            title = (
                f"{metric.name}: parts of the base put back ({found['by']}), and what that undoes"
            )
            yield f"{title}\n{grid(('part', 'undoes', 'of the damage'), rows)}"


def _part(part: Mapping[str, Any]) -> tuple[str, ...]:
    span = f"{plain(part['undone'])} ({plain(part['low'])} to {plain(part['high'])})"
    return (part["name"], span, f"{part['share']:.0%}")


def _shown(one: Comparison) -> list[MetricResult]:
    """Returns what the gate names, and the first of what it does not."""
    rows = listed(one.metrics)
    gated = [metric for metric in rows if metric.result != "shown"]
    return gated + [metric for metric in rows if metric.result == "shown"][:MOST_SHOWN]


def _cells(one: MetricResult) -> tuple[str, ...]:
    measured = bool(one.n) or one.kind == "value"
    size = f"{one.n}" if one.clusters in (0, one.n) else f"{one.n} ({one.clusters})"
    return (
        one.name,
        _side(one, one.base),
        _side(one, one.optimized),
        change_text(one, one.difference),
        _bare(one, interval_text(one)) if measured else "",
        "" if one.margin is None else margin_text(one),
        size,
        "" if one.floor is None else _bare(one, change_text(one, one.floor, sign=False)),
        one.result,
    )


def _side(one: MetricResult, value: float) -> str:
    """Returns a value of one model; shares and bytes keep their unit, which tells what they are."""
    told = value_text(one, value)
    return told if one.kind in SHARES else _bare(one, told)


def _bare(one: MetricResult, text: str) -> str:
    """Returns a text without its unit, which stands beside the change; bytes keep theirs."""
    return text if one.unit in SIZES or THIN not in text else text.rpartition(THIN)[0]


def _plain(cell: str) -> str:
    """Returns a cell with spaces that any terminal shows."""
    return cell.replace(THIN, " ")


def _ranking(ranks: Sequence[Rank]) -> Iterator[str]:
    first = ranks[0]
    head = (
        "place", "model", "result", f"quality lost ({first.quality_by or 'not measured of all'})",
        f"cost ({first.cost_by or 'not measured of all'})", "dominated by",
    )  # fmt: skip
    yield "best first:\n" + grid(head, [_rank(one) for one in ranks])
    yield RULE


def _rank(one: Rank) -> tuple[str, ...]:
    spans = [
        "" if found is None else f"{plain(found.value)} ({plain(found.low)} to {plain(found.high)})"
        for found in (one.quality, one.cost)
    ]
    return (str(one.place), one.name, one.result, *spans, ", ".join(one.dominated_by))


def remarks(one: Comparison) -> Iterator[str]:
    """Yields what must be known beside the outcome."""
    name = model_name(one.optimized, "optimized")
    for difference in one.comparable.get("differences", ()):
        yield f"{name}: {difference}"
    lost = one.dropped.get("dropped", 0)
    if lost:
        yield f"{name}: {lost} of {one.dropped['cases']} cases failed; both sides lost them"
    yield from _cut(name, one.dropped.get("truncated", {}))
    for metric in one.metrics:
        if metric.result != "shown":
            for warning in metric.warnings:
                yield f"{name}: {metric.name}: {warning}"
    more = len(one.metrics) - len(_shown(one))
    if more:
        yield f"{name}: {more} more metrics that no bound names; --json or --report has them"
    if one.unmeasured:
        yield f"{name}: not measured: {len(one.unmeasured)} metrics; --json or --report lists them"


def _cut(name: str, shares: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    """Yields the suites in which one side's answers are cut off more often than the other's."""
    ours, theirs = shares.get("base", {}), shares.get("optimized", {})
    for suite in ours.keys() & theirs.keys():
        if ours[suite] != theirs[suite]:
            yield (
                f"{name}: {suite}: {ours[suite]:.0%} of the base's answers ended at "
                f"--max-new-tokens, {theirs[suite]:.0%} of the optimized model's"
            )
