"""Turns a text into hashed features: words, pairs of words, and runs of 3 to 5 characters in words.

In scripts without spaces single characters and pairs of them count too.

References:
    Weinberger et al. 2009, "Feature Hashing for Large Scale Multitask Learning".
"""

from __future__ import annotations

import re
import zlib

import numpy as np
from numpy.typing import NDArray

from tokenward_plugins.linear.disguise import undone
from tokenward_plugins.linear.normalise import plain

Hashes = NDArray[np.uint32]
Values = NDArray[np.float32]

WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*|[^\w\s]|_")
SPREAD = np.uint32(0x9E3779B1)
ROLL = np.uint32(0x01000193)
PAIR = np.uint32(0x85EBCA6B)
MIX = np.uint32(0xC2B2AE35)
SPACE = 32
UNSPACED = 0x2E80
"""First code point of the scripts that are written without spaces (CJK)."""


def features(text: str) -> Hashes:
    """Returns the hash of each feature, in [0, 2^32); one that occurs twice is there twice.

    The high bits are well mixed: shift right to get a bucket. Linear in the text.
    """
    text = plain(text)
    words = WORD.findall(text)
    if not words:
        return np.empty(0, np.uint32)
    more = list(undone(text))
    crc = zlib.crc32
    single = np.array(
        [crc(word.encode("utf-8", "surrogatepass")) for word in (*words, *more)], np.uint32
    )
    pairs = single[: len(words) - 1] * PAIR + single[1 : len(words)]
    line = f" {' '.join(words)} {' '.join(more)} " if more else f" {' '.join(words)} "
    codes = np.frombuffer(line.encode("utf-32-le", "surrogatepass"), np.uint32)
    return _mixed(np.concatenate([single, pairs, *_runs(codes)]))


def vector(text: str, bits: int) -> tuple[Hashes, Values]:
    """Returns the buckets that a text fills, in order, and its values there, of length 1 together.

    A bucket's value grows with the logarithm of how often it is hit, so that repeating harmless
    words hides little.
    """
    hashes = features(text)
    hashes >>= np.uint32(32 - bits)
    buckets, counts = np.unique(hashes, return_counts=True)
    values: Values = np.log1p(counts).astype(np.float32)
    norm = np.float32(np.sqrt(values @ values))
    if norm:
        values /= norm
    return buckets, values


def _runs(codes: Hashes) -> list[Hashes]:
    letters = (codes + SPREAD) * SPREAD
    letters ^= letters >> np.uint32(15)
    inside = codes != SPACE
    two = letters[:-1] * ROLL + letters[1:]
    three = two[:-1] * ROLL + letters[2:]
    four = three[:-1] * ROLL + letters[3:]
    five = four[:-1] * ROLL + letters[4:]
    # a run may begin or end with the space beside its word, never hold one
    runs = [three[inside[1:-1]], four[inside[1:-2] & inside[2:-1]]]
    runs.append(five[inside[1:-3] & inside[2:-2] & inside[3:-1]])
    if codes.max() >= UNSPACED:
        unspaced = codes >= UNSPACED
        runs += [letters[unspaced], two[unspaced[:-1] & unspaced[1:]]]
    return runs


def _mixed(hashes: Hashes) -> Hashes:
    hashes ^= hashes >> np.uint32(16)
    hashes *= MIX
    hashes ^= hashes >> np.uint32(13)
    hashes *= PAIR
    return hashes
