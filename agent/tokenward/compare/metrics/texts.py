"""Measures of answers that need no model: repetition, common beginnings, what was thought aloud."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

RUN = 4
THOUGHT = re.compile(r"\s*<(think|thinking|reasoning)>.*?(?:</\1>|\Z)", re.DOTALL)
"""What models that reason write first; without its end no answer came."""


def answer_of(text: str) -> str:
    r"""Returns what a text answers, without what the model thought aloud before.

    >>> answer_of("<think>6 times 7 ...</think>\n42"), answer_of("<think>Let me"), answer_of("42")
    ('42', '', '42')
    """
    thought = THOUGHT.match(text)
    return text[thought.end() :].lstrip() if thought else text


def repetition(items: Sequence[object], size: int = RUN) -> float:
    """Returns the share of runs of ``size`` items (4-grams) that came before in the same text.

    0 where no run comes twice, and for texts without two runs.

    >>> repetition("a b c d a b c d a b c d".split()), repetition("a b c".split())
    (0.5555555555555556, 0.0)

    References:
        Welleck et al. 2020, arXiv:1908.04319 (seq-rep-n: 1 - unique n-grams / n-grams).
    """
    runs = len(items) - size + 1
    if runs < 1:
        return 0.0
    return 1 - len({tuple(items[at : at + size]) for at in range(runs)}) / runs


def common(one: Sequence[object], other: Sequence[object]) -> int:
    """Returns how many items both begin with.

    >>> common([1, 2, 3], [1, 2, 4, 3]), common([], [1])
    (2, 0)
    """
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
