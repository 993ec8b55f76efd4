"""Policies that are loaded when somebody first tries them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from tokenward.engine.compile import compile_policy
from tokenward.engine.engine import Engine
from tokenward.engine.find import find_policy, installed
from tokenward.registry import Registry

MOST_LOADED = 4
"""Policies that stay loaded: each may have models of its own."""


class Policies(Protocol):
    """The policies of a playground."""

    def names(self) -> Sequence[str]:
        """Returns their names."""

    def engine(self, name: str) -> Engine:
        """Returns the engine of one of them."""


class AtWork:
    """Policies that guard requests at this time, with the engines that do it."""

    def __init__(self, engines: Callable[[], Mapping[str, Engine]]) -> None:
        self._engines = engines

    def names(self) -> Sequence[str]:
        """Returns their names."""
        return list(self._engines())

    def engine(self, name: str) -> Engine:
        """Returns the engine of one of them."""
        return self._engines()[name]


class Shelf:
    """Policies by name or path, each loaded on first use; a few stay loaded.

    Without ``policies`` there are those that are installed.
    """

    def __init__(self, policies: Sequence[str] = (), registry: Registry | None = None) -> None:
        self._given = tuple(policies)
        self._registry = registry
        self._loaded: dict[str, Engine] = {}
        self._lock = threading.Lock()

    def names(self) -> Sequence[str]:
        """Returns their names, and the paths of those that were given by path."""
        return self._given or list(installed(self._known()))

    def engine(self, name: str) -> Engine:
        """Returns the engine of one of them; one that cannot be loaded is a ``TokenwardError``."""
        with self._lock:
            policy = find_policy(name, self._known())
            engine = self._loaded.pop(name, None)
            if engine is not None and engine.compiled.policy.revision != policy.revision:
                engine.close()
                engine = None  # its file has changed
            if engine is None:
                engine = Engine(compile_policy(policy, self._known()))
            self._loaded[name] = engine
            while len(self._loaded) > MOST_LOADED:
                self._loaded.pop(next(iter(self._loaded))).close()
            return engine

    def _known(self) -> Registry:
        if self._registry is None:
            self._registry = Registry.load()
        return self._registry

    def close(self) -> None:
        """Ends the threads of all engines."""
        with self._lock:
            while self._loaded:
                self._loaded.popitem()[1].close()
