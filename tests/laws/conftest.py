"""Every installed plugin, and each of its detectors made once for each of its settings."""

from __future__ import annotations

import json

import pytest

from tokenward.registry import Registry


class OnceRegistry(Registry):
    """Makes a detector once: what it keeps depends on its settings only, so guards may share it."""

    made = None

    def build(self, plugin, settings, where):
        self.made = {} if self.made is None else self.made
        key = plugin, json.dumps(settings, sort_keys=True)
        if key not in self.made:
            self.made[key] = super().build(plugin, settings, where)
        return self.made[key]


@pytest.fixture(scope="session")
def registry():
    return OnceRegistry.load()
