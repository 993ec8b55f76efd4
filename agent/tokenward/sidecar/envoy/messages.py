"""The messages of Envoy's external processing protocol, those parts of them that are used.

Numbers and types are those of ``envoy.service.ext_proc.v3``; what else a message holds is skipped.
They are declared with presence, so that an empty body is told from none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

from tokenward.wire.request import Headers

SERVICE = "envoy.service.ext_proc.v3.ExternalProcessor"
METHOD = "Process"
BUFFERED, FULL_DUPLEX = 2, 4
"""The body modes in which a body can be guarded."""
OVERWRITE = 2
PIECE = 65_536
"""Bytes of a body in one message, as Envoy advises."""

PACKAGE = "tokenward.envoy"
FIELDS = {
    "HeaderValue": "string key 1, string value 2, bytes raw_value 3",
    "HeaderMap": "HeaderValue* headers 1",
    "HttpHeaders": "HeaderMap headers 1, bool end_of_stream 3",
    "HttpBody": "bytes body 1, bool end_of_stream 2",
    "HttpTrailers": "HeaderMap trailers 1",
    "ProtocolConfiguration": "int32 request_body_mode 1, int32 response_body_mode 2",
    "ProcessingRequest": "HttpHeaders request_headers 2, HttpHeaders response_headers 3, "
    "HttpBody request_body 4, HttpBody response_body 5, HttpTrailers request_trailers 6, "
    "HttpTrailers response_trailers 7, bool observability_mode 10, "
    "ProtocolConfiguration protocol_config 11",
    "HeaderValueOption": "HeaderValue header 1, int32 append_action 3",
    "HeaderMutation": "HeaderValueOption* set_headers 1, string* remove_headers 2",
    "StreamedBodyResponse": "bytes body 1, bool end_of_stream 2",
    "BodyMutation": "bytes body 1, StreamedBodyResponse streamed_response 3",
    "CommonResponse": "HeaderMutation header_mutation 2, BodyMutation body_mutation 3",
    "HeadersResponse": "CommonResponse response 1",
    "BodyResponse": "CommonResponse response 1",
    "TrailersResponse": "HeaderMutation header_mutation 1",
    "HttpStatus": "int32 code 1",
    "ImmediateResponse": "HttpStatus status 1, HeaderMutation headers 2, bytes body 3, "
    "string details 5",
    "ProcessingResponse": "HeadersResponse request_headers 1, HeadersResponse response_headers 2, "
    "BodyResponse request_body 3, BodyResponse response_body 4, "
    "TrailersResponse request_trailers 5, TrailersResponse response_trailers 6, "
    "ImmediateResponse immediate_response 7",
}
SCALARS = {
    "string": FieldDescriptorProto.TYPE_STRING,
    "bytes": FieldDescriptorProto.TYPE_BYTES,
    "bool": FieldDescriptorProto.TYPE_BOOL,
    "int32": FieldDescriptorProto.TYPE_INT32,
}
KINDS = (
    "request_headers",
    "request_body",
    "request_trailers",
    "response_headers",
    "response_body",
    "response_trailers",
)
"""What Envoy tells of, in the order of an exchange."""


def _declared() -> DescriptorPool:
    file = FileDescriptorProto(name="tokenward/envoy.proto", package=PACKAGE, syntax="proto2")
    for name, fields in FIELDS.items():
        message = file.message_type.add(name=name)
        for words in fields.split(", "):
            kind, field, number = words.split()
            repeated = kind.endswith("*")
            kind = kind.rstrip("*")
            label = "LABEL_REPEATED" if repeated else "LABEL_OPTIONAL"
            one = message.field.add(
                name=field, number=int(number), label=getattr(FieldDescriptorProto, label)
            )
            if kind in SCALARS:
                one.type = SCALARS[kind]
            else:
                one.type = FieldDescriptorProto.TYPE_MESSAGE
                one.type_name = f".{PACKAGE}.{kind}"
    pool = DescriptorPool()
    pool.Add(file)
    return pool


_POOL = _declared()


def _message(name: str) -> Any:
    return GetMessageClass(_POOL.FindMessageTypeByName(f"{PACKAGE}.{name}"))


ProcessingRequest = _message("ProcessingRequest")
ProcessingResponse = _message("ProcessingResponse")


def kind_of(message: Any) -> str | None:
    """Returns what a message of Envoy tells of."""
    return next((kind for kind in KINDS if message.HasField(kind)), None)


def headers_of(headers: Any) -> Headers:
    """Returns the headers of a message, pseudo headers among them."""
    return [
        (one.key.encode("latin-1", "replace").lower(), one.raw_value or one.value.encode())
        for one in headers.headers
    ]


def change(mutation: Any, put: Iterable[tuple[bytes, bytes]], removed: Iterable[bytes]) -> None:
    """Writes a change of headers."""
    for name, value in put:
        one = mutation.set_headers.add(append_action=OVERWRITE)
        one.header.key = name.decode("latin-1")
        one.header.raw_value = value
    mutation.remove_headers.extend(name.decode("latin-1") for name in removed)


def headers_changed(
    kind: str, put: Iterable[tuple[bytes, bytes]] = (), removed: Iterable[bytes] = ()
) -> Any:
    """Returns the answer that lets headers go on, changed."""
    answer = ProcessingResponse()
    common = getattr(answer, kind).response
    common.SetInParent()
    change(common.header_mutation, put, removed)
    return answer


def trailers_removed(kind: str, names: Iterable[bytes]) -> Any:
    """Returns the answer that lets no trailer go on: they may hold text."""
    answer = ProcessingResponse()
    change(getattr(answer, kind).header_mutation, (), names)
    return answer


def body_replaced(
    kind: str, body: bytes | None, put: Iterable[tuple[bytes, bytes]], removed: Iterable[bytes]
) -> Any:
    """Returns the answer to a buffered body: another one, or the same for ``None``."""
    answer = ProcessingResponse()
    common = getattr(answer, kind).response
    common.SetInParent()
    if body is not None:
        common.body_mutation.body = body
    change(common.header_mutation, put, removed)
    return answer


def body_pieces(kind: str, body: bytes, *, ends: bool) -> Iterator[Any]:
    """Yields a streamed body in pieces; the last one may end it."""
    for at in range(0, max(1, len(body)), PIECE):
        answer = ProcessingResponse()
        piece = getattr(answer, kind).response.body_mutation.streamed_response
        piece.body = body[at : at + PIECE]
        piece.end_of_stream = ends and at + PIECE >= len(body)
        yield answer


def immediate(status: int, headers: Headers, body: bytes) -> Any:
    """Returns the answer that Envoy gives to its client at once."""
    answer = ProcessingResponse()
    told = answer.immediate_response
    told.status.code = status
    told.body = body
    told.details = "tokenward"
    change(told.headers, headers, ())
    return answer
