"""A report as tables, which the terminal, Markdown and the page show alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tokenward.evaluation.confusion import RATES
from tokenward.evaluation.goal import Goal, wording
from tokenward.evaluation.identity import AUCS
from tokenward.evaluation.measures import CURVES, FEW, NAMES, Told
from tokenward.evaluation.spans import RATES as SPAN_RATES
from tokenward.evaluation.spans import WAYS

Row = tuple[str, ...]
NONE = "-"
NOT_MEASURED = "not measured"


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its heading; ``long`` ones are for pages and not for a terminal."""

    title: str
    head: Row
    rows: Sequence[Row]
    note: str = ""
    long: bool = False


def tables(told: Told, *, brief: bool = False) -> Iterator[Table]:
    """Yields what a report has, what matters most first; ``brief`` leaves out small groups."""
    yield measures(told)
    if "threshold_for" in told:
        yield goal(told["threshold_for"])
    yield from at_threshold(told["at_threshold"])
    if told["calibration"]:
        yield calibration(told["calibration"])
    for key, parts in told["slices"].items():
        yield of_slices(key, parts)
    if "identity" in told:
        yield from identity(told["identity"], brief=brief)
    if "against" in told:
        yield against(told)
    if "errors" in told:
        yield from errors(told["errors"])
    if "floor" in told:
        yield floors(told["floor"])


def measures(told: Told) -> Table:
    """Returns the measures that need no threshold, and the agreement of spans."""
    rows = [line(NAMES[name], told[name]) for name in CURVES]
    for way in WAYS:
        agreed = (told["spans"] or {}).get(way)
        rows += [line(f"{way} {rate}", agreed[rate]) for rate in SPAN_RATES if agreed]
    return Table("Measures", ("measure", "value", "95 % interval", "from"), rows)


def line(name: str, estimate: Told | None) -> Row:
    """Returns a measure as a row.

    >>> line("recall", {"value": 0.5, "low": 0.25, "high": 0.75, "interval": "wilson"})
    ('recall', '0.5000', '0.2500 - 0.7500', 'wilson')
    """
    if estimate is None:
        return (name, NOT_MEASURED, "", "")
    bounds = f"{estimate['low']:.4f} - {estimate['high']:.4f}"
    return (name, f"{estimate['value']:.4f}", bounds, estimate["interval"])


def goal(found: Told) -> Table:
    """Returns the threshold that was asked for."""
    words = wording(Goal(found["goal"], found["value"]))
    if found["threshold"] is None:
        return Table("Threshold for " + words, ("threshold", "why"), [("none", found["reason"])])
    row = (number(found["threshold"]), f"{found['low']:.4g} - {found['high']:.4g}")
    reached = [cell(found[name]) for name in ("false_positive_rate", "recall", "precision")]
    head = ("threshold", "95 % of resamples", "false positive rate", "recall", "precision")
    return Table(f"Threshold for {words}", head, [(*row, *reached)])


def at_threshold(found: Told) -> Iterator[Table]:
    """Yields the rates at a threshold, and what was right and wrong."""
    counts = found["confusion"]
    title = f"At threshold {number(found['threshold'])}"
    head = ("measure", "value", "95 % interval", "from")
    yield Table(title, head, [line(NAMES[name], found[name]) for name in RATES])
    rows = [
        ("positive", str(counts["true_positive"]), str(counts["false_negative"])),
        ("negative", str(counts["false_positive"]), str(counts["true_negative"])),
    ]
    yield Table("Rows at the threshold", ("labelled", "flagged", "passed"), rows)


def calibration(found: Told) -> Table:
    """Returns the bins of scores with the share of positives in them."""
    error, chance = found["expected_calibration_error"], found["by_chance"]
    note = (
        f"expected calibration error {error:.4f}; perfect scores would stay below {chance:.4f} on "
        f"as many rows 19 times in 20; Brier score {found['brier_score']:.4f}. It holds for the "
        "share of positives of these rows only."
    )
    rows = [
        (
            f"{one['from']:.4f} - {one['to']:.4f}", str(one["rows"]), f"{one['mean_score']:.4f}",
            f"{one['share']:.4f} ({one['low']:.4f} - {one['high']:.4f})",
        )
        for one in found["bins"]
    ]  # fmt: skip
    return Table("Calibration", ("scores", "rows", "mean score", "positive"), rows, note, long=True)


SLICE_MEASURES = ("auc", "average_precision", "recall_at_1pct_fpr", *RATES)


def of_slices(key: str, parts: Sequence[Told]) -> Table:
    """Returns the measures of each slice."""
    rows = [
        (
            one["value"] + (" (few)" if one["small"] else ""),
            f"{one['positive']} + {one['negative']}",
            *(cell(one[name]) for name in SLICE_MEASURES),
        )
        for one in parts
    ]
    few = any(one["small"] for one in parts)
    note = f"few: under {FEW} rows in one of the classes" if few else ""
    names = ("AUC", "average precision", "recall at 1 % FPR", "recall", "precision", "F1", "FPR")
    return Table(f"By {key}", (key, "rows + -", *names), rows, note)


