"""Joins what belongs together into groups (union-find)."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Joined:
    """Names that were joined, directly or through others, have one root.

    >>> joined = Joined()
    >>> joined.join("b", "c"); joined.join("a", "c")
    >>> joined.root("a") == joined.root("b"), joined.root("d")
    (True, 'd')
    """

    _parents: dict[str, str] = field(default_factory=dict)

    def root(self, name: str) -> str:
        """Returns the name that stands for a group: its least, whatever the order of joining."""
        while (parent := self._parents.get(name, name)) != name:
            self._parents[name] = self._parents.get(parent, parent)  # halves the way of the next
            name = parent
        return name

    def join(self, first: str, second: str) -> None:
        """Puts two names into one group."""
        low, high = sorted((self.root(first), self.root(second)))
        self._parents[high] = low
