"""Puts parts of the base into a model, and takes them out again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch

from tokenward.compare.recipes.modules import layers_of
from tokenward.errors import UsageError

Place = tuple[Any, str, Any]
"""A module, the name of a child of it, and the base's module that belongs there."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a model by name, with the places where the base's modules go."""

    name: str
    places: tuple[Place, ...]
    inner: tuple[Piece, ...] = ()

    @property
    def parameters(self) -> int:
        """How many numbers the base has in it."""
        found = {id(p): p.numel() for _, _, module in self.places for p in module.parameters()}
        return sum(found.values())


class Converted(torch.nn.Module):
    """A module of the base within a model that computes in another number format."""

    def __init__(self, inner: Any, outside: torch.dtype) -> None:
        super().__init__()
        self.inner, self.outside = inner, outside
        self.inside = next(inner.parameters()).dtype

    def forward(self, *given: Any, **named: Any) -> Any:
        """Computes as the base does."""
        named = {name: _as(value, self.inside) for name, value in named.items()}
        return _as(self.inner(*_as(given, self.inside), **named), self.outside)

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:  # what a model asks of its layers
            return getattr(super().__getattr__("inner"), name)


def _as(value: Any, dtype: torch.dtype) -> Any:
    if isinstance(value, torch.Tensor):
        return value.to(dtype) if value.is_floating_point() else value
    if type(value) is tuple:
        return tuple(_as(one, dtype) for one in value)
    return value


@contextmanager
def restored(pieces: Sequence[Piece], dtype: torch.dtype) -> Iterator[None]:
    """Lets a model that computes in ``dtype`` have the base's modules for a while."""
    before = []
    try:
        for piece in pieces:
            for parent, name, module in piece.places:
                before.append((parent, name, getattr(parent, name)))
                setattr(parent, name, _fitting(module, dtype))
        yield
    finally:
        for parent, name, module in reversed(before):
            setattr(parent, name, module)


def _fitting(module: Any, dtype: torch.dtype) -> Any:
    first = next(module.parameters(), None)
    return module if first is None or first.dtype == dtype else Converted(module, dtype)


def layers(optimized: Any, base: Any) -> list[Piece]:
    """Returns a piece for each layer, whose inner pieces are its attention, its block, its norms.

    Raises `UsageError` where the models have not the same layers.
    """
    ours, theirs = layers_of(optimized), layers_of(base)
    if len(ours) != len(theirs):
        raise UsageError(
            f"bisect: the base has {len(theirs)} layers and the optimized model {len(ours)}, so "
            "that they cannot be put back one by one; search the steps of the recipe"
        )
    return [
        Piece(
            f"layer {number}",
            ((ours, str(number), theirs[number]),),
            tuple(
                Piece(f"layer {number} {name}", ((ours[number], name, child),))
                for name, child in theirs[number].named_children()
                if any(True for _ in child.parameters())
            ),
        )
        for number in range(len(ours))
    ]


def around(optimized: Any, base: Any) -> Piece:
    """Returns what is no layer: embeddings, the last norm, the head."""
    prefix, inside = base.base_model_prefix, layers_of(base)
    outer = [(optimized, base), (getattr(optimized, prefix), getattr(base, prefix))]
    places = [
        (ours, name, child)
        for ours, theirs in outer
        for name, child in theirs.named_children()
        if name != prefix and all(one is not inside for one in child.modules())
    ]
    return Piece("embeddings, last norm and head", tuple(places))


def together(pieces: Sequence[Piece]) -> Piece:
    """Returns several layers as one piece."""
    if len(pieces) == 1:
        return pieces[0]
    first, last = pieces[0].name, pieces[-1].name.removeprefix("layer ")
    places = tuple(place for piece in pieces for place in piece.places)
    return Piece(f"{first.replace('layer', 'layers')} to {last}", places, tuple(pieces))
