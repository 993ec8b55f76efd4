"""What the base leaves for the models that are compared with it: draws and distributions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tokenward.compare.backends.base import Identity
from tokenward.compare.divergence import Distribution
from tokenward.compare.recorded import DRAWS, TOP, read_told, rows_of
from tokenward.compare.run import RATINGS
from tokenward.compare.suites.suite import Suite
from tokenward.errors import UsageError

FOLDER = "distributions"
Part = tuple[str, str, str]
"""Suite, case, and which continuation of it."""


@dataclass(frozen=True, slots=True)
class Draw:
    """A continuation that the base has drawn."""

    text: str
    tokens: tuple[int, ...] | None


@dataclass(slots=True)
class Drawn:
    """All continuations that a base has drawn, by suite and case."""

    known: dict[tuple[str, str], Draw] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> Drawn:
        """Reads what a run's folder has of them."""
        drawn = cls()
        for row in rows_of(folder / DRAWS):
            drawn.add(row["suite"], row["case"], row["text"], row["tokens"])
        return drawn

    def add(self, suite: str, case: str, text: str, tokens: Sequence[int] | None) -> None:
        """Takes another."""
        self.known[suite, case] = Draw(text, None if tokens is None else tuple(tokens))

    def get(self, suite: str, case: str) -> Draw | None:
        """Returns the one of a case, if there is one."""
        return self.known.get((suite, case))


@dataclass(frozen=True, slots=True)
class Distributions:
    """The files of a run that hold its distributions, one for each step that rated."""

    folder: Path

    def write(self, parts: Sequence[Part], distributions: Sequence[Distribution]) -> str:
        """Writes those of one step; returns the file's name."""
        folder = self.folder / FOLDER
        folder.mkdir(exist_ok=True)
        name = f"{len(list(folder.glob('*.npz'))):06d}.npz"
        arrays: dict[str, Any] = {"parts": np.array(["\0".join(part) for part in parts])}
        for place, one in enumerate(distributions):
            arrays[f"{place}.tokens"] = one.tokens.astype(np.int32)
            arrays[f"{place}.ids"] = one.ids.astype(np.int32)
            arrays[f"{place}.logprobs"] = one.logprobs
            arrays[f"{place}.rest"] = one.rest
        with (folder / f"{name}.new").open("wb") as file:
            np.savez(file, **arrays)
        (folder / f"{name}.new").replace(folder / name)
        return name

    def read(self, name: str) -> dict[Part, Distribution]:
        """Reads those of one file."""
        with np.load(self.folder / FOLDER / name) as arrays:
            return {
                _part(str(told)): Distribution(
                    arrays[f"{place}.tokens"].astype(np.int64),
                    arrays[f"{place}.ids"].astype(np.int64),
                    arrays[f"{place}.logprobs"],
                    arrays[f"{place}.rest"],
                )
                for place, told in enumerate(arrays["parts"])
            }


def _part(told: str) -> Part:
    suite, case, part = told.split("\0")
    return suite, case, part


@dataclass(slots=True)
class Reference:
    """The run of the base that another model's run is measured against."""

    folder: Path
    told: Mapping[str, Any]
    files: dict[Part, str] = field(default_factory=dict)
    at_hand: tuple[str, dict[Part, Distribution]] | None = None

    @classmethod
    def open(cls, folder: Path) -> Reference:
        """Opens the folder of the base's run."""
        files = {
            (row["suite"], row["case"], row["part"]): row[TOP]
            for row in rows_of(folder / RATINGS)
            if TOP in row
        }
        return cls(folder, read_told(folder), files)

    @property
    def id(self) -> str:
        """The name of the base's run."""
        return str(self.told["id"])

    @property
    def rates(self) -> bool:
        """Whether the base could rate continuations, and so has drawn some."""
        return "rate" in self.told["can"]

    def check(self, suites: Sequence[Suite]) -> None:
        """Refuses a base that was recorded with other cases."""
        recorded = self.told["configuration"]["suites"]
        for suite in suites:
            if recorded.get(suite.name) != suite.sha256:
                raise UsageError(
                    f"{self.folder}: the base was recorded with another suite {suite.name!r}; "
                    "record the base again"
                )

    def same_tokens(self, identity: Identity) -> bool:
        """Tells whether ids of tokens mean the same in both, as far as that is known."""
        pair = self.told["identity"]["tokenizer"], identity.tokenizer
        return None in pair or pair[0] == pair[1]

    def distribution(self, suite: str, case: str, part: str) -> Distribution | None:
        """Returns the base's distributions over a continuation, where it has kept them."""
        name = self.files.get((suite, case, part))
        if name is None:
            return None
        if self.at_hand is None or self.at_hand[0] != name:
            self.at_hand = name, Distributions(self.folder).read(name)
        return self.at_hand[1].get((suite, case, part))
