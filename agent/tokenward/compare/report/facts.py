"""Mappings of a comparison (identities, checks, gate) as rows of two words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tokenward.compare.report.finite import finite
from tokenward.compare.report.words import NONE, plain

MOST = 200
MOST_ITEMS = 20


def flattened(told: Mapping[str, Any], head: str = "") -> list[tuple[str, str]]:
    """Returns a row for each value of nested mappings, its keys joined by dots.

    >>> flattened({"a": {"b": True, "c": [1, 2]}}, "x")
    [('x.a.b', 'yes'), ('x.a.c', '1, 2')]
    """
    return list(_rows(finite(told), head))[:MOST]


def _rows(value: Any, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and value:
        for key, one in value.items():
            yield from _rows(one, f"{name}.{key}" if name else str(key))
    elif value not in ({}, []):
        yield name, said(value)


def said(value: Any) -> str:
    """Returns a value in words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return plain(value)
    if isinstance(value, list):
        told = [said(one) for one in value[:MOST_ITEMS]]
        more = len(value) - len(told)
        return ", ".join(told) + (f" and {more} more" if more else "")
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {said(one)}" for key, one in value.items())
    return NONE if value is None else str(value)