def identity(found: Told, *, brief: bool = False) -> Iterator[Table]:
    """Yields the measures by group, and their power means."""
    shown = [one for one in found["groups"] if not (brief and one["small"])]
    left = len(found["groups"]) - len(shown)
    rows = [
        (
            one["group"] + (" (few)" if one["small"] else ""),
            f"{one['positive']} + {one['negative']}",
            *(cell(one[name]) for name in AUCS),
            gap(one["false_positive_gap"]),
            gap(one["recall_gap"]),
        )
        for one in shown
    ]
    head = ("texts that name", "rows + -", "subgroup AUC", "BPSN AUC", "BNSP AUC", "FPR gap",
            "recall gap")  # fmt: skip
    note = (
        f"gaps: at threshold {number(found['threshold'])}, less the rate of all other texts; "
        f"few: under {found['few']} rows in one of the classes"
        f"{f' ({left} such groups are in the page and in --json)' if left else ''}. "
        "By dialect nothing was measured: "
        f"{found['dialect']['reason']}."
    )
    yield Table("By group that is named", head, rows, note)
    means = found["power_means"]
    cells = tuple(NOT_MEASURED if means[name] is None else f"{means[name]:.4f}" for name in AUCS)
    title = f"Power means (power {found['power']:g}) over {found['counted']} groups"
    yield Table(title, ("subgroup AUC", "BPSN AUC", "BNSP AUC"), [cells])


def against(told: Told) -> Table:
    """Returns both detectors beside each other, with the differences."""
    other = told["against"]
    rows = []
    for name in (*CURVES, "recall", "false_positive_rate"):
        ours, theirs = (
            side[name] if name in CURVES else side["at_threshold"][name] for side in (told, other)
        )
        found = other["difference"][name]
        p_value = "" if found is None or "p_value" not in found else f"{found['p_value']:.2g}"
        rows.append((NAMES[name], cell(ours), cell(theirs), gap(found), p_value))
    thresholds = [number(one["at_threshold"]["threshold"]) for one in (told, other)]
    note = f"recall and false positive rate at thresholds {' and '.join(thresholds)}"
    head = ("measure", told.get("detector", "this"), other["detector"], "difference", "p")
    return Table(f"Against {other['detector']}", head, rows, note)


def errors(found: Told) -> Iterator[Table]:
    """Yields the rows that are most wrong."""
    for key, title in (
        ("highest_negatives", "Negatives with the highest scores"),
        ("lowest_positives", "Positives with the lowest scores"),
    ):
        some = found[key]
        texts = any("text" in one for one in some)
        rows = [
            (
                str(one["id"]), one["where"], f"{one['score']:.4f}",
                "wrong" if one["wrong"] else "right", *((one["text"],) if texts else ()),
            )
            for one in some
        ]  # fmt: skip
        head = ("id", "where", "score", f"at {number(found['threshold'])}")
        yield Table(title, (*head, *(("text",) if texts else ())), rows)


def floors(found: Told) -> Table:
    """Returns what was asked of the measures, and whether they have it."""
    rows = []
    for one in found["verdicts"]:
        low = "most" in one
        bound = f"{'at most' if low else 'at least'} {one['most' if low else 'least']:g}"
        compared = NOT_MEASURED if one["compared"] is None else f"{one['compared']:.4f}"
        value = NONE if one["value"] is None else f"{one['value']:.4f}"
        told = "passed" if one["passed"] else "FAILED"
        rows.append(
            (told, one["measure"], one["slice"] or "all", bound, compared, one["at"], value)
        )
    head = ("floor", "measure", "of", "asked", "compared", "at", "value")
    return Table("Floors", head, rows)


def cell(estimate: Mapping[str, Any] | None) -> str:
    """Returns an estimate with its interval in a cell.

    >>> cell({"value": 0.5, "low": 0.25, "high": 0.75})
    '0.500 (0.250 - 0.750)'
    """
    if estimate is None:
        return NONE
    return f"{estimate['value']:.3f} ({estimate['low']:.3f} - {estimate['high']:.3f})"


def gap(estimate: Mapping[str, Any] | None) -> str:
    """Returns a difference with its interval in a cell, with its sign."""
    if estimate is None:
        return NONE
    return f"{estimate['value']:+.3f} ({estimate['low']:+.3f} to {estimate['high']:+.3f})"


def number(value: float) -> str:
    """Returns a threshold with all of its digits.

    >>> number(0.5), number(0.1 + 0.2)
    ('0.5', '0.30000000000000004')
    """
    return repr(round(value)) if value == round(value) else repr(float(value))


def headline(told: Told) -> str:
    """Returns in a sentence what was measured."""
    rows = told["rows"]
    of = "whether it has a labelled span" if told["label"] is None else told["label"]
    return (
        f"{told['detector']} on {told['file']}, against {of}: {rows['all']} rows, "
        f"{rows['positive']} positive, {rows['negative']} negative, {rows['unlabelled']} without"
    )


def remarks(told: Told) -> Iterator[str]:
    """Yields what was not measured, and what a reader must know."""
    for what, reason in told["not_measured"].items():
        yield f"not measured: {NAMES.get(what, what.replace('_', ' '))}: {reason}"
    for remark in told["notes"]:
        yield f"note: {remark}"
