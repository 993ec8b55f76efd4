"""What a session has put into texts at one moment, as it is looked for in answers."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tokenward.redact.styles import Form

GLUE = "0-9A-Za-z_\u00aa-\u02af\u0370-\u052f\u1e00-\u1fff"
"""Letters and digits of scripts that put spaces between words: beside one, a word goes on."""
NAME_JOINERS = ".@+_%"
JOINERS = NAME_JOINERS + "-"
PATH_JOINERS = JOINERS + "/?#&="
ESCAPE = r"\\[bfnrt]"
UNICODE_ESCAPE = r"\\u[0-9A-Fa-f]{4}"
"""In JSON and in code: after these a word begins."""
HEAD = 4
"""Characters by which tokens are looked up; none is shorter."""


@dataclass(frozen=True, slots=True)
class Token:
    """Something issued: what stands for a value, and the value."""

    text: str = field(repr=False)
    value: str = field(repr=False)
    type: str

    def stands_alone(self, text: str, place: int) -> bool | None:
        """Tells whether the token at a place of a text is not the part of something longer.

        ``None`` where what follows must still come.
        """
        if not _WORD.fullmatch(self.text[-1]):
            return True
        joins = _joiners(self.text)
        before = place - 1
        if place and text[before] in joins and _AFTER_WORD.match(text, before):
            return False
        end = place + len(self.text)
        following = text[end : end + 2]
        if not following or (following in joins and len(following) == 1):
            return None
        return not _WORD.match(following, following[0] in joins)


class Issued:
    """The tokens of a session at one moment, by their first characters and in order.

    Looking one up costs the same whether there are two of them or a thousand.
    """

    __slots__ = ("_heads", "_order", "_tokens", "longest", "starts", "with_brackets")

    def __init__(self, tokens: Mapping[str, Token]) -> None:
        self._tokens = tokens
        self._order = sorted(tokens)
        lengths: dict[str, set[int]] = {}
        for text in tokens:
            lengths.setdefault(text[:HEAD], set()).add(len(text))
        self._heads = {head: sorted(some, reverse=True) for head, some in lengths.items()}
        self.longest = max(map(len, tokens), default=0)
        firsts = {text[0] for text in tokens}
        self.starts = _starts(firsts)
        """Finds where a token may begin; matches nothing where there are none."""
        self.with_brackets = _starts({*firsts, "<"})
        """Likewise, and where anything may begin that looks like a placeholder."""

    def __len__(self) -> int:
        return len(self._tokens)

    def has_head(self, text: str, place: int) -> bool:
        """Tells whether any token begins with the characters at a place of a text."""
        return text[place : place + HEAD] in self._heads

    def at(self, text: str, place: int) -> Iterator[Token]:
        """Yields the tokens that stand at a place of a text, the longest first."""
        for length in self._heads.get(text[place : place + HEAD], ()):
            token = self._tokens.get(text[place : place + length])
            if token is not None:
                yield token

    def begins(self, text: str) -> bool:
        """Tells whether a longer token begins with a text."""
        at = bisect_left(self._order, text)
        if at < len(self._order) and self._order[at] == text:
            at += 1
        return at < len(self._order) and self._order[at].startswith(text)

    def hide(self, text: str) -> str:
        """Returns a text with the types of values in the place of all that was issued."""
        values = {token.value: token.type for token in self._tokens.values()}
        for value in sorted(values, key=len, reverse=True):
            for written in dict.fromkeys((value, escape(value))):
                text = text.replace(written, f"<{values[value]}>")
        return text

    def returned(self, form: Form) -> Issued:
        """Returns the tokens with what stands in their place in a form."""
        if form == "text":
            return self
        if form == "token":
            return Issued({t.text: Token(t.text, t.text, t.type) for t in self._tokens.values()})
        tokens: dict[str, Token] = {}
        for token in self._tokens.values():
            for text in (token.text, escaped_brackets(token.text)):
                tokens[text] = Token(text, escape(token.value), token.type)
        return Issued(tokens)


def escape(value: str) -> str:
    r"""Returns a value as it stands between the quotes of a JSON string.

    >>> escape('a "b"\n')
    'a \\"b\\"\\n'
    """
    written = json.dumps(value, ensure_ascii=False)[1:-1]
    if written.isascii():
        return written
    return "".join(rf"\u{ord(c):04x}" if "\ud800" <= c <= "\udfff" else c for c in written)


def escaped_brackets(text: str) -> str:
    r"""Returns a placeholder as some writers of JSON spell it, who fear HTML.

    >>> escaped_brackets("<US_SSN>")
    '\\u003cUS_SSN\\u003e'
    """
    return text.replace("<", r"\u003c").replace(">", r"\u003e")


def _starts(firsts: set[str]) -> re.Pattern[str]:
    if not firsts:
        return re.compile(r"(?!)")
    words = "".join(sorted(re.escape(c) for c in firsts if _WORD.fullmatch(c)))
    marks = "".join(sorted(re.escape(c) for c in firsts if not _WORD.fullmatch(c)))
    anything = f"[{marks}{words}]"  # one set of characters, which is searched for fastest
    alone = rf"(?:(?<![{GLUE}].)|(?<={ESCAPE}.)|(?<={UNICODE_ESCAPE}.))"
    if not words:
        return re.compile(anything)
    return re.compile(anything + (rf"(?:(?<=[{marks}])|{alone})" if marks else alone), re.DOTALL)


def _joiners(token: str) -> str:
    """Returns the signs by which a token would go on, as an address does by a dot."""
    if "://" in token:
        return PATH_JOINERS
    return JOINERS if any(c.isdecimal() or c == "@" for c in token) else NAME_JOINERS


_WORD = re.compile(f"[{GLUE}]")
_AFTER_WORD = re.compile(rf"(?<!{ESCAPE})(?<!{UNICODE_ESCAPE})(?<=[{GLUE}])")
