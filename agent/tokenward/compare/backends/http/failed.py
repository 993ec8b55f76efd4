"""How asking a server fails, in words that may stand in reports: never its texts."""

from __future__ import annotations

BEFORE = frozenset({401, 403, 404, 405, 501})
"""Answers that would be the same to any request: the key, the path or the model is wrong."""
AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
"""Answers after which it is worth trying again."""
UNREACHABLE = "unreachable"
UNTRUSTED = "untrusted certificate"
LATE = "late"
BROKEN = "broken off"
NONSENSE = "not readable"
LARGE = "too large"


class Failed(Exception):
    """A request got no answer that can be used; ``kind`` says how in a word or two.

    ``again`` tells whether it is worth trying again, after ``wait`` seconds if the server says so,
    and ``whole`` that no other request would fare better.
    """

    def __init__(
        self, kind: str, *, again: bool = False, wait: float = 0.0, whole: bool = False
    ) -> None:
        super().__init__(kind)
        self.kind = kind
        self.again = again
        self.wait = wait
        self.whole = whole

    @classmethod
    def by_status(cls, status: int, wait: float = 0.0) -> Failed:
        """Returns the failure that a status means."""
        return cls(f"status {status}", again=status in AGAIN, wait=wait, whole=status in BEFORE)


class Filtered(Exception):
    """A guard refused the request with an error, which is an answer: an empty one."""
