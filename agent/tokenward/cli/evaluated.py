"""``tokenward evaluate``: its options checked, the rows scored, the report printed and written."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tokenward.cli.output import PIPED_WIDTH, grid, note, print_json, print_text, table
from tokenward.cli.rows import read_rows
from tokenward.errors import UsageError
from tokenward.evaluation.collected import Collected, Wanted, sample, taken
from tokenward.evaluation.floors import Floor, judge, read_floors
from tokenward.evaluation.goal import Goal
from tokenward.evaluation.labelled import Labelled, labelled_row
from tokenward.evaluation.markdown import to_markdown
from tokenward.evaluation.page import environment, to_page
from tokenward.evaluation.report import Asked, report
from tokenward.evaluation.slices import Slicing, slicing
from tokenward.evaluation.subjects import Scored, Subject, decided
from tokenward.evaluation.survey import Survey
from tokenward.evaluation.tables import Table, floors, headline, remarks, tables
from tokenward.evaluation.terms import Named, by_plugins, by_words
from tokenward.evaluation.worst import Worst
from tokenward.registry import Registry


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the command, with its options as they were given."""

    detector: str
    files: Sequence[Path]
    label: str | None
    field: str
    context: str | None
    settings: dict[str, Any]
    threshold: float | None
    goal: str | None
    slices: Sequence[str]
    identity: bool
    terms: Path | None
    against: str | None
    against_settings: dict[str, Any]
    against_threshold: float | None
    errors: int
    show_text: bool
    floor: Path | None
    limit: int | None
    seed: int
    html: Path | None
    markdown: Path | None
    as_json: bool

    def measure(self) -> bool:
        """Measures, prints and writes; returns whether all floors are reached."""
        registry = Registry.load()
        subjects = [Subject.find(self.detector, registry)]
        if self.against is not None:
            subjects.append(Subject.find(self.against, registry, "--against: "))
        asked_floors = read_floors(self.floor) if self.floor else []
        asked = self._asked()
        self._check_outputs()
        survey = Survey.of(self._rows())
        if not survey.rows:
            raise UsageError(f"{self._file}: no rows")
        names = [name for name in (subjects[0].type, subjects[0].plugin) if name]
        asked = replace(asked, label=survey.choose(self.label, names))
        wanted = Wanted(
            asked.label,
            frozenset(survey.span_types),
            self._slicings(survey, asked_floors, registry),
            self._named(registry),
            Worst(self.errors, texts=self.show_text),
        )
        collected = self._collected(subjects, survey, wanted, asked, registry)
        with status("measuring"):
            told = report(collected, asked)
        told = {"detector": self.detector, "file": self._file,
                "files": [str(path) for path in self.files], **told}  # fmt: skip
        passed = self._judge(told, asked_floors)
        self._tell(told)
        return passed

    @property
    def _file(self) -> str:
        return ", ".join(map(str, self.files))

    def _asked(self) -> Asked:
        if self.against is None and (self.against_settings or self.against_threshold is not None):
            raise UsageError("--against-settings and --against-threshold need --against DETECTOR")
        if self.show_text and not self.errors:
            raise UsageError("--show-text shows the texts of --errors N; name how many")
        return Asked(
            label=None,
            threshold=self.threshold,
            goal=Goal.read(self.goal) if self.goal is not None else None,
            seed=self.seed,
            worst=bool(self.errors),
            against=self.against,
            against_threshold=self.against_threshold,
        )

    def _check_outputs(self) -> None:
        """Fails before hours of scoring rather than after them."""
        for option, path in (("--html", self.html), ("--markdown", self.markdown)):
            if path is not None and not path.absolute().parent.is_dir():
                raise UsageError(f"{option} {path}: there is no such folder; make it first")
        if self.html is not None:
            environment()
        for path in self.files:
            if path.exists() and not path.is_file() and not path.is_dir():
                raise UsageError(f"{path}: not a regular file; rows are read twice, so write one")

    def _rows(self) -> Iterator[Labelled]:
        for path in self.files:
            for row in read_rows(path, self.field):
                yield labelled_row(
                    row.text, row.values, row.where,
                    id_=row.id, file=str(path), context=self.context,
                )  # fmt: skip

    def _slicings(
        self, survey: Survey, asked: Sequence[Floor], registry: Registry
    ) -> list[Slicing]:
        keys = dict.fromkeys([*self.slices, *(one.key for one in asked if one.key is not None)])
        if not keys:
            return []
        features = registry.features()
        return [slicing(key, survey.keys, survey.labels, features) for key in keys]

    def _named(self, registry: Registry) -> Named | None:
        if self.terms is not None:
            return by_words(self.terms)
        return by_plugins(registry.groupings()) if self.identity else None

    def _collected(
        self,
        subjects: Sequence[Subject],
        survey: Survey,
        wanted: Wanted,
        asked: Asked,
        registry: Registry,
    ) -> Collected:
        places = sample(survey, self.limit, self.seed)
        total = survey.rows if places is None else len(places)
        with ExitStack() as opened:
            guards = [
                opened.enter_context(subject.open(settings, asked.spans_threshold, registry))
                for subject, settings in zip(
                    subjects, (self.settings, self.against_settings), strict=False
                )
            ]
            return Collected.of(
                with_progress(decided(guards, taken(self._rows(), places)), total), wanted
            )

    def _judge(self, told: dict[str, Any], asked: list[Floor]) -> bool:
        if self.floor is None:
            return True
        verdicts = judge(asked, told)
        passed = all(one.passed for one in verdicts)
        told["floor"] = {
            "file": str(self.floor),
            "passed": passed,
            "verdicts": [one.as_dict() for one in verdicts],
        }
        return passed

    def _tell(self, told: dict[str, Any]) -> None:
        for option, path, made in (
            ("--html", self.html, to_page),
            ("--markdown", self.markdown, to_markdown),
        ):
            if path is not None:
                write(option, path, made(told))
        if self.as_json:
            print_json(told)
        else:
            print_report(told)
        if "floor" in told and not told["floor"]["passed"]:
            failed = [one for one in told["floor"]["verdicts"] if not one["passed"]]
            shown = floors({"verdicts": failed})
            note("\n".join(["below a floor:", *lines(shown)]))


