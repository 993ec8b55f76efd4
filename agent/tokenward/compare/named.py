"""Short names of the models of a comparison."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from tokenward.compare.result import Comparison


def model_name(identity: Mapping[str, Any], otherwise: str) -> str:
    """Returns a short name of a model: its own, or the last part of where it came from.

    >>> model_name({"source": "https://host/v1#support-int8"}, "base")
    'support-int8'
    >>> model_name({"source": "models/support-fp16/"}, "base"), model_name({}, "base")
    ('support-fp16', 'base')
    """
    name = identity.get("name")
    if isinstance(name, str) and name.strip():
        return name
    source = str(identity.get("source") or "").rstrip("/\\")
    return source.replace("\\", "/").rpartition("#")[2].rpartition("/")[2] or otherwise


def optimized_names(comparisons: Sequence[Comparison]) -> list[str]:
    """Returns a name for each optimized model; those that share one are numbered."""
    names = [model_name(one.optimized, "optimized") for one in comparisons]
    often, seen = Counter(names), Counter[str]()
    told = []
    for name in names:
        seen[name] += 1
        told.append(f"{name} ({seen[name]})" if often[name] > 1 else name)
    return told
