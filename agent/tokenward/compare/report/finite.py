"""Values as JSON can say them: plain types, and no number that is none."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

HALVES = re.compile("[\ud800-\udfff]")
"""Halves of characters, as names of files that are not UTF-8 have: no file can hold them."""


def finite(value: Any) -> Any:  # noqa: PLR0911  # a kind of value a line
    """Returns a value of plain types; what is no finite number becomes ``None``.

    >>> finite({"a": (1, float("nan")), "b": {2.5}})
    {'a': [1, None], 'b': [2.5]}
    """
    if isinstance(value, str):
        return sayable(value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, np.generic | np.ndarray):
        return finite(value.tolist())
    if isinstance(value, Mapping):
        return {sayable(str(key)): finite(one) for key, one in value.items()}
    if isinstance(value, set | frozenset):
        return [finite(one) for one in sorted(value, key=str)]
    if isinstance(value, list | tuple):
        return [finite(one) for one in value]
    if is_dataclass(value) and not isinstance(value, type):
        return finite(shallow(value))
    return sayable(str(value))


def shallow(one: Any) -> dict[str, Any]:
    """Returns the fields of a value type; unlike `asdict` it copies nothing."""
    return {field.name: getattr(one, field.name) for field in fields(one)}


def sayable(text: str) -> str:
    r"""Returns a text that can be written in UTF-8.

    >>> sayable("a\ud800") == "a\ufffd"
    True
    """
    return HALVES.sub("\N{REPLACEMENT CHARACTER}", text)
