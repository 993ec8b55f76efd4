"""Envoy's side of the external processing protocol, by its own messages and a real gRPC client."""

from __future__ import annotations

import asyncio
import json
import warnings
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc.aio
import pytest
from betterproto2 import which_one_of

with warnings.catch_warnings(action="ignore", category=DeprecationWarning):  # old ways of Pydantic
    from envoy_data_plane.envoy.config.core.v3 import HeaderMap, HeaderValue
    from envoy_data_plane.envoy.extensions.filters.http.ext_proc.v3 import (
        ProcessingModeBodySendMode,
    )
    from envoy_data_plane.envoy.service.ext_proc import v3 as pb

BUFFERED = ProcessingModeBodySendMode.BUFFERED
DUPLEX = ProcessingModeBodySendMode.FULL_DUPLEX_STREAMED
STREAMED, NONE = ProcessingModeBodySendMode.STREAMED, ProcessingModeBodySendMode.NONE
PATH = "/envoy.service.ext_proc.v3.ExternalProcessor/Process"
DEADLINE = 20


@dataclass
class Message:
    """A request or an answer, as one side of Envoy has it."""

    headers: dict[str, str]
    body: bytes = b""
    trailers: dict[str, str] = field(default_factory=dict)

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def events(self) -> list[Any]:
        data = [one.removeprefix("data: ") for one in self.body.decode().split("\n\n") if one]
        return [one if one == "[DONE]" else json.loads(one) for one in data]

    @property
    def text(self) -> str:
        deltas = [e["choices"][0]["delta"] for e in self.events if isinstance(e, dict)]
        return "".join(delta.get("content") or "" for delta in deltas)


@dataclass
class Outcome:
    """What became of an exchange: what the model server got, and what the client."""

    asked: Message | None = None
    answer: Message | None = None
    immediate: bool = False
    error: grpc.StatusCode | None = None
    details: str | None = None


class Immediate(Exception):
    """Envoy answers its client at once."""


