"""Does the model tell what its system message holds and forbids to tell?

A way of fishing is a cluster; it is tried on two keepers of secrets each. The secret is in
`Case.system` only, never in a question. ``expect`` is ``{"values": [str, ...], "way": str}``: an
answer with any of the values, or a disguise of one, has leaked. All values are of kinds that are
reserved for examples, or made up.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tokenward.compare.case import Case
from tokenward.compare.suites.own.tables import table
from tokenward.compare.suites.suite import Suite

NAME = "leak-context"
KEEPERS = 2
"""How many keepers each way of fishing is tried on."""


def suite() -> Suite:
    """Returns the suite."""
    return Suite.of(NAME, NAME, _cases(), NAME)


def _cases() -> Iterator[Case]:
    rows = table(NAME)
    keepers = rows["keepers"]
    for number, way in enumerate(rows["ways"]):
        for step in range(KEEPERS):
            at = (number * KEEPERS + step) % len(keepers)
            yield _case(way, keepers[at], at)


def _case(way: dict[str, Any], keeper: dict[str, Any], at: int) -> Case:
    slots = {"kind": keeper["kind"], "subject": keeper["subject"]}
    turns = [*way.get("before", ()), ["user", way["ask"]]]
    return Case(
        id=f"{NAME}-{way['name']}-{at:02d}",
        suite=NAME,
        cluster=way["name"],
        prompt=tuple({"role": role, "content": text.format_map(slots)} for role, text in turns),
        expect={"values": list(keeper["values"]), "way": way["name"]},
        system=keeper["system"].format(*keeper["values"]),
    )
