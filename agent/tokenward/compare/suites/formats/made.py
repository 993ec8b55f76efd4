"""Makes a suite of the cases that a reader found, each with its place in the file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from tokenward.compare.case import Case
from tokenward.compare.suites.clustered import clustered
from tokenward.compare.suites.suite import Suite
from tokenward.errors import UsageError


def made(name: str, format_: str, found: Iterable[tuple[str, Case]], path: Path) -> Suite:
    """Returns a suite of cases with their ``file:line``.

    Raises:
        UsageError: for an id that comes twice, a file without cases, and a single cluster.
    """
    cases: list[Case] = []
    places: dict[str, str] = {}
    for where, case in found:
        if case.id in places:
            raise UsageError(
                f"{where}: id {case.id!r} comes twice, the first is at {places[case.id]}; "
                "leave one out, or give it an id of its own"
            )
        places[case.id] = where
        cases.append(case)
    return clustered(Suite.of(name, format_, cases, str(path)), str(path))


def short(*texts: str) -> str:
    """Returns a name for what texts share, which does not tell them.

    >>> short("The nurse said that"), short("The nurse said that") == short("The nurse", " said")
    ('4db1f95662', False)
    """
    digest = hashlib.sha256("\0".join(texts).encode())
    return digest.hexdigest()[:10]
