"""Templates of pages that need nothing else, for every report that is one file."""

from __future__ import annotations

from typing import Any

from tokenward.errors import MissingExtra


def templates(package: str, what: str, extra: str) -> Any:
    """Returns a package's templates; fails, by what and extra, where jinja2 is not installed."""
    try:
        import jinja2  # noqa: PLC0415  # an extra, and few ask for a page
    except ImportError:
        raise MissingExtra(what, extra, "jinja2") from None
    return jinja2.Environment(
        loader=jinja2.PackageLoader(package),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
