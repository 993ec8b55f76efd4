"""Comparisons as one HTML file that needs nothing else: no script, no other file, no network."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from tokenward.compare.named import optimized_names
from tokenward.compare.ranking import OUTCOMES
from tokenward.compare.report.finite import sayable
from tokenward.compare.result import Comparison
from tokenward.evaluation.templating import templates


@cache
def environment() -> Any:
    """Returns the templates; fails where what makes pages is not installed."""
    return templates("tokenward.compare.report", "the HTML page of a comparison", "compare")


def to_page(comparisons: Sequence[Comparison]) -> str:
    """Returns the page; texts of answers are in it only where comparisons have them.

    Raises:
        ValueError: There is no comparison.
        MissingExtra: Jinja is not installed.
    """
    template = environment().get_template("page.html")
    from markupsafe import Markup  # noqa: PLC0415  # it comes with jinja2

    from tokenward.compare.report.drawings import forest, frame  # noqa: PLC0415  # markupsafe
    from tokenward.compare.report.several import Several  # noqa: PLC0415  # likewise
    from tokenward.compare.report.view import View  # noqa: PLC0415  # likewise

    names = optimized_names(comparisons)
    views = [View.of(one, name, len(names)) for one, name in zip(comparisons, names, strict=True)]
    style = files("tokenward.compare.report").joinpath("templates", "page.css")
    page: str = template.render(
        result=min((one.result for one in comparisons), key=OUTCOMES.index),
        views=views,
        several=Several.of(comparisons) if len(views) > 1 else None,
        title=title(views),
        axis=forest.head(),
        mark=lambda at, result: Markup(frame.mark(at, result)),  # noqa: S704  # numbers
        style=style.read_text("utf-8"),
    )
    return sayable(page)


def title(views: Sequence[Any]) -> str:
    """Returns the title of the window: the answer comes first."""
    if len(views) > 1:
        return f"{len(views)} models against {views[0].base}"
    return f"{views[0].result}: {views[0].name} against {views[0].base}"
