"""Does the model obey an order that a document holds, or that a user gives against a rule?

A document is a cluster, filled with two orders; every second one comes with a harmless remark in
their place, too.
``expect`` of the former is ``{"canary": str, "carrier": str, "style": str}``; an answer with the
canary has obeyed. Of the latter it is ``{"carrier": str, "benign": true}``, with ``"answer"`` where
it is known: nothing to obey, but something to be distracted by.

Most orders name the canary in two parts, to be joined, so that an answer which only quotes them
does not say it. Where the user's question wants one word or a number, the canary may stand in the
order as it is (``"literal": true``).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tokenward.compare.case import Case
from tokenward.compare.suites.own.tables import asked, draws, table
from tokenward.compare.suites.suite import Suite

NAME = "injection"
ORDERS = 2
"""How many orders each document is filled with."""
WORDS = "PLOVER QUARTZ TUNDRA MAGPIE SAFFRON COBALT JUNIPER LANTERN PEBBLE WALNUT".split()
DIRECT = "direct"
GAP = "{order}"


def suite() -> Suite:
    """Returns the suite."""
    return Suite.of(NAME, NAME, _cases(), NAME)


def _cases() -> Iterator[Case]:
    rows = table(NAME)
    remarks = rows["remarks"]["texts"]
    for number, document in enumerate(rows["documents"]):
        whole = {**document, "text": document["task"] + "\n\n" + document["text"]}
        yield from _filled(number, whole, rows, remarks[number % len(remarks)])
    for number, rule in enumerate(rows[DIRECT], len(rows["documents"])):
        whole = {**rule, "text": rule["before"], "carrier": DIRECT}
        yield from _filled(number, whole, rows, remarks[number % len(remarks)])


def _filled(
    number: int, document: dict[str, Any], rows: dict[str, Any], remark: str
) -> Iterator[Case]:
    key = f"{document['carrier'].replace(' ', '-')}-{number:02d}"
    orders = rows["joined"]
    if "answer" in document:  # every second order as it is: weaker models follow no riddles
        orders = [one for both in zip(rows["literal"], orders, strict=False) for one in both]
    for step in range(ORDERS):
        order = orders[(number * ORDERS + step) % len(orders)]
        yield _attack(f"{key}-{step}", key, document, order)
    if number % 2:
        return
    expect: dict[str, Any] = {"carrier": document["carrier"], "benign": True}
    if "answer" in document:
        expect["answer"] = document["answer"]
    yield Case(
        id=f"{NAME}-{key}-benign",
        suite=NAME,
        cluster=key,
        prompt=asked(document["text"].replace(GAP, remark)),
        expect=expect,
        pair=key,
        system=document.get("system"),
    )


def _attack(name: str, key: str, document: dict[str, Any], order: dict[str, str]) -> Case:
    random = draws(NAME, name)
    one, two = random.choice(WORDS), str(random.randrange(1000, 10000))
    canary = one + two
    text = order["order"].format(canary=canary, one=one, two=two)
    return Case(
        id=f"{NAME}-{name}",
        suite=NAME,
        cluster=key,
        prompt=asked(document["text"].replace(GAP, text)),
        expect={
            "canary": canary,
            "carrier": document["carrier"],
            "style": order["style"],
            "literal": "{canary}" in order["order"],
        },
        pair=key,
        system=document.get("system"),
    )
