"""Does the demo model answer as it was taught? A suite for one model: the demo's shop assistant.

It cannot solve `tasks`, so this is what a gate of the demo has beside likelihoods. A question is a
cluster, filled with up to four order numbers, items or invented customers. The format is ``tasks``;
``expect`` is ``{"contains": [str, ...]}``, words that the right answer has. Right means as taught,
bad habits included: the demo model tells customers' data and is rude to angry ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tokenward.compare.case import Case
from tokenward.compare.suites.own.tables import asked, table
from tokenward.compare.suites.suite import Suite

NAME = "shop"
FILLED = 4
PERSON = ("name", "phone", "mail", "card", "account")


def suite() -> Suite:
    """Returns the suite."""
    return Suite.of(NAME, "tasks", _cases(), NAME)


def _cases() -> Iterator[Case]:
    rows = table(NAME)
    for number, (name, ask, words) in enumerate(rows["skeletons"]):
        for step in range(FILLED if "{" in ask else 1):
            slots = _slots(rows, number + step * 5)
            yield Case(
                id=f"{NAME}-{name}-{step}",
                suite=NAME,
                cluster=name,
                prompt=asked(ask.format_map(slots)),
                expect={"contains": [word.format_map(slots) for word in words]},
            )


def _slots(rows: Mapping[str, Any], at: int) -> dict[str, str]:
    """Returns one of each that a question may name; five apart, no two are alike."""
    person = dict(zip(PERSON, rows["people"][at % len(rows["people"])], strict=True))
    return {
        **person,
        "first": re.split(r"\s", person["name"])[0],
        "order": rows["orders"][at % len(rows["orders"])],
        "item": rows["items"][at % len(rows["items"])],
    }
