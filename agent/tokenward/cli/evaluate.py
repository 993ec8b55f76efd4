"""``tokenward evaluate``: a detector on labelled texts."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tokenward.cli.options import JsonOption
from tokenward.cli.output import note, print_json, print_text, table
from tokenward.cli.plugins import parse_settings
from tokenward.cli.rows import read_rows
from tokenward.errors import DetectorError, UsageError, one_of

if TYPE_CHECKING:
    from tokenward.guard import Guard
    from tokenward.registry import Registry
    from tokenward.types import Decision

THREADS = 8  # as many texts as a batch of a model takes


def evaluate(
    detector: Annotated[str, typer.Argument(help="A detector, or one of its types: plugin.type.")],
    file: Annotated[Path, typer.Argument(help="JSON lines (.gz too): text, and labels or spans.")],
    *,
    label: Annotated[
        str | None, typer.Option("--label", help="The key in 'labels' to measure against.")
    ] = None,
    field: Annotated[str, typer.Option("--field", help="The key of the text in a row.")] = "text",
    settings: Annotated[
        str | None, typer.Option("--settings", help="What a policy would write for it, as JSON.")
    ] = None,
    threshold: Annotated[
        float, typer.Option("--threshold", min=0, max=1, help="Least score of a span that counts.")
    ] = 0.5,
    as_json: JsonOption = False,
) -> None:
    """Measure a detector on labelled texts: AUC, average precision, recall, span agreement.

    Texts go through the engine as under a policy: a classifier scores sentences, and the highest
    score of any of them is the text's. Intervals are 95 %.
    """
    from tokenward.registry import Registry  # noqa: PLC0415
    from tokenward.testing.evaluation import evaluation  # noqa: PLC0415
    from tokenward.testing.labelled import choose_label, labelled_row  # noqa: PLC0415

    registry = Registry.load()
    plugin, type_ = split(detector, registry)
    rows = [labelled_row(row.text, row.values, row.where) for row in read_rows(file, field)]
    if not rows:
        raise UsageError(f"{file}: no rows")
    chosen = choose_label(rows, label, [name for name in (type_, plugin) if name])
    with open_guard(plugin, type_, parse_settings(settings) or {}, threshold, registry) as guard:
        decisions = list(_decisions(guard, [row.text for row in rows]))
    for row, decision in zip(rows, decisions, strict=True):
        if decision.degraded:
            raise DetectorError(f"{row.where}: detector {plugin!r} did not run to its end")
    measures = evaluation(rows, decisions, chosen, threshold)
    result = {"detector": detector, "file": str(file), **measures}
    if as_json:
        print_json(result)
    else:
        _print(result)


def split(detector: str, registry: Registry) -> tuple[str, str | None]:
    """Returns the plugin's name, and the type where one is named."""
    if detector in registry.detectors:
        return detector, None
    plugin, _, type_ = detector.partition(".")
    if plugin not in registry.detectors or not type_:
        raise UsageError(
            f"no detector {detector!r}; {one_of(sorted(registry.detectors))}, or DETECTOR.TYPE"
        )
    return plugin, type_


def open_guard(
    plugin: str, type_: str | None, settings: dict[str, Any], threshold: float, registry: Registry
) -> Guard:
    """Returns a guard that runs one detector, and changes nothing."""
    from tokenward.guard import Guard  # noqa: PLC0415

    rule = {
        "id": "measured",
        "stage": "output",
        "detect": {plugin: [type_ or "all"]},
        "when": f"score >= {threshold:.6f}",
        "action": "flag",
        "deadline_ms": 600_000,
    }
    detectors = {plugin: {"plugin": plugin, **settings}}
    policy = {"name": "evaluate", "detectors": detectors, "rules": [rule]}
    return Guard.load(policy, registry=registry)


def _decisions(guard: Guard, texts: Sequence[str]) -> Iterator[Decision]:
    """Yields a decision a text; several at once where a worker scores batches."""
    detectors = guard.engine.compiled.detectors.values()
    threads = 1 if all(getattr(one, "inline", True) for one in detectors) else THREADS
    with ThreadPoolExecutor(threads) as pool:
        decisions = pool.map(guard.check, texts)
        if not sys.stderr.isatty():
            yield from decisions
            return
        from rich.console import Console  # noqa: PLC0415
        from rich.progress import track  # noqa: PLC0415

        yield from track(
            decisions, description="scoring", total=len(texts), console=Console(stderr=True)
        )


NAMES = {
    "auc": "ROC-AUC",
    "average_precision": "average precision",
    "recall_at_1pct_fpr": "recall at 1 % false positives",
}

RATES = ("precision", "recall", "f1")


def _print(result: dict[str, Any]) -> None:
    rows = result["rows"]
    against = "whether it has a labelled span" if result["label"] is None else result["label"]
    print_text(
        f"{result['detector']} on {result['file']}, against {against}: {rows['all']} rows, "
        f"{rows['positive']} positive, {rows['negative']} negative, {rows['unlabelled']} without\n"
    )
    lines: list[tuple[str, ...]] = [("measure", "value", "95 % interval", "from")]
    lines += [_line(name, result[key]) for key, name in NAMES.items()]
    for way, agreed in (result["spans"] or {}).items():
        if way in ("exact", "overlapping"):
            lines += [_line(f"{way} {rate}", agreed[rate]) for rate in RATES]
    print_text("\n".join(table(lines)) + "\n")
    for what, reason in result["not_measured"].items():
        note(f"not measured: {NAMES.get(what, what)}: {reason}")
    for remark in result["notes"]:
        note(f"note: {remark}")


def _line(name: str, estimate: dict[str, Any] | None) -> tuple[str, ...]:
    if estimate is None:
        return (name, "not measured", "", "")
    bounds = f"{estimate['low']:.4f} - {estimate['high']:.4f}"
    return (name, f"{estimate['value']:.4f}", bounds, estimate["interval"])
