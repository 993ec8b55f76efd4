"""Usual events that say calm words: what each lets out is told by its bytes alone."""

from __future__ import annotations

from typing import Any, cast

from tokenward.stream.calm import CALM_ASCII
from tokenward.wire.protocols.usual import Usual

MOST = 64
"""Events of one run; then its guard is told, so that what is kept for it stays small."""

Waiting = list[tuple[bytes, bytes]]
"""Events that wait as they came, each with its text."""


class CalmRun:
    r"""Events one after another, of which each goes on with a text that is calm.

    In calm text everything before the open word is settled (``stream.calm``), so that no guard need
    be asked what may leave of such an event: one step here does what the usual event, its choice,
    the guard, its scans and the backlog would do in a dozen, of which each is cold when a chunk
    comes. They are told of all the text together when the run ends. What is not calm ends it.

    >>> usual, event = Usual(), {"t": "a"}
    >>> usual.learn(b'data: {"t":"a"}\n\n', b'{"t":"a"}', event, event, "t")
    True
    >>> run = CalmRun(usual, "", "", [])
    >>> run.take(b'data: {"t":"It wa"}\n\n'), run.take(b'data: {"t":"s"}\n\n')
    (b'data: {"t":"It "}\n\n', b'')
    >>> run.take(b'data: {"t":" so"}\n\n'), run.take(b'data: {"t":" 7"}\n\n'), run.text
    (b'data: {"t":"was"}\n\n', None, 'It was so')
    """

    __slots__ = ("_before", "_behind", "_debt", "_head", "_start", "_tail", "_texts", "_waiting",
                 "_word", "longest")  # fmt: skip

    def __init__(self, usual: Usual, word: str, debt: str, waiting: Waiting) -> None:
        self._head, self._tail = usual.head, usual.tail
        self._start, self._behind = len(usual.head), -len(usual.tail)
        self._word = word.encode()  # the open one: not settled yet
        self._debt = debt.encode()  # what an event that has left did not say yet
        self._waiting = waiting
        self._before = len(waiting)
        self._texts: list[bytes] = []
        self.longest = 0
        """Characters that were held at most."""

    @classmethod
    def of(
        cls, usual: Usual, word: str, debt: str, waiting: list[tuple[Any, str | None]]
    ) -> CalmRun | None:
        """Returns a run that goes on with events that wait; ``None`` where one is not usual."""
        texts: Waiting = []
        for event, text in waiting:
            if text is None or not text.isascii() or not usual.says(event, text):
                return None
            texts.append((cast("bytes", event), text.encode()))
        return cls(usual, word, debt, texts) if word.isascii() else None

    def take(self, event: bytes) -> bytes | None:
        """Takes an event and returns what may leave now; ``None``, and nothing else, for others."""
        if not (event.startswith(self._head) and event.endswith(self._tail)):
            return None
        text, open_ = event[self._start : self._behind], self._word
        seen = open_ + text
        found = CALM_ASCII.match(seen)
        settled = found.start(1) if found is not None else -1
        if settled < 0 or not text or 0 < settled <= len(open_) or len(self._texts) >= MOST:
            return None
        self._texts.append(text)
        word = self._word = seen[settled:]
        if len(word) > self.longest:  # noqa: PLR1730  # a third of what max() costs, on each chunk
            self.longest = len(word)
        debt, waiting, out = self._debt, self._waiting, b""
        if not settled:
            waiting.append((event, text))
            return b""
        if waiting:
            out, _ = self.tail
            waiting.clear()
            self._debt = debt = b""
        if not word and not debt:
            return out + event if out else event
        said = text[: settled - len(open_)]
        if not debt and said.isspace():  # blanks wait for their word
            waiting.append((event, text))
            return out
        self._debt = word
        return b"".join((out, self._head, debt, said, self._tail))

    # -- its end ----------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """All that its events said."""
        return b"".join(self._texts).decode()

    @property
    def left(self) -> int:
        """How many events left, those that waited before among them."""
        return self._before + len(self._texts) - len(self._waiting)

    @property
    def tail(self) -> tuple[bytes, str]:
        """The events that wait, with all that they say, and the word that none of them says."""
        if not self._waiting:
            return b"", self._debt.decode()
        out, first = self._waiting[0]
        if self._debt:
            out = b"".join((self._head, self._debt, first, self._tail))
        return b"".join((out, *(event for event, _ in self._waiting[1:]))), ""

    @property
    def rest(self) -> tuple[str, str, list[tuple[bytes, str]]]:
        """The open word, what an event that left owes, and the events that wait."""
        waiting = [(event, text.decode()) for event, text in self._waiting]
        return self._word.decode(), self._debt.decode(), waiting
