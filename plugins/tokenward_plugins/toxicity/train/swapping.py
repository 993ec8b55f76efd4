"""Has the model think the same whoever is meant: swapped texts to learn from, and weights evened.

Texts of the training part that name a group are repeated about other groups, with the label that
they have. What is left of a difference between two words for groups is taken out of the weights.

References:
    Dixon et al. 2018, doi:10.1145/3278721.3278729 (balancing by added texts).
    Bolukbasi et al. 2016, arXiv:1607.06520 (making words equal in what they should not differ in).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

import numpy as np

from tokenward_plugins.bias.groups import Groups
from tokenward_plugins.bias.swapper import swapped
from tokenward_plugins.linear.features import vector
from tokenward_plugins.linear.normalise import plain
from tokenward_plugins.linear.train.corpus import Floats, hashed
from tokenward_plugins.linear.train.fit import Weights
from tokenward_plugins.linear.train.rows import Row, cut

SWAPS = 4
"""How many swapped texts each text that names a group gives."""
OURS, SWAPS_OF_OURS = "composed", 1
"""Composed texts name all groups alike as they are."""
WEIGHT = 0.5
SHARE = 0.5
"""Of the differences, how much is taken out: all of it costs more of the quality."""
CONTEXTS = 150
"""Words beside which words for groups are evened: those that stand there most often."""
RIDGE = 1e-3

Contexts = tuple[Sequence[str], Sequence[str]]
"""Words before, and words after, words for groups."""


def more(rows: Iterable[Row]) -> Iterator[Row]:
    """Yields the swapped texts of the training part; a row and its swaps weigh alike together."""
    for row in rows:
        if row.split == "train":
            for one in swapped(row.text, SWAPS_OF_OURS if row.source == OURS else SWAPS):
                weight = WEIGHT * row.weight
                yield Row(row.source, one.text, row.labels, weight=weight, part="train", made=True)


@cache
def words() -> tuple[str, ...]:
    """Returns the single words for groups, as the model reads them."""
    forms = (
        form for group in Groups.load().groups for form in (group.one, group.many, group.adjective)
    )
    return tuple(sorted({plain(form) for form in forms if form and " " not in form}))


def contexts(rows: Iterable[Row]) -> Contexts:
    """Returns the words that stand most often before, and after, words for groups."""
    known = frozenset(words())
    before: Counter[str] = Counter()
    after: Counter[str] = Counter()
    for row in rows:
        if row.split != "train":
            continue
        for _, sentence in cut(row.text):
            told = plain(sentence).split()
            for at, word in enumerate(told):
                if word in known:
                    before.update(told[at - 1 : at] if at else ())
                    after.update(told[at + 1 : at + 2])
    return _frequent(before), _frequent(after)


def _frequent(counts: Counter[str]) -> list[str]:
    return [word for word, _ in counts.most_common(CONTEXTS)]


def evened(
    weights: Weights,
    bits: int,
    beside: Contexts,
    share: float = SHARE,
) -> Weights:
    """Returns weights without a share of the differences between words for groups.

    Alone and beside common words they count more alike; nothing else changes more than it must.
    """
    values = weights.values.copy()
    for pairs in _pairs(beside):
        buckets = [_pair(first, second, bits) for first, second in pairs]
        known = np.array([bucket for bucket in buckets if bucket is not None], dtype=np.int64)
        if len(known):
            values[known] += share * (values[known].mean() - values[known])
    matrix = hashed(words(), bits).astype(float)
    gaps: Floats = share * ((matrix @ values).mean() - matrix @ values)
    gram = (matrix @ matrix.T).toarray() + RIDGE * np.eye(len(gaps))
    values += matrix.T @ np.linalg.solve(gram, gaps)
    return Weights(values, weights.bias)


def _pairs(beside: Contexts) -> Iterator[list[tuple[str, str]]]:
    before, after = beside
    for word in before:
        yield [(word, one) for one in words()]
    for word in after:
        yield [(one, word) for one in words()]


def _pair(first: str, second: str, bits: int) -> int | None:
    """Returns the bucket of two words beside each other, if no part of one of them has it."""
    both, _ = vector(f"{first} {second}", bits)
    left = set(both.tolist())
    for word in (first, second):
        left -= set(vector(word, bits)[0].tolist())
    return int(left.pop()) if len(left) == 1 else None
