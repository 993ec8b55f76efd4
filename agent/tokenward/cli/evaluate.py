"""``tokenward evaluate``: a detector on labelled texts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tokenward.cli.options import JsonOption
from tokenward.cli.plugins import parse_settings


def evaluate(
    detector: Annotated[str, typer.Argument(help="A detector, or one of its types: plugin.type.")],
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="JSON lines (.gz too): text, and labels or spans."),
    ],
    *,
    label: Annotated[
        str | None, typer.Option("--label", help="The key in 'labels' to measure against.")
    ] = None,
    field: Annotated[str, typer.Option("--field", help="The key of the text in a row.")] = "text",
    context: Annotated[
        str | None,
        typer.Option("--context", help="The key of the documents that a text answers."),
    ] = None,
    settings: Annotated[
        str | None, typer.Option("--settings", help="What a policy would write for it, as JSON.")
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            "--threshold", min=0, max=1, help="Least score that counts as found; 0.5 without it."
        ),
    ] = None,
    threshold_for: Annotated[
        str | None,
        typer.Option(
            "--threshold-for",
            metavar="GOAL",
            help="Find the threshold that reaches fpr=0.01, recall=0.9 or precision=0.9.",
        ),
    ] = None,
    slices: Annotated[
        list[str] | None,
        typer.Option(
            "--slice",
            metavar="KEY",
            help="Measure by a key of rows or labels, by length, file, or a feature such as "
            "language; may repeat.",
        ),
    ] = None,
    identity: Annotated[
        bool, typer.Option("--identity", help="Measure by group of people that texts name.")
    ] = False,
    identity_terms: Annotated[
        Path | None,
        typer.Option(
            "--identity-terms",
            help="Words of your own: a YAML file of groups, each with its list of words.",
        ),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option("--against", metavar="DETECTOR", help="Compare with it on the same rows."),
    ] = None,
    against_settings: Annotated[
        str | None, typer.Option("--against-settings", help="The other's settings, as JSON.")
    ] = None,
    against_threshold: Annotated[
        float | None,
        typer.Option("--against-threshold", min=0, max=1, help="The other's threshold."),
    ] = None,
    errors: Annotated[
        int, typer.Option("--errors", min=0, max=1000, help="Name the N worst rows of each class.")
    ] = 0,
    show_text: Annotated[
        bool, typer.Option("--show-text", help="Show the texts of --errors, too.")
    ] = False,
    floor: Annotated[
        Path | None,
        typer.Option("--floor", help="YAML of least values, 'auc: 0.85': exit 1 below one."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help="Take only N rows, drawn at random.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of everything random.")] = 0,
    html: Annotated[Path | None, typer.Option("--html", help="Write a page here.")] = None,
    markdown: Annotated[
        Path | None, typer.Option("--markdown", help="Write the tables here.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure a detector on labelled texts: curves, rates at a threshold, slices, calibration.

    Texts go through the engine as under a policy: a classifier scores sentences, and the highest
    score of any of them is the text's. Intervals are 95 %. A floor compares the worse end of the
    interval unless its file says 'at: point'.
    """
    from tokenward.cli.evaluated import Run  # noqa: PLC0415  # numpy, and the engine

    run = Run(
        detector=detector, files=files, label=label, field=field, context=context,
        settings=parse_settings(settings) or {}, threshold=threshold, goal=threshold_for,
        slices=slices or [], identity=identity, terms=identity_terms, against=against,
        against_settings=parse_settings(against_settings, "--against-settings") or {},
        against_threshold=against_threshold, errors=errors, show_text=show_text, floor=floor,
        limit=limit, seed=seed, html=html, markdown=markdown, as_json=as_json,
    )  # fmt: skip
    if not run.measure():
        raise typer.Exit(1)
