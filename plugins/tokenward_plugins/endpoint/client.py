"""Posts JSON to a service and takes its answer, within a time, and with few retries.

Nothing that is sent or received stands in errors or logs: a status, a kind of failure and the host
say enough.
"""

from __future__ import annotations

import json
import logging
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from urllib.parse import urlsplit

import urllib3

from tokenward.errors import UsageError
from tokenward_plugins.endpoint.failures import Reason, ServiceError
from tokenward_plugins.endpoint.settings import Reach, secret_of

logger = logging.getLogger(__name__)

LARGEST = 8 * 2**20
"""Bytes of an answer."""
BLOCK = 2**16
AGAIN = frozenset({429, 500, 502, 503, 504})
"""Answers after which it is worth trying again."""
FIRST_WAIT = 0.2
LEAST_LEFT = 0.05
"""Seconds under which no new try is begun."""

Job = TypeVar("Job")
Done = TypeVar("Done")


class Endpoint:
    """A service: connections that are kept, at most ``concurrency`` of them at work."""

    def __init__(self, reach: Reach, path: str, who: str, bearer_env: str = "") -> None:
        reach.check(who)
        parts = urlsplit(reach.url)
        self.host = parts.netloc
        self._url = reach.url.rstrip("/") + path
        self._reach = reach
        self._who = who
        self._headers = {"content-type": "application/json", **reach.headers(who)}
        if bearer_env:
            token = secret_of(bearer_env, "key_env", who)
            self._headers["authorization"] = f"Bearer {token}"
        self._pool = urllib3.PoolManager(
            maxsize=reach.concurrency, ssl_context=_trust(reach, who), retries=False
        )
        self._workers = ThreadPoolExecutor(reach.concurrency, thread_name_prefix=f"tokenward-{who}")
        self._failing = ""

    def each(self, work: Callable[[Job], Done], jobs: Sequence[Job]) -> list[Done | ServiceError]:
        """Does all jobs, some at once; what fails with ``ServiceError`` is that error."""

        def one(job: Job) -> Done | ServiceError:
            try:
                return work(job)
            except ServiceError as error:
                return error

        if len(jobs) < 2 or self._reach.concurrency == 1:  # noqa: PLR2004  # nothing at once
            return [one(job) for job in jobs]
        return list(self._workers.map(one, jobs))

    def post(self, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Any:
        """Returns the decoded answer to a body.

        Raises:
            ServiceError: The service is not reached, late, says no, or answers no JSON.
        """
        ends = time.monotonic() + self._reach.timeout
        data = json.dumps(body).encode()
        wait, tries = FIRST_WAIT, self._reach.retries + 1
        while True:
            tries -= 1
            status, answer, reason = self._ask(data, {**self._headers, **(headers or {})}, ends)
            if status == 200:  # noqa: PLR2004
                return self._decoded(answer)
            left = ends - time.monotonic() - wait
            if not tries or left < LEAST_LEFT or (status and status not in AGAIN):
                raise self._failed(f"it answers {status}" if status else answer, reason)
            time.sleep(wait)
            wait *= 2

    def _ask(self, data: bytes, headers: Mapping[str, str], ends: float) -> tuple[int, Any, Reason]:
        """Returns status and body of one answer; 0 and what failed where there is none."""
        timeout = urllib3.Timeout(total=max(LEAST_LEFT, ends - time.monotonic()))
        try:
            response = self._pool.request(
                "POST", self._url, body=data, headers=headers, timeout=timeout, redirect=False,
                retries=False, preload_content=False,
            )  # fmt: skip
            try:
                return response.status, _read(response, ends), _reason(response.status)
            finally:
                response.close()
        except urllib3.exceptions.NewConnectionError:  # before the timeouts, of which it is one
            return 0, "it is not reached", "unreachable"
        except (TimeoutError, urllib3.exceptions.TimeoutError):
            return 0, "it does not answer in time", "late"
        except (urllib3.exceptions.SSLError, ssl.SSLError):
            return 0, "its certificate is not trusted", "untrusted"
        except (urllib3.exceptions.HTTPError, OSError, ValueError):
            return 0, "the connection breaks off, or is no HTTP", "broken"

    def _decoded(self, answer: bytes | None) -> Any:
        if answer is None:
            raise self._failed(f"its answer has more than {LARGEST} bytes", "nonsense")
        try:
            value = json.loads(answer)
        except ValueError:  # also bytes that are no UTF-8
            raise self._failed("its answer is no JSON", "nonsense") from None
        except RecursionError:
            raise self._failed("its answer is nested too deeply", "nonsense") from None
        if self._failing:
            logger.warning("%s: %s answers again", self._who, self.host)
            self._failing = ""
        return value

    def _failed(self, what: str, reason: Reason) -> ServiceError:
        """Returns the error of a failure, which is logged where it is not the one of before."""
        if what != self._failing:
            self._failing = what
            logger.warning("%s: %s: %s; its rules' on_error decides", self._who, self.host, what)
        return ServiceError(f"{self._who}: {self.host}: {what}", reason)


def _reason(status: int) -> Reason:
    """Returns whose fault an answer says it is."""
    return "refused" if 400 <= status < 500 and status not in AGAIN else "broken"  # noqa: PLR2004


def _trust(reach: Reach, who: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=reach.ca or None)
    except (ssl.SSLError, OSError):
        raise UsageError(
            f"{who}: ca: {reach.ca!r} holds no certificate; give a file in PEM format"
        ) from None


def _read(response: Any, ends: float) -> bytes | None:
    """Returns the body, as long as there is time; ``None`` where it is too large."""
    parts, size = [], 0
    while part := response.read1(BLOCK):
        size += len(part)
        if size > LARGEST:
            return None
        if time.monotonic() > ends:
            raise TimeoutError
        parts.append(part)
    return b"".join(parts)
