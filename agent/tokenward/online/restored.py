"""References as they were saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tokenward.errors import StoreError
from tokenward.online.categories import CategoryWatch
from tokenward.online.quantiles import Quantiles
from tokenward.online.ranks import RankWatch
from tokenward.online.rates import Base, RateWatch, ValueWatch
from tokenward.online.stream import Watch


def watch_of(saved: Mapping[str, Any], base: Base, seed: str) -> Watch:
    """Returns a watch with a saved reference, its statistics at zero.

    Raises a ``StoreError`` where it cannot be read.

    >>> watch_of({"kind": "rate", "events": 3, "rows": 100, "inflation": 1}, Base(), "").rows
    100
    """
    try:
        match saved["kind"]:
            case "ranks":
                table = Quantiles(saved["edges"], saved["cumulative"], saved["rows"])
                return RankWatch(table, seed, saved["inflations"])
            case "rate":
                return RateWatch(base, saved["events"], saved["rows"], seed, saved["inflation"])
            case "value":
                events, rows = saved["events"], saved["rows"]
                return ValueWatch(saved["value"], events, rows, seed, saved["inflation"])
            case _:
                return CategoryWatch(saved["counts"], inflation=saved["inflation"])
    except (KeyError, TypeError, ValueError) as error:
        raise StoreError(f"a saved reference cannot be read: {type(error).__name__}") from None
