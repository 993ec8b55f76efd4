"""Tokenward guards and watches a language model from where the tokens are made."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tokenward.errors import Blocked, TokenwardError
from tokenward.hookspecs import hookimpl
from tokenward.types import Decision, Detection, DetectorPlugin, Feature, RequestContext

if TYPE_CHECKING:
    from tokenward.guard import Guard

__version__ = "0.1.0"

__all__ = [
    "Blocked",
    "Decision",
    "Detection",
    "DetectorPlugin",
    "Feature",
    "Guard",
    "RequestContext",
    "TokenwardError",
    "__version__",
    "hookimpl",
]


def __getattr__(name: str) -> Any:
    # Guard stands on the whole engine: on demand, so that `import tokenward` stays fast and plugins
    # that import the contract pull in nothing else.
    if name == "Guard":
        return import_module("tokenward.guard").Guard
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
