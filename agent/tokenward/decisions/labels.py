"""Names of the labels that a user's records carry, beside our own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from tokenward.errors import UsageError

OWN = frozenset({"outcome", "reason", "status"})
"""What Tokenward says of each request."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


def check_name(name: str) -> str:
    """Returns the name of a label; refuses one of our own, and what cannot be a header's part.

    >>> check_name("team")
    'team'
    """
    if name in OWN or NAME.fullmatch(name) is None:
        raise UsageError(
            f"label: cannot use the name {name!r}; use letters, digits, '_', '-' and '.', at most "
            f"64, and none of: {', '.join(sorted(OWN))}"
        )
    return name


def chosen(
    names: Iterable[str], headers: Mapping[str, str | None], metadata: Mapping[str, str]
) -> dict[str, str]:
    """Returns the labels that a request carries of those that an operator asked for.

    >>> chosen(("team", "tier"), {"team": "pay"}, {"team": "other", "user": "ann"})
    {'team': 'pay'}
    """
    found = ((name, headers.get(name) or metadata.get(name)) for name in names)
    return {name: value for name, value in found if value}
