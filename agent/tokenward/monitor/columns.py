"""Refuses names of columns that no record has: a report that leaves out nothing is not noticed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from tokenward.errors import UsageError
from tokenward.monitor.config import ReportConfig
from tokenward.monitor.expression import LABEL, NAMED
from tokenward.store.store import Store

NEAR = 3
OPEN = (LABEL, "feedback.")
"""What begins so is not looked up: labels and feedback may still come."""


def check_columns(reports: Sequence[ReportConfig], store: Store) -> None:
    """Raises a ``UsageError`` with the place of a name that is none, and names that are near it.

    A store without records knows no columns yet: then all names are taken.
    """
    named = {name: where for one in reports for name, where in one.named.items()}
    if not named or store.bounds() is None:
        return
    with store.snapshot() as snapshot:
        if snapshot.is_bare:  # rows of an earlier version say their columns only when they are read
            return
        columns = snapshot.dictionary.columns()
    columns |= {*NAMED, *rules_of(store)}
    for name, where in named.items():
        if name not in columns and not name.startswith(OPEN):
            raise UsageError(f"{where}: no record has a column {name!r}; {near(name, columns)}")


def rules_of(store: Store) -> Iterable[str]:
    """Yields the columns of rules that policies have: one that never fired is in no record."""
    for facts in store.policies.all():
        for name in facts["rules"]:
            yield f"rule.{name}"


def near(name: str, columns: Iterable[str]) -> str:
    """Returns names that may be meant, for the end of a message.

    >>> near("acton", ["action", "degraded"])
    'did you mean: action; a pattern such as acton* is taken whatever there is'
    """
    found = get_close_matches(name, sorted(columns), NEAR)
    meant = f"did you mean: {', '.join(found)}; " if found else ""
    return f"{meant}a pattern such as {name}* is taken whatever there is"
