"""Follows a JSON value as it arrives (RFC 8259), and tells where it stops being one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

DEEPEST = 500
"""Levels of nesting; what is nested deeper counts as invalid."""

SPACE = " \t\n\r"
STRING = re.compile(r'[^"\\\x00-\x1f]*')
LITERALS = {"t": "rue", "f": "alse", "n": "ull"}
DIGITS = "0123456789"
NUMBER: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "minus": dict.fromkeys("123456789", "whole") | {"0": "zero"},
        "zero": {".": "point", "e": "e", "E": "e"},
        "whole": dict.fromkeys(DIGITS, "whole") | {".": "point", "e": "e", "E": "e"},
        "point": dict.fromkeys(DIGITS, "part"),
        "part": dict.fromkeys(DIGITS, "part") | {"e": "e", "E": "e"},
        "e": dict.fromkeys(DIGITS, "power") | {"+": "sign", "-": "sign"},
        "sign": dict.fromkeys(DIGITS, "power"),
        "power": dict.fromkeys(DIGITS, "power"),
    }
)
WHOLE_NUMBERS = frozenset({"zero", "whole", "part", "power"})


class Value:
    """One JSON value; ``feed`` returns the index of the first character that it cannot have.

    >>> value = Value()
    >>> value.feed('{"a": [1, 2.5e3'), value.complete, value.feed(']}'), value.complete
    (None, False, None, True)
    >>> Value().feed('{"a": tru, }')
    9
    """

    __slots__ = ("_rest", "_stack", "_state", "ended_at")

    def __init__(self) -> None:
        self._state = "value"
        self._stack: list[str] = []
        self._rest = ""  # what is left of a literal, or of four hexadecimal digits
        self.ended_at = 0
        """Where in the characters that were fed last the value ended, once it has."""

    @property
    def complete(self) -> bool:
        """Whether the value could end here."""
        return self._state == "done" or (not self._stack and self._state in WHOLE_NUMBERS)

    @property
    def closed(self) -> bool:
        """Whether nothing but white space can follow."""
        return self._state == "done"

    def feed(self, text: str) -> int | None:
        """Takes the next characters."""
        at = 0
        while at < len(text):
            if self._state == "string":
                found = STRING.match(text, at)
                at = found.end() if found else at
                if at == len(text):
                    return None
            state, inside = self._state, bool(self._stack)
            right = self._step(text[at])
            if state != "done" and self._state == "done":
                self.ended_at = at if state in WHOLE_NUMBERS and not inside else at + 1
            if not right:
                return at
            at += 1
        return None

    def _step(self, sign: str) -> bool:
        """Takes a character; false where the value cannot have it."""
        state = self._state
        if state in ("string", "escape", "hex", "literal"):
            return self._inside(sign)
        if state in NUMBER:
            following = NUMBER[state].get(sign)
            if following is not None:
                self._state = following
                return True
            if state not in WHOLE_NUMBERS:
                return False
            self._end()
        if sign in SPACE:
            return True
        return self._between(sign)

    def _inside(self, sign: str) -> bool:
        """Takes a character of a string or a literal."""
        state = self._state
        if state == "string":
            if sign == '"':
                self._end()
            elif sign == "\\":
                self._state = "escape"
            return sign in '"\\'
        if state == "escape":
            self._state, self._rest = ("hex", "uuuu") if sign == "u" else ("string", "")
            return sign in '"\\/bfnrtu'
        if state == "hex":
            self._rest = self._rest[1:]
            self._state = "hex" if self._rest else "string"
            return sign in "0123456789abcdefABCDEF"
        right = sign == self._rest[0]
        self._rest = self._rest[1:]
        if not self._rest:
            self._end()
        return right

    def _end(self) -> None:
        """A value, or a key, has ended."""
        if self._stack and self._stack[-1] == "key":
            self._stack[-1] = "{"
            self._state = "colon"
        else:
            self._state = "after" if self._stack else "done"

    def _between(self, sign: str) -> bool:
        """Takes a character outside of strings, numbers and literals."""
        state = self._state
        if (state, sign) in (("first", "]"), ("first_key", "}")):
            return self._close(sign)
        if state in ("value", "first"):
            return self._begin(sign)
        if state in ("key", "first_key"):
            self._stack[-1], self._state = "key", "string"
            return sign == '"'
        if state == "after" and sign != ",":
            return self._close(sign)
        if state != "done":
            object_goes_on = state == "after" and self._stack[-1] == "{"
            self._state = "key" if object_goes_on else "value"
        return (state, sign) in (("colon", ":"), ("after", ","))

    def _begin(self, sign: str) -> bool:
        if sign in "{[":
            self._stack.append(sign)
            self._state = "first_key" if sign == "{" else "first"
            return len(self._stack) <= DEEPEST
        if sign in LITERALS:
            self._state, self._rest = "literal", LITERALS[sign]
        elif sign == '"':
            self._state = "string"
        else:
            self._state = NUMBER["minus"].get(sign, "minus")
            return sign in "-0123456789"
        return True

    def _close(self, sign: str) -> bool:
        opened = self._stack.pop()
        self._end()
        return (opened, sign) in (("{", "}"), ("[", "]"))
