"""Reads labelled rows, splits them, and cuts them into the units that a classifier will see."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tokenward.errors import UsageError
from tokenward.stream.segment import Context, Segmenter

Part = Literal["train", "calibrate", "test"]


@dataclass(frozen=True, slots=True)
class Row:
    """A text with the labels that are known for it, 0 or 1.

    ``spans`` says where in the text the label comes from, where the source tells; ``part`` fixes
    the split, where it is not drawn from the text. ``made`` says that it was made of another row.
    """

    source: str
    text: str
    labels: Mapping[str, int]
    spans: tuple[tuple[int, int], ...] | None = None
    weight: float = 1.0
    part: Part | None = None
    made: bool = False

    @property
    def split(self) -> Part:
        """Returns the part of the row: of ten texts eight, one and one; alike texts go together."""
        if self.part is not None:
            return self.part
        start = "".join(self.text.lower().split())[:120]
        drawn = zlib.crc32(start.encode("utf-8", "surrogatepass")) % 10
        return "test" if drawn == 0 else "calibrate" if drawn == 1 else "train"


def read(path: Path) -> Iterator[dict[str, Any]]:
    """Yields the objects of a gzip'd JSON lines file."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)
    except FileNotFoundError:
        raise UsageError(f"{path} is not there; give the folder that holds the data sets") from None


def cut(text: str) -> list[tuple[int, str]]:
    """Returns the sentences of a text with their offsets, as the engine cuts them.

    >>> cut("One. Two?")
    [(0, 'One.'), (5, 'Two?')]
    """
    segmenter = Segmenter()
    return [*segmenter.feed(text), *segmenter.finish()]


def windows(text: str) -> list[tuple[int, str]]:
    """Returns the sentences of a text, each after what a window shows before it."""
    context = Context()
    return [(at, context.window(sentence)) for at, sentence in cut(text)]
