"""Objects of a program in the settings of a policy that is a mapping.

A mapping is read in its YAML form, so that it means what the same file means. What YAML cannot hold
stands aside meanwhile, with a mark in its place, and is put back into the settings of detectors.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PLAIN = (str, int, float, bool, type(None))
MARK = "\ue000"
"""A character that no text has: it tells marks from text."""


def set_aside(policy: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Returns the policy with marks in place of objects in detectors' settings, and the objects.

    >>> list(set_aside({"detectors": {"d": {"plugin": "p", "some": [1, 2j]}}})[1].values())
    [2j]
    """
    objects: dict[str, Any] = {}
    detectors = policy.get("detectors")
    if not isinstance(detectors, Mapping):
        return dict(policy), objects
    return {**policy, "detectors": _marked(detectors, objects)}, objects


def _marked(value: Any, objects: dict[str, Any]) -> Any:
    if isinstance(value, Mapping):
        return {key: _marked(item, objects) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_marked(item, objects) for item in value]
    if isinstance(value, PLAIN):
        return value
    kind = value if isinstance(value, type) else type(value)
    mark = f"{MARK}{kind.__module__}.{kind.__qualname__} {len(objects)}{MARK}"
    objects[mark] = value
    return mark


def put_back(value: Any, objects: Mapping[str, Any]) -> Any:
    """Returns a value of settings with the objects in the place of their marks."""
    if isinstance(value, dict):
        return {key: put_back(item, objects) for key, item in value.items()}
    if isinstance(value, list):
        return [put_back(item, objects) for item in value]
    return objects.get(value, value) if isinstance(value, str) else value
