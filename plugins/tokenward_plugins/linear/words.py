"""Hashes words, and remembers what was made of them: texts repeat their words.

References:
    Weinberger et al. 2009, "Feature Hashing for Large Scale Multitask Learning".
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint32]
Made = TypeVar("Made")

MOST = 8192
"""Words that are remembered; then a new memory begins, and the one before is still asked."""
SHORT, LONGEST = 5, 32
"""Characters below which any word may be remembered, and up to which one of letters may be."""

SPREAD = np.uint32(0x9E3779B1)
ROLL = np.uint32(0x01000193)
MIX, STIR = np.uint32(0xC2B2AE35), np.uint32(0x85EBCA6B)
FIRST, SECOND = np.uint32(0x27D4EB2F), np.uint32(0x165667B1)
HALF, TURN = np.uint32(16), np.uint32(13)
UNSPACED = 0x2E80
"""First code point of the scripts that are written without spaces (CJK)."""
NATIVE = np.dtype(np.uint32)
SIZE = NATIVE.itemsize


def common(word: str) -> bool:
    """Tells whether a word may be remembered: of letters, or short, so that no password is.

    >>> [common(word) for word in ("house", "it's", "h0use", "a" * 40, "...")]
    [True, True, False, False, True]
    """
    return len(word) <= LONGEST and (len(word) < SHORT or word.isalpha())


class Memory(Generic[Made]):
    """What was made of words, of at most twice ``MOST`` of them.

    ``make`` is asked for all new words of a text at once. Threads may share it: at worst two of
    them make the same.

    >>> sizes = Memory(lambda words: [len(word) for word in words])
    >>> sizes.of(["to", "be", "or"])
    [2, 2, 2]
    """

    def __init__(self, make: Callable[[Sequence[str]], Sequence[Made]]) -> None:
        self._make = make
        self.forget()

    def forget(self) -> None:
        """Forgets all words."""
        self._new: dict[str, Made] = {}
        self._old: dict[str, Made] = {}

    def of(self, words: Sequence[str]) -> Sequence[Made]:
        """Returns what is made of each word, in their order."""
        new = self._new
        try:
            return [new[word] for word in words]
        except KeyError:
            known = self._learned(words)
            return [known[word] for word in words]

    def _learned(self, words: Sequence[str]) -> dict[str, Made]:
        new, old = self._new, self._old
        known = {word: some[word] for some in (old, new) for word in words if word in some}
        fresh = [word for word in dict.fromkeys(words) if word not in known]
        if fresh:
            known.update(zip(fresh, self._make(fresh), strict=True))
        if len(new) + len(known) > MOST:
            self._old, self._new = new, {}
        self._new.update((word, made) for word, made in known.items() if common(word))
        return known


class Calm:
    """Remembers whether a check has something against words; at most ``MOST`` of each kind.

    >>> Calm(str.isalpha).is_all(["so", "far"]), Calm(str.isalpha).is_all(["2", "far"])
    (True, False)
    """

    def __init__(self, check: Callable[[str], bool]) -> None:
        self._check = check
        self._calm: set[str] = set()
        self._other: set[str] = set()

    def is_all(self, words: Sequence[str]) -> bool:
        """Tells whether the check has nothing against any of the words."""
        if self._calm.issuperset(words):
            return True
        if not self._other.isdisjoint(words):
            return False
        new = [word for word in words if word not in self._calm]
        calm = [word for word in new if self._check(word)]
        self._calm = _with(self._calm, calm)
        self._other = _with(self._other, set(new).difference(calm))
        return len(calm) == len(new)


def _with(known: set[str], words: Iterable[str]) -> set[str]:
    """Returns a memory with some words more; a new one where it is full."""
    known = known if len(known) < MOST else set()
    known.update(filter(common, words))
    return known


class Word(NamedTuple):
    """What a word adds to the hash of a pair as its first and as its second word, and its features.

    All are hashes, as bytes of 32-bit integers.
    """

    sides: bytes
    features: bytes


def hashed(words: Sequence[str]) -> list[Word]:
    """Returns the features of words: each word, and its runs of 3 to 5 characters.

    A run may begin or end with the space beside the word. In scripts without spaces single
    characters and pairs of them count too.
    """
    single = np.array([zlib.crc32(word.encode("utf-8", "surrogatepass")) for word in words], NATIVE)
    line = f" {' '.join(words)} "
    codes = np.frombuffer(line.encode("utf-32-le", "surrogatepass"), np.uint32)
    letters = (codes + SPREAD) * SPREAD
    letters ^= letters >> np.uint32(15)
    two = letters[:-1] * ROLL + letters[1:]
    three = two[:-1] * ROLL + letters[2:]
    four = three[:-1] * ROLL + letters[3:]
    five = four[:-1] * ROLL + letters[4:]
    sides = np.stack([single * FIRST, single * SECOND], axis=1).tobytes()
    alone, *runs = (mixed(some).tobytes() for some in (single, letters, two, three, four, five))
    at, found = 0, []
    for number, word in enumerate(words):
        here = slice(number * SIZE, (number + 1) * SIZE)
        both = slice(2 * number * SIZE, 2 * (number + 1) * SIZE)
        end = at + len(word)
        # with the spaces beside it a word of n characters has n + 3 - k runs of k
        parts = [runs[k - 1][at * SIZE : max(at, end + 3 - k) * SIZE] for k in (3, 4, 5)]
        if not word.isascii():
            parts += _unspaced(word, at + 1, runs)
        found.append(Word(sides[both], _once(alone[here] + b"".join(parts))))
        at = end + 1
    return found


def _once(features: bytes) -> bytes:
    """Returns each of some hashes once: a number or a laugh is no more for being long."""
    hashes = memoryview(features).cast("I")
    distinct = dict.fromkeys(hashes)
    return features if len(distinct) == len(hashes) else np.array(list(distinct), NATIVE).tobytes()


def _unspaced(word: str, at: int, runs: Sequence[bytes]) -> list[bytes]:
    """Returns the characters of a word of a script without spaces, and the pairs of them."""
    is_one = [ord(character) >= UNSPACED for character in word]
    both = [one and other for one, other in pairwise(is_one)]
    return [
        run[(at + number) * SIZE : (at + number + 1) * SIZE]
        for run, some in zip(runs, (is_one, both), strict=False)
        for number, counts in enumerate(some)
        if counts
    ]


def pairs_of(words: Iterable[Word]) -> Hashes:
    """Returns the hash of each word with the next."""
    sides = np.frombuffer(b"".join([word.sides for word in words]), NATIVE)
    return sides[:-2:2] + sides[3::2]


def mixed(hashes: Hashes) -> Hashes:
    """Mixes hashes in place, so that their high bits are as good as the low ones."""
    hashes ^= hashes >> HALF
    hashes *= MIX
    hashes ^= hashes >> TURN
    hashes *= STIR
    return hashes
