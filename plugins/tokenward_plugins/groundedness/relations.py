"""Knows which English words mean nearly the same, which the opposite, and how near others are."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterable
from functools import lru_cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tokenward.errors import UsageError

MODEL = Path(__file__).parent / "model"

Matrix = NDArray[np.float32]


class Relations:
    """Synonyms and antonyms by stem, and vectors by word.

    From the Open English WordNet (CC BY 4.0) and MiniLM (Apache 2.0); the model card says how.

    >>> relations = Relations.load()
    >>> movie, film, tax = relations.rows(["movie", "film", "tax"])
    >>> "difficult" in relations.opposites("eas"), bool(movie @ film > 0.6 > movie @ tax)
    (True, True)
    """

    def __init__(self, arrays: Any) -> None:
        stems = str(arrays["stems"]).split("\n")
        self._stems = {stem: place for place, stem in enumerate(stems)}
        self._names = stems
        self._synonyms = arrays["synonyms"], arrays["synonyms_at"]
        self._antonyms = arrays["antonyms"], arrays["antonyms_at"]
        self.words = str(arrays["words"]).split("\n")
        self._words = {word: place for place, word in enumerate(self.words)}
        rows = arrays["vectors"].astype(np.float32)
        self._vectors: Matrix = rows / np.linalg.norm(rows, axis=1, keepdims=True)

    @classmethod
    @lru_cache(maxsize=1)
    def load(cls) -> Relations:
        """Reads what the package ships; a file with another checksum is a ``UsageError``."""
        return cls(np.load(BytesIO(checked("relations")), allow_pickle=False))

    def is_word(self, word: str) -> bool:
        """Tells whether a word is one that is written small."""
        return word in self._words

    def synonyms(self, stem: str) -> Collection[str]:
        """Returns the stems of words that may mean nearly the same."""
        return self._related(self._synonyms, stem)

    def opposites(self, stem: str) -> Collection[str]:
        """Returns the stems of words that may mean the opposite."""
        return self._related(self._antonyms, stem)

    def _related(self, table: tuple[Any, Any], stem: str) -> Collection[str]:
        at = self._stems.get(stem)
        if at is None:
            return ()
        places, ends = table
        return [self._names[one] for one in places[ends[at] : ends[at + 1]].tolist()]

    def rarity(self, word: str) -> float:
        """Returns how rare a word is, from 0 for the commonest to 1 for those without a vector."""
        place = self._words.get(word, len(self.words))
        return math.log1p(place) / math.log1p(len(self.words))

    def rows(self, words: Iterable[str]) -> Matrix:
        """Returns the vectors of those of some words that have one, of length 1."""
        places = [self._words[word] for word in words if word in self._words]
        return self._vectors[places]


def checked(name: str) -> bytes:
    """Returns a file of the model, if it is the one that was shipped."""
    folder = MODEL / name
    told: dict[str, str] = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    data = (folder / str(told["file"])).read_bytes()
    if sha256(data).hexdigest() != told["sha256"]:
        raise UsageError(f"groundedness: {told['file']} is not the file that the package shipped")
    return data
