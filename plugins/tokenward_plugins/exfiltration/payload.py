"""Judges what a URL carries beside the address of a page."""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from urllib.parse import unquote_plus

ENCODED_SPACE = "\u2060"
"""What stands for ``%20`` where the engine has undone escapes."""

LONG_TOKEN, LONG_LABEL, LONG_QUERY = 40, 25, 200
WORDS = 3
LEAST_ENCODED = 16
TOKEN = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")
HEX = re.compile(r"(?:[0-9A-Fa-f]{2}){8,}")
PERSONAL = re.compile(r"[\w.+-]+@[\w-]+\.\w{2,}|(?<!\d)\d(?:[ .-]?\d){8,}(?!\d)")
WORD = re.compile(r"[^\W\d_]{2,}")
UNSPACED = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\u0e00-\u0e7f]{6,}")
ASKED = frozenset({"q", "query", "search", "s", "p", "k", "keyword", "keywords", "text", "title"})
"""Parameters in which searches and shared links have words of their own."""
URL_SAFE = str.maketrans("-_", "+/")
VOWELS = re.compile(r"[aeiouyAEIOUY]")
SPLIT = re.compile(r"[/;,]")
ENDING = re.compile(r"\.[A-Za-z]{2,5}$")


@dataclass(frozen=True, slots=True)
class Load:
    """Why a URL is suspicious, and how much so if it is fetched at once, or by a click."""

    reason: str
    fetched: float
    clicked: float


SAID = Load("said_in_request", 0.99, 0.95)
TEXT = Load("encoded_text", 0.98, 0.95)
PEOPLE = Load("personal_data", 0.95, 0.8)
PROSE = Load("prose", 0.95, 0.7)
SEARCH = Load("search_words", 0.8, 0.2)
LABEL = Load("long_label", 0.8, 0.7)
OPAQUE = Load("opaque", 0.6, 0.2)
LONG = Load("long_query", 0.7, 0.3)
QUERY = Load("query", 0.3, 0.0)
NOTHING = Load("nothing", 0.0, 0.0)


Holds = Callable[[str], bool]
"""Tells whether a text has words of the request."""


def load_of(host: str, rest: str, holds: Holds | None = None) -> Load:
    """Returns the worst that the part of a URL behind its host carries, or the host itself.

    >>> load_of("x.example", "/p.png?d=SGVsbG8sIG15IG5hbWUgaXMgQW5u").reason
    'encoded_text'
    >>> load_of("x.example", "/pictures/cat.png").reason
    'nothing'
    """
    judged = partial(_judged, holds=holds)
    worst = max((judged(*pair) for pair in _values(rest)), default=NOTHING, key=_rank)
    labels = host.split(".")[:-2]
    if holds is not None and any(map(holds, labels)):
        worst = SAID
    if any(len(label) >= LONG_LABEL for label in labels):
        worst = max(worst, LABEL, key=_rank)
    if len(rest.partition("?")[2]) > LONG_QUERY:
        worst = max(worst, LONG, key=_rank)
    return worst


def _rank(load: Load) -> float:
    return load.fetched + load.clicked


def _values(rest: str) -> Iterator[tuple[str | None, str]]:
    """Yields the name of each parameter with its value, and ``None`` with each part of the path."""
    path, _, behind = rest.partition("?")
    path, _, fragment = path.partition("#")
    query, _, more = behind.partition("#")
    for part in SPLIT.split(path):
        if part:
            yield None, part
    for pair in (*re.split("[&;]", query), fragment, more):
        name, equals, value = pair.partition("=")
        if equals and value.strip("="):
            yield name.lower(), value
        elif pair:
            yield "", pair


def _judged(name: str | None, value: str, holds: Holds | None) -> Load:
    text = unquote_plus(value.replace(ENCODED_SPACE, " "))
    if holds is not None and holds(text):
        return SAID if name not in ASKED else PROSE
    if _encodes_text(ENDING.sub("", text.strip())):
        return TEXT
    if PERSONAL.search(text) is not None:
        return PEOPLE
    if _speaks(text, in_path=name is None):
        return SEARCH if name in ASKED else PROSE
    if name is None or not text:
        return NOTHING
    return OPAQUE if TOKEN.fullmatch(text) and len(text) >= LONG_TOKEN else QUERY


def _speaks(text: str, *, in_path: bool) -> bool:
    """Tells whether a value is a sentence; the names of pages are none."""
    if not in_path and UNSPACED.search(text) is not None:
        return True
    spaced = " " in text or ("_" in text and not in_path)
    return spaced and len(WORD.findall(text)) > WORDS


def _encodes_text(value: str) -> bool:
    """Tells whether a value is words in base 64, or in hexadecimal digits.

    >>> _encodes_text("SGVsbG8sIG15IG5hbWUgaXMgQW5u"), _encodes_text("dQw4w9WgXcQdQw4w9WgX")
    (True, False)
    """
    if len(value) < LEAST_ENCODED:
        return False
    if HEX.fullmatch(value) is not None:
        return _is_text(bytes.fromhex(value))
    if TOKEN.fullmatch(value) is None:
        return False
    try:
        kept = value.rstrip("=").translate(URL_SAFE)
        return _is_text(b64decode(kept + "=" * (-len(kept) % 4)))
    except (Error, ValueError):
        return False


def _is_text(data: bytes) -> bool:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return False
    letters = sum(character.isalpha() or character in " \n,.:;@-_/\"'{}" for character in text)
    if not text.isprintable() and not text.replace("\n", "").isprintable():
        return False
    return letters >= 0.8 * len(text) or text.replace(" ", "").isdigit()
