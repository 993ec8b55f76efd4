"""Turns a text into hashed features: words, pairs of words, and runs of 3 to 5 characters in words.

Each word of a text counts once, with its runs, and each pair once: repeating harmless words hides
nothing, and what a word brings is known before the text is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tokenward_plugins.linear.disguise import undone
from tokenward_plugins.linear.normalise import plain
from tokenward_plugins.linear.words import NATIVE, Hashes, Memory, Word, hashed, pairs_of

Values = NDArray[np.float32]

WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*|[^\w\s]|_")
RECENT = 64
"""Texts that are remembered: the models of a policy are asked about the same sentences."""
SHORT = 1024
"""Characters of a text that is remembered."""

known: Memory[Word] = Memory(hashed)


class Reading(NamedTuple):
    """The words of a text, also those that disguised ones stand for, and hashes of pairs of words.

    Both hold each once.
    """

    words: Sequence[str]
    pairs: Hashes


recent: dict[str, Reading] = {}


def read(text: str) -> Reading:
    """Returns what a text is scored by; linear in the text.

    >>> read("To be or not to be").words
    ['to', 'be', 'or', 'not']
    """
    found = recent.get(text)
    if found is None:
        found = _read(plain(text))
        if len(text) <= SHORT:
            if len(recent) >= RECENT:
                recent.clear()
            recent[text] = found
    return found


def _read(text: str) -> Reading:
    words = WORD.findall(text)
    pairs = pairs_of(known.of(words))
    if len(set(pairwise(words))) < len(pairs):
        pairs = np.unique(pairs)
    return Reading(list(dict.fromkeys([*words, *undone(text)])), pairs)


def vector(text: str, bits: int) -> tuple[Hashes, Values]:
    """Returns the buckets that a text fills, in order, and its values there.

    A value is how many features fill the bucket, over the root of how many there are in all.
    """
    words, pairs = read(text)
    features = b"".join([word.features for word in known.of(words)])
    hashes = np.concatenate([np.frombuffer(features, NATIVE), pairs])
    buckets, counts = np.unique(hashes >> np.uint32(32 - bits), return_counts=True)
    return buckets, (counts / np.sqrt(max(1, len(hashes)))).astype(np.float32)
