"""What the page shows of one comparison, as its template reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest
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
    NONE,
    THIN,
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

FIGURES, LEAST_FIGURES, MOST_FIGURES = 48, 4, 16
"""Figures of a page in all, and of a comparison at least and at most."""
TEXTS = 60
"""Cases of a page whose answers are shown."""
MOST_WORST = 10
LLAMA = "llama.cpp"
SIDES = ("base", "optimized")
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
class Side:
    """What both models are or took, under one name."""

    name: str
    base: str
    optimized: str


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
    more_warnings: Sequence[str]
    unmeasured: Sequence[str]
    sides: Sequence[Side]
    facts: Sequence[Facts]
    command: str

    @classmethod
    def of(cls, one: Comparison, name: str, among: int = 1) -> View:
        """Returns what is shown of a comparison; the more a page has, the less of each.

        ``name`` is the optimized model's, ``among`` how many comparisons there are.
        """
        most = min(MOST_FIGURES, max(LEAST_FIGURES, FIGURES // among))
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
            figures=list(islice(figures(one), most)),
            churn=list(churned(one)),
            groups=[(each.name, rows) for each in one.metrics if (rows := list(grouped(each)))],
            texts=list(islice(both(one.texts), max(1, TEXTS // among))),
            warnings=warned(gated),
            more_warnings=warned([each for each in one.metrics if each.result == "shown"]),
            unmeasured=one.unmeasured,
            sides=list(sides(one)),
            facts=list(facts(one)),
            command=one.command,
        )


def figures(one: Comparison) -> Iterator[Figure]:
    """Yields the drawings that a comparison has the numbers for, by turns of what they ask."""
    kinds = (
        _drawn(one, lines.by_position, "{}: is it spread evenly, or in late positions?"),
        _drawn(
            one,
            lines.of_tail,
            "{}: do a few tokens make all of it? Upright lines are 95 % intervals.",
        ),
        _drawn(one, lines.by_entropy, "{}: do both agree where the base was certain?"),
        _drawn(
            one,
            lines.by_block,
            "{}: solid the base, dashed the optimized model. Was the machine quiet?",
        ),
        _powers(one),
    )
    for turn in zip_longest(*kinds):
        yield from filter(None, turn)


def _drawn(
    one: Comparison, draw: Callable[[MetricResult], Markup], caption: str
) -> Iterator[Figure]:
    for metric in one.metrics:
        if drawing := draw(metric):
            yield Figure(drawing, caption.format(metric.name))


def _powers(one: Comparison) -> Iterator[Figure]:
    """Yields the chances to pass, of what is inconclusive first."""
    alpha = one.gate.get("alpha")
    alpha = alpha if isinstance(alpha, float) else 0.05
    asked = [
        each for each in listed(one.metrics) if each.result in {"inconclusive", "fail", "pass"}
    ]
    asked.sort(key=lambda each: each.result != "inconclusive")
    for metric in asked:
        if drawing := lines.of_power(metric, alpha):
            caption = f"{metric.name}: was this enough? The chance that an equal model passes."
            yield Figure(drawing, caption)


def warned(metrics: Sequence[MetricResult]) -> list[str]:
    """Returns a line for each metric that has warnings."""
    return [f"{one.name}: {'; '.join(one.warnings)}" for one in metrics if one.warnings]


def churned(one: Comparison) -> Iterator[Churn]:
    """Yields what moved in each metric that counts cases; where nothing did, too."""
    for metric in one.metrics:
        told = mapping(metric.extra, "churn")
        counts = [number(told, name) for name in CHURN]
        known = [int(count) for count in counts if count is not None]
        if len(known) == len(CHURN):
            yield Churn(metric.name, tuple(known), metric.worst[:MOST_WORST])


def sides(one: Comparison) -> Iterator[Side]:
    """Yields what is told of each model, both beside each other; first what differs."""
    yield from sorted(_sides(one), key=lambda row: row.base == row.optimized)


def _sides(one: Comparison) -> Iterator[Side]:
    cut = mapping(one.dropped, "truncated")
    told = (
        ("", (one.base, one.optimized)),
        ("used", (mapping(one.cost, "base"), mapping(one.cost, "optimized"))),
        ("share cut off", (mapping(cut, "base"), mapping(cut, "optimized"))),
    )
    for head, pair in told:
        rows = [dict(flattened(side, head)) for side in pair]
        for name in dict.fromkeys([*rows[0], *rows[1]]):
            yield Side(name, *(row.get(name, NONE) for row in rows))


def facts(one: Comparison) -> Iterator[Facts]:
    """Yields how the models were compared, and with what."""
    kinds: tuple[tuple[str, Any], ...] = (
        ("Is it comparable?", one.comparable),
        ("Dropped", {key: value for key, value in one.dropped.items() if key != "truncated"}),
        ("Cost", {key: value for key, value in one.cost.items() if key not in SIDES}),
        ("Gate", one.gate),
        ("Versions", one.versions),
    )
    for title, told in kinds:
        if rows := flattened(told):
            yield Facts(title, rows)
    for metric in one.metrics:
        if rows := flattened(mapping(metric.extra, LLAMA)):
            yield Facts(f"{metric.name} as {LLAMA} tells it", rows)
    if variances := list(_variances(one)):
        yield Facts("What differences vary by", variances)
    detectors = list(dict.fromkeys(_detectors(one)))
    if detectors:
        yield Facts("Detectors, with their stated error", detectors)


def _variances(one: Comparison) -> Iterator[tuple[str, str]]:
    """Yields both parts of a metric's variance: would more cases help, or more samples?"""
    for metric in one.metrics:
        parts = mapping(metric.extra, "variance")
        between, within, share, samples = (
            number(parts, key) for key in ("between", "within", "by_samples", "samples")
        )
        if None not in (between, within, share, samples):
            told = (
                f"{plain(between)} between cases, {plain(within)} between samples of one; with "
                f"{plain(samples)} samples a case, more of them could take away "
                f"{plain(100 * (share or 0.0), 2)}{THIN}% of it"
            )
            yield metric.name, told


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
