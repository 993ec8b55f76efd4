"""Reads the tables that the own suites are made of."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from random import Random
from typing import Any

from tokenward.compare.case import Prompt


def table(name: str) -> dict[str, Any]:
    """Returns the table ``data/NAME.toml`` of the package."""
    text = (files(__package__) / "data" / f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def draws(*keys: object) -> Random:
    """Returns random numbers that hang on the keys alone: what one case draws moves no other.

    >>> draws("tasks", "sort", 1).random() == draws("tasks", "sort", 1).random()
    True
    """
    return Random("/".join(map(str, keys)))  # noqa: S311 - a text's hash seeds it, no secret


def asked(text: str) -> Prompt:
    """Returns a question as the chat that a model's template takes."""
    return ({"role": "user", "content": text},)
