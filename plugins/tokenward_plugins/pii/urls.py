"""URLs and host names: around each dot, with Presidio's list of top-level domains."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import regex

from tokenward_plugins.pii.characters import PATH_CLOSING
from tokenward_plugins.pii.found import Found
from tokenward_plugins.pii.limits import DOMAIN
from tokenward_plugins.pii.recognizer import context_words

URL = "URL"
HOST = re.compile(r"[A-Za-z0-9.\-]+")
INTERNATIONAL_HOST = re.compile(r"[\w.\-]+")
ENDING = re.compile(r"\.[A-Za-z]{2,24}(?![A-Za-z0-9\-])")
SCHEME = re.compile(r"https?://", re.IGNORECASE)
USER = re.compile(rf"[^/?#@{PATH_CLOSING}]{{1,128}}@")
PATH = re.compile(f"/[^{PATH_CLOSING}]*")
AFTER_HOST = re.compile(rf"(?::\d{{1,5}})?(?:[/?#][^{PATH_CLOSING}]*)?")
PUNCTUATION = ".,;:!?*~`|]}"


class UrlJudge:
    """Asks Presidio's URL patterns, which know the endings of host names."""

    __slots__ = ("_host", "_names", "_registered", "_scores", "words")

    def __init__(self, recognizer: Any, registered: Callable[[str], bool]) -> None:
        with_scheme, host = recognizer.patterns[:2]
        self._host = regex.compile(host.regex, recognizer.global_regex_flags)
        self._scores = (float(with_scheme.score), float(host.score))
        self._names = (with_scheme.name, host.name)
        self._registered = registered
        self.words = context_words(recognizer)

    def find(self, text: str, low: int, high: int) -> list[Found]:
        """Returns the URLs and host names between two offsets."""
        found: list[Found] = []
        at = low
        while at < high:
            scheme = SCHEME.search(text, at, high)
            before = scheme.start() if scheme else high
            found += self._hosts(text, at, before)
            at = high
            if scheme:
                one = self._with_scheme(text, scheme.start(), scheme.end(), high)
                found += [one] if one else []
                at = one.end if one else scheme.end()
        return found

    def _hosts(self, text: str, low: int, high: int) -> list[Found]:
        found = []
        at = low
        while host := HOST.search(text, at, high):
            at = host.end()
            end = self._ending(text, host.start(), host.end())
            if end is None:
                continue
            start = max(host.start(), end - DOMAIN)
            path = PATH.match(text, end, high)
            at = max(at, path.end() if path else end)
            start = at_word(text, start, end)
            stop = trimmed(text, path.end() if path else end, end)
            found.append(Found(URL, start, stop, self._scores[1], self._names[1], self.words))
        return found

    def _ending(self, text: str, low: int, high: int) -> int | None:
        """Returns where the last ending that Presidio knows ends, in a run of host characters."""
        for ending in reversed(list(ENDING.finditer(text, low + 1, high))):
            before = ending.start() - 1
            if text[before] != "." and self._host.fullmatch(text, before, ending.end()):
                return ending.end()
        return None

    def _with_scheme(self, text: str, start: int, begin: int, high: int) -> Found | None:
        """Returns a URL with a scheme, whatever its host: user, port, path and query are in it."""
        user = USER.match(text, begin, high)
        begin = user.end() if user else begin
        end = self._host_end(text, begin, high)
        if end == begin:
            return None
        known = self._ending(text, begin, end) is not None
        score, name = (self._scores[0], self._names[0]) if known else (self._scores[1], "any host")
        after = AFTER_HOST.match(text, end, high)
        stop = trimmed(text, after.end() if after else end, begin)
        return Found(URL, start, stop, score, name, self.words) if stop > begin else None

    def _host_end(self, text: str, begin: int, high: int) -> int:
        """Tells an international host from a Latin one with a sentence right behind it."""
        wide = INTERNATIONAL_HOST.match(text, begin, high)
        latin = HOST.match(text, begin, high)
        if wide and (latin is None or self._registered(wide.group())):
            return wide.end()
        return latin.end() if latin else begin


def at_word(text: str, start: int, end: int) -> int:
    """Returns the first offset at which no dot or hyphen stands."""
    while start < end and text[start] in ".-":
        start += 1
    return start


def trimmed(text: str, end: int, least: int) -> int:
    """Returns the end of a URL without the punctuation of the sentence around it."""
    while end > least and text[end - 1] in PUNCTUATION:
        end -= 1
    return end


def unfinished(text: str, high: int, found: list[Found]) -> int | None:
    """Returns where a URL begins that reaches ``high`` and may go on."""
    for one in found:
        if one.type == URL and not text[one.end : high].strip(PUNCTUATION):
            return one.start
    return None
