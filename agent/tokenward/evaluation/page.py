"""A report as one HTML file that needs nothing else: no script, no other file, no network."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from tokenward.evaluation.measures import CURVES, NAMES, Told
from tokenward.evaluation.tables import cell, headline, remarks, tables
from tokenward.evaluation.templating import templates


@cache
def environment() -> Any:
    """Returns the templates; fails where what makes pages is not installed."""
    return templates("tokenward.evaluation", "the HTML page of an evaluation", "monitor")


def to_page(told: Told) -> str:
    """Returns the page; texts of rows are in it only where they were asked for."""
    folder = files("tokenward.evaluation").joinpath("templates")
    page: str = (
        environment()
        .get_template("report.html")
        .render(
            told=told,
            headline=headline(told),
            remarks=list(remarks(told)),
            tables=list(tables(told)),
            pictures=_pictures(told) if told["curves"] else [],
            intervals=_intervals(told),
            failed="floor" in told and not told["floor"]["passed"],
            style=folder.joinpath("report.css").read_text("utf-8"),
        )
    )
    return page


def _intervals(told: Told) -> list[Any]:
    """Returns the drawings beside the first table, a row each."""
    from tokenward.evaluation import pictures  # noqa: PLC0415  # markupsafe comes with jinja2

    return [pictures.interval(told[name], f"{NAMES[name]}: {cell(told[name])}") for name in CURVES]


def _pictures(told: Told) -> list[tuple[str, Any]]:
    """Returns the curves with their captions."""
    from tokenward.evaluation import pictures  # noqa: PLC0415  # markupsafe comes with jinja2

    sides = [told, *([told["against"]] if told.get("against") else [])]
    names = [one["detector"] for one in sides]
    rows = told["rows"]
    share = rows["positive"] / (rows["positive"] + rows["negative"])
    both = f"{names[0]}; dashed: {names[1]}" if len(sides) > 1 else names[0]
    roc = ", ".join(f"{n}: area {cell(one['auc'])}" for n, one in zip(names, sides, strict=True))
    precision = ", ".join(
        f"{name}: average precision {cell(one['average_precision'])}"
        for name, one in zip(names, sides, strict=True)
    )
    error = told["calibration"]["expected_calibration_error"]
    return [
        (
            f"ROC curve of {both}",
            pictures.roc([one["curves"]["roc"] for one in sides], f"ROC curve; {roc}"),
        ),
        (
            f"Precision by recall of {both}",
            pictures.precision_recall(
                [one["curves"]["precision_recall"] for one in sides],
                share,
                f"Precision by recall; {precision}",
            ),
        ),
        (
            f"Calibration of {names[0]}: on the diagonal, scores are probabilities",
            pictures.reliability(
                told["calibration"]["bins"],
                f"Share of positives by score; expected calibration error {error:.4f}",
            ),
        ),
    ]
