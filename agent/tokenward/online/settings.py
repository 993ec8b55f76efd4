"""What a user can set of online drift."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from tokenward.errors import UsageError, one_of

MONTH = 30 * 86_400.0
LEARN = 10_000
FEWEST = 500
MOST = 1_000_000
MOST_ALARMS = (0.001, 1000.0)
"""The fewest and the most false alarms that may be asked for."""
BY = ("source", "route", "model", "model_label", "policy", "language")
"""By what traffic may be watched in parts, too."""
WHOLE = ("action", "degraded", "prompt_tokens", "completion_tokens")
PARTS = ("action.", "rule.", "score.", "timing.", "prompt.", "answer.")
COLUMNS = (
    *WHOLE, "action.NAME", "rule.ID", "score.STAGE.DETECTOR.TYPE", "timing.NAME",
    "prompt.FEATURE", "answer.FEATURE",
)  # fmt: skip
WILD = "*?["


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlineSettings:
    """How traffic is watched.

    All streams together may raise ``false_alarms`` in ``per_seconds`` of traffic that does not
    change, or in ``per_requests`` where that is given. A reference is made of the first ``learn``
    rows, or of the store's rows of a period, ``reference``, in seconds since the epoch. ``by`` are
    columns whose values are watched each by itself, beside the whole; ``exclude`` are columns that
    are not watched, or patterns such as ``score.*``.
    """

    on: bool = True
    false_alarms: float = 1.0
    per_seconds: float = MONTH
    per_requests: int | None = None
    learn: int = LEARN
    by: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    reference: tuple[float, float] | None = None

    def keeps(self, column: str) -> bool:
        """Tells whether a column is watched."""
        return not any(fnmatchcase(column, pattern) for pattern in self.exclude)


def check_columns(patterns: Iterable[str]) -> tuple[str, ...]:
    """Returns patterns of columns; refuses one that no column can ever match.

    >>> check_columns(["score.*", "degraded"])
    ('score.*', 'degraded')
    """
    found = tuple(patterns)
    for pattern in found:
        literal = pattern[: min((pattern + mark).index(mark) for mark in WILD)]
        wild = literal != pattern
        known = pattern in WHOLE or literal.startswith(PARTS)
        known = known or (wild and any(name.startswith(literal) for name in (*WHOLE, *PARTS)))
        if not known:
            raise UsageError(f"unknown column {pattern!r}; {one_of(COLUMNS)}")
    return found


def check_by(names: Iterable[str]) -> tuple[str, ...]:
    """Returns columns by which traffic is parted; refuses others.

    >>> check_by(["model_label"])
    ('model_label',)
    """
    found = tuple(dict.fromkeys(names))
    for name in found:
        if name not in BY:
            raise UsageError(f"unknown column {name!r}; {one_of(BY)}")
    return found
