"""What of one row may be sent: what has been released, and cannot be taken back any more."""

from __future__ import annotations

from collections.abc import Callable


class Outlet:
    """Keeps released text until it may be sent, and remembers all that was sent.

    After a rewind the stream releases the row's text again from its beginning. ``restart`` tells
    so; what comes then is compared with what was sent, and sent only from there on. ``conflict``
    says that the two differ: a detector decided otherwise about the same text.

    >>> sent = []
    >>> outlet = Outlet(sent.append)
    >>> outlet.take("one two")
    >>> outlet.send(3)
    >>> outlet.restart()
    >>> outlet.take("one")
    >>> outlet.take(" three")
    >>> outlet.send(outlet.released)
    >>> sent, outlet.conflict
    (['one', ' three'], False)
    """

    __slots__ = ("_again", "_send", "_sent", "_sent_length", "_waiting", "conflict", "released")

    def __init__(self, send: Callable[[str], None]) -> None:
        self.released = 0
        """Characters released by the present stream, sent or not."""
        self.conflict = False
        self._send = send
        self._sent: list[str] = []
        self._sent_length = 0
        self._waiting = ""
        self._again = ""  # what was sent, and the present stream has not released yet

    @property
    def text(self) -> str:
        """All that was sent."""
        return "".join(self._sent)

    @property
    def behind(self) -> bool:
        """Whether the present stream has not released all that was sent before it."""
        return bool(self._again)

    def take(self, text: str) -> None:
        """Takes what the stream released."""
        self.released += len(text)
        if self._again:
            known = min(len(text), len(self._again))
            if text[:known] != self._again[:known]:
                self.conflict = True
            text, self._again = text[known:], self._again[known:]
        self._waiting += text

    def restart(self) -> None:
        """Forgets what waits: the stream begins again."""
        self.released = 0
        self._waiting = ""
        self._again = self.text

    def send(self, upto: int) -> None:
        """Sends released text up to a count of released characters."""
        count = upto - self._sent_length
        if count <= 0 or not self._waiting or self.conflict:
            return
        piece, self._waiting = self._waiting[:count], self._waiting[count:]
        self._sent.append(piece)
        self._sent_length += len(piece)
        self._send(piece)
