r"""Finds private keys in PEM form: on many lines, indented, quoted, or with ``\n`` spelt out.

The private lines of a file of PuTTY are found, too, to the sum that follows them.
"""

from __future__ import annotations

import re

from tokenward_plugins.secrets.gate import alternatives
from tokenward_plugins.secrets.runs import CHARACTERS
from tokenward_plugins.secrets.window import Add, Window

TYPE = "PRIVATE_KEY"
BEGIN, PUTTY = "-----BEGIN ", "Private-Lines: "
LABEL = re.compile(r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,4}PRIVATE KEY(?: BLOCK)?-----")
LABEL_PART = re.compile(r"-----BEGIN [A-Z0-9 ]{0,64}-{0,4}\Z")
PUTTY_LABEL = re.compile(r"Private-Lines: [0-9]{1,4}(?![0-9])")
PUTTY_PART = re.compile(r"Private-Lines: [0-9]{0,4}\Z")
END = re.compile(r"-----END [A-Z0-9][A-Z0-9 ]{0,63}-----|Private-(?:MAC|Hash): [0-9A-Fa-f]{40,64}")
SUMS = alternatives(("Private-MAC: ", "Private-Hash: "))
END_PART = re.compile(
    r"-{1,4}\Z|-----(?:E|EN|END)?\Z|-----END (?:[A-Z0-9][A-Z0-9 ]{0,63}-{0,4})?\Z"
    rf"|{SUMS}[0-9A-Fa-f]{{0,63}}\Z"
)
JOIN = r"\+(?:(?<=[\"'`]\+)|(?<=[\"'`] \+))"  # two strings of a program
BETWEEN = re.compile(rf"(?:\s|\\{{1,4}}[nrt]|[\"'`>|#*,]|{JOIN}(?=\s))+")
BETWEEN_PART = re.compile(rf"\\{{1,4}}\Z|{JOIN}\Z")
RUN = re.compile(r"[A-Za-z0-9+/=]*")
RUN_BEGIN = re.compile(r"[A-Za-z0-9+/=]")
HEADER = re.compile(r"[A-Z][A-Za-z-]{2,30}: [^\n\\\"]{0,200}")
HEADER_PART = re.compile(r"[A-Z][A-Za-z-]{0,30}(?::| )?\Z|[A-Z][A-Za-z-]{2,30}: [^\n\\\"]{0,200}\Z")

LINE = 32
"""A run of base 64 of this length is a line of a key, and no word."""
SHORT = 16
"""A shorter last line counts if it has at least this length."""
PATIENCE = 512
"""Characters after a first line within which a line of a key must come."""
READ_AHEAD = 256
"""Characters of a header or an end mark that may have to be waited for."""
NEAR = 6
"""A first line begins at most so far from where a run of characters of keys does, which is held."""


