"""What a server hands to the dashboard, and what it gets back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

HTML = "text/html; charset=utf-8"
JSON = "application/json"
TEXT = "text/plain; charset=utf-8"
FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 200
LONGEST_BODY = 512 * 1024
"""Bytes: the longest text, question and document of the playground, each character in the twelve
that a form may take."""

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
"""Of our own pages: nothing from elsewhere, nothing inline."""
GUARDS = (
    ("cache-control", "no-store"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),  # a stricter one would hide the origin of our own forms
    ("cross-origin-resource-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
)


@dataclass(frozen=True, slots=True)
class Ask:
    """A request: ``path`` as it was sent, names of headers in lower case."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)

    @property
    def asked(self) -> Fields:
        """The fields of the query."""
        return Fields.of(self.query)

    @property
    def form(self) -> Fields:
        """The fields of the form in the body."""
        return Fields.of(self.body.decode("ascii", "replace"))

    @property
    def kind(self) -> str:
        """The media type of the body."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Fields:
    """Fields of a query or a form, in order; an empty one counts as missing."""

    pairs: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @classmethod
    def of(cls, text: str) -> Fields:
        """Reads fields; a list without end is cut."""
        pairs = parse_qsl(text, errors="replace")[:MOST_FIELDS]
        return cls(tuple((key, value.replace("\0", "")) for key, value in pairs))

    def one(self, name: str) -> str:
        """Returns the first field of a name, without white space around it."""
        return next((value.strip() for key, value in self.pairs if key == name), "")

    def raw(self, name: str) -> str:
        """Returns the first field of a name as it came, but for its line ends."""
        return next(iter(self.raws(name)), "")

    def raws(self, name: str) -> tuple[str, ...]:
        """Returns all fields of a name as they came, but for their line ends."""
        # what forms turn every line end into
        return tuple(value.replace("\r\n", "\n") for value in self.all(name))

    def all(self, name: str) -> tuple[str, ...]:
        """Returns all fields of a name."""
        return tuple(value for key, value in self.pairs if key == name)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer; the server adds its length."""

    status: int
    kind: str
    body: bytes = field(repr=False)
    more: tuple[tuple[str, str], ...] = ()
    policy: str = POLICY

    @property
    def headers(self) -> Iterator[tuple[str, str]]:
        """All headers but the length."""
        yield "content-type", self.kind
        yield "content-security-policy", self.policy
        yield from GUARDS
        yield from self.more


@dataclass(slots=True, eq=False)
class Fault(Exception):
    """A request that cannot be answered as it is; the words never hold text of it."""

    status: int
    words: str


def text(status: int, words: str) -> Answer:
    """Returns an answer in plain words."""
    return Answer(status, TEXT, words.encode())


def data(value: Any, status: int = 200) -> Answer:
    """Returns an answer in JSON; numbers that are not finite are ``null``."""
    return Answer(status, JSON, json.dumps(finite(value), ensure_ascii=False).encode() + b"\n")


def finite(value: Any) -> Any:
    """Returns JSON data without what JSON has not.

    >>> finite({"a": [float("nan"), 1]})
    {'a': [None, 1]}
    """
    if isinstance(value, float):
        return value if value - value == 0 else None
    if isinstance(value, Mapping):
        return {str(key): finite(one) for key, one in value.items()}
    return [finite(one) for one in value] if isinstance(value, list | tuple) else value


def redirect(where: str) -> Answer:
    """Returns an answer that has the browser get another page of ours."""
    return Answer(303, TEXT, b"", (("location", where),))
