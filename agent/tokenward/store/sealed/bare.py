"""What is counted of rows of earlier schemas, which were written without it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tokenward.decisions.columns import group, weight_of
from tokenward.store.names import Names
from tokenward.store.packer import Packer
from tokenward.store.rows import from_row


def fill(rows: Sequence[dict[str, Any]], names: Names, packer: Packer) -> None:
    """Gives rows the packed cells, the group and the weight that they lack."""

    def scores(key: str | None, found: Mapping[str, float]) -> Mapping[str, float]:
        return {**(names.zeros(key) or {}), **found}

    bare = [row for row in rows if row["cells"] is None]
    some = [from_row(row, scores) for row in bare]
    packed = packer.pack(some, [names.scored(one.decisions) for one in some])
    for row, one, cells in zip(bare, some, packed, strict=True):
        row["cells"] = cells
        row["grp"] = group(row["session"])
        row["weight_millionths"] = weight_of(one)
