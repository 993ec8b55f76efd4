"""What the page shows of one comparison, as its template reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from tokenward.compare.named import model_name
from tokenward.compare.report.drawings import forest, lines
from tokenward.compare.report.drawings.groups import Group, grouped
from tokenward.compare.report.extra import mapping, number
from tokenward.compare.report.facts import flattened
from tokenward.compare.report.sentences import (
    TITLES,
    decides,
    follows,
    headline,
    must_pass_sentence,
    needed_text,
)
from tokenward.compare.report.texts import Both, both
from tokenward.compare.report.words import (
    change_text,
    interval_text,
    level_text,
    listed,
    margin_text,
    more_needed,
    plain,
    value_text,
)
from tokenward.compare.result import Comparison, MetricResult

MOST_FIGURES = 8
MOST_WORST = 10
CHURN = ("both_good", "worse", "better", "both_bad")


@dataclass(frozen=True, slots=True)
class Line:
    """A metric's row in a table."""

    metric: MetricResult
    drawing: Markup
    base: str
    optimized: str
    difference: str
    interval: str
    margin: str
    floor: str
    deff: str
    p: str
    q: str
    mde: str
    follows: str

    @classmethod
    def of(cls, one: MetricResult) -> Line:
        """Returns the row of a metric."""
        return cls(
            metric=one,
            drawing=forest.row(one),
            base=value_text(one, one.base),
            optimized=value_text(one, one.optimized),
            difference=change_text(one, one.difference),
            interval=interval_text(one),
            margin=margin_text(one),
            floor=change_text(one, one.floor, sign=False),
            deff=plain(one.deff, 2),
            p=plain(one.p, 2),
            q=plain(one.q, 2),
            mde=change_text(one, one.mde, sign=False),
            follows=follows(one),
        )


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing with its caption."""

    drawing: Markup
    caption: str


@dataclass(frozen=True, slots=True)
class Churn:
    """What moved behind an average: numbers of cases, and those that got worse most."""

    name: str
    counts: tuple[int, ...]
    worst: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Rows of two words under a heading."""

    title: str
    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class View:
    """A comparison as the page shows it."""

    result: str
    name: str
    base: str
    title: str
    headline: str
    decides: Sequence[str]
    level: str
    gated: Sequence[Line]
    shown: Sequence[Line]
    needed: Sequence[str]
    must_pass: Sequence[tuple[bool, str]]
    figures: Sequence[Figure]
    churn: Sequence[Churn]
    groups: Sequence[tuple[str, Sequence[Group]]]
    texts: Sequence[Both]
    warnings: Sequence[str]
    unmeasured: Sequence[str]
    facts: Sequence[Facts]
    command: str

    @classmethod
    def of(cls, one: Comparison, name: str) -> View:
        """Returns what is shown of a comparison; ``name`` is the optimized model's."""
        gated = [metric for metric in listed(one.metrics) if metric.result != "shown"]
        return cls(
            result=one.result,
            name=name,
            base=model_name(one.base, "base"),
            title=TITLES[one.result],
            headline=headline(one),
            decides=decides(one),
            level=level_text(one),
            gated=[Line.of(metric) for metric in gated],
            shown=[Line.of(metric) for metric in one.metrics if metric.result == "shown"],
            needed=[
                f"{metric.name}: {needed_text(metric, more)}"
                for metric in gated
                if (more := more_needed(metric))
            ],
            must_pass=[(case.passed, must_pass_sentence(case)) for case in one.must_pass],
            figures=list(figures(one)),
            churn=list(churned(one)),
            groups=[(each.name, rows) for each in one.metrics if (rows := list(grouped(each)))],
            texts=list(both(one.texts)),
            warnings=[f"{each.name}: {word}" for each in one.metrics for word in each.warnings],
            unmeasured=one.unmeasured,
            facts=list(facts(one)),
            command=one.command,
        )


def figures(one: Comparison) -> Iterator[Figure]:
    """Yields the drawings that a comparison has the numbers for."""
    alpha = one.gate.get("alpha")
    alpha = alpha if isinstance(alpha, float) else 0.05
    kinds: tuple[tuple[Callable[[MetricResult], Markup], str], ...] = (
        (lines.by_position, "{}: is it spread evenly, or in late positions? {}"),
        (lines.by_entropy, "{}: do both agree where the base was certain?"),
        (lines.by_block, "{}: solid the base, dashed the optimized model. Was the machine quiet?"),
    )
    for draw, caption in kinds:
        for metric in one.metrics:
            if drawing := draw(metric):
                yield Figure(drawing, caption.format(metric.name, _tail(metric)))
    asked = [
        each for each in listed(one.metrics) if each.result in {"inconclusive", "fail", "pass"}
    ]
    asked.sort(key=lambda each: each.result != "inconclusive")
    drawn = (
        Figure(drawing, f"{each.name}: was this enough? The chance that an equal model passes.")
        for each in asked
        if (drawing := lines.of_power(each, alpha))
    )
    for _, figure in zip(range(MOST_FIGURES), drawn, strict=False):
        yield figure


def _tail(one: MetricResult) -> str:
    tail = mapping(one.extra, "tail")
    told = ", ".join(f"{name} {plain(number(tail, name))}" for name in tail)
    return f"Over tokens: {told} {one.unit}.".replace(" .", ".") if told else ""


def churned(one: Comparison) -> Iterator[Churn]:
    """Yields what moved in each metric that counts cases; where nothing did, too."""
    for metric in one.metrics:
        told = mapping(metric.extra, "churn")
        counts = [number(told, name) for name in CHURN]
        known = [int(count) for count in counts if count is not None]
        if len(known) == len(CHURN):
            yield Churn(metric.name, tuple(known), metric.worst[:MOST_WORST])


def facts(one: Comparison) -> Iterator[Facts]:
    """Yields what was compared, how, and with what."""
    kinds: tuple[tuple[str, Any], ...] = (
        ("Is it comparable?", one.comparable),
        ("Dropped and cut off", one.dropped),
        ("Cost", one.cost),
        ("Base", one.base),
        ("Optimized model", one.optimized),
        ("Gate", one.gate),
        ("Versions", one.versions),
    )
    for title, told in kinds:
        if rows := flattened(told):
            yield Facts(title, rows)
    detectors = list(dict.fromkeys(_detectors(one)))
    if detectors:
        yield Facts("Detectors, with their stated error", detectors)


def _detectors(one: Comparison) -> Iterator[tuple[str, str]]:
    for metric in one.metrics:
        told = mapping(metric.extra, "detector")
        if told.get("name"):
            rates = (
                f"{word} {plain(number(told, word))}" for word in ("sensitivity", "specificity")
            )
            margin = metric.implied_margin
            implied = (
                f"; margin of the truth {change_text(metric, margin, sign=False)}" if margin else ""
            )
            yield metric.name, f"{told['name']}: {', '.join(rates)}{implied}"
