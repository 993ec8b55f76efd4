"""What the scheduled comparisons found, by column and slice, and how it came to that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlencode

from tokenward.dashboard.filters import COLUMNS
from tokenward.dashboard.words import iso
from tokenward.store.beside.runs import Run, Runs

HISTORY = 60
"""Runs of a report that curves go back."""
LEADING = 12
"""Columns that are shown at once, if not more drifted."""
NEAR = 0.5
"""Share of its threshold from which on a statistic is worth a look."""
OVERALL = ""
"""Stands for no slice."""

State = Literal["drift", "fine", "unmeasured"]
Key = tuple[str, str]
"""A column and a slice."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One column in one slice: its last comparison, and the statistics so far, oldest first."""

    column: str
    slice: str
    row: Mapping[str, Any]
    values: tuple[float | None, ...] = ()

    @property
    def state(self) -> State:
        """Whether it drifted, or could not be told."""
        if self.row.get("statistic") is None:
            return "unmeasured"
        return "drift" if self.row.get("drift_detected") else "fine"

    @property
    def ratio(self) -> float:
        """How many times its threshold the statistic is; -1 where there is none."""
        statistic, threshold = self.row.get("statistic"), self.row.get("threshold")
        return -1.0 if statistic is None or not threshold else statistic / threshold


@dataclass(frozen=True, slots=True)
class Watched:
    """A report: its newest run, and its cells, those that drifted first."""

    run: Run
    cells: tuple[Cell, ...]
    runs: int
    times: tuple[float, ...] = field(default=(), repr=False)

    @property
    def name(self) -> str:
        """The report's name."""
        return self.run.key.report

    @property
    def slices(self) -> list[str]:
        """The slices, that of all first."""
        return sorted({cell.slice for cell in self.cells})

    def within(self, part: str) -> tuple[list[Cell], list[Cell]]:
        """Returns the cells of a slice: those to look at first, and the others."""
        cells = [cell for cell in self.cells if cell.slice == part]
        first = max(LEADING, self.count("drift", part))
        return cells[:first], cells[first:]

    def count(self, state: State, part: str | None = None) -> int:
        """Returns how many cells are in a state."""
        return sum(cell.state == state for cell in self.cells if part is None or cell.slice == part)

    @property
    def quiet(self) -> int:
        """How many columns are far below their thresholds in all slices."""
        return len({cell.column for cell in self.cells}) - len(self.matrix())

    def matrix(self) -> list[tuple[str, list[Cell | None]]]:
        """Returns the columns that are not quiet, each with its cells in order of the slices."""
        known = {(cell.column, cell.slice): cell for cell in self.cells}
        loud = (one for one in self.cells if one.state == "drift" or one.ratio >= NEAR)
        names = dict.fromkeys(cell.column for cell in loud)
        return [(name, [known.get((name, part)) for part in self.slices]) for name in names]

    def as_dict(self) -> dict[str, Any]:
        """Returns the newest run with the history of its cells, as data."""
        key, result = self.run.key, self.run.result
        return {
            "report": key.report,
            "finished": self.run.finished,
            "drift": self.run.drift,
            "reference": {"start": key.reference_start, "end": key.reference_end},
            "current": {"start": key.current_start, "end": key.current_end},
            "warnings": list(result.get("warnings", ())),
            "columns": [{**cell.row, "history": list(cell.values)} for cell in self.cells],
            "times": list(self.times),
        }


def watched(runs: Runs) -> list[Watched]:
    """Returns all reports that were made, those that found drift first."""
    found = [watch(runs.history(run.key.report, HISTORY)) for run in runs.latest()]
    return sorted(found, key=lambda one: (not one.run.drift, one.name))


def watch(history: Sequence[Run]) -> Watched:
    """Returns a report of its runs, newest first."""
    oldest_first = list(reversed(history))
    past = [cells_of(run) for run in oldest_first]
    newest = past[-1]
    cells = [
        Cell(*key, row, tuple(number(one.get(key, {}).get("statistic")) for one in past))
        for key, row in newest.items()
    ]
    cells.sort(key=lambda cell: (cell.state != "drift", -cell.ratio, cell.column, cell.slice))
    times = tuple(run.key.current_end for run in oldest_first)
    return Watched(history[0], tuple(cells), len(history), times)


def cells_of(run: Run) -> dict[Key, Mapping[str, Any]]:
    """Returns the comparisons of a run by column and slice."""
    rows: Iterable[Any] = run.result.get("columns", ())
    return {
        (str(row.get("column", "")), str(row.get("slice") or OVERALL)): row
        for row in rows
        if isinstance(row, Mapping)
    }


def records_of(cell: Cell, run: Run) -> str:
    """Returns the query of the decisions that a comparison is about: those of its current period.

    >>> from tokenward.store.beside.runs import RunKey
    >>> key = RunKey("daily", 0.0, 1.0, 86_400.0, 172_800.0)
    >>> records_of(Cell("rule.no-pii", "model_label=int8", {}), Run(key, 0.0, True, {}))
    'start=1970-01-02T00%3A00%3A00&end=1970-01-03T00%3A00%3A00&model_label=int8&rule=no-pii'
    """
    start, end = run.key.current_start, run.key.current_end
    fields = {"start": iso(start).rstrip("Z"), "end": iso(end).rstrip("Z")}
    name, _, value = cell.slice.partition("=")
    if name in COLUMNS:
        fields[name] = value
    kind, _, value = cell.column.partition(".")
    if kind in ("rule", "action") and value:
        fields[kind] = value
    elif cell.column == "degraded":
        fields["degraded"] = "yes"
    return urlencode(fields)


def number(value: Any) -> float | None:
    """Returns a number, or ``None`` for what is none."""
    return float(value) if isinstance(value, int | float) else None
