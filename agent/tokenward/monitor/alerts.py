"""Tells when a report's state changes: from no drift to drift, and back."""

from __future__ import annotations

import json
import logging
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from tokenward.errors import UsageError
from tokenward.monitor.report import Report

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 10.0
MOST_COLUMNS = 50


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """Where alerts go: the log, a file of JSON lines, a URL that takes JSON by POST."""

    log: bool = True
    file: Path | None = None
    webhook: str | None = None


class Alerts:
    """Sends alerts. A way that fails is counted in ``failed`` and logged; the report goes on."""

    def __init__(self, settings: AlertSettings) -> None:
        self._settings = settings
        self.failed: Counter[str] = Counter()

    def changed(self, report: Report, before: bool | None) -> bool:
        """Sends an alert if the state is another than ``before`` (``None``: never measured).

        A report that measured nothing does not change the state: not measured is not fine.
        """
        if not report.measured or report.drift == bool(before):
            return False
        self.send(event_of(report))
        return True

    def send(self, event: Mapping[str, Any]) -> None:
        """Sends an alert by every way."""
        if self._settings.log:
            logger.warning("%s: %s", event["report"], event["headline"])
        if self._settings.file is not None:
            self._append(self._settings.file, event)
        if self._settings.webhook is not None:
            self._post(self._settings.webhook, event)

    def _append(self, path: Path, event: Mapping[str, Any]) -> None:
        try:
            with path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(event) + "\n")
        except OSError as error:
            self._fail("file", error.strerror or type(error).__name__)

    def _post(self, url: str, event: Mapping[str, Any]) -> None:
        request = urllib.request.Request(  # noqa: S310 - the scheme is checked when it is configured
            url,
            data=json.dumps(event).encode(),
            headers={"Content-Type": "application/json", "User-Agent": "tokenward"},
            method="POST",
        )
        try:
            opener = urllib.request.build_opener(NoRedirects)
            with opener.open(request, timeout=TIMEOUT_SECONDS):
                pass
        except urllib.error.HTTPError as error:
            self._fail("webhook", f"it answered {error.code}")
            error.close()
        except OSError as error:
            self._fail("webhook", type(error).__name__)

    def _fail(self, way: str, told: str) -> None:
        self.failed[way] += 1
        logger.error("an alert by %s failed: %s", way, told)  # never the URL: it may be a secret


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """Refuses redirects: an alert goes to the URL it was given, and to no other."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Any,
        newurl: str,
    ) -> None:
        """Follows nothing."""
        del req, fp, code, msg, headers, newurl


def event_of(report: Report) -> dict[str, Any]:
    """Returns an alert as JSON data: the periods, and the columns that drifted."""
    periods = {
        name: {key: side[key] for key in ("n", "start", "end")}
        for name, side in (("reference", report.reference), ("current", report.current))
    }
    return {
        "event": "drift" if report.drift else "recovered",
        "report": report.name,
        "headline": report.headline,
        **periods,
        "columns": [one.as_dict() for one in report.drifted[:MOST_COLUMNS]],
        "warnings": list(report.warnings),
        "artifacts": list(report.artifacts),
    }


def check_url(url: str) -> str:
    """Returns the URL of a webhook; refuses one that is not HTTP.

    >>> check_url("https://alerts.example/hook")
    'https://alerts.example/hook'
    """
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        valid = False
    if not valid:
        raise UsageError("the webhook is no URL; write http://HOST/PATH or https://HOST/PATH")
    return url
