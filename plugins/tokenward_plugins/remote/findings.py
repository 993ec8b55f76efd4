"""Reads what a service found, and trusts none of it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

from tokenward.types import Tag
from tokenward_plugins.endpoint.failures import ServiceError
from tokenward_plugins.remote.settings import OTHERS, WHO, Offsets, RemoteSettings


def tags_of(row: Any, text: str, settings: RemoteSettings) -> list[Tag]:
    """Returns the tags of one text.

    Raises:
        ServiceError: A finding has no label that is known, no score in [0, 1], or no place in the
            text; or another text stands there than the service says.
    """
    if not isinstance(row, Sequence) or isinstance(row, str):
        raise wrong("no list of findings for a text")
    places = None if settings.offsets == "characters" else units(text, settings.offsets)
    found = [_tag(one, text, places, settings) for one in row]
    return sorted(filter(None, found), key=lambda tag: (tag.start, tag.end, tag.type))


def _tag(one: Any, text: str, places: Sequence[int] | None, settings: RemoteSettings) -> Tag | None:
    if not isinstance(one, Mapping):
        raise wrong("a finding that is no object")
    label, score = one.get(settings.by), one.get("score")
    known = settings.labels
    if not isinstance(label, str) or not (label in known or OTHERS in known):
        raise wrong("a finding with a label that 'labels' does not map")
    kind = known[label] if label in known else known[OTHERS]
    if isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= 1:
        raise wrong("a finding without a score in [0, 1]")
    start = _place(one.get("start"), text, places)
    end = _place(one.get("end"), text, places)
    if not start < end:
        raise wrong("a finding with nothing between its start and end")
    said = one.get("text")
    if isinstance(said, str) and said != text[start:end]:
        raise wrong(
            "a finding whose text stands elsewhere; set 'offsets' to what the service counts: "
            "characters, utf-16 or bytes"
        )
    return Tag(kind, start, end, float(score)) if kind else None


def _place(value: Any, text: str, places: Sequence[int] | None) -> int:
    """Returns the code point of an offset."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise wrong("a finding without a start or an end")
    if places is None:
        at = value
    else:
        at = bisect_left(places, value)
        if at >= len(places) or places[at] != value:
            raise wrong("a finding that begins or ends inside of a character")
    if not 0 <= at <= len(text):
        raise wrong("a finding outside of its text")
    return at


def units(text: str, offsets: Offsets) -> list[int]:
    r"""Returns where each character begins, and the text ends, in bytes or in units of UTF-16.

    >>> units("a\U0001f600b", "utf-16"), units("aé", "bytes")
    ([0, 1, 3, 4], [0, 1, 3])
    """
    if offsets == "utf-16":
        return list(accumulate((1 + (char > "\uffff") for char in text), initial=0))
    return list(accumulate((len(c.encode("utf-8", "surrogatepass")) for c in text), initial=0))


def wrong(what: str) -> ServiceError:
    """Returns the error of an answer that breaks the interface; nothing of it is quoted."""
    return ServiceError(f"{WHO}: the service sent {what}", "nonsense")
