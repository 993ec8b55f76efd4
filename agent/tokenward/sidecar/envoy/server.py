"""The gRPC port at which Envoy asks about each exchange."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import grpc
import grpc.aio

from tokenward.errors import UsageError
from tokenward.sidecar.envoy.messages import METHOD, SERVICE, ProcessingRequest
from tokenward.sidecar.envoy.processor import Processor

if TYPE_CHECKING:
    from tokenward.sidecar.service import Service

ROOM = 2**20
"""Bytes of a message beside the body in it."""
BROKEN = "the exchange cannot be guarded to its end"
DRAINING = "the guard is shutting down"


class EnvoyServer:
    """Answers Envoy, and ends no stream cleanly before its exchange: Envoy would go on alone."""

    def __init__(self, service: Service, *, shared: bool = False) -> None:
        self._service = service
        limits = service.limits
        self._server = grpc.aio.server(
            options=[
                ("grpc.max_receive_message_length", limits.body_bytes + ROOM),
                ("grpc.max_send_message_length", -1),
                ("grpc.so_reuseport", int(shared)),
            ],
            maximum_concurrent_rpcs=limits.connections,
        )
        process = grpc.stream_stream_rpc_method_handler(
            self.process,
            request_deserializer=ProcessingRequest.FromString,
            response_serializer=lambda message: message.SerializeToString(),
        )
        handler = grpc.method_handlers_generic_handler(SERVICE, {METHOD: process})
        self._server.add_generic_rpc_handlers((handler,))

    async def start(self, host: str, port: int) -> int:
        """Opens the port; returns its number."""
        where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        try:
            bound = int(self._server.add_insecure_port(where))
        except RuntimeError:
            bound = 0
        if not bound:
            raise UsageError(f"envoy_port: cannot listen on {where}; choose another")
        await self._server.start()
        return bound

    async def stop(self, seconds: float) -> None:
        """Closes the port; what is at work has some seconds to end."""
        await self._server.stop(seconds)

    async def process(self, messages: Any, context: Any) -> AsyncIterator[Any]:
        """Answers the messages about one exchange."""
        if self._service.draining:
            await context.abort(grpc.StatusCode.UNAVAILABLE, DRAINING)
        processor = Processor(self._service)
        reader = asyncio.get_running_loop().create_task(processor.read(messages))
        try:
            while (answer := await processor.next()) is not None:
                yield answer
            if processor.connection.broken:
                await context.abort(grpc.StatusCode.INTERNAL, BROKEN)
            await reader
        except UsageError as error:
            await context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
        except grpc.aio.AbortError:
            raise
        except Exception as error:  # noqa: BLE001  # whatever it is, Envoy must not go on alone
            self._service.log_failure("-", error)
            await context.abort(grpc.StatusCode.INTERNAL, BROKEN)
        finally:
            reader.cancel()
            processor.leave()
