"""``tokenward compare``: its options checked, the models run, the outcome printed and written."""

from __future__ import annotations

import shlex
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import typer

from tokenward.cli import INTERRUPTED
from tokenward.cli.comparison_files import Files
from tokenward.cli.comparison_told import print_comparisons
from tokenward.cli.output import note, print_json
from tokenward.cli.sides import read_sides
from tokenward.compare.asked import Asked
from tokenward.compare.compared import compare
from tokenward.compare.prepared import prepare
from tokenward.compare.recorded import read_run
from tokenward.compare.report.told import all_told
from tokenward.compare.result import Comparison
from tokenward.compare.run import RUN
from tokenward.compare.sampling import Sampling
from tokenward.errors import UsageError


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
            found = [_noted(one) for one in compare(asked, note)]
        except KeyboardInterrupt:
            _interrupted(options.record)
    files.write(found)
    if options.as_json:
        print_json(all_told(found))
    else:
        print_comparisons(found)
    return all(_lets_through(one) for one in found)


def _asked(options: Options, folder: Path) -> Asked:
    base, optimized = read_sides(
        options.base, options.optimized, options.settings, _sampling(options)
    )
    suites, gate, must_pass = prepare(options.suites, options.gate, options.limit, base)
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
        price=options.price,
        carbon=options.carbon,
        bisect=options.bisect,
        command=shlex.join(["tokenward", *sys.argv[1:]]),
    )


def _noted(one: Comparison) -> Comparison:
    note(f"{one.optimized['name']}: {one.result} after {one.seconds:.0f} s")
    return one


def _lets_through(one: Comparison) -> bool:
    return one.result == "pass" or (
        one.result == "inconclusive" and one.gate.get("on_inconclusive") == "pass"
    )


def _interrupted(record: Path | None) -> NoReturn:
    if record is None:
        note("interrupted; with --record DIR the same command would go on where it stopped")
    else:
        note(f"interrupted; the same command with --record {record} goes on where it stopped")
    raise typer.Exit(INTERRUPTED)


def _sampling(options: Options) -> Sampling:
    """Returns what the options say; else what a recorded base was drawn with."""
    given = {
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
