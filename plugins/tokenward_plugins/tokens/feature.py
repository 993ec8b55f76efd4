"""A feature that is taken of many texts at once, from what they share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from tokenward.types import Feature, FeatureValue
from tokenward_plugins.tokens.text import Text


def of_texts(
    name: str,
    kind: Literal["number", "category", "vector"],
    one: Callable[[str], FeatureValue],
    many: Callable[[Sequence[Text]], Sequence[FeatureValue]],
    description: str,
) -> Feature:
    """Returns a feature that ``one`` tells of a text, and ``many`` the same of several.

    >>> of_texts("n", "number", len, lambda texts: [len(one.text) for one in texts], "").take("ab")
    2
    """
    return Feature(name, kind, lambda text: one(text.text), description, prepare=Text, many=many)
