"""Tells how much a text repeats itself, as models do whose quantisation or sampling went wrong."""

from __future__ import annotations

import re

# A long run of letters is cut, so that an endless "aaaa" repeats itself too.
PIECE = re.compile(r"\w{1,16}+|[^\w\s]")
N = 4


def repetition(text: str) -> float:
    """Returns the share of 4-grams that occurred before in the text: 1 - distinct / all.

    The grams are of words (cut into 16 letters) and single marks, in small letters; a text of
    fewer than four gives 0. Sentences seldom reach 0.05, a loop comes close to 1.

    >>> repetition("I am here now. We were there before them."), repetition("no no no no no no")
    (0.0, 0.6666666666666667)
    >>> round(repetition("!" * 100), 2)
    0.99
    """
    pieces = PIECE.findall(text.casefold())
    grams = len(pieces) - N + 1
    if grams < 1:
        return 0.0
    distinct = len(set(zip(*(pieces[at:] for at in range(N)), strict=False)))
    return 1.0 - distinct / grams
