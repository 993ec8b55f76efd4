"""A row of a user's file, and how its fields are read by their names in several versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from tokenward.errors import UsageError, one_of


@dataclass(frozen=True, slots=True)
class Row:
    """What stands at a place of a file; keys may be dotted: ``labels.category``.

    Where several keys are given, the first that the row has counts: public copies of a data set
    name its columns differently.
    """

    where: str
    values: Mapping[str, Any] = field(repr=False)

    def fail(self, message: str) -> NoReturn:
        """Raises with the row's place."""
        raise UsageError(f"{self.where}: {message}")

    def get(self, *keys: str) -> Any:
        """Returns the first value that is there; else ``None``."""
        for key in keys:
            found = self._at(key)
            if found is not None:
                return found
        return None

    def text(self, *keys: str) -> str:
        """Returns a text that must be there, and not be empty."""
        value = self.get(*keys)
        if value is None:
            self.fail(f"no {' or '.join(map(repr, keys))} in it; it has {self._keys()}")
        if not isinstance(value, str) or not value.strip():
            kind = "an empty text" if isinstance(value, str) else type(value).__name__
            self.fail(f"expected {keys[0]!r} as a text, found {kind}")
        return value

    def word(self, *keys: str) -> str | None:
        """Returns a text or a number as text; ``None`` where there is none."""
        value = self.get(*keys)
        if isinstance(value, str | int) and not isinstance(value, bool):
            return str(value).strip() or None
        return None

    def choice(self, words: Mapping[str, str], *keys: str) -> str:
        """Returns what one of the allowed words stands for, whatever its case."""
        value = self.word(*keys)
        if value is None or value.lower() not in words:
            shown = "nothing" if value is None else repr(value[:40])
            self.fail(f"{keys[0]!r} is {shown}; {one_of(words)}")
        return words[value.lower()]

    def number(self, *keys: str) -> int | None:
        """Returns a whole number, also one that is written as a text; ``None`` without one."""
        value = self.get(*keys)
        if value is None or value == "":
            return None
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            self.fail(f"expected {keys[0]!r} as a number, found {type(value).__name__}")
        try:
            number = float(value)
        except ValueError:
            number = float("nan")
        if not number.is_integer():
            self.fail(f"expected {keys[0]!r} as a whole number")
        return int(number)

    def texts(self, *keys: str) -> Sequence[str] | None:
        """Returns a list of texts; ``None`` where there is none."""
        value = self.get(*keys)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            self.fail(f"expected {keys[0]!r} as a list of texts")
        return value

    def _at(self, key: str) -> Any:
        found: Any = self.values
        if key in self.values:  # flat copies have the dot in the name
            return self.values[key]
        for part in key.split("."):
            if not isinstance(found, Mapping) or part not in found:
                return None
            found = found[part]
        return found

    def _keys(self) -> str:
        return ", ".join(map(str, self.values)) or "nothing"
