"""All recipes by name, and how several are applied one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tokenward.compare.recipes import number_format, pruning, quantizing, running
from tokenward.compare.recipes.recipe import Loaded, Recipe
from tokenward.errors import UsageError, one_of

RECIPES: Mapping[str, Recipe] = {
    recipe.name: recipe
    for module in (number_format, quantizing, pruning, running)
    for recipe in module.RECIPES
}


def check_options(options: Mapping[str, Any]) -> None:
    """Refuses an option that no recipe is called, and a value that it does not know."""
    for name, value in options.items():
        if name not in RECIPES:
            raise UsageError(f"unknown option {name!r} of a transformers model; {one_of(RECIPES)}")
        RECIPES[name].read(value_of(value))


def applied(loaded: Loaded, options: Mapping[str, Any]) -> Loaded:
    """Applies recipes in the order of the options; compilation comes last, on what is left."""
    check_options(options)
    for name in sorted(options, key=lambda one: one == "compile"):
        RECIPES[name].apply(loaded, value_of(options[name]))
    return loaded


def value_of(value: Any) -> str:
    """Returns an option's value as a word.

    >>> value_of(True), value_of(0.3), value_of([2, 3]), value_of(" int8 ")
    ('true', '0.3', '2,3', 'int8')
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return ",".join(str(one) for one in value)
    return str(value).strip()


def changes(options: Mapping[str, Any]) -> bool:
    """Tells whether some option changes a model's weights, beside how it runs."""
    return any(not RECIPES[name].runs for name in options)
