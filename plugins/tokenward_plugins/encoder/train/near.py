"""Finds texts that are nearly the same, so that no split has one on both sides.

References:
    Broder 1997, "On the resemblance and containment of documents" (doi 10.1109/SEQUEN.1997.666900).
    Leskovec, Rajaraman and Ullman 2014, "Mining of Massive Datasets", chapter 3 (bands of minima).
"""

from __future__ import annotations

import re
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from tokenward_plugins.linear.normalise import plain

START = 200
"""Letters and digits by which texts that begin alike are told, however they go on."""

RUN = 3
BANDS, IN_BAND = 6, 4
ALIKE = 0.6
"""Least Jaccard similarity of the runs of words of two texts that are nearly the same."""

MOST_WORDS = 400
WORD = re.compile(r"\w+")
PRIME = (1 << 61) - 1
Key = tuple[int, bytes | int]
Runs = frozenset[int]


class Index:
    """Texts by what nearly equal ones share; the first of those that are alike stands for all.

    >>> index = Index(["Do this at once, please!", "Hello."])
    >>> index.near("do this at once please"), index.near("Goodbye.")
    ([0], [])
    """

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._runs: list[Runs] = []
        self._seen: dict[Key, list[int]] = defaultdict(list)
        for text in texts:
            self.add(text)

    def near(self, text: str) -> list[int]:
        """Returns the numbers of texts that are nearly the same: one for each thing they share."""
        return sorted(self._found(*_shared(text)))

    def add(self, text: str) -> list[int]:
        """Adds a text; returns what ``near`` does of it."""
        runs, keys = _shared(text)
        found = self._found(runs, keys)
        number = len(self._runs)
        self._runs.append(runs)
        for key in keys:
            self._seen[key].append(number)
        return sorted(found)

    def _found(self, runs: Runs, keys: Sequence[Key]) -> set[int]:
        found: set[int] = set()
        for key in keys:
            for other in self._seen.get(key, ()):
                if key[0] < 0 or similarity(runs, self._runs[other]) >= ALIKE:
                    found.add(other)
                    break
        return found


def clusters(texts: Sequence[str]) -> list[int]:
    """Returns a number for each text: the first text of those that are nearly the same.

    >>> clusters(["Do this at once, please!", "Hello.", "do this at once please"])
    [0, 1, 0]
    """
    index = Index()
    above = list(range(len(texts)))

    def root(number: int) -> int:
        while above[number] != number:
            above[number] = above[above[number]]
            number = above[number]
        return number

    for number, text in enumerate(texts):
        for other in index.add(text):
            low, high = sorted((root(other), root(number)))
            above[high] = low
    return [root(number) for number in range(len(texts))]


def shingles(words: Sequence[str]) -> Runs:
    """Returns hashes of runs of words; of the words themselves where they are few."""
    size = min(RUN, max(1, len(words) - 1))
    runs = {" ".join(words[at : at + size]) for at in range(len(words) - size + 1)}
    return frozenset(zlib.crc32(run.encode("utf-8", "surrogatepass")) for run in runs)


def similarity(one: Runs, other: Runs) -> float:
    """Returns the Jaccard similarity of two sets of hashes; of two empty ones it is 1.

    >>> similarity(frozenset({1, 2, 3}), frozenset({2, 3, 4}))
    0.5
    """
    both = len(one & other)
    either = len(one) + len(other) - both
    return both / either if either else 1.0


def _shared(text: str) -> tuple[Runs, list[Key]]:
    words = WORD.findall(plain(text))
    runs = shingles(words[:MOST_WORDS])
    return runs, list(_keys("".join(words), runs))


def _keys(letters: str, runs: Runs) -> Iterator[Key]:
    """Yields what nearly equal texts share: how they start (-1), and minima of hashes, by band."""
    start = letters[:START].encode("utf-8", "surrogatepass")
    yield -1, zlib.crc32(start) << 8 | len(start) % 256
    if not runs:
        return
    factors, offsets = _PERMUTATIONS
    hashes = np.fromiter(runs, np.uint64, len(runs))
    lowest = ((hashes[:, None] * factors + offsets) >> np.uint64(16)).min(axis=0)
    for band in range(BANDS):
        yield band, lowest[band * IN_BAND : (band + 1) * IN_BAND].tobytes()


def _permutations() -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    draw = np.random.default_rng(0)
    count = BANDS * IN_BAND
    odd = draw.integers(1, PRIME, count, dtype=np.uint64) | np.uint64(1)
    return odd, draw.integers(0, PRIME, count, dtype=np.uint64)


_PERMUTATIONS = _permutations()
