"""Says which extra to install where a package is missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tokenward.errors import MissingExtra


@contextmanager
def needs(what: str) -> Iterator[None]:
    """Turns the import error of a package that is not installed into a ``MissingExtra``."""
    try:
        yield
    except ModuleNotFoundError as error:
        module = (error.name or "").partition(".")[0]
        if module == "tokenward":
            raise
        raise MissingExtra(what, "monitor", module) from None
