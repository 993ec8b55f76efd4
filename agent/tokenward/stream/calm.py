r"""Calm text: plain prose, which no pattern can match, recognised at the speed of one expression.

Most of what a model writes is words. A detector that promises (``SpanDetector.calm_words``) that no
value lies in them need not be shown them: the stream lets whole words pass, keeps the last one back
until it is known how it goes on, and feeds the detector from the word where the text stops being
calm. Whether a stretch is fed or skipped must make no difference, so that any chunking decides the
same: what the tables below leave out (digits, ``@``, hyphens, colons ...) is never calm.
"""

from __future__ import annotations

import re

LONGEST_WORD = 15
"""Letters of a calm word at most: shorter than any key."""

CALM_CONTEXT = 256
"""Characters of skipped text that a scan is told, for the words before a value."""

LATIN = r"A-Za-z\u00aa\u00b5\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff"
OTHER = (
    r"\u0370-\u0373\u0376\u0377\u037b-\u037d\u0386\u0388-\u03ff\u0400-\u0481\u048a-\u052f"
    r"\u0531-\u0556\u0561-\u0587\u05d0-\u05ea\u0620-\u063f\u0641-\u064a\u0671-\u06d3\u0904-\u0939"
    r"\u093e-\u094d\u0985-\u09b9\u0a05-\u0a39\u0a85-\u0ab9\u0b85-\u0bb9\u0c05-\u0c39\u0c85-\u0cb9"
    r"\u0d05-\u0d39\u10d0-\u10fa\u1200-\u1248\u1f00-\u1fbc\uac00-\ud7a3"
)
LETTERS = LATIN + OTHER
"""Letters of scripts that write spaces between words, vowel signs of Devanagari among them."""

UNSPACED = (
    r"\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ebd\u0ec0-\u0ecd\u0f40-\u0f6c\u1000-\u103f\u1780-\u17b3"
    r"\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30fe\u3400-\u4dbf\u4e00-\u9fff"
    r"\uf900-\ufaff\U00020000-\U0002fa1f"
)
"""Letters of scripts that write none: each stands for itself."""

BETWEEN = (
    r" \t\n\r,;\"\u00ab\u00bb\u201c-\u201e\u2018\u201a\u2026\u00a1\u00bf)\]"
    r"\u060c\u061b\u061f\u0964\u0965\u3000\u3001\u3009\u300b-\u3011\u3014-\u301b"
    r"\uff01\uff09\uff0c\uff1b\uff1f"
)
"""What ends a word: white space, commas, quotes, closing brackets."""

APOSTROPHES = r"'\u2019"


# a word of Latin and other letters may be disguised, and is not what the scans would be shown
_WORD = (
    f"(?:[{LATIN}{APOSTROPHES}]{{0,{LONGEST_WORD}}}+(?![{OTHER}])"
    f"|[{OTHER}{APOSTROPHES}]{{0,{LONGEST_WORD}}}+)"
)
_MARKS = "[!?}]"  # as in names of mailboxes: they end a word where something else does
_STOP = rf"\.(?=[ \t\n\r])|{_MARKS}++(?=[{BETWEEN}])|\u3002(?=[ \t\n\r{UNSPACED}])"
_OPEN = rf"{_WORD}(?:[.\u3002]|{_MARKS}++)?"

CALM = re.compile(rf"(?:{_WORD}(?:[{BETWEEN}{UNSPACED}]++|{_STOP}))*+(?:({_OPEN})\Z)?")
r"""Complete calm words, and in group 1 the open one at the text's end with a full stop behind it.

Where the group took no part, the text stops being calm at the end of the match.

>>> [(m.end(), m.start(1)) for m in map(CALM.match, ("It is wa", "It is 7", "end. Th", "a@b c"))]
[(8, 6), (6, -1), (7, 5), (0, -1)]
"""

_ASCII_WORD = rf"[A-Za-z']{{0,{LONGEST_WORD}}}+"
_ASCII_BETWEEN = r"[ ,;)\]]"
CALM_ASCII = re.compile(
    rf"(?:{_ASCII_WORD}(?:{_ASCII_BETWEEN}++|\.(?= )|{_MARKS}++(?={_ASCII_BETWEEN})))*+"
    rf"({_ASCII_WORD}(?:\.|{_MARKS}++)?)\Z".encode()
)
r"""The same for bytes of plain words; what it does not match may be calm none the less.

White space but blanks, and quotes, are not in it: in a JSON string they are spelt otherwise.

>>> [m and m.start(1) for m in map(CALM_ASCII.match, (b"It is wa", b"end. Th", b"It is 7", b'"'))]
[6, 5, None, None]
"""

LAST_WORD = re.compile(rf"(?<![{LETTERS}{APOSTROPHES}.!?}}\u3002]){_OPEN}\Z")
"""The calm word that ends a text, if it is no longer than one.

Behind a full stop there is none: the word before it, if it is not calm, may go on over it.

>>> [m and m[0] for m in map(LAST_WORD.search, ("see the wor", "7abc", "x" * 16, "end.", "so, "))]
['wor', 'abc', None, 'end.', '']
>>> LAST_WORD.search("x" * 16 + ".")
"""


def room_in(word: str) -> int:
    """Returns how many ASCII letters more an open calm word may have, -1 where it takes none.

    >>> [room_in(word) for word in ("", "house", "don't", "end.")]
    [15, 10, -1, -1]
    """
    letters = not word or (word.isascii() and word.isalpha())
    return LONGEST_WORD - len(word) if letters else -1
