"""The part of a text that a scan still looks at."""

from __future__ import annotations

from collections.abc import Callable

CONTEXT = 256
"""Characters before what is open that stay in view: a name before ``=``, a scheme before ``://``."""
SLACK = 1024
"""Characters that may gather before the text is cut, so that cutting costs little for each."""

Add = Callable[[str, int, int, float], None]
"""Takes a type, a start, an end and a score, where something was found."""


class Window:
    """A text's last characters, which are those from ``base`` to ``end`` of the whole."""

    __slots__ = ("base", "end", "text")

    def __init__(self) -> None:
        self.text = ""
        self.base = 0
        self.end = 0

    def extend(self, text: str) -> None:
        """Takes the next characters."""
        self.text += text
        self.end += len(text)

    def trim(self, certain: int) -> None:
        """Lets go of what no search can need any more, which starts at ``certain`` or later."""
        if certain - self.base > CONTEXT + SLACK:
            self.text = self.text[certain - CONTEXT - self.base :]
            self.base = certain - CONTEXT
