"""Comparisons as a comment on a pull request: the outcome first, details folded away."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from tokenward.compare.named import model_name, optimized_names
from tokenward.compare.ranking import RULE, Estimate, Rank, ranked
from tokenward.compare.report.facts import flattened
from tokenward.compare.report.finite import sayable
from tokenward.compare.report.sentences import decides, headline, needed_text
from tokenward.compare.report.words import (
    NONE,
    change_text,
    interval_text,
    level_text,
    listed,
    margin_text,
    more_needed,
    plain,
    signed,
    value_text,
)
from tokenward.compare.result import Comparison, MetricResult
from tokenward.evaluation.markdown import escape

SIGNS: Mapping[str, str] = {
    "pass": "✅ pass", "fail": "❌ fail", "inconclusive": "❔ inconclusive",
    "skipped": "⚪ skipped", "shown": "shown",
}  # fmt: skip
HEAD = ("metric", "base", "optimized", "difference", "interval", "margin", "n (clusters)", "result")
MOST_SHOWN = 40
MOST_CHARS = 60_000
"""GitHub takes comments of 65,536 characters."""
SHORTENED = "> Shortened: the rest is in the report."


def to_markdown(comparisons: Sequence[Comparison]) -> str:
    """Returns the comment; nothing in it is the text of a case or an answer.

    What GitHub would refuse as too long is left out from the end: details, then whole blocks.
    """
    text = _joined(_blocks(comparisons, details=True))
    if len(text) <= MOST_CHARS:
        return text
    blocks, left = [SHORTENED], MOST_CHARS - len(SHORTENED)
    for block in _blocks(comparisons, details=False):
        left -= len(block) + 2
        if left < 0:
            break
        blocks.append(block)
    return _joined(blocks)


def _joined(blocks: Iterable[str]) -> str:
    return sayable("\n\n".join(blocks)) + "\n"


def _blocks(comparisons: Sequence[Comparison], *, details: bool) -> Iterator[str]:
    if len(comparisons) > 1:
        yield from _side_by_side(ranked(comparisons))
    for one, name in zip(comparisons, optimized_names(comparisons), strict=True):
        yield from _one(one, name)
        if details:
            yield from _details(one)


def _one(one: Comparison, name: str) -> Iterator[str]:
    base = model_name(one.base, "base")
    yield f"## {SIGNS[one.result]}: {escape(name)} against {escape(base)}"
    yield escape(headline(one))
    told = [f"* {escape(line)}" for line in decides(one)]
    if told:
        words = "Nearest its margin:" if one.result == "pass" else "What decides:"
        yield "\n".join([f"**{words}**", "", *told])
    gated = [metric for metric in listed(one.metrics) if metric.result != "shown"]
    if gated:
        yield table((*HEAD[:4], f"{level_text(one)} interval", *HEAD[5:]), map(_cells, gated))
    needed = [metric for metric in gated if more_needed(metric)]
    if needed:
        told = [
            f"* {escape(metric.name)}: {escape(needed_text(metric, more_needed(metric) or 0))}"
            for metric in needed
        ]
        yield "\n".join(["**What would settle it:**", "", *told])


def _details(one: Comparison) -> Iterator[str]:
    shown = [metric for metric in one.metrics if metric.result == "shown"]
    if shown:
        grid = table((*HEAD[:5], "noise floor", "q"), map(_shown_cells, shown[:MOST_SHOWN]))
        yield folded(f"{len(shown)} more metrics, which the gate does not name", grid)
    if one.unmeasured:
        yield folded(
            f"{len(one.unmeasured)} not measured",
            "\n".join(f"* {escape(name)}" for name in one.unmeasured),
        )
    warned = [
        f"{metric.name}: {'; '.join(metric.warnings)}" for metric in one.metrics if metric.warnings
    ]
    if warned:
        told = "\n".join(f"* {escape(line)}" for line in warned)
        yield folded(f"{len(warned)} warning{'s' * (len(warned) != 1)}", told)
    facts: list[tuple[str, str]] = [
        row
        for head, told in (
            ("comparable", one.comparable), ("dropped", one.dropped), ("gate", one.gate),
            ("base", one.base), ("optimized", one.optimized), ("versions", one.versions),
        )
        for row in flattened(told, head)
    ]  # fmt: skip
    if one.command:
        facts.append(("again", one.command))
    if facts:
        yield folded("How it was measured", table(("what", "is"), facts))


def _side_by_side(ranks: Sequence[Rank]) -> Iterator[str]:
    yield "## Several optimized models, best first"
    first = ranks[0]
    head = (
        "place", "model", "result", f"quality lost ({first.quality_by or 'not measured of all'})",
        f"cost ({first.cost_by or 'not measured of all'})", "Pareto",
    )  # fmt: skip
    yield table(head, map(_rank_cells, ranks))
    yield RULE


def _rank_cells(one: Rank) -> tuple[str, ...]:
    spans = [_span(one.quality, plain), _span(one.cost, relative)]
    place = f"{one.place}, perhaps by chance" if one.tied else str(one.place)
    by = f"dominated by {', '.join(one.dominated_by)}" if one.dominated_by else "on the line"
    return (place, one.name, SIGNS[one.result], *spans, by)


def _span(one: Estimate | None, write: Callable[[float], str]) -> str:
    if one is None:
        return NONE
    return f"{write(one.value)} ({write(one.low)} to {write(one.high)})"


def relative(share: float) -> str:
    """Returns a change relative to the base.

    >>> relative(0.125)
    '+12.5 %'
    """
    return f"{signed(100 * share)} %"


def _cells(one: MetricResult) -> tuple[str, ...]:
    sides = (value_text(one, one.base), value_text(one, one.optimized))
    span = (change_text(one, one.difference), interval_text(one))
    return (one.name, *sides, *span, margin_text(one), _size(one), SIGNS[one.result])


def _shown_cells(one: MetricResult) -> tuple[str, ...]:
    return (*_cells(one)[:5], change_text(one, one.floor, sign=False), plain(one.q, 2))


def _size(one: MetricResult) -> str:
    return f"{one.n} ({one.clusters})"


def table(head: Sequence[Any], rows: Iterator[Sequence[str]] | Sequence[Sequence[str]]) -> str:
    """Returns a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(escape(cell) for cell in line) + " |" for line in lines)


def folded(title: str, inside: str) -> str:
    """Returns what is shown when its title is clicked."""
    return f"<details><summary>{escape(title)}</summary>\n\n{inside}\n\n</details>"
