"""A small OpenAI-compatible model server for tests: it says what it is told to say.

    with EchoUpstream("Hello there.") as upstream:
        client = openai.OpenAI(base_url=upstream.url + "/v1", api_key="none")

Without answers it repeats the user. By itself: ``python -m tokenward.testing.echo --port 9000``.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from tokenward import listening

Body = dict[str, Any]
REQUEST_LIMIT = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server says to one request.

    ``chunk`` is how many characters go into an event; ``pieces`` cuts the text by hand instead.
    ``raw`` are bytes to write as the body of a stream, one write each, in place of all events.
    ``delay`` is in seconds, before each write. ``cut_after`` ends the connection after so many
    events, without a proper end. ``extra`` is put into each event or the answer, ``extra_choice``
    into each choice, ``extra_delta`` into each delta or message that holds text.
    """

    text: str | None = None
    chunk: int = 4
    pieces: Sequence[str] | None = None
    reasoning: str | None = None
    reasoning_key: str = "reasoning_content"
    refusal: str | None = None
    tool_calls: Sequence[tuple[str, str]] = ()
    finish: str | None = None
    done: bool = True
    usage: bool = True
    delay: float = 0.0
    cut_after: int | None = None
    raw: Sequence[bytes] | None = None
    status: int = 200
    body: bytes | None = None
    headers: Sequence[tuple[str, str]] = ()
    extra: Body = field(default_factory=dict)
    extra_choice: Body = field(default_factory=dict)
    extra_delta: Body = field(default_factory=dict)
    newline: str = "\n"
    one_write: bool = False

    def texts(self) -> list[str]:
        """Returns the text in the pieces in which it is streamed."""
        if self.pieces is not None:
            return list(self.pieces)
        return cut(self.text or "", self.chunk)

    def whole_text(self) -> str:
        """Returns the whole text."""
        return "".join(self.pieces) if self.pieces is not None else self.text or ""


Script = str | Answer | Callable[[Body], "str | Answer"]


def cut(text: str, size: int) -> list[str]:
    """Cuts a text into pieces.

    >>> cut("abcde", 2)
    ['ab', 'cd', 'e']
    """
    return [text[at : at + size] for at in range(0, len(text), size)]


