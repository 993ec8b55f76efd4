"""Files of ``tokenward compare``: a folder with every form of the outcome, or single ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tokenward.cli.evaluated import write
from tokenward.cli.output import note
from tokenward.compare.report.files import write_report
from tokenward.compare.report.junit import to_junit
from tokenward.compare.report.markdown import to_markdown
from tokenward.compare.report.page import environment
from tokenward.compare.report.prometheus import to_prometheus
from tokenward.compare.result import Comparison
from tokenward.errors import UsageError

Writer = Callable[[Sequence[Comparison]], str]


@dataclass(frozen=True, slots=True)
class Files:
    """Where the outcome is written, as the options say."""

    report: Path | None
    junit: Path | None
    markdown: Path | None
    prometheus: Path | None

    def check(self) -> None:
        """Fails before hours of work rather than after them."""
        for option, path, _ in self._single():
            if not path.absolute().parent.is_dir():
                raise UsageError(f"{option} {path}: there is no such folder; make it first")
            if path.is_dir():
                raise UsageError(f"{option} {path}: is a folder; name a file in it")
        if self.report is not None:
            environment()
            if self.report.exists() and not self.report.is_dir():
                raise UsageError(f"--report {self.report}: is a file; name a folder")

    def write(self, found: Sequence[Comparison]) -> None:
        """Writes all files, and says on stderr where those of the report are."""
        for option, path, writer in self._single():
            write(option, path, writer(found))
        if self.report is not None:
            for path in write_report(self.report, found):
                note(f"written: {path}")

    def _single(self) -> Iterator[tuple[str, Path, Writer]]:
        for option, path, writer in (
            ("--junit", self.junit, to_junit),
            ("--markdown", self.markdown, to_markdown),
            ("--prometheus", self.prometheus, to_prometheus),
        ):
            if path is not None:
                yield option, path, writer
