"""What a report asks of a table of records, as Ibis expressions: one for every engine.

They run on DuckDB over Parquet files, on PostgreSQL and on Spark, and give the same whole numbers
on each. A row is counted once for each of its cells (see ``decisions.cells``), never looked at.
"""

from __future__ import annotations

import functools
import operator
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tokenward.decisions.buckets import LARGEST, OFFSET, SCALE, SMALLEST
from tokenward.errors import UsageError, one_of
from tokenward.meters.price import Price
from tokenward.monitor.extras import needs
from tokenward.monitor.ranges import Period

if TYPE_CHECKING:
    import ibis.expr.types as ir

TABLE = "interactions"
SCHEMA: Mapping[str, str] = {
    "decision_id": "string", "time": "float64", "source": "string", "route": "string",
    "model": "string", "model_label": "string", "policy": "string", "revision": "string",
    "language": "string", "prompt_tokens": "int64", "completion_tokens": "int64",
    "labels": "string", "cells": "array<int64>", "grp": "int64", "weight_millionths": "int64",
}  # fmt: skip
"""The columns of the records that are read."""
NAMED = ("source", "route", "model", "model_label", "policy", "revision", "language")
"""Columns by which traffic is sliced as they are."""
SERVED = ("policy", "revision", "model", "model_label")
LABEL = "label."
LABEL_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
EXACT = "decimal(38, 0)"
HALF = "decimal(19, 0)"
CHANCES = 1 << 30


@dataclass(frozen=True, slots=True)
class Slicing:
    """By what traffic is sliced: a column, ``label.NAME``, or the cells of a category's values."""

    name: str
    cells: tuple[tuple[int, str], ...] = ()


def check_slicing(name: str) -> str:
    """Returns the name of a column by which traffic can be sliced; refuses others.

    >>> check_slicing("label.team")
    'label.team'
    """
    if name in NAMED or (LABEL in name and LABEL_NAME.fullmatch(name.removeprefix(LABEL))):
        return name
    if name.partition(".")[0] in ("prompt", "answer") and name.partition(".")[2]:
        return name  # a feature: whether it is a category shows in the records
    words = (*NAMED, "label.NAME", "prompt.FEATURE", "answer.FEATURE")
    raise UsageError(f"unknown slice {name!r}; {one_of(words)}")


def records(period: Period) -> ir.Table:
    """Returns the records of a period that a guard has looked at."""
    with needs("a report"):
        import ibis  # noqa: PLC0415
    table = ibis.table(dict(SCHEMA), name=TABLE)
    within = functools.reduce(
        operator.or_,
        [(table.time >= start) & (table.time < end) for start, end in period.parts],
    )
    rows = table.filter(within & (table.weight_millionths > 0))
    if period.label is not None:
        rows = rows.filter(rows.model_label == period.label)
    if period.without is not None:
        rows = rows.filter(rows.model_label.isnull() | (rows.model_label != period.without))
    return rows


def key(rows: ir.Table, slicing: Slicing | None) -> ir.Value:
    """Returns the value by which rows are sliced, null where they have none."""
    import ibis  # noqa: PLC0415

    if slicing is None:
        return ibis.literal("")
    if slicing.name in NAMED:
        return rows[slicing.name]
    if slicing.name.startswith(LABEL):
        name = re.escape(slicing.name.removeprefix(LABEL))
        said = rf'[{{,]\s*"{name}":\s*"((?:[^"\\]|\\.)*)"'
        return rows.labels.re_extract(said, 1).nullif("")
    if not slicing.cells:
        return ibis.null("string")
    return ibis.cases(*((rows.cells.contains(cell), value) for cell, value in slicing.cells))


def counted(
    period: Period,
    slicing: Slicing | None = None,
    values: Sequence[str] = (),
    *,
    alike: bool = False,
) -> ir.Table:
    """Returns how often each cell occurs: key, cell, grp, n, weight, squares of weights.

    Where all rows weigh ``alike``, the last two are left out: they follow from the first. Of slices
    those of ``values`` are counted.
    """
    rows = records(period)
    chosen = rows.select("grp", "weight_millionths", "cells", key=key(rows, slicing))
    if slicing is not None:
        chosen = chosen.filter(chosen.key.isin(list(values)))
    each = chosen.select("key", "grp", "weight_millionths", cell=chosen.cells.unnest())
    return summed(each, ["key", "cell", "grp"], alike=alike)


def rows_counted(period: Period, slicing: Slicing | None = None) -> ir.Table:
    """Returns how many rows there are: key, grp, weight of each, n."""
    rows = records(period)
    chosen = rows.select("grp", "weight_millionths", key=key(rows, slicing))
    chosen = chosen.filter(chosen.key.notnull())
    return chosen.group_by(["key", "grp", "weight_millionths"]).agg(n=chosen.count())


def summed(table: ir.Table, keys: Sequence[str], *, alike: bool) -> ir.Table:
    """Groups rows; the sums are exact on every engine: squares do not fit 64 bits."""
    if alike:
        return table.group_by(list(keys)).agg(n=table.count())
    weight = table.weight_millionths.cast(HALF)
    return table.group_by(list(keys)).agg(
        n=table.count(),
        weight=table.weight_millionths.cast(EXACT).sum(),
        squares=(weight * weight).cast(EXACT).sum(),
    )