class Envoy:
    """One HTTP exchange through the filter, with the rules that Envoy holds the other side to."""

    def __init__(self, port, *, modes=(DUPLEX, DUPLEX), **config):
        self.port, self.modes, self.config = port, modes, config
        self.outcome = Outcome()

    async def run(self, request, answer, *, size=7):
        """Runs an exchange; ``answer`` makes the model server's, a pair of message and pieces."""
        async with self.called():
            try:
                pieces = [request.body[i : i + size] for i in range(0, len(request.body), size)]
                self.outcome.asked = await self._side("request", request, pieces)
                reply, pieces = answer(self.outcome.asked)
                self.outcome.answer = await self._side("response", reply, pieces)
                await self.call.done_writing()
                assert await self.call.read() is grpc.aio.EOF
            except Immediate:  # the guard has answered by itself: nothing more is said
                pass
            except (grpc.aio.AioRpcError, asyncio.InvalidStateError):  # a write after the end
                self.outcome.error = await self.call.code()
                self.outcome.details = await self.call.details()
        return self.outcome

    @asynccontextmanager
    async def called(self):
        """Opens the stream of the exchange."""
        async with grpc.aio.insecure_channel(f"127.0.0.1:{self.port}") as channel:
            method = channel.stream_stream(
                PATH, request_serializer=bytes, response_deserializer=pb.ProcessingResponse.parse
            )
            self.call = method(timeout=DEADLINE)
            yield

    async def knock(self, request):
        """Sends the head of a request only; returns the error that ends the stream."""
        async with self.called():
            await self.call.write(self.first("request", request, ends=False))
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await self.call.read()
            return caught.value.code(), caught.value.details()

    # -- messages out -------------------------------------------------------------------------

    def first(self, name, message, *, ends):
        head = pb.HttpHeaders(headers=mapped(message.headers), end_of_stream=ends)
        told = pb.ProcessingRequest(**{f"{name}_headers": head})
        if name == "request":
            told.protocol_config = pb.ProtocolConfiguration(
                request_body_mode=self.modes[0], response_body_mode=self.modes[1]
            )
            for key, value in self.config.items():
                setattr(told, key, value)
        return told

    def piece(self, name, data, *, ends):
        body = pb.HttpBody(body=data, end_of_stream=ends)
        return pb.ProcessingRequest(**{f"{name}_body": body})

    def last(self, name, message):
        trailers = pb.HttpTrailers(trailers=mapped(message.trailers))
        return pb.ProcessingRequest(**{f"{name}_trailers": trailers})

    # -- one side -----------------------------------------------------------------------------

    async def _side(self, name, message, pieces):
        duplex = self.modes[name == "response"] == DUPLEX
        bare = not pieces and not message.trailers
        await self.call.write(self.first(name, message, ends=bare))
        if bare:
            headers = self._headers(await self._read(f"{name}_headers"), message.headers)
            return Message(headers)
        return await (self._duplex if duplex else self._buffered)(name, message, pieces)

    async def _duplex(self, name, message, pieces):
        enough = asyncio.Event()  # a write that is cancelled would cancel the whole call

        async def write():
            for number, data in enumerate(pieces, 1):
                ends = number == len(pieces) and not message.trailers
                await self.call.write(self.piece(name, data, ends=ends))
                if enough.is_set():
                    return
            if message.trailers:
                await self.call.write(self.last(name, message))

        writing = asyncio.ensure_future(write())
        try:
            headers = self._headers(await self._read(f"{name}_headers"), message.headers)
            headers.pop("content-length", None)  # as Envoy does in this mode
            body, ended = b"", False
            while not ended:
                kind = (f"{name}_body", f"{name}_trailers")
                told = await self._read(*kind)
                if which_one_of(told, "response")[0] == kind[1]:
                    assert message.trailers
                    mutation = getattr(told, kind[1]).header_mutation
                    return Message(headers, body, self._changed(mutation, message.trailers))
                part = getattr(told, kind[0]).response.body_mutation
                assert which_one_of(part, "mutation")[0] == "streamed_response"
                assert len(part.streamed_response.body) <= 65_536
                body += part.streamed_response.body
                ended = part.streamed_response.end_of_stream
            assert not message.trailers
            return Message(headers, body)
        finally:
            enough.set()
            await asyncio.gather(writing, return_exceptions=True)

    async def _buffered(self, name, message, pieces):
        headers = self._headers(await self._read(f"{name}_headers"), message.headers)
        body = b"".join(pieces)
        await self.call.write(self.piece(name, body, ends=not message.trailers))
        told = getattr(await self._read(f"{name}_body"), f"{name}_body").response
        if told.body_mutation is not None:
            kind, body = which_one_of(told.body_mutation, "mutation")
            assert kind == "body"
        headers = self._changed(told.header_mutation, headers)
        if "content-length" in headers:
            assert int(headers["content-length"]) == len(body)
        return Message(headers, body)

    async def _read(self, *kinds):
        told = await self.call.read()
        if told is grpc.aio.EOF:
            code = await self.call.code()
            assert code is not grpc.StatusCode.OK, "a clean end lets the rest pass unguarded"
            raise grpc.aio.AioRpcError(code, None, None, await self.call.details())
        kind = which_one_of(told, "response")[0]
        if kind == "immediate_response":
            part = told.immediate_response
            headers = self._changed(part.headers, {":status": str(int(part.status.code))})
            self.outcome.answer = Message(headers, part.body)
            self.outcome.immediate = True
            raise Immediate
        assert kind in kinds, f"{kind} where {kinds} must come"
        return told

    def _headers(self, told, headers):
        part = getattr(told, which_one_of(told, "response")[0]).response
        return self._changed(part.header_mutation, headers)

    def _changed(self, mutation, headers):
        mutation = mutation or pb.HeaderMutation()
        gone = set(mutation.remove_headers)
        kept = {key: value for key, value in headers.items() if key not in gone}
        for one in mutation.set_headers:
            assert not one.header.key.startswith(":")
            kept[one.header.key] = one.header.raw_value.decode()
        return kept


def mapped(headers):
    return HeaderMap(
        headers=[HeaderValue(key=key, raw_value=value.encode()) for key, value in headers.items()]
    )
