"""The part of a text that a scan still looks at."""

from __future__ import annotations

from collections.abc import Callable

CONTEXT = 144
"""Characters before what is open that stay in view: a name before ``=``, a scheme before ``://``.

No search looks back further than 128 characters from what it decides on."""
SLACK = 176
"""Characters that may gather before the text is cut, so that cutting costs little for each."""

Add = Callable[[str, int, int, float, int], None]
"""Takes a type, a start, an end, a score and the number of the piece, where something was found."""


class Window:
    """A text's last characters, which are those from ``base`` to ``end`` of the whole.

    It begins with a line break that is not in the text, so that every character has one before it.
    """

    __slots__ = ("base", "end", "text")

    def __init__(self) -> None:
        self.text = "\n"
        self.base = -1
        self.end = 0

    def trim(self, certain: int) -> None:
        """Lets go of what no search can need any more, which starts at ``certain`` or later."""
        if certain - self.base > CONTEXT + SLACK:
            self.text = self.text[certain - CONTEXT - self.base :]
            self.base = certain - CONTEXT
