"""The HTTP client of a wrapped API client: it guards each call, and sends it by the original's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from time import perf_counter
from typing import Any, NoReturn

from tokenward.client.call import Call, Terms
from tokenward.client.pieces import AsyncPieces, Body, Pieces
from tokenward.client.routes import protocol_of
from tokenward.errors import UsageError
from tokenward.wire.head import passed_on
from tokenward.wire.protocols.base import Whole
from tokenward.wire.request import Request
from tokenward.wire.scan import drive, drive_blocking

OWN = b"x-tokenward-"
NOT_SENT_ON = (b"accept-encoding", b"content-length", b"transfer-encoding")


class GuardedHTTP:
    """What the sync and the async one share; ``http`` is the module httpx, or its successor.

    It is an HTTP client by type only: requests are built and sent by the one ``inner`` to it, so
    that its proxies, authentication, cookies, hooks and redirects stay what they are. ``body``
    makes the guarded body of an answer, of the type that the module's responses take.
    """

    def __init__(self, http: Any, inner: Any, terms: Terms, body: Callable[..., Any]) -> None:
        self._http = http
        self._inner = inner
        self._terms = terms
        self._body = body
        super().__init__(  # type: ignore[call-arg]  # that of the HTTP client beside it
            transport=http.MockTransport(went_around), timeout=inner.timeout, trust_env=False
        )

    @property
    def is_closed(self) -> bool:
        """Whether the original was closed, whose connections these are."""
        return bool(self._inner.is_closed)

    def build_request(self, method: str, url: Any, **options: Any) -> Any:
        """Builds a request as the original does; one that cannot be guarded is refused here.

        Where sending fails, some versions of API clients try again and hide the reason.
        """
        request = self._inner.build_request(method, url, **options)
        protocol_of(self._terms.routes, request.method, path_of(request))
        return request

    def _call(self, request: Any) -> Call | None:
        protocol = protocol_of(self._terms.routes, request.method, path_of(request))
        if protocol is None:
            return None
        headers = [(name.lower(), value) for name, value in request.headers.raw]
        read = Request(request.method.encode(), request.url.raw_path, headers)
        return Call(self._terms, protocol, read)

    def _sent_on(self, request: Any, call: Call) -> Any:
        """Returns the request as it goes on, for an answer that is not compressed."""
        headers = [
            (name, value)
            for name, value in request.headers.raw
            if name.lower() not in NOT_SENT_ON and not name.lower().startswith(OWN)
        ]
        return self._http.Request(
            request.method,
            request.url,
            headers=[*headers, (b"accept-encoding", b"identity")],
            content=call.body,
            extensions=request.extensions,
        )

    def _opened(self, call: Call, incoming: Any) -> Any:
        return self._body(self._http, call, incoming)

    def _failed(self, call: Call, error: BaseException) -> None:
        call.failed(error, upstream=isinstance(error, self._http.TransportError))

    def _whole(self, call: Call, request: Any, whole: Whole, body: Body | None = None) -> Any:
        passed = passed_on(body.head) if body is not None else []
        headers = call.headers(whole, passed)
        response = self._http.Response(
            whole.status, headers=headers, content=whole.body, request=request
        )
        response.elapsed = timedelta(seconds=perf_counter() - call.started)
        return response

    def _streamed(self, call: Call, request: Any, body: Body) -> Any:
        headers = call.headers(None, passed_on(body.head))
        response = self._http.Response(200, headers=headers, stream=body, request=request)
        body.response = response
        return response


class SyncGuardedHTTP(GuardedHTTP):
    """The sync one."""

    def send(self, request: Any, *, stream: bool = False, **options: Any) -> Any:
        """Guards and sends a request; returns the guarded answer."""
        call = self._call(request)
        if call is None:
            return self._inner.send(request, stream=stream, **options)
        body: Pieces | None = None
        try:
            call.request.body = request.read()
            whole = drive_blocking(call.scanner, call.ask_for())
            if whole is None:
                incoming = self._inner.send(self._sent_on(request, call), stream=True, **options)
                body = self._opened(call, incoming)
                whole = body.begin()
            if whole is None:
                assert body is not None
                response = self._streamed(call, request, body)
                if not stream:
                    response.read()
                return response
        except BaseException as error:
            self._failed(call, error)
            self._end(call, body)
            raise
        self._end(call, body)
        return self._whole(call, request, whole, body)

    def _end(self, call: Call, body: Pieces | None) -> None:
        if body is not None:
            body.close()
        call.end()

    def close(self) -> None:
        """Closes the original, whose connections these are."""
        self._inner.close()


class AsyncGuardedHTTP(GuardedHTTP):
    """The async one."""

    async def send(self, request: Any, *, stream: bool = False, **options: Any) -> Any:
        """Guards and sends a request; returns the guarded answer."""
        call = self._call(request)
        if call is None:
            return await self._inner.send(request, stream=stream, **options)
        body: AsyncPieces | None = None
        try:
            call.request.body = await request.aread()
            whole = await drive(call.scanner, call.ask_for())
            if whole is None:
                sent_on = self._sent_on(request, call)
                incoming = await self._inner.send(sent_on, stream=True, **options)
                body = self._opened(call, incoming)
                whole = await body.begin()
            if whole is None:
                assert body is not None
                response = self._streamed(call, request, body)
                if not stream:
                    await response.aread()
                return response
        except BaseException as error:
            self._failed(call, error)
            await self._end(call, body)
            raise
        await self._end(call, body)
        return self._whole(call, request, whole, body)

    async def _end(self, call: Call, body: AsyncPieces | None) -> None:
        if body is not None:
            await body.aclose()
        await call.aend()

    async def aclose(self) -> None:
        """Closes the original, whose connections these are."""
        await self._inner.aclose()


def path_of(request: Any) -> str:
    """Returns a request's path as it is sent."""
    path: bytes = request.url.raw_path
    return path.partition(b"?")[0].decode("ascii", "replace")


def went_around(request: Any) -> NoReturn:
    """Stops a request that an API client sends by other ways than its HTTP client's ``send``."""
    raise UsageError(
        f"a {request.method} went around the guard, and was stopped; this way to authenticate is "
        "not one that a wrapped client can use"
    )
