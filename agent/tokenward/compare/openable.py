"""Whether models can be opened as they are called and set, told before any of them runs."""

from __future__ import annotations

from tokenward.compare.asked import Side
from tokenward.compare.backends.http.address import Address, Options
from tokenward.compare.backends.opened import kind_of
from tokenward.compare.recipes.known import check_options
from tokenward.errors import UsageError


def check_openable(side: Side) -> None:
    """Refuses a source or an option that is unknown; a model's files are not read yet."""
    if side.recorded:
        return
    try:
        kind = kind_of(side.source)
        if kind == "endpoint":
            Address.of(side.source)
            Options.read(side.options)
        elif kind == "transformers":
            check_options(side.options)
    except UsageError as error:
        raise UsageError(f"{side.name}: {error}") from None
