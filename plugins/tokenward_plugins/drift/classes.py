"""Says of every character of a text what it is to words and sentences, one byte a character."""

from __future__ import annotations

import re
from functools import cache

# The vowel signs of Arabic, India and Thailand are no `\w`, but belong to their words.
MARKS = r"\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u0900-\u0dff\u0e31-\u0e3a\u0e47-\u0e4e"
EAST_ASIAN = r"\u3005\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
LETTER = rf"[^\W\d_{EAST_ASIAN}]|[{MARKS}]"

OTHER = "x"
CLASSES = (
    ("!", r"[\u3002\uff01\uff1f]"),  # ends a sentence whatever follows
    ("|", r"[\u0964\u0965]"),  # the dandas of India: so do they, but words have them as marks
    (".", r"[.!?\u2026\u061f]"),  # ends a sentence where closing quotes or a space follow
    ("'", r"['\u2019]"),  # stands in words, and closes quotes
    (")", r"[\")\]\u201d\u00bb]"),
    ("\n", r"\n"),
    (" ", r"\s"),
    ("e", rf"(?=[{EAST_ASIAN}])[^\W\d_]"),  # a word each
    ("f", rf"[{EAST_ASIAN}]"),  # likewise, but no letter
    ("l", LETTER),
    ("d", r"\w"),
)
"""The classes; a character is of the first that it matches, or else of ``OTHER``."""

ASCII = "ascii"
CODE_PAGE = "cp1252"
"""What most Latin prose is in, with its quotes and dashes; it encodes faster than characters can
be looked up one by one."""
MOST_KNOWN = 8192
"""Characters whose classes are kept: more than people write, so that memory stays bounded."""


def classes(text: str) -> bytes:
    r"""Returns the class of each character.

    >>> classes("Don't go, 2 left.\n\u65e5\u672c!")
    b"lll'l llx d llll.\nee."
    """
    page, written = paged(text)
    return (
        text.translate(_known()).encode("ascii") if page is None else written.translate(_of(page))
    )


def paged(text: str) -> tuple[str | None, bytes]:
    r"""Returns the code page that has all characters of a text, and the text in it, if one has.

    >>> paged("na\u00efve"), paged("\u65e5\u672c")
    (('cp1252', b'na\xefve'), (None, b''))
    """
    if text.isascii():
        return ASCII, text.encode(ASCII)
    try:
        return CODE_PAGE, text.encode(CODE_PAGE)
    except UnicodeEncodeError:
        return None, b""


class _Known(dict[int, str]):
    """Classes by code point, found when a character first comes."""

    def __missing__(self, code: int) -> str:
        name = _class(chr(code))
        if len(self) < MOST_KNOWN:
            self[code] = name
        return name


@cache  # filled as characters come, not when the plugin is imported
def _known() -> _Known:
    return _Known()


@cache
def _of(page: str) -> bytes:
    """Returns the classes of the bytes of a code page, also of those that are no character."""
    characters = bytes(range(256)).decode(page, "replace")
    return "".join(map(_class, characters)).encode("ascii")


@cache
def _patterns() -> re.Pattern[str]:
    return re.compile("|".join(f"({pattern})" for _, pattern in CLASSES))


def _class(character: str) -> str:
    match = _patterns().match(character)
    return CLASSES[match.lastindex - 1][0] if match and match.lastindex else OTHER
