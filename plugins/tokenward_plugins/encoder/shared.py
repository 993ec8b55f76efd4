"""Keeps one of what is costly to open, for as long as somebody uses it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

Thing = TypeVar("Thing")


class Shared(Generic[Thing]):
    """Things by key; whoever asks while one is in use gets the same one."""

    def __init__(self) -> None:
        self._open: WeakValueDictionary[Hashable, Thing] = WeakValueDictionary()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], Thing]) -> Thing:
        """Returns the thing of a key, which is made unless it is in use already."""
        with self._lock:
            known = self._open.get(key)
            if known is None:
                known = self._open[key] = make()
            return known
