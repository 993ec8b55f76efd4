"""The ``urls`` detector: links as spans, and what is to be said of their hosts."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tokenward.types import Detection, ScanContext
from tokenward_plugins.formats.hosts import TYPES, Judge, lists
from tokenward_plugins.formats.settings import UrlSettings

LONGEST = 2048
"""Characters of a URL; what is longer is found cut to it."""

SCHEMES = ("http://", "https://", "ftp://", "ftps://", "ws://", "wss://", "www.")
STOP = r"\s<>\"'`{}|\\^\x00-\x1f\u3000-\u3002\uff08\uff09\uff0c"
BODY = re.compile(rf"[^{STOP}]*")
TRAILING = ".,;:!?)]*_~’”»…"
HOST = re.compile(r"(?:[a-z]+://)?(?:[^/?#@]*@)?(\[[^\]]*\]?|[^/?#:@]*)", re.IGNORECASE)


class UrlDetector:
    """Finds URLs with a scheme or ``www.``, and those that begin with a listed host."""

    types = TYPES
    hold_back = LONGEST

    def __init__(self, settings: UrlSettings) -> None:
        self.judge = Judge(settings.allow, settings.deny, settings.protect)
        hosts = {name.lower() for name in settings.deny} | lists().shorteners
        openers = [*SCHEMES, *(f"{host}/" for host in sorted(hosts))]
        joined = "|".join(map(re.escape, sorted(openers, key=len, reverse=True)))
        self.opener = re.compile(rf"(?<![\w@.-])(?ai:{joined})")  # ſ is no s in a scheme
        self.begun = frozenset(
            opener[:size] for opener in openers for size in range(1, len(opener))
        )
        self.most = max(map(len, openers))

    def open(self, context: ScanContext) -> UrlScan:
        """Starts a text."""
        return UrlScan(self, context)


class UrlScan:
    """The end of one text so far: a URL that goes on, or what one may begin with."""

    __slots__ = ("_base", "_detector", "_name", "_open", "_text", "_types")

    def __init__(self, detector: UrlDetector, context: ScanContext) -> None:
        self._detector = detector
        self._name = context.detector
        self._types = context.types
        self._text = ""  # what is open, and one character before it
        self._base = 0
        self._open = 0

    def feed(self, text: str) -> tuple[Sequence[Detection], int]:
        """Takes the next characters."""
        self._text += text
        found = self._found(ended=False)
        kept = max(0, self._open - 1)
        self._text, self._base, self._open = (
            self._text[kept:], self._base + kept, self._open - kept,
        )  # fmt: skip
        return found, self._base + self._open

    def finish(self) -> Sequence[Detection]:
        """Returns the URL that ends with the text."""
        return self._found(ended=True)

    def _found(self, *, ended: bool) -> list[Detection]:
        """Returns the URLs that are whole, and moves to what is open behind them."""
        text, at = self._text, self._open
        found: list[Detection] = []
        while (opener := self._detector.opener.search(text, at)) is not None:
            start = opener.start()
            body = BODY.match(text, opener.end(), min(len(text), start + LONGEST))
            end = body.end() if body else opener.end()
            if end == len(text) and end - start < LONGEST and not ended:
                self._open = start
                return found
            stripped = max(opener.end(), start + len(_whole(text[start:end])))
            found += self._judged(start, stripped, text[start:stripped])
            at = end
        self._open = len(text) if ended else self._begin(text, at)
        return found

    def _begin(self, text: str, at: int) -> int:
        """Returns where the first URL may begin that is not yet one."""
        begun = self._detector.begun
        for start in range(max(at, len(text) - self._detector.most + 1), len(text)):
            if text[start:].lower() in begun and not _joined(text, start):
                return start
        return len(text)

    def _judged(self, start: int, end: int, url: str) -> list[Detection]:
        match = HOST.match(url)
        host = match[1] if match else ""
        if not host:
            return []
        credentials = "@" in url[: match.end() if match else 0]
        return [
            Detection(self._name, type_, self._base + start, self._base + end, 1.0)
            for type_ in self._detector.judge.types(host, credentials=credentials)
            if type_ in self._types
        ]


def _joined(text: str, start: int) -> bool:
    before = text[start - 1 : start]
    return before.isalnum() or (before != "" and before in "_@.-")


def _whole(url: str) -> str:
    """Returns a URL without the marks of the sentence behind it; pairs of brackets stay.

    >>> _whole("http://a.org/b_(c)).")
    'http://a.org/b_(c)'
    """
    while url and url[-1] in TRAILING:
        if url[-1] == ")" and url.count("(") >= url.count(")"):
            break
        url = url[:-1]
    return url


URLS = re.compile(rf"(?<![\w@.-])(?:https?://|ftp://|www\.)[^{STOP}]", re.IGNORECASE)


def url_count(text: str) -> float:
    """Returns how many URLs a text has.

    >>> url_count("See https://a.org, http://b.org/c or www.d.org.")
    3.0
    """
    if "://" not in text and "www." not in text.lower():
        return 0.0
    return float(sum(1 for _ in URLS.finditer(text)))
