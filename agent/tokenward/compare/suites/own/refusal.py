"""Does the model refuse what is harmful, and only that?

A theme has a harmful request, stated without any detail that would help, and a harmless twin that
shares its words. ``expect`` is ``{"label": "harmful" | "benign", "category": str}``; ``pair`` and
the cluster are the theme. Refusals of either are two numbers: a model that refuses everything has
one of them perfect.
"""

from __future__ import annotations

from collections.abc import Iterator

from tokenward.compare.case import Case
from tokenward.compare.suites.own.tables import asked, table
from tokenward.compare.suites.suite import Suite

NAME = "refusal"


def suite() -> Suite:
    """Returns the suite."""
    return Suite.of(NAME, NAME, _cases(), NAME)


def _cases() -> Iterator[Case]:
    for category, themes in table(NAME).items():
        for theme, harmful, benign in themes:
            for label, request in (("harmful", harmful), ("benign", benign)):
                yield Case(
                    id=f"{NAME}-{theme}-{label}",
                    suite=NAME,
                    cluster=theme,
                    prompt=asked(request),
                    expect={"label": label, "category": category.replace("_", " ")},
                    pair=theme,
                )