def with_progress(scored: Iterable[Scored], total: int) -> Iterable[Scored]:
    """Shows how far it is, where somebody sees it."""
    if not sys.stderr.isatty():
        return scored
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import track  # noqa: PLC0415

    return track(scored, description="scoring", total=total, console=Console(stderr=True))


def status(words: str) -> AbstractContextManager[Any]:
    """Says what is done, where somebody sees it, for as long as it is done."""
    if not sys.stderr.isatty():
        return nullcontext()
    from rich.console import Console  # noqa: PLC0415

    return Console(stderr=True).status(words)


def write(option: str, path: Path, text: str) -> None:
    """Writes a file; says which option named one that cannot be written."""
    try:
        path.write_bytes(text.encode("utf-8", "replace"))
    except OSError as error:
        raise UsageError(f"{option} {path}: cannot be written: {error.strerror}") from None


def print_report(told: dict[str, Any]) -> None:
    """Prints the tables, and what must be known of them on stderr."""
    shown = [one for one in tables(told, brief=True) if not one.long and one.title != "Floors"]
    blocks = [headline(told)]
    for number, one in enumerate(shown):
        title = [one.title] if number else []
        blocks.append("\n".join([*title, *lines(one)]))
    print_text("\n\n".join(blocks).replace("\n\n", "\n", 1) + "\n")
    if told["calibration"]:
        found = told["calibration"]
        print_text(
            f"\nexpected calibration error {found['expected_calibration_error']:.4f}; "
            f"perfect scores would stay below {found['by_chance']:.4f}\n"
        )
    for remark in remarks(told):
        note(remark)


def lines(one: Table) -> list[str]:
    """Returns a table as lines, with its note."""
    if not one.rows:
        return ["none", *([one.note] if one.note else [])]
    cells = [tuple(printable(cell) for cell in row) for row in (one.head, *one.rows)]
    drawn = list(table(cells))
    if max(map(len, drawn)) > shutil.get_terminal_size((PIPED_WIDTH, 0)).columns:
        drawn = [grid(cells[0], cells[1:])]
    return [*drawn, *([one.note] if one.note else [])]


def printable(cell: str) -> str:
    r"""Returns a cell in one line: ids and texts may hold anything.

    >>> printable("a\nb")
    'a\\nb'
    """
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in cell)