def served(period: Period) -> ir.Table:
    """Returns how many rows each policy revision and model has: the four columns, n."""
    rows = records(period)
    chosen = rows.select(*SERVED)
    return chosen.group_by(list(SERVED)).agg(n=chosen.count())


def costs(
    period: Period,
    prices: Mapping[str, Price],
    slicing: Slicing | None = None,
    values: Sequence[str] = (),
) -> ir.Table:
    """Returns how often each bucket of cost occurs: key, bucket, grp, n, weight, squares.

    Rows of models without a price, or without tokens, have no cost.
    """
    rows = records(period)
    chosen = rows.select(
        "grp", "weight_millionths", key=key(rows, slicing), cost=cost_of(rows, prices)
    )
    chosen = chosen.filter(chosen.cost.notnull())
    if slicing is not None:
        chosen = chosen.filter(chosen.key.isin(list(values)))
    priced = chosen.select("key", "grp", "weight_millionths", bucket=bucketed(chosen.cost))
    return summed(priced, ["key", "bucket", "grp"], alike=False)


def cost_of(rows: ir.Table, prices: Mapping[str, Price]) -> ir.Value:
    """Returns what the tokens of a row cost, by the price of its model or that of ``*``."""
    import ibis  # noqa: PLC0415

    tokens = rows.prompt_tokens.isnull() & rows.completion_tokens.isnull()
    prompt, completion = (
        rows[name].fill_null(0).cast("float64") for name in ("prompt_tokens", "completion_tokens")
    )

    def cost(price: Price) -> Any:
        return (prompt * price.prompt + completion * price.completion) / 1e6

    cases = [(tokens, ibis.null("float64"))]
    cases += [(rows.model == name, cost(one)) for name, one in prices.items() if name != "*"]
    if "*" in prices:
        return ibis.cases(*cases, else_=cost(prices["*"]))
    return ibis.cases(*cases)


def bucketed(number: Any) -> ir.Value:
    """Returns the bucket of a number that is not negative, as ``decisions.buckets`` has it."""
    import ibis  # noqa: PLC0415

    large = ibis.least(ibis.greatest(number, SMALLEST), LARGEST)
    found = (large.ln() * SCALE).round().cast("int64") + OFFSET
    return ibis.cases((number < SMALLEST, 0), else_=found)


def needed(by: Sequence[str], *, priced: bool) -> tuple[str, ...]:
    """Returns the columns that are read for some slices, and the costs of tokens.

    >>> needed(["route"], priced=False)[-2:]
    ('model_label', 'route')
    """
    always = ("cells", "grp", "weight_millionths", "decision_id", "time", *SERVED)
    slicing = ["labels" if name.startswith(LABEL) else name for name in by]
    tokens = ("prompt_tokens", "completion_tokens") if priced else ()
    return tuple(dict.fromkeys([*always, *(n for n in slicing if n in SCHEMA), *tokens]))


def sampled(period: Period, rows: int, total: float, drawn: Sequence[str]) -> ir.Table:
    """Returns a sample of rows: decision id, time, group, cells, ``drawn``.

    ``total`` is the sum of all weights. Rows are drawn in proportion to their weights by a hash of
    their id, so that the same records give the same sample (Efraimidis and Spirakis 2006,
    doi:10.1016/j.ipl.2005.11.003). What cannot be among the smallest is left out before it is
    sorted.
    """
    found = records(period)
    mixed = found.decision_id.hash().cast("int64") % CHANCES
    uniform = (mixed + CHANCES) % CHANCES
    chance = (uniform.cast("float64") + 1) / CHANCES
    weight = found.weight_millionths.cast("float64") / 1e6
    ranked = found.select("decision_id", "time", "grp", "cells", *drawn, rank=-chance.ln() / weight)
    likely = 2 * rows / max(total, 1e-6)
    if likely < 1:
        ranked = ranked.filter(ranked.rank < likely)
    ordered = ranked.order_by(["rank", "decision_id"]).limit(rows)
    return ordered.select("decision_id", "time", "grp", "cells", *drawn)


def of_slice(rows: ir.Table, slicing: Slicing | None, value: str) -> ir.Table:
    """Returns the rows of a slice, or all."""
    return rows if slicing is None else rows.filter(key(rows, slicing) == value)


def stepped(
    period: Period, width: float, slicing: Slicing | None = None, value: str = ""
) -> ir.Table:
    """Returns how many rows there are in each step of time: step, n, weight."""
    rows = of_slice(records(period), slicing, value)
    step = ((rows.time - period.start) / width).floor().cast("int64")
    each = rows.select("weight_millionths", step=step)
    return each.group_by(["step"]).agg(
        n=each.count(), weight=each.weight_millionths.cast(EXACT).sum()
    )


def moments(
    period: Period,
    width: float,
    ranges: Sequence[tuple[int, int]],
    slicing: Slicing | None = None,
    value: str = "",
) -> ir.Table:
    """Returns how often cells of some ranges occur in each step of time: step, cell, n, weight."""
    rows = of_slice(records(period), slicing, value)
    step = ((rows.time - period.start) / width).floor().cast("int64")
    each = rows.select("weight_millionths", step=step, cell=rows.cells.unnest())
    wanted = functools.reduce(
        operator.or_, [(each.cell >= low) & (each.cell <= high) for low, high in ranges]
    )
    each = each.filter(wanted)
    return each.group_by(["step", "cell"]).agg(
        n=each.count(), weight=each.weight_millionths.cast(EXACT).sum()
    )
