"""Values that are known to be no secrets."""

from __future__ import annotations

import re
from collections.abc import Sequence


class Allow:
    """The values that a policy lets pass: each exact, or with ``*`` for any characters.

    >>> allow = Allow(["AKIAIOSFODNN7EXAMPLE", "test-*"])
    >>> [value in allow for value in ("AKIAIOSFODNN7EXAMPLE", "test-9fK2", "my-test-9fK2")]
    [True, True, False]
    """

    __slots__ = ("_exact", "_patterns")

    def __init__(self, values: Sequence[str]) -> None:
        self._exact = frozenset(value for value in values if "*" not in value)
        patterns = [_pattern(value) for value in values if "*" in value]
        self._patterns = re.compile("|".join(patterns) or "(?!)", re.DOTALL)

    def __bool__(self) -> bool:
        return bool(self._exact) or self._patterns.pattern != "(?!)"

    def __contains__(self, value: str) -> bool:
        return value in self._exact or self._patterns.fullmatch(value) is not None


def _pattern(value: str) -> str:
    first, *others = map(re.escape, value.split("*"))
    # each part is taken where it comes first, so that the work is linear in the value
    middle = "".join(f"(?>.*?{part})" for part in others[:-1])
    return f"{first}{middle}.*{others[-1]}"