class PemFinder:
    """The state of one search: the key that is open, if one is, and how much of it was read.

    ``at`` is where to read on, ``start`` where the key began, ``since`` where its part not yet
    reported begins, ``run`` how much of the current line was read, ``last`` where the last line
    that counts ended, ``part`` how many pieces were reported, and ``closing`` that a short line
    ended: only the end mark may follow it. ``open`` says that a key is open, or may begin at the
    text's end, and ``until`` up to where letters and digits only go on with it.
    """

    __slots__ = (
        "at", "closing", "last", "open", "part", "piece", "read", "run", "since", "start", "sure",
        "until",
    )  # fmt: skip

    def __init__(self, piece: int, at: int) -> None:
        self.piece = piece
        self.at = at
        self.open = False
        self.until = 0
        self.start = -1
        self._reset(-1)

    def _reset(self, start: int) -> None:
        self.start = self.since = self.last = start
        self.run = self.read = self.part = 0
        self.sure = self.closing = False

    def step(self, window: Window, add: Add, *, final: bool) -> int:
        """Looks at what is new; returns where the first thing that is still open starts."""
        while True:
            if self.start < 0:
                if not self._begin(window, final=final):
                    self.open, self.until = self.at < window.end, 0
                    return self.at
            elif not self._body(window, add, final=final):
                edge = self.since + self.piece if self.sure else self.start + PATIENCE
                self.open, self.until = True, edge if self.run else 0
                return self.since

    def _begin(self, window: Window, *, final: bool) -> bool:
        """Looks for a first line; false if there is none in what came so far."""
        text, at = window.text, self.at - window.base
        found = text.find(BEGIN, at)
        putty = text.find(PUTTY, at, found if found >= 0 else len(text))
        if putty >= 0:
            return self._label(window, putty, PUTTY_LABEL, PUTTY_PART, final=final)
        if found >= 0:
            return self._label(window, found, LABEL, LABEL_PART, final=final)
        self.at = window.end if final else window.end - _tail(text, at)
        return False

    def _label(
        self,
        window: Window,
        found: int,
        whole: re.Pattern[str],
        part: re.Pattern[str],
        *,
        final: bool,
    ) -> bool:
        """Reads a first line; false if it may go on."""
        self.at = found + window.base
        label = None
        if _begins_near(window.text, found):
            if not final and part.match(window.text, found):
                return False
            label = whole.match(window.text, found)
        if label:
            self._reset(self.at)
            self.at = label.end() + window.base
        else:
            self.at += len(BEGIN)
        return True

    def _body(self, window: Window, add: Add, *, final: bool) -> bool:
        """Reads one piece of the body; false if more text is needed for it."""
        text, at = window.text, self.at - window.base
        edge = self.since + self.piece if self.sure else self.start + PATIENCE
        if self.at >= edge and window.end > edge:
            self._cut(edge, add)
            return True
        if self.run:
            return self._line(text, at, window.base, edge, final=final)
        if at < len(text):
            return self._between(text, at, window.base, edge, add, final=final)
        return self._close(add) if final else False

    def _cut(self, edge: int, add: Add) -> None:
        """Reports a full piece of a key, or gives up what is none."""
        if self.sure:
            add(TYPE, self.since, edge, 1.0, self.part)
            self.since = self.last = edge
            self.part += 1
        else:
            self.at = self.start + len(BEGIN)
            self._reset(-1)

    def _line(self, text: str, at: int, base: int, edge: int, *, final: bool) -> bool:
        """Reads on in a line of base 64, but not past the edge of a piece."""
        match = RUN.match(text, at, edge - base)
        end = match.end() if match else at
        self.run += end - at
        self.at = end + base
        self.sure = self.sure or self.run >= LINE
        if self.at == edge and end < len(text):
            return True
        if end == len(text) and not final:
            return False
        self.read += self.run
        self.closing = self.run < LINE
        if not self.closing or self.run >= SHORT or text[end - 1] == "=":
            self.last = self.at
        self.run = 0
        return True

    def _between(self, text: str, at: int, base: int, edge: int, add: Add, *, final: bool) -> bool:
        """Reads what stands between lines, a header, or the end mark."""
        gap = BETWEEN.match(text, at)
        if gap:
            self.at = gap.end() + base
            return True
        if not final and (BETWEEN_PART.match(text, at) or END_PART.match(text, at)):
            return False
        end = END.match(text, at)
        if end:
            return self._end(end.end() + base, add)
        return self._text(text, at, base, edge, add, final=final)

    def _text(self, text: str, at: int, base: int, edge: int, add: Add, *, final: bool) -> bool:
        """Reads a header, if no line was read yet, or the beginning of a line."""
        if text.startswith(PUTTY, at):
            return self._close(add)
        header = None if self.read else HEADER.match(text, at)
        if not self.read and not final and HEADER_PART.match(text, at):
            return False
        if header:
            self.at = header.end() + base
            return True
        if RUN_BEGIN.match(text, at) and (not self.closing or text[at] == "="):
            return self._line(text, at, base, edge, final=final)
        return self._close(add)

    def _end(self, end: int, add: Add) -> bool:
        if self.sure or self.read >= SHORT:
            add(TYPE, self.since, end, 1.0, self.part)
        self.at = end
        self._reset(-1)
        return True

    def _close(self, add: Add) -> bool:
        """Ends a key whose end mark does not come; reports the lines that there were."""
        if self.last > self.since and (self.sure or self.read >= SHORT):
            add(TYPE, self.since, self.last, 1.0, self.part)
            self.at = self.last
        else:
            self.at = max(self.since, self.start + len(BEGIN))
        self._reset(-1)
        return True


def _tail(text: str, begin: int) -> int:
    """Returns how many of the last characters may be the beginning of a first line."""
    for size in range(min(len(PUTTY) - 1, len(text) - begin), 0, -1):
        if text.endswith((BEGIN[:size], PUTTY[:size])):
            return size if _begins_near(text, len(text) - size) else 0
    return 0


def _begins_near(text: str, at: int) -> bool:
    """Tells whether a run of characters of keys begins so near that it is still held back."""
    return text[max(0, at - NEAR - 1) : at].strip(CHARACTERS) != ""
