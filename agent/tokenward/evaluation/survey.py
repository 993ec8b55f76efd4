"""A first look at all rows, before any is scored: how many, which labels, keys and types of span.

What is wrong with a row is told here, at once, and not after an hour of scoring.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tokenward.errors import UsageError, one_of
from tokenward.evaluation.labelled import Labelled, fault, truth_value

MOST_KEYS = 1000
"""Keys that are remembered: rows that invent names for each other are of no use for slices."""


@dataclass(slots=True)
class Survey:
    """What a file holds; ``labels`` are by their first row, ``unfit`` says what is wrong with one.

    Keys of rows are those that other fields than text, labels and spans have.
    """

    rows: int = 0
    labels: dict[str, None] = field(default_factory=dict)
    unfit: dict[str, str] = field(default_factory=dict)
    keys: dict[str, None] = field(default_factory=dict)
    span_types: set[str] = field(default_factory=set)
    has_spans: bool = False

    @classmethod
    def of(cls, rows: Iterable[Labelled]) -> Survey:
        """Looks at all rows."""
        found = cls()
        for row in rows:
            found.add(row)
        return found

    def add(self, row: Labelled) -> None:
        """Looks at a row."""
        self.rows += 1
        for label, value in row.labels.items():
            self.labels[label] = None
            if label not in self.unfit and truth_value(value) is None:
                self.unfit[label] = f"{row.where}: {fault(row, label)}"
        if len(self.keys) < MOST_KEYS:
            self.keys |= dict.fromkeys(row.values)
        if row.spans is not None:
            self.has_spans = True
            self.span_types |= {span[2] for span in row.spans}

    def choose(self, asked: str | None, names: Iterable[str]) -> str | None:
        """Returns the label to measure: the one asked for, or the only one that can be meant.

        ``names`` are names of what is measured, the best first: a label of that name is meant.
        ``None`` where the file has spans only.
        """
        if asked is not None:
            if asked not in self.labels:
                raise UsageError(f"--label: no row has the label {asked!r}; {_choices(self)}")
            if asked in self.unfit:
                raise UsageError(self.unfit[asked])
            return asked
        if not self.labels and self.has_spans:
            return None
        fitting = [key for key in self.labels if key not in self.unfit]
        for name in names:
            for key in fitting:
                if key.casefold() == name.casefold():
                    return key
        if len(fitting) == 1:
            return fitting[0]
        raise UsageError(f"which label is meant? name it with --label; {_choices(self, fitting)}")


def _choices(survey: Survey, fitting: Sequence[str] = ()) -> str:
    words = fitting or list(survey.labels)
    return one_of(words) if words else "the rows have no field 'labels'"
