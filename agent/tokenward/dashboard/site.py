"""The dashboard as a whole: which page answers a request, and what a request must bring."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Mapping
from urllib.parse import unquote

from tokenward.dashboard import rendering
from tokenward.dashboard.messages import (
    FORM,
    JSON,
    LONGEST_BODY,
    Answer,
    Ask,
    Fault,
    data,
    redirect,
)
from tokenward.dashboard.pages import Pages
from tokenward.dashboard.parts import Parts
from tokenward.errors import MissingExtra, StoreError, TokenwardError, UsageError

ROOT = "/tokenward/"
API = "api/"
READING = ("GET", "HEAD")


class Dashboard:
    """Answers requests; it knows no socket, and may be asked by one thread at a time."""

    def __init__(self, parts: Parts) -> None:
        self._token = secrets.token_urlsafe(24)
        self._pages = pages = Pages(parts, self._token)
        self._read: Mapping[str, Callable[[Ask], Answer]] = {
            "": pages.now,
            "decisions": pages.decisions,
            "drift": pages.drift,
            "reports": pages.reports,
            "playground": pages.playground,
            "api/now": pages.data.now,
            "api/decisions": pages.data.decisions,
            "api/drift": pages.data.drift,
            "api/reports": pages.data.reports,
        }
        self._below: Mapping[str, Callable[[Ask, tuple[str, ...]], Answer]] = {
            "decisions": pages.decision,
            "drift": pages.column,
            "reports": pages.artifact,
            "api/decision": pages.data.decision,
        }
        self._write: Mapping[str, Callable[[Ask], Answer]] = {
            "playground": pages.tried,
            "playground/case": pages.case,
            "alarms": pages.alarm,
            "api/playground": pages.data.tried,
        }

    def answer(self, ask: Ask) -> Answer:
        """Answers a request whose sender may ask."""
        place = ask.path.removeprefix(ROOT)
        try:
            return self._answer(ask, place)
        except Fault as fault:
            return self._fault(place, fault.status, fault.words)
        except TokenwardError as error:
            return self._fault(place, status_of(error), str(error))

    def _answer(self, ask: Ask, place: str) -> Answer:
        if not ask.path.startswith(ROOT):
            return redirect(ROOT)
        if ask.method == "POST" and place in self._write:
            self._check(ask, place)
            return self._write[place](ask)
        if ask.method not in READING:
            raise Fault(405, "use GET; forms are for the playground and for alarms")
        if place in rendering.FILES:
            return rendering.file(place)
        if place in self._read:
            return self._read[place](ask)
        head, parts = split(place)
        if head in self._below and parts:
            return self._below[head](ask, parts)
        raise Fault(405 if place in self._write else 404, "nothing here")

    def _check(self, ask: Ask, place: str) -> None:
        """Refuses what a page of somebody else could have sent.

        A form carries the token of our own pages. JSON is what no form can send, and what a
        browser asks leave for, which is never given.
        """
        if len(ask.body) > LONGEST_BODY:
            raise Fault(413, "the text is too long")
        origin, host = ask.headers.get("origin"), ask.headers.get("host", "")
        if origin is not None and origin.partition("://")[2] != host:
            raise Fault(403, "this was sent by a page from elsewhere, or a proxy changes the host")
        if ask.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            raise Fault(403, "this was sent by a page from elsewhere")
        wanted = JSON if place.startswith(API) else FORM
        if ask.kind != wanted:
            raise Fault(415, f"send {wanted}")
        given = ask.form.one("token").encode()
        if wanted == FORM and not hmac.compare_digest(given, self._token.encode()):
            raise Fault(403, "the page is from before a restart; load it again, and send it again")

    def _fault(self, place: str, status: int, words: str) -> Answer:
        if place.startswith(API):
            return data({"error": words}, status)
        return self._pages.fault(status, words)


def status_of(error: TokenwardError) -> int:
    """Returns the status that tells of an error.

    >>> status_of(StoreError("")), status_of(MissingExtra("", "", "")), status_of(UsageError(""))
    (503, 501, 400)
    """
    if isinstance(error, StoreError):
        return 503
    if isinstance(error, MissingExtra):
        return 501
    return 400 if isinstance(error, UsageError) else 500


def split(place: str) -> tuple[str, tuple[str, ...]]:
    """Returns the page that a path is below, and the rest of it in parts.

    >>> split("drift/daily/score.pii%2FX"), split("api/decision/1"), split("decisions/")
    (('drift', ('daily', 'score.pii/X')), ('api/decision', ('1',)), ('decisions', ()))
    """
    at = 2 if place.startswith(API) else 1
    parts = place.split("/")
    rest = tuple(unquote(one, errors="replace") for one in parts[at:])
    return "/".join(parts[:at]), rest if all(rest) else ()
