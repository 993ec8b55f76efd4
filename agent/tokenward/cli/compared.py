"""``tokenward compare``: its options checked, the models run, the outcome printed and written."""

from __future__ import annotations

import math
import platform
import shlex
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, NoReturn

import typer

import tokenward
from tokenward.cli import INTERRUPTED
from tokenward.cli.comparison_files import Files
from tokenward.cli.comparison_logs import check_kinds, prepared
from tokenward.cli.comparison_progress import Progress
from tokenward.cli.comparison_told import print_comparisons
from tokenward.cli.output import note, print_json
from tokenward.cli.sides import read_sides
from tokenward.compare.asked import Asked
from tokenward.compare.compared import compare
from tokenward.compare.gate.gate import Gate
from tokenward.compare.gate.matching import matching
from tokenward.compare.imported.known import imported
from tokenward.compare.imported.logs import compare_logs
from tokenward.compare.metrics.cost import METRICS as COSTS
from tokenward.compare.metrics.cost import Terms
from tokenward.compare.recorded import read_run
from tokenward.compare.report.told import all_told
from tokenward.compare.run import RUN
from tokenward.compare.sampling import Sampling
from tokenward.errors import UsageError
from tokenward.meters.price import Price

TIMED = 30.0
"""Seconds for which models are timed in turns where times are looked at."""


@dataclass(frozen=True, slots=True)
class Options:
    """The options of the command as they were given."""

    base: str
    optimized: Sequence[str]
    suites: Sequence[str]
    gate: Path | None
    settings: Sequence[str]
    samples: int | None
    temperature: float | None
    seed: int | None
    batch: int | None
    max_new_tokens: int | None
    limit: int | None
    sequential: bool
    record: Path | None
    plan: bool
    bisect: bool
    price: str | None
    carbon: float | None
    timing: float | None
    show_texts: bool
    report: Path | None
    junit: Path | None
    markdown: Path | None
    prometheus: Path | None
    as_json: bool


def run(options: Options) -> bool:
    """Compares as asked; returns whether every optimized model passes."""
    files = Files(options.report, options.junit, options.markdown, options.prometheus)
    files.check()
    with ExitStack() as opened:
        folder = options.record
        if folder is None:
            folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="tokenward-")))
        asked = _asked(options, folder)
        if options.plan:
            from tokenward.cli.comparison_plan import print_plan  # noqa: PLC0415  # seldom

            print_plan(asked, as_json=options.as_json)
            return True
        try:
            with Progress() as progress:
                found = list(
                    compare_logs(asked) if imported(asked.base.source) else compare(asked, progress)
                )
        except KeyboardInterrupt:
            _interrupted(options.record)
    files.write(found)
    if options.as_json:
        print_json(all_told(found))
    else:
        print_comparisons(found)
    return all(one.lets_through for one in found)


def _asked(options: Options, folder: Path) -> Asked:
    base, optimized = read_sides(
        options.base, options.optimized, options.settings, _sampling(options)
    )
    check_kinds(base, optimized, _running(options))
    suites, gate, must_pass = prepared(options.suites, options.gate, options.limit, base)
    return Asked(
        base=base,
        optimized=optimized,
        suites=suites,
        gate=gate,
        folder=folder,
        must_pass=must_pass,
        sequential=options.sequential,
        limit=options.limit,
        texts=options.show_texts,
        terms=Terms(_price(options.price), options.carbon),
        seconds=_seconds(options, gate),
        bisect=options.bisect,
        command=shlex.join(["tokenward", *sys.argv[1:]]),
        versions=versions(),
    )


def _running(options: Options) -> list[str]:
    """Returns the options that were given of those that say how models are run."""
    names = (
        "samples", "temperature", "seed", "batch", "max_new_tokens", "limit", "sequential",
        "record", "plan", "bisect", "price", "carbon", "show_texts",
    )  # fmt: skip
    given = (name for name in names if getattr(options, name) not in (None, False))
    return [name.replace("_", "-") for name in given]


def _interrupted(record: Path | None) -> NoReturn:
    if record is None:
        note("interrupted; with --record DIR the same command would go on where it stopped")
    else:
        note(f"interrupted; the same command with --record {record} goes on where it stopped")
    raise typer.Exit(INTERRUPTED)


def _sampling(options: Options) -> Sampling:
    """Returns what the options say; else what a recorded base was drawn with."""
    given: dict[str, Any] = {
        key: value
        for key, value in (
            ("samples", options.samples), ("temperature", options.temperature),
            ("seed", options.seed), ("batch", options.batch),
            ("max_new_tokens", options.max_new_tokens),
        )
        if value is not None
    }  # fmt: skip
    recorded = Path(options.base.partition("=")[2] or options.base)
    if not (recorded / RUN).is_file():
        return Sampling(**given)
    sampling = read_run(recorded).sampling
    for key, value in given.items():
        before = getattr(sampling, key)
        if before != value:
            option = key.replace("_", "-")
            raise UsageError(
                f"--{option} {value}: the base was recorded with {before}; leave it out, say "
                f"--set optimized.{key}={value}, or record the base again"
            )
    return sampling


def _price(given: str | None) -> Price | None:
    """Returns the price of ``IN,OUT``, or ``IN,OUT,CACHED``, for a million tokens each."""
    if given is None:
        return None
    try:
        parts = [float(part) for part in given.split(",")]
    except ValueError:
        parts = []
    if len(parts) not in (2, 3) or not all(0 <= part < math.inf for part in parts):
        raise UsageError(
            f"--price {given}: write the price of a million tokens read and written, 0.15,0.60 "
            "(and of cached ones, 0.15,0.60,0.075)"
        )
    return Price(*parts)


def _seconds(options: Options, gate: Gate) -> float:
    """Returns how long models are timed: where somebody looks at it, if nothing is said."""
    if options.timing is not None:
        return options.timing
    timed = {one.name: one for one in COSTS if one.kind == "blocks"}
    gated = any(matching(bound.metric, timed) for bound in gate.bounds)
    return TIMED if gated or options.report is not None else 0.0


def versions() -> dict[str, str]:
    """Returns the versions of what computes the results; models' own are in their identities."""
    found = {"tokenward": tokenward.__version__, "python": platform.python_version()}
    for name in ("numpy", "scipy", "torch", "transformers"):
        with suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found
