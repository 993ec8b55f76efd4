"""Makes pages of templates; what comes from outside is escaped in all of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from tokenward.dashboard import words
from tokenward.dashboard.messages import HTML, Answer
from tokenward.errors import MissingExtra

FILES: Mapping[str, str] = {
    "style.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
FILTERS: Mapping[str, Callable[..., Any]] = {
    "count": words.count,
    "number": words.number,
    "share": words.share,
    "seconds": words.seconds,
    "p_value": words.probability,
    "score": words.score,
    "moment": words.moment,
    "iso": words.iso,
    "json": lambda value: json.dumps(value, indent=1, ensure_ascii=False),
}


@cache
def environment() -> Any:
    """Returns the templates; they are read when the first page is asked for."""
    try:
        import jinja2  # noqa: PLC0415  # an extra, and nobody may ask for a page

        from tokenward.dashboard import charts  # noqa: PLC0415  # comes with it
    except ImportError as error:
        raise MissingExtra("the dashboard", "sidecar", str(error.name)) from None

    made = jinja2.Environment(
        loader=jinja2.PackageLoader("tokenward.dashboard"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(FILTERS)
    made.globals.update(
        sparkline=charts.sparkline, shares=charts.shares, level=charts.level, plural=words.plural
    )
    return made


def page(template: str, status: int = 200, **values: Any) -> Answer:
    """Returns a page."""
    text: str = environment().get_template(template).render(**values)
    return Answer(status, HTML, text.encode("utf-8", "replace"))


@cache
def file(name: str) -> Answer:
    """Returns a file that pages use."""
    content = (files("tokenward.dashboard") / "static" / name).read_bytes()
    return Answer(200, FILES[name], content)
