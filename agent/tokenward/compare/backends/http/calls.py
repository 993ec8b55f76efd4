"""Asks a server over HTTP, with bounds on time, tries and size."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from time import perf_counter, sleep
from typing import Any, TypeVar

import urllib3
from urllib3.exceptions import ConnectTimeoutError, HTTPError, SSLError

from tokenward.compare.backends.http.address import TEXT, Address, Options, key_of
from tokenward.compare.backends.http.failed import (
    BROKEN,
    LARGE,
    LATE,
    NONSENSE,
    UNREACHABLE,
    UNTRUSTED,
    Failed,
    Filtered,
)
from tokenward.errors import UpstreamError, UsageError

LARGEST = 64 * 2**20
"""Bytes of an answer; the log-probabilities of a long prompt are many."""
BLOCK = 2**16
FIRST_WAIT, LONGEST_WAIT = 0.5, 60.0
CONNECT = 10.0
"""Seconds that a server may take to be reached at all."""
OK = 200
BLOCKED = b'"content_filter"'
"""What an error says whose reason is a guard, in its code (OpenAI, Azure, Tokenward)."""
IN_A_ROW = 10
"""Requests that may fail one after another before the server as a whole has."""

KEY = "; put its key into OPENAI_API_KEY, or name another variable by key_env"
REMEDIES = {
    UNREACHABLE: "; is it running, and is the address right?",
    UNTRUSTED: "; name a file of certificates by ca",
    "status 401": KEY,
    "status 403": KEY,
    "status 404": "; is the model's name right?",
}
NOT_THERE = ("status 404", "status 405", "status 501")
TEXTS = f" to {TEXT}; if the server knows chats only, text: chat sends prompts that are texts so"

Done = TypeVar("Done")


class Reply:
    """The answer of a server as it comes, to a request that was sent at ``began``."""

    def __init__(self, response: Any, began: float, ends: float) -> None:
        self._response = response
        self._ends = ends
        self.began = began
        self.streamed = response.headers.get("content-type", "").startswith("text/event-stream")

    def pieces(self) -> Iterator[bytes]:
        """Yields bytes as soon as there are any."""
        size = 0
        while piece := self._response.read1(BLOCK):
            size += len(piece)
            if size > LARGEST:
                raise Failed(LARGE)
            if perf_counter() > self._ends:
                raise Failed(LATE)
            yield piece

    def decoded(self) -> Any:
        """Returns the JSON of a whole answer."""
        return decode(b"".join(self.pieces()))


class Calls:
    """A server, with connections that are kept, and how often requests have failed in a row.

    With ``probes`` set it only finds out what a server knows: each request is sent once, and none
    that fails means anything for the server.
    """

    def __init__(self, address: Address, options: Options) -> None:
        self.address = address
        self.probes = False
        self._options = options
        key = key_of(options)
        self._headers = {"content-type": "application/json", "accept-encoding": "identity"}
        if key:
            self._headers["authorization"] = f"Bearer {key}"
        self._pool = urllib3.PoolManager(
            maxsize=max(64, options.concurrency), retries=False, ssl_context=_trust(options.ca)
        )
        self._failed = 0

    def close(self) -> None:
        """Closes all connections."""
        self._pool.clear()

    def probing(self) -> Calls:
        """Returns the same, for finding out."""
        probe = copy(self)
        probe.probes = True
        return probe

    def get(self, url: str) -> Any:
        """Returns the JSON at an address, asked once."""
        return self._once("GET", url, None, Reply.decoded)

    def post(self, url: str, body: Mapping[str, Any]) -> Any:
        """Returns the JSON that answers a body; tries again within bounds."""
        return self.ask(url, body, Reply.decoded)

    def ask(self, url: str, body: Mapping[str, Any], read: Callable[[Reply], Done]) -> Done:
        """Posts a body and reads the answer; tries again within bounds.

        Raises:
            Failed: This request has no answer.
            UpstreamError: The server is not reached, or would fail any request.
        """
        data = json.dumps(body).encode()
        left, wait = (0 if self.probes else self._options.retries), FIRST_WAIT
        while True:
            try:
                done = self._once("POST", url, data, read)
            except Failed as failure:
                if not failure.again or not left:
                    raise self._given_up(failure, url) from None
                sleep(min(max(wait, failure.wait), LONGEST_WAIT))
                left, wait = left - 1, wait * 2
            else:
                self._failed = 0
                return done

    def _given_up(self, failure: Failed, url: str) -> Exception:
        if self.probes:
            return failure
        self._failed += 1
        if failure.whole:
            return self.broken(failure.kind, texts=url == self.address.url + TEXT)
        if self._failed >= IN_A_ROW:
            return self.broken(f"{self._failed} requests in a row failed, the last: {failure.kind}")
        return failure

    def broken(self, what: str, *, texts: bool = False) -> UpstreamError:
        """Returns the error of a server that failed as a whole."""
        remedy = TEXTS if texts and what in NOT_THERE else REMEDIES.get(what, "")
        return UpstreamError(f"{self.address}: {what}{remedy}")

    def _once(
        self, method: str, url: str, data: bytes | None, read: Callable[[Reply], Done]
    ) -> Done:
        with failures():
            began, patience = perf_counter(), self._options.timeout
            response = self._pool.request(
                method, url, body=data, headers=self._headers, preload_content=False,
                timeout=urllib3.Timeout(connect=min(CONNECT, patience), total=patience),
                redirect=False, retries=False,
            )  # fmt: skip
            try:
                if response.status != OK:
                    raise _refused(response)
                done = read(Reply(response, began, began + patience))
                response.drain_conn()
                return done
            finally:
                response.close()


def _refused(response: Any) -> Exception:
    failure = Failed.by_status(response.status, _wait(response.headers.get("retry-after")))
    if not failure.again and BLOCKED in response.read(BLOCK):
        return Filtered()
    return failure


def _wait(told: str | None) -> float:
    return float(told) if told is not None and told.isdecimal() else 0.0


@contextmanager
def failures() -> Iterator[None]:
    """Tells failures of the connection as `Failed`."""
    try:
        yield
    except ConnectTimeoutError:  # also refused connections and unknown hosts
        raise Failed(UNREACHABLE, again=True, whole=True) from None
    except (TimeoutError, urllib3.exceptions.TimeoutError):
        raise Failed(LATE) from None
    except (SSLError, ssl.SSLError):
        raise Failed(UNTRUSTED, whole=True) from None
    except (HTTPError, OSError):
        raise Failed(BROKEN, again=True) from None


def decode(data: bytes) -> Any:
    """Returns what JSON says."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError):  # also bytes that are no UTF-8
        raise Failed(NONSENSE, again=True) from None


def _trust(ca: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca or None)
    except (ssl.SSLError, OSError):
        raise UsageError(f"option ca: {ca!r} holds no certificate; give a PEM file") from None
