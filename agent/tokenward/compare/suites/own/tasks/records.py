"""Tasks with tables, JSON, and texts from which something is to be taken."""

from __future__ import annotations

import json
from collections.abc import Mapping
from random import Random
from typing import Any

from tokenward.compare.suites.own.tasks.drawn import Drawn, Generator, exact, joined, listed, some

Rows = list[tuple[str, str, int]]
ROWS = 4
TYPES = {str: "string", int: "integer", bool: "boolean"}


def _table(random: Random) -> tuple[str, Rows]:
    prices = random.sample(range(12, 99), ROWS)
    rows = list(
        zip(
            some(random, "items", ROWS),
            random.sample(listed("colours"), ROWS),
            prices,
            strict=True,
        )
    )
    lines = ["item | colour | price", *(f"{a} | {b} | {c}" for a, b, c in rows)]
    return "\n".join(lines), rows


def price(random: Random, _: int) -> Drawn:
    """A price by its item."""
    table, rows = _table(random)
    item, _colour, cost = random.choice(rows)
    return exact(cost, table=table, item=item)


def item(random: Random, _: int) -> Drawn:
    """An item by its price."""
    table, rows = _table(random)
    name, _colour, cost = random.choice(rows)
    return exact(name, table=table, price=cost)


def cheapest(random: Random, _: int) -> Drawn:
    """The row with the least price."""
    table, rows = _table(random)
    return exact(min(rows, key=lambda row: row[2])[0], table=table)


def colour(random: Random, _: int) -> Drawn:
    """A colour by its item."""
    table, rows = _table(random)
    name, shade, _cost = random.choice(rows)
    return exact(shade, table=table, item=name)


def total(random: Random, _: int) -> Drawn:
    """Two prices together."""
    table, rows = _table(random)
    one, two = random.sample(rows, 2)
    return exact(one[2] + two[2], table=table, item=one[0], other=two[0])


def person_json(random: Random, _: int) -> Drawn:
    """A sentence as an object."""
    found = {
        "name": random.choice(listed("names")),
        "age": random.randrange(18, 90),
        "city": random.choice(listed("cities")),
    }
    return _json(found, _form(found), **found)


def list_json(random: Random, step: int) -> Drawn:
    """Words as an array."""
    words = some(random, "words", 3 + step)
    schema = {"type": "array", "items": {"type": "string"}}
    return _json(words, schema, words=joined(words))


def order_json(random: Random, step: int) -> Drawn:
    """An order as an object, with a truth value."""
    name, count, invoice = random.choice(listed("items")), random.randrange(2, 30), step % 2 == 0
    found = {"item": name, "count": count, "invoice": invoice}
    paid = "by invoice" if invoice else "in cash"
    return _json(found, _form(found), item=name, count=count, paid=paid)


def table_json(random: Random, _: int) -> Drawn:
    """A row of a table as an object."""
    table, rows = _table(random)
    name, shade, cost = random.choice(rows)
    found = {"item": name, "colour": shade, "price": cost}
    return _json(found, _form(found), table=table, item=name)


def mail(random: Random, _: int) -> Drawn:
    """An address in a text."""
    name, thing = random.choice(listed("names")).lower(), random.choice(listed("items"))
    address = f"{name}.{thing}@example.{random.choice(('com', 'org', 'net'))}"
    return exact(address, item=thing, mail=address, day=random.choice(listed("days")))


def ticket(random: Random, _: int) -> Drawn:
    """A number in a text with others."""
    number = random.randrange(10000, 100000)
    return exact(
        number,
        name=random.choice(listed("names")),
        day=random.choice(listed("days")),
        count=random.randrange(2, 10),
        ticket=number,
    )


def who(random: Random, _: int) -> Drawn:
    """The one of two whom a text is about."""
    name, other = some(random, "names", 2)
    return exact(name, name=name, other=other)


def _json(value: Any, schema: Mapping[str, Any], **slots: object) -> Drawn:
    """Returns a task whose answer is JSON: of what form, and which."""
    expect = {"schema": dict(schema), "exact": json.dumps(value, ensure_ascii=False)}
    return Drawn(slots, expect)


def _form(values: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the schema of an object with values of these types, and no others.

    >>> _form({"n": 3})["properties"]
    {'n': {'type': 'integer'}}
    """
    return {
        "type": "object",
        "properties": {key: {"type": TYPES[type(value)]} for key, value in values.items()},
        "required": list(values),
        "additionalProperties": False,
    }


GENERATORS: Mapping[str, Generator] = {
    one.__name__: one
    for one in (
        price, item, cheapest, colour, total, person_json, list_json, order_json, table_json, mail,
        ticket, who,
    )
}  # fmt: skip
