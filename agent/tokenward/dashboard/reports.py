"""The runs of all reports, and the files that they wrote: these alone are served."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tokenward.dashboard.messages import Answer, Fault
from tokenward.store.beside.runs import Run, Runs

HISTORY = 30
PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
KINDS = {
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".md": "text/plain; charset=utf-8",
}
"""What is served: a report's own files."""
SANDBOX = (
    "sandbox allow-scripts allow-popups; default-src 'none'; script-src 'unsafe-inline' "
    "'unsafe-eval' blob:; style-src 'unsafe-inline'; img-src data: blob:; font-src data:; "
    "worker-src blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
"""A page of Evidently runs its own scripts: it may draw, but reach nothing, not even this port."""
MOST_BYTES = 64 * 2**20
DEPTH = 3
"""A report's name, the time of a run, a file."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file of a run; ``link`` is where it can be read, if it is there."""

    name: str
    link: str | None


@dataclass(frozen=True, slots=True)
class Listed:
    """A run with its files."""

    run: Run
    artifacts: tuple[Artifact, ...]
    columns: int
    drifted: int

    def as_dict(self) -> dict[str, Any]:
        """Returns the run as data."""
        key = self.run.key
        return {
            "report": key.report,
            "finished": self.run.finished,
            "drift": self.run.drift,
            "reference": {"start": key.reference_start, "end": key.reference_end},
            "current": {"start": key.current_start, "end": key.current_end},
            "columns": self.columns,
            "drifted": self.drifted,
            "artifacts": {one.name: one.link for one in self.artifacts},
        }


class Shown:
    """The files below the folder that a monitor writes to, the only ones that are read."""

    def __init__(self, out: Path | None) -> None:
        self._out = out

    @property
    def there(self) -> bool:
        """Whether there is a folder to read."""
        return self._out is not None and self._out.is_dir()

    def runs(self, runs: Runs) -> list[Listed]:
        """Returns the newest runs of all reports, newest first."""
        found = [run for last in runs.latest() for run in runs.history(last.key.report, HISTORY)]
        found.sort(key=lambda run: run.finished, reverse=True)
        return [self._listed(run) for run in found]

    def _listed(self, run: Run) -> Listed:
        columns = [one for one in run.result.get("columns", ()) if isinstance(one, dict)]
        measured = [one for one in columns if one.get("statistic") is not None]
        drifted = sum(bool(one.get("drift_detected")) for one in columns)
        return Listed(run, tuple(self._artifacts(run)), len(measured), drifted)

    def _artifacts(self, run: Run) -> Iterator[Artifact]:
        for told in run.result.get("artifacts", ()):
            parts = Path(str(told)).parts[-DEPTH:]
            path = self._path(parts)
            link = "/".join(map(quote, parts)) if path is not None else None
            yield Artifact(parts[-1] if parts else "", link)

    def _path(self, parts: tuple[str, ...]) -> Path | None:
        """Returns the file that a path names below the folder; ``None`` if there is none."""
        if self._out is None or len(parts) != DEPTH or not all(map(PART.fullmatch, parts)):
            return None
        try:
            root = self._out.resolve()
            path = root.joinpath(*parts).resolve()
            inside = path.is_relative_to(root) and path.is_file()
        except (OSError, ValueError):
            return None
        return path if inside and path.suffix in KINDS else None

    def answer(self, parts: tuple[str, ...]) -> Answer:
        """Returns a file, shut in so that its scripts reach nothing."""
        path = self._path(parts)
        if path is None:
            raise Fault(404, "no such file of a report")
        try:
            if path.stat().st_size > MOST_BYTES:
                raise Fault(413, "the file is too long to be shown here; open it from its folder")
            content = path.read_bytes()
        except OSError:
            raise Fault(404, "no such file of a report") from None
        return Answer(200, KINDS[path.suffix], content, policy=SANDBOX)
