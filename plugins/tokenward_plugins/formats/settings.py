"""What policies may write for the detectors of this package."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from tokenward.errors import UsageError

LANGUAGES = frozenset(
    """python javascript typescript java csharp c cpp go rust php ruby shell sql html css json
    yaml""".split()
)
"""Languages that code is told to be in."""


@dataclass(frozen=True)
class UrlSettings:
    """``allow``, ``deny``: hosts, each with all below it; ``protect``: hosts not to look like."""

    allow: list[str] = field(default_factory=list)
    deny: list[str] = field(default_factory=list)
    protect: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class CodeSettings:
    """The detector ``code`` has no settings."""


@dataclass(frozen=True)
class JsonSettings:
    """``where``: the whole text, or fenced blocks; ``schema``: a JSON Schema of the value.

    ``longest``: characters of a value that are kept for the schema.
    """

    where: Literal["text", "blocks"] = "text"
    schema: dict[str, Any] = field(default_factory=dict)
    longest: int = 100_000

    def __post_init__(self) -> None:
        if not 100 <= self.longest <= 10_000_000:  # noqa: PLR2004  # bounds that the message says
            raise UsageError(f"detector 'json': 'longest' is {self.longest}; use 100 to 10000000")
