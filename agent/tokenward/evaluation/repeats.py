"""Rows that say what an earlier row says: they make intervals too narrow."""

from __future__ import annotations

import hashlib
import unicodedata
from typing import Any

NO_LABEL = -1


class Repeats:
    """Counts rows whose text was there before, case, width and white space apart.

    Texts are not kept, only 8 bytes of a digest each.

    >>> some = Repeats()
    >>> for text, truth in [("Hello  you", 1), ("hello you", 1), ("HELLO YOU", 0)]:
    ...     some.add(text, truth)
    >>> some.rows, some.contradicting
    (2, 1)
    """

    def __init__(self) -> None:
        self.rows = 0
        self.contradicting = 0
        self._seen: dict[bytes, int] = {}

    def add(self, text: str, truth: int) -> None:
        """Takes a row: 1 and 0 as labels, -1 for none."""
        folded = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
        digest = hashlib.blake2b(folded.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        known = self._seen.get(digest)
        if known is None:
            self._seen[digest] = truth
            return
        self.rows += 1
        self.contradicting += known != truth and NO_LABEL not in (known, truth)

    def note(self, total: int) -> str | None:
        """Returns what a reader must know, if there is something."""
        if not self.rows:
            return None
        told = f"{self.rows} of {total} rows repeat an earlier text"
        if self.contradicting:
            told += f", {self.contradicting} of them with another label"
        return f"{told}: intervals take rows for independent, and are too narrow"

    def as_dict(self) -> dict[str, Any]:
        """Returns the counts as ``tokenward evaluate --json`` prints them."""
        return {"rows": self.rows, "other_label": self.contradicting}
