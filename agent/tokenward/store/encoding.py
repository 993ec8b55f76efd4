"""Values of records as compact JSON, fast where a fast library is installed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

try:
    import orjson
except ImportError:  # an extra that not every way to record needs
    orjson = None  # type: ignore[assignment]

ENCODER = json.JSONEncoder(separators=(",", ":"), allow_nan=False)
NUMBERS = (int, float)
LARGEST = 1.7976931348623157e308


def dump(value: Mapping[str, Any] | Sequence[Any]) -> str:
    """Returns compact JSON; numbers that are not finite are left out, for JSON has none such.

    Raises a ``TypeError`` or ``ValueError`` for what is not JSON.

    >>> dump({"seed": 7, "bad": float("nan")}), dump([])
    ('{"seed":7}', '[]')
    """
    if not value:  # most are
        return "{}" if isinstance(value, Mapping) else "[]"
    if orjson is not None:
        try:
            told = orjson.dumps(value)
        except TypeError:  # it is strict: no subclass of a number, nothing beyond 64 bits
            pass
        else:
            if b"null" not in told:  # which is what it makes of numbers that are not finite
                return told.decode()
    return ENCODER.encode(finite(value))


def load(told: str) -> Any:
    """Returns what ``dump`` was given.

    >>> load('{"seed":7}')
    {'seed': 7}
    """
    if orjson is not None:
        return orjson.loads(told)
    return json.loads(told)


def finite(value: Any) -> Any:
    """Returns a value without the numbers in it that are not finite, and without what is missing.

    >>> finite({"a": [1.0, float("inf")], "b": None})
    {'a': [1.0]}
    """
    if isinstance(value, Mapping):
        return {key: finite(one) for key, one in value.items() if is_told(one)}
    if isinstance(value, list | tuple):
        return [finite(one) for one in value if is_told(one)]
    return value


def is_told(value: object) -> bool:
    """Tells whether a value says anything."""
    return value is not None and (not isinstance(value, NUMBERS) or is_finite(value))


def is_finite(value: float) -> bool:
    """Tells whether a number is one that can be counted; a whole number may be beyond every float.

    >>> is_finite(10**400), is_finite(-1.5)
    (False, True)
    """
    return -LARGEST <= value <= LARGEST


def numbers(values: Mapping[str, object]) -> dict[str, float]:
    """Returns the finite numbers and truth values: a parameter such as ``stop`` may hold text.

    >>> numbers({"temperature": 0.7, "stop": ["my secret"], "seed": None, "stream": True})
    {'temperature': 0.7, 'stream': True}
    """
    # so that a whole number beyond every float is left out, too, and raises nothing
    return {
        key: value
        for key, value in values.items()
        if isinstance(value, NUMBERS) and is_finite(value)
    }
