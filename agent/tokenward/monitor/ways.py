"""The ways by which an alert goes out: log, file, webhook, command."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from tokenward.errors import TokenwardError, UsageError
from tokenward.monitor.wording import Format, written

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 10.0
COMMAND_SECONDS = 30.0
LONGEST_RETRY_AFTER = 3600.0
SIGNATURE = "x-tokenward-signature"
SHORTEST_SECRET = 16
WAYS = ("log", "file", "webhook", "command")


class NotSent(TokenwardError):
    """An alert did not go out; ``retry_after`` is how long its receiver asks to wait, seconds.

    The message never holds the URL: it may be a secret.
    """

    exit_code = 3

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Secret:
    """A text that stands in a file or in an environment variable, and is read when it is used."""

    file: Path | None = None
    variable: str | None = None

    def read(self) -> str:
        """Returns the secret; a ``UsageError`` says where it is missing."""
        if self.variable is not None:
            value = os.environ.get(self.variable, "")
            where = f"environment variable {self.variable!r}"
        else:
            where = str(self.file)
            try:
                value = Path(self.file or "").read_text("utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                reason = getattr(error, "strerror", None) or "it is no text"
                raise UsageError(f"{where}: cannot read the secret: {reason}") from None
        if not value:
            raise UsageError(f"{where} holds no secret; put it there")
        return value


@dataclass(frozen=True, slots=True)
class Webhook:
    """A URL that takes alerts by POST; with a secret each is signed."""

    url: str | Secret = field(repr=False)
    secret: Secret | None = None
    format: Format = "json"
    timeout: float = TIMEOUT_SECONDS

    def address(self) -> str:
        """Returns the URL."""
        return check_url(self.url.read()) if isinstance(self.url, Secret) else self.url


@dataclass(frozen=True, slots=True)
class Command:
    """A program that is started with the alert as JSON on its standard input; no shell sees it."""

    arguments: tuple[str, ...]
    timeout: float = COMMAND_SECONDS


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """Where alerts go."""

    log: bool = True
    file: Path | None = None
    webhook: Webhook | None = None
    command: Command | None = None

    @property
    def ways(self) -> tuple[str, ...]:
        """The ways that are configured."""
        used = (self.log, self.file, self.webhook, self.command)
        return tuple(name for name, one in zip(WAYS, used, strict=True) if one)


def send(settings: AlertSettings, way: str, event: Mapping[str, Any]) -> None:
    """Sends an alert by one way; raises ``NotSent`` where that failed."""
    if way == "log":
        logger.warning("%s: %s", event["report"], event["headline"])
    elif way == "file" and settings.file is not None:
        append(settings.file, event)
    elif way == "webhook" and settings.webhook is not None:
        post(settings.webhook, event)
    elif way == "command" and settings.command is not None:
        run(settings.command, event)


def append(path: Path, event: Mapping[str, Any]) -> None:
    """Appends an alert to a file of JSON lines."""
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(event) + "\n")
    except OSError as error:
        raise NotSent(error.strerror or type(error).__name__) from None


def run(command: Command, event: Mapping[str, Any]) -> None:
    """Runs a command on an alert; one that takes too long is ended."""
    try:
        done = subprocess.run(  # noqa: S603 - the operator's own command, and no shell
            command.arguments,
            input=json.dumps(event).encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=command.timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NotSent(f"it took more than {command.timeout:g} seconds") from None
    except OSError as error:
        raise NotSent(error.strerror or type(error).__name__) from None
    if done.returncode:
        raise NotSent(f"it ended with status {done.returncode}")


def post(webhook: Webhook, event: Mapping[str, Any]) -> None:
    """Posts an alert."""
    body, kind = written(event, webhook.format)
    headers = {"Content-Type": kind, "User-Agent": "tokenward"}
    try:
        url = webhook.address()
        if webhook.secret is not None:
            headers[SIGNATURE] = signature(webhook.secret.read(), body, int(time.time()))
    except UsageError as error:
        raise NotSent(str(error)) from None
    request = urllib.request.Request(url, data=body, headers=headers, method="POST")  # noqa: S310 - it was checked
    try:
        with urllib.request.build_opener(NoRedirects).open(request, timeout=webhook.timeout):
            pass
    except urllib.error.HTTPError as error:
        error.close()
        after = retry_after(error.headers.get("Retry-After"), time.time())
        raise NotSent(f"it answered {error.code}", after) from None
    except (OSError, ValueError) as error:
        raise NotSent(type(error).__name__) from None


def signature(secret: str, body: bytes, timestamp: int) -> str:
    """Returns the header that proves who sent a body, and when: HMAC-SHA-256 (RFC 2104).

    To verify: split the header at the comma, compute HMAC-SHA-256 with the secret over the digits
    of ``t``, a full stop and the bytes of the body, compare its hexadecimal form with ``v1`` in
    constant time, and refuse a ``t`` that is more than some minutes away.

    >>> signature("0123456789abcdef", b"{}", 1700000000)[:21]
    't=1700000000,v1=e4f8e'
    """
    digest = hmac.digest(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256)
    return f"t={timestamp},v1={digest.hex()}"


def retry_after(header: str | None, now: float) -> float | None:
    """Returns the seconds of a header ``Retry-After`` (RFC 9110, 10.2.3), at most an hour.

    >>> retry_after("120", 0.0), retry_after("Thu, 01 Jan 1970 00:01:00 GMT", 0.0)
    (120.0, 60.0)
    """
    if header is None:
        return None
    try:
        seconds = float(header) if header.isdecimal() else _until(header, now)
    except (TypeError, ValueError):
        return None
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER)


def _until(date: str, now: float) -> float:
    return parsedate_to_datetime(date).timestamp() - now


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