class EchoUpstream:
    """The server, in a thread of its own; a context manager, or ``start`` and ``stop``.

    ``answers`` are used one a request, the last one for ever. ``requests`` holds the bodies that
    came, ``headers`` their headers; ``left`` counts clients that went before their answer ended.
    """

    def __init__(self, *answers: Script, port: int = 0, model: str = "echo") -> None:
        self.requests: list[Body] = []
        self.raw_requests: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.left = 0
        self.connections = 0
        self.model = model
        self._answers = list(answers)
        self._port = port
        self._ready = threading.Event()
        self._clients: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    # -- its thread -------------------------------------------------------------------------

    def start(self) -> Self:
        """Opens the port."""
        self._thread.start()
        self._ready.wait()
        return self

    def stop(self) -> None:
        """Ends the server and all its connections."""
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The base URL, without ``/v1``."""
        return f"http://127.0.0.1:{self._port}"

    async def _serve(self) -> None:
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._accept, "127.0.0.1", self._port)
        self._port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._ended.wait()
        await listening.close(server)
        for task, writer in (clients := dict(self._clients)).items():
            task.cancel()
            writer.transport.abort()  # a task that is cancelled before it begins closes nothing
        await asyncio.gather(*clients, return_exceptions=True)
        await asyncio.sleep(0)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = self._loop.create_task(self._client(reader, writer))
        self._clients[task] = writer
        task.add_done_callback(lambda ended: self._clients.pop(ended, None))

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while (request := await read_request(reader)) is not None:
                if not await self._handle(request, reader, writer):
                    break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client has gone, or the server ends
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()

    # -- one request ------------------------------------------------------------------------

    async def _handle(
        self, request: _Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        if request.path.endswith("/models"):
            models = {"object": "list", "data": [{"id": self.model, "object": "model"}]}
            return await write_whole(writer, 200, (), json.dumps(models).encode())
        body = json.loads(request.body or b"{}")
        self.requests.append(body)
        self.raw_requests.append(request.body)
        self.headers.append(request.headers)
        chat = request.path.endswith("/chat/completions")
        if not chat and not request.path.endswith("/completions"):
            return await write_whole(writer, 404, (), b'{"error": {"message": "no such path"}}')
        answer = self._next(body, chat=chat)
        if answer.delay:
            await asyncio.sleep(answer.delay)
        streams = body.get("stream") and answer.status == 200 and answer.body is None  # noqa: PLR2004
        if answer.raw is None and not streams:
            data = answer.body if answer.body is not None else whole(answer, body, self.model, chat)
            return await write_whole(writer, answer.status, answer.headers, data)
        writes = answer.raw
        if writes is None:
            writes = list(events(answer, body, self.model, chat))
        return await self._stream(answer, writes, reader, writer)

    def _next(self, body: Body, *, chat: bool) -> Answer:
        script: Script = Answer(text=last_text(body, chat=chat))
        if self._answers:
            script = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if callable(script):
            script = script(body)
        return Answer(text=script) if isinstance(script, str) else script

    async def _stream(
        self,
        answer: Answer,
        writes: Sequence[bytes],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> bool:
        head = [("content-type", "text/event-stream"), *answer.headers]
        writer.write(head_bytes(200, [*head, ("transfer-encoding", "chunked")]))
        if answer.one_write:
            writes = [b"".join(writes)]
        for at, data in enumerate(writes):
            if answer.cut_after == at:
                await writer.drain()
                return False
            if answer.delay:
                await asyncio.sleep(answer.delay)
            if writer.is_closing() or reader.at_eof():
                self.left += 1
                return False
            writer.write(b"%x\r\n%b\r\n" % (len(data), data))
            try:
                await writer.drain()
            except ConnectionError:
                self.left += 1
                return False
            await asyncio.sleep(0)
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        return True


# -- bodies ---------------------------------------------------------------------------------


def last_text(body: Body, *, chat: bool) -> str:
    """Returns the text of the user's last message, or of the prompt."""
    if not chat:
        prompt = body.get("prompt") or ""
        return prompt if isinstance(prompt, str) else "\n".join(map(str, prompt))
    for message in reversed(body.get("messages") or []):
        if message.get("role") == "user":
            content = message.get("content") or ""
            if isinstance(content, str):
                return content
            return "".join(part.get("text", "") for part in content)
    return ""


def frame(body: Body, model: str, kind: str) -> Body:
    """Returns what each event and answer begins with."""
    return {"id": "echo-1", "object": kind, "created": 1, "model": body.get("model", model)}


def finish_of(answer: Answer) -> str:
    """Returns why the answer ends."""
    return answer.finish or ("tool_calls" if answer.tool_calls else "stop")


def calls_of(answer: Answer) -> list[Body]:
    """Returns the tool calls."""
    return [
        {
            "index": at,
            "id": f"call_{at}",
            "type": "function",
            "function": {"name": name, "arguments": arguments},
        }
        for at, (name, arguments) in enumerate(answer.tool_calls)
    ]


def usage_of(answer: Answer) -> Body:
    """Returns the counts of tokens: one a piece of text."""
    count = len(answer.texts())
    return {"prompt_tokens": 7, "completion_tokens": count, "total_tokens": 7 + count}


def whole(answer: Answer, body: Body, model: str, chat: bool) -> bytes:
    """Returns a whole answer."""
    choices = []
    for index in range(int(body.get("n") or 1)):
        choice: Body = {"index": index, "finish_reason": finish_of(answer), **answer.extra_choice}
        if chat:
            message: Body = {"role": "assistant", "content": answer.whole_text()}
            if answer.reasoning is not None:
                message[answer.reasoning_key] = answer.reasoning
            if answer.refusal is not None:
                message["refusal"] = answer.refusal
            if answer.tool_calls:
                calls = calls_of(answer)
                message["tool_calls"] = [{k: c[k] for k in c if k != "index"} for c in calls]
            choice["message"] = message | answer.extra_delta
        else:
            choice["text"] = answer.whole_text()
        choices.append(choice)
    kind = "chat.completion" if chat else "text_completion"
    value = {**frame(body, model, kind), "choices": choices, **answer.extra}
    return json.dumps(value | ({"usage": usage_of(answer)} if answer.usage else {})).encode()


