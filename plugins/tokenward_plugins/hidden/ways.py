"""The ways to hide text: what each looks like, how telling it is, and how to read what it hides."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

LONGEST = 2048
"""Characters of one hidden text that are seen together; a longer one is several."""

ZERO_WIDTH = "\u200b-\u200f\u2060-\u2064\ufeff\u180e\u00ad\u115f\u1160\u3164\uffa0"
SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
TAGS = "\U000e0020-\U000e007f"
OVERRIDES = "\u202d\u202e"

_HIDES = (
    r"(?:display\s{0,4}:\s{0,4}none|visibility\s{0,4}:\s{0,4}(?:hidden|collapse)"
    r"|font-size\s{0,4}:\s{0,4}(?:0(?![.\d]*[1-9])|1px|0?\.\d)|opacity\s{0,4}:\s{0,4}0(?![.\d]*[1-9])"
    r"|(?<![-\w])color\s{0,4}:\s{0,4}(?:white\b|#fff(?:fff)?\b|transparent"
    r"|rgba?\(\s{0,4}255\s{0,4},\s{0,4}255\s{0,4},\s{0,4}255)"
    r"|text-indent\s{0,4}:\s{0,4}-\d{3}|clip\s{0,4}:\s{0,4}rect\(0"
    r"|(?:left|top)\s{0,4}:\s{0,4}-\d{3,5}(?:px|em))"
)
_ATTRIBUTES = "[^<>]{0,300}?"
_STYLED = rf"style\s{{0,4}}=\s{{0,4}}[\"']?{_ATTRIBUTES}{_HIDES}"
_OPENS = (
    rf"(?i:<[a-z][a-z0-9]{{0,15}}\s{_ATTRIBUTES}(?:{_STYLED}|\bhidden(?=[\s>/=])"
    rf"|color\s{{0,4}}=\s{{0,4}}[\"']?(?:white|#fff))[^<>]{{0,300}}>)"
)


@dataclass(frozen=True, slots=True)
class Way:
    """A way to hide: ``odds`` are by how much it raises those of an instruction in it.

    ``score`` is that of ``hidden_text``; 0 where ordinary texts hide in that way, too.
    """

    name: str
    pattern: str
    score: float
    odds: float
    read: Callable[[str], str]


def _tags(found: str) -> str:
    return "".join(chr(ord(one) - 0xE0000) for one in found)


def _selected(found: str) -> str:
    """Reads bytes that are written as variation selectors, one each."""
    codes = (ord(one) for one in found)
    data = bytes(code - 0xFE00 if code < 0x10000 else code - 0xE0100 + 16 for code in codes)  # noqa: PLR2004
    return data.decode("utf-8", "replace")


def _bits(found: str) -> str:
    """Reads bits that are written as two kinds of zero-width characters, eight a character."""
    kinds = sorted(set(found))
    if len(kinds) != 2 or len(found) < 16:  # noqa: PLR2004  # two kinds, two characters
        return ""
    bits = [str(kinds.index(one)) for one in found]
    codes = [int("".join(bits[at : at + 8]), 2) for at in range(0, len(bits) - 7, 8)]
    text = bytes(codes).decode("utf-8", "replace")
    return (
        text if text.isprintable() else bytes(255 - one for one in codes).decode("utf-8", "replace")
    )


def _inside(found: str) -> str:
    """Reads an element, or a comment, without its markup."""
    text = re.sub(r"\A<!--|-->\Z|<[^<>]*>?", " ", found)
    return html.unescape(text)


def _quoted(found: str) -> str:
    return html.unescape(re.sub(r"\A[^\"'(]*[\"'(]|[\"')]+\Z", "", found))


def _bracketed(found: str) -> str:
    return found[found.find("[") + 1 : found.rfind("]")]


def _braced(found: str) -> str:
    return found[found.rfind("{") + 1 :].rstrip("}")


def _reversed(found: str) -> str:
    return found[1:].rstrip("\u202c")[::-1]


WAYS: Mapping[str, Way] = {
    way.name: way
    for way in (
        Way("tags", rf"[{TAGS}]{{1,{LONGEST}}}+", 0.98, 50.0, _tags),
        Way("selectors", rf"[{SELECTORS}]{{3,{LONGEST}}}+", 0.95, 50.0, _selected),
        Way(
            "zero_width",
            rf"[{ZERO_WIDTH}]{{3,{LONGEST}}}+|(?<=[A-Za-z])[\u200b\u2060\ufeff]{{1,2}}(?=[A-Za-z])",
            0.6,
            50.0,
            _bits,
        ),
        Way(
            "direction",
            rf"[{OVERRIDES}][^\u202c\n]{{1,{LONGEST - 2}}}+\u202c?",
            0.7,
            20.0,
            _reversed,
        ),
        Way("comment", rf"<!--(?:(?!-->)[\s\S]){{0,{LONGEST - 8}}}+(?:-->)?", 0.2, 5.0, _inside),
        Way(
            "markdown_comment",
            r"\[(?://|[A-Za-z_]{1,20})\]:[ \t]{1,4}(?:\#|<>)[ \t]{0,4}[(\"'][^\n]{0,1000}+",
            0.4,
            5.0,
            _quoted,
        ),
        Way(
            "style",
            rf"{_OPENS}(?:(?!</)[\s\S]){{0,{LONGEST - 1000}}}+(?:</[a-zA-Z0-9]{{1,16}}>)?",
            0.6,
            20.0,
            _inside,
        ),
        Way(
            "tex",
            r"\\(?:textcolor|color|phantom|hphantom|vphantom)\{(?:white\}\{?)?[^{}]{1,1000}+\}?",
            0.3,
            10.0,
            _braced,
        ),
        Way("alternative", r"!\[[^\[\]\n]{20,1000}+\](?=\()", 0.0, 3.0, _bracketed),
        Way(
            "attribute",
            r"=\s{0,4}(?:\"[^\"<>]{20,1000}+\"|'[^'<>]{20,1000}+')",
            0.0,
            3.0,
            _quoted,
        ),
        Way(
            "title",
            r"(?<=\])\([^\s()]{1,300}+[ \t]{1,4}(?:\"[^\"\n]{8,1000}+\"|'[^'\n]{8,1000}+')",
            0.0,
            3.0,
            _quoted,
        ),
    )
}
PATTERN = "|".join(f"(?P<{way.name}>{way.pattern})" for way in WAYS.values())
"""What any of them looks like; the name of the group says which it is."""
BEGINS = re.compile(rf"[<\[!\\=({ZERO_WIDTH}{SELECTORS}{TAGS}{OVERRIDES}]")
"""The characters with which any of them begins."""
ATTRIBUTE = re.compile(
    r"(?i:\b(?:alt|title|content|placeholder|summary|aria-[a-z]{1,16}|data-[a-z]{1,16}))\s{0,4}\Z"
)
"""What stands before the value of one that people do not see."""
FLAG = "\U0001f3f4"
"""Behind it, tags are the letters of a region, ended by the last of them: a flag."""
END_OF_FLAG = "\U000e007f"
LONGEST_FLAG = 7
