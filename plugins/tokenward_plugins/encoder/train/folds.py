"""Parts what is trained on, so that a teacher need not have seen the text it is asked about.

A teacher knows by heart what its rows are labelled, wrongly or not. One that was trained on the
other folds says what it would of a new text, which is worth more to a student.

References:
    Chernozhukov et al. 2018, "Double/debiased machine learning" (doi 10.1111/ectj.12097): folds.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from tokenward_plugins.linear.train.rows import Row

FOLDS = 3
BEGINNING = 60
"""Letters by which the fold is drawn: copies that begin alike go together."""


def fold(text: str) -> int:
    """Returns the fold of a text, however it is spaced or capitalised.

    >>> fold("Good day!") == fold("good  DAY!")
    True
    """
    start = "".join(text.lower().split())[:BEGINNING]
    return zlib.crc32(start.encode("utf-8", "surrogatepass")) % FOLDS


def without(rows: Sequence[Row], number: int) -> list[Row]:
    """Returns the rows of all folds but one."""
    return [row for row in rows if fold(row.text) != number]