def events(answer: Answer, body: Body, model: str, chat: bool) -> Iterator[bytes]:
    """Yields the events of a stream."""
    kind = "chat.completion.chunk" if chat else "text_completion"
    head = frame(body, model, kind)
    indices = range(int(body.get("n") or 1))

    def event(choices: list[Body], **more: Any) -> bytes:
        value = json.dumps({**head, "choices": choices, **answer.extra, **more})
        return f"data: {value}{answer.newline * 2}".encode()

    for deltas in deltas_of(answer, chat=chat):
        for index in indices:
            inner: Body = {"delta": deltas} if chat else deltas
            yield event([{"index": index, **inner, "finish_reason": None, **answer.extra_choice}])
    for index in indices:
        last: Body = {"delta": {}} if chat else {"text": ""}
        yield event([{"index": index, **last, "finish_reason": finish_of(answer)}])
    if answer.usage and (body.get("stream_options") or {}).get("include_usage"):
        yield event([], usage=usage_of(answer))
    if answer.done:
        yield f"data: [DONE]{answer.newline * 2}".encode()


def deltas_of(answer: Answer, *, chat: bool) -> Iterator[Body]:
    """Yields what each event of a choice adds."""
    if not chat:
        yield from ({"text": piece} for piece in answer.texts())
        return
    yield {"role": "assistant", "content": ""}
    for piece in cut(answer.reasoning or "", answer.chunk):
        yield {answer.reasoning_key: piece}
    for piece in cut(answer.refusal or "", answer.chunk):
        yield {"refusal": piece}
    for piece in answer.texts():
        yield {"content": piece, **answer.extra_delta}
    for call in calls_of(answer):
        function = call["function"]
        yield {"tool_calls": [{**call, "function": {**function, "arguments": ""}}]}
        for piece in cut(function["arguments"], answer.chunk):
            yield {"tool_calls": [{"index": call["index"], "function": {"arguments": piece}}]}


# -- HTTP -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Request:
    path: str
    headers: dict[str, str]
    body: bytes


async def read_request(reader: asyncio.StreamReader) -> _Request | None:
    """Reads a request with a content length; ``None`` at the end of the connection."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines if line)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    length = int(headers.get("content-length", "0"))
    if length > REQUEST_LIMIT:
        return None
    return _Request(
        first.split(" ")[1].partition("?")[0], headers, await reader.readexactly(length)
    )


def head_bytes(status: int, headers: Sequence[tuple[str, str]]) -> bytes:
    """Returns the head of an answer."""
    lines = [f"HTTP/1.1 {status} Status", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


async def write_whole(
    writer: asyncio.StreamWriter, status: int, headers: Sequence[tuple[str, str]], body: bytes
) -> bool:
    """Writes a whole answer."""
    named = {"content-type": "application/json", **dict(headers), "content-length": str(len(body))}
    writer.write(head_bytes(status, list(named.items())) + body)
    await writer.drain()
    return True


def main() -> None:
    """Runs the server until it is interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tokenward.testing.echo", description=__doc__)
    parser.add_argument("--port", type=int, default=9000, help="0 takes a free one")
    parser.add_argument("--text", help="what to say; without it, the user's last message")
    parser.add_argument("--chunk", type=int, default=4, help="characters an event")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each event")
    options = parser.parse_args()

    def answer(body: Body) -> Answer:
        text = (
            options.text if options.text is not None else last_text(body, chat="messages" in body)
        )
        return replace(Answer(chunk=options.chunk, delay=options.delay), text=text)

    with EchoUpstream(answer, port=options.port) as upstream:
        print(f"listening on {upstream.url}", flush=True)  # noqa: T201  # it is a program
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
