"""What a detector is told beside the text."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ScanContext:
    """What a span detector is told when a text begins.

    ``detector`` is the name that the policy gave the instance (it goes into each detection);
    ``types`` are the types that the policy's rules ask for: no others need be looked for.
    """

    detector: str
    stage: str
    types: frozenset[str]


@dataclass(frozen=True, slots=True)
class RequestContext:
    """What a model was given in the request that a text answers, as it was let through.

    ``question`` is what the user asked last, ``earlier`` the messages before it, ``documents`` are
    passages to answer from, ``tools`` results of tools, ``system`` the operator's instructions.
    """

    system: tuple[str, ...] = field(default=(), repr=False)
    question: str = field(default="", repr=False)
    documents: tuple[str, ...] = field(default=(), repr=False)
    tools: tuple[str, ...] = field(default=(), repr=False)
    earlier: tuple[str, ...] = field(default=(), repr=False)
