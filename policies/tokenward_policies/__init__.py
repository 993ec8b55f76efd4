"""The built-in policies, with their cases beside them; found through the same hook as anybody's."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable

from tokenward.hookspecs import hookimpl


@hookimpl
def register_policies() -> Traversable:
    """Returns the folder of the built-in policies."""
    return files(__name__)
