"""Envoy's external processor: the same exchanges as through the guarded port."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from typing import get_args, get_type_hints

import grpc
import pytest
from tests.agent.marks import RULES, rule
from tests.agent.sidecar.envoy import BUFFERED, DUPLEX, NONE, STREAMED, Envoy, Message, pb

from tokenward.sidecar.envoy.connection import MOST_WAITING, EnvoyConnection
from tokenward.sidecar.envoy.messages import SCALARS, ProcessingRequest, ProcessingResponse
from tokenward.sidecar.settings import Limits
from tokenward.store.store import Store

PATH = "/v1/chat/completions"
MAIL, STOP, SWAP = "#mail1234#", "#stop1234#", "#swap1234#"
MODES = [(DUPLEX, DUPLEX), (BUFFERED, BUFFERED), (BUFFERED, DUPLEX), (DUPLEX, BUFFERED)]


@pytest.fixture
def proxy(serve):
    """Starts a sidecar that has no model server of its own, and returns an Envoy before it."""

    def start(*policies, modes=(DUPLEX, DUPLEX), config=None, **settings):
        running = serve("", *policies, envoy_port=0, **settings)

        def envoy():
            made = Envoy(running.sidecar.envoy_port, modes=modes, **(config or {}))
            made.running = running
            return made

        return envoy

    return start


def asking(body, path=PATH, **headers):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {":method": "POST", ":path": path, ":scheme": "http", ":authority": "m"}
    named |= {"content-type": "application/json", "content-length": str(len(data))}
    return Message({**named, "accept-encoding": "gzip", "user-agent": "test", **headers}, data)


def telling(body, kind="application/json", status=200, trailers=None, size=11, **headers):
    """Returns what makes the model server's answer; it comes in pieces."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {":status": str(status), "content-type": kind, "content-length": str(len(data))}
    message = Message({**named, **headers}, trailers=trailers or {})
    pieces = [data[i : i + size] for i in range(0, len(data), size)]
    return lambda asked: (message, pieces)


def completion(text):
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return {"id": "c", "object": "chat.completion", "model": "m", "choices": [choice]}


def chunk(text, finish=None):
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
    body = {"id": "c", "object": "chat.completion.chunk", "model": "m", "choices": [choice]}
    return b"data: " + json.dumps(body).encode() + b"\n\n"


def events(text, size=3):
    pieces = [text[i : i + size] for i in range(0, len(text), size)]
    return b"".join([*map(chunk, pieces), chunk("", "stop"), b"data: [DONE]\n\n"])


def streaming(text, **more):
    return telling(events(text), "text/event-stream", **more)


# -- what passes ----------------------------------------------------------------------------------


@pytest.mark.parametrize("modes", MODES)
async def test_whole_exchanges_are_guarded_both_ways(proxy, ask, modes):
    done = await proxy(modes=modes)().run(
        asking(ask(f"to {MAIL}")), telling(completion(f"a {SWAP}"))
    )
    assert done.asked.json["messages"][0]["content"] == "to <mail>"
    assert done.answer.json["choices"][0]["message"]["content"] == "a [gone]"
    assert done.answer.headers[":status"] == "200"
    assert len(done.answer.headers["x-tokenward-decision-id"]) == 36
    assert done.answer.headers["x-tokenward-action"] == "replace"


@pytest.mark.parametrize("modes", MODES)
async def test_streams_are_guarded(proxy, ask, modes):
    text = f"say {MAIL} and {SWAP}, then #x {MAIL}!"
    done = await proxy(modes=modes)().run(asking(ask(stream=True)), streaming(text))
    assert done.answer.text == "say <mail> and [gone], then #x <mail>!"
    assert done.answer.events[-1] == "[DONE]"
    assert done.answer.headers["content-type"].startswith("text/event-stream")


@pytest.mark.parametrize("size", [1, 2, 37, 200, 10_000])
async def test_pieces_of_any_size_make_the_same(proxy, ask, size):
    text = f"h\u00e9llo \U0001f600 {MAIL} and {SWAP}, then #x {MAIL}!"
    request = asking(ask(text, stream=True))
    done = await proxy()().run(request, streaming(text, size=size), size=size)
    whole = "h\u00e9llo \U0001f600 <mail> and [gone], then #x <mail>!"
    assert done.asked.json["messages"][0]["content"] == whole
    assert done.answer.text == whole


@pytest.mark.parametrize("modes", MODES)
async def test_what_no_rule_touches_goes_on_byte_for_byte(proxy, ask, modes):
    request = asking(ask("hello", unknown={"a": [1.50]}))
    done = await proxy(modes=modes)().run(request, telling(completion("hi")))
    assert done.asked.body == request.body
    assert done.answer.json == completion("hi")
    streamed = await proxy(modes=modes)().run(asking(ask(stream=True)), streaming("hello you"))
    assert streamed.answer.text == "hello you"


async def test_the_model_server_is_asked_for_plain_bytes(proxy, ask):
    more = {"x-tokenward-route": "web", "x-http-method-override": "DELETE", "x-rewrite-url": "/x"}
    request = asking(ask("hello"), **more)
    done = await proxy()().run(request, telling(completion("hi")))
    assert done.asked.headers["accept-encoding"] == "identity"
    assert not more.keys() & done.asked.headers.keys()
    assert done.asked.headers["user-agent"] == "test"


async def test_headers_of_the_model_server_that_may_hold_text_do_not_go_on(proxy, ask):
    more = {"x-note": MAIL, "x-request-id": "r1", "date": "today", "x-envoy-time": "3"}
    done = await proxy()().run(asking(ask()), telling(completion("hi"), **more))
    assert "x-note" not in done.answer.headers
    assert done.answer.headers["x-request-id"] == "r1"
    assert done.answer.headers["date"] == "today"
    assert done.answer.headers["x-envoy-time"] == "3"


async def test_trailers_end_bodies_and_lose_what_they_say(proxy, ask):
    request = asking(ask("hello"))
    request.trailers = {"x-sum": MAIL}
    answer = streaming("hello you", trailers={"x-sum": MAIL})
    done = await proxy()().run(request, answer)
    assert (done.asked.trailers, done.answer.trailers) == ({}, {})
    assert done.asked.body == request.body
    assert done.answer.text == "hello you"


async def test_bodies_of_many_pieces_go_on_in_pieces(proxy, ask):
    text = "word " * 40_000
    done = await proxy()().run(asking(ask(text)), telling(completion(text)), size=50_000)
    assert done.asked.json["messages"][0]["content"] == text
    assert done.answer.json["choices"][0]["message"]["content"] == text


async def test_text_leaves_before_the_model_server_has_ended(proxy, ask):
    envoy, released = proxy()(), []

    async def read(message):
        await envoy.call.write(message)
        while not released or not released[-1].end_of_stream:
            told = (await envoy._read("response_body")).response_body.response
            released.append(told.body_mutation.streamed_response)
            if not message.response_body.end_of_stream:
                return

    async with envoy.called():
        request = asking(ask(stream=True))
        await envoy._side("request", request, [request.body])
        head = Message({":status": "200", "content-type": "text/event-stream"})
        await envoy.call.write(envoy.first("response", head, ends=False))
        await envoy._read("response_headers")
        await read(envoy.piece("response", chunk("hello "), ends=False))
        assert b"hello " in released[0].body
        await read(envoy.piece("response", chunk(f"you {MAIL}", "stop"), ends=False))
        assert b"<mail>" in released[1].body
        await read(envoy.piece("response", b"data: [DONE]\n\n", ends=True))
    assert b"[DONE]" in b"".join(one.body for one in released[2:])


# -- what does not --------------------------------------------------------------------------------


@pytest.mark.parametrize("modes", MODES)
async def test_a_blocked_request_is_answered_and_goes_nowhere(proxy, ask, modes):
    done = await proxy(modes=modes)().run(asking(ask(STOP)), None)
    assert (done.immediate, done.asked) == (True, None)
    [choice] = done.answer.json["choices"]
    assert (choice["message"]["content"], choice["finish_reason"]) == (
        "Not that.",
        "content_filter",
    )
    assert done.answer.headers["x-tokenward-action"] == "block"
    streamed = await proxy(modes=modes)().run(asking(ask(STOP, stream=True)), None)
    assert streamed.answer.text == "Not that."
    assert streamed.answer.headers["content-type"].startswith("text/event-stream")


@pytest.mark.parametrize("modes", MODES)
async def test_a_blocked_answer_is_ended_by_the_message(proxy, ask, modes):
    done = await proxy(modes=modes)().run(asking(ask()), telling(completion(f"so {STOP} on")))
    assert done.answer.json["choices"][0]["message"]["content"] == "Not that."
    text = f"good so far {STOP} and more " + "x" * 100
    done = await proxy(modes=modes)().run(asking(ask(stream=True)), streaming(text))
    assert done.answer.text == "good so far Not that."
    assert done.answer.events[-1] == "[DONE]"


@pytest.mark.parametrize("modes", MODES)
async def test_a_block_may_be_an_error(proxy, ask, modes):
    done = await proxy(modes=modes, on_block="error")().run(
        asking(ask()), telling(completion(STOP))
    )
    assert (done.immediate, done.answer.headers[":status"]) == (True, "400")
    assert done.answer.json["error"]["code"] == "content_filter"


@pytest.mark.parametrize(
    ("path", "status"), [("/v1/unknown", "404"), ("/v1/chat%2Fcompletions", "404")]
)
async def test_unknown_paths_are_no_way_round(proxy, ask, path, status):
    done = await proxy()().run(asking(ask(), path), None)
    assert (done.immediate, done.answer.headers[":status"]) == (True, status)


async def test_other_methods_are_refused(proxy):
    request = Message({":method": "PUT", ":path": PATH})
    done = await proxy()().run(request, None)
    assert (done.answer.headers[":status"], done.answer.headers["allow"]) == ("405", "POST")


@pytest.mark.parametrize("modes", MODES)
async def test_bodies_that_cannot_be_read_are_refused(proxy, ask, modes):
    for body, headers, status in [
        (b"{", {}, "400"),
        (b'{"model": "m"}', {}, "400"),
        (json.dumps(ask()).encode(), {"content-encoding": "gzip"}, "415"),
    ]:
        done = await proxy(modes=modes)().run(asking(body, **headers), None)
        assert (done.immediate, done.answer.headers[":status"]) == (True, status)
    bare = Message({":method": "POST", ":path": PATH, "content-type": "application/json"})
    done = await proxy(modes=modes)().run(bare, None)
    assert done.answer.headers[":status"] == "400"


@pytest.mark.parametrize("modes", MODES)
async def test_bodies_have_a_limit(proxy, ask, modes):
    envoy = proxy(modes=modes, limits=Limits(body_bytes=100))
    done = await envoy().run(asking(ask("x" * 200)), None)
    assert done.answer.headers[":status"] == "413"


@pytest.mark.parametrize("modes", MODES)
async def test_answers_that_cannot_be_guarded_are_replaced(proxy, ask, modes):
    for answer in [
        telling(completion(MAIL), **{"content-encoding": "gzip"}),
        telling(f"hello {MAIL}".encode(), "text/html"),
        telling(b"{"),
    ]:
        done = await proxy(modes=modes)().run(asking(ask()), answer)
        assert (done.immediate, done.answer.headers[":status"]) == (True, "502")
        assert MAIL.encode() not in done.answer.body


@pytest.mark.parametrize("modes", MODES)
async def test_errors_of_the_model_server_go_on_guarded(proxy, ask, modes):
    body = {"error": {"message": f"no {MAIL}", "type": "invalid_request_error"}}
    done = await proxy(modes=modes)().run(
        asking(ask()), telling(body, status=429, **{"retry-after": "3"})
    )
    assert done.answer.headers[":status"] == "429"
    assert done.answer.headers["retry-after"] == "3"
    assert MAIL.encode() not in done.answer.body
    bare = Message({":status": "503", "content-type": "text/plain"})
    done = await proxy(modes=modes)().run(asking(ask()), lambda asked: (bare, []))
    assert done.answer.headers[":status"] == "503"


# -- never open -------------------------------------------------------------------------------------


async def test_a_stream_that_ends_in_the_middle_ends_in_an_error(proxy, ask):
    half = telling(events(f"hello {MAIL} there")[:-60], "text/event-stream")
    done = await proxy()().run(asking(ask(stream=True)), half)
    assert done.error is grpc.StatusCode.INTERNAL
    assert done.answer is None


@pytest.mark.parametrize(
    ("modes", "words"),
    [
        ((NONE, DUPLEX), "request_body_mode must be FULL_DUPLEX_STREAMED"),
        ((DUPLEX, NONE), "response_body_mode must be"),
        ((STREAMED, DUPLEX), "request_body_mode must be"),
        ((DUPLEX, STREAMED), "response_body_mode must be"),
    ],
)
async def test_modes_that_would_let_text_pass_are_an_error(proxy, ask, modes, words):
    code, details = await proxy(modes=modes)().knock(asking(ask()))
    assert code is grpc.StatusCode.FAILED_PRECONDITION
    assert words in details


async def test_an_envoy_that_only_watches_gets_an_error(proxy, ask):
    code, details = await proxy(config={"observability_mode": True})().knock(asking(ask()))
    assert code is grpc.StatusCode.FAILED_PRECONDITION
    assert "observability_mode" in details


async def test_an_envoy_that_does_not_say_its_modes_gets_an_error(proxy, ask, monkeypatch):
    whole = Envoy.first

    def without(self, name, message, *, ends):
        told = whole(self, name, message, ends=ends)
        told.protocol_config = None
        return told

    monkeypatch.setattr(Envoy, "first", without)
    code, details = await proxy()().knock(asking(ask()))
    assert code is grpc.StatusCode.FAILED_PRECONDITION
    assert "1.34" in details


@pytest.mark.parametrize("modes", MODES)
async def test_a_guard_that_fails_says_so(proxy, ask, modes, broken_plan, caplog):
    envoy = proxy(modes=modes)
    broken_plan()
    done = await envoy().run(asking(ask("secret")), None)
    assert done.answer.headers[":status"] == "500"
    assert "secret" not in caplog.text


async def test_what_an_envoy_left_is_given_up(proxy, ask, tmp_path):
    url = f"sqlite:///{tmp_path}/records.db"
    envoy = proxy(store=url)()
    async with envoy.called():
        request = asking(ask())
        await envoy._side("request", request, [request.body])
        envoy.call.cancel()
    await asyncio.to_thread(envoy.running.settle)
    await asyncio.to_thread(envoy.running.end)
    with Store.open(url, read_only=True) as store:
        [one] = list(store.interactions())
    assert one.labels["outcome"] == "client_left"


async def test_what_is_not_done_when_the_guard_ends_ends_in_an_error(proxy, ask):
    envoy = proxy(drain_timeout=0.1)()
    async with envoy.called():
        request = asking(ask())
        await envoy._side("request", request, [request.body])
        await asyncio.to_thread(envoy.running.end)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await envoy.call.read()
    assert caught.value.code() is not grpc.StatusCode.OK
    assert envoy.running.drained is False


def test_an_envoy_that_reads_slowly_is_read_slowly():
    told = []

    class Peer:
        def client_slow(self, slow):
            told.append(slow)

    async def run():
        connection = EnvoyConnection(DUPLEX, DUPLEX)
        connection.peer = Peer()
        connection.put(*range(MOST_WAITING))
        assert told == []
        connection.put("one more")
        assert told == [True]
        for _ in range(MOST_WAITING + 1):
            await connection.take()

    asyncio.run(run())
    assert told == [True, False]


# -- the rest -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("modes", [*MODES, (NONE, NONE)])
async def test_paths_without_text_are_relayed(proxy, modes):
    request = Message({":method": "GET", ":path": "/v1/models"})
    bodies = telling({"data": []}) if NONE not in modes else telling(b"")
    done = await proxy(modes=modes)().run(request, bodies)
    assert done.error is None
    assert done.answer.body == (b'{"data": []}' if NONE not in modes else b"")


@pytest.mark.parametrize("path", ["/v1/models?q=x", "/v1/emb/../chat/completions"])
async def test_what_is_relayed_is_no_way_round(proxy, path):
    request = Message({":method": "GET", ":path": path})
    done = await proxy(pass_through=("/v1/emb*",))().run(request, None)
    assert done.immediate
    assert done.answer.headers[":status"] in ("400", "404")


async def test_a_path_may_be_passed_through(proxy):
    request = asking({"input": MAIL}, "/v1/embeddings")
    done = await proxy(pass_through=("/v1/embed*",))().run(request, telling({"data": [1]}))
    assert (done.asked.body, done.answer.body) == (request.body, b'{"data": [1]}')


@pytest.mark.parametrize("modes", MODES)
async def test_what_workers_judge_is_waited_for(proxy, ask, slow_policy, modes):
    text = "kind words. a rude word. more."
    done = await proxy(slow_policy, modes=modes)().run(asking(ask(stream=True)), streaming(text))
    assert done.answer.text.endswith("Be civil.")
    assert "rude" not in done.answer.text


async def test_other_protocols_are_guarded_too(proxy):
    body = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": MAIL}]}
    answer = {"id": "1", "type": "message", "role": "assistant", "model": "m"}
    answer |= {"content": [{"type": "text", "text": f"a {SWAP}"}], "stop_reason": "end_turn"}
    answer |= {"stop_sequence": None, "usage": {"input_tokens": 1, "output_tokens": 1}}
    done = await proxy()().run(asking(body, "/v1/messages"), telling(answer))
    assert done.asked.json["messages"][0]["content"] == "<mail>"
    assert done.answer.json["content"][0]["text"] == "a [gone]"


async def test_exchanges_do_not_see_each_other(proxy, ask):
    envoy = proxy()

    async def one(number):
        text = f"{number} {MAIL} " * 3
        done = await envoy().run(asking(ask(text, stream=True)), streaming(text))
        return done.asked.json["messages"][0]["content"], done.answer.text

    answers = await asyncio.gather(*(one(number) for number in range(24)))
    assert answers == [((f"{n} <mail> " * 3), f"{n} <mail> " * 3) for n in range(24)]


async def test_an_exchange_gives_one_record_that_names_the_gateway(proxy, ask, tmp_path):
    url = f"sqlite:///{tmp_path}/records.db"
    envoy = proxy(store=url)()
    request = asking(ask(MAIL), **{"x-tokenward-subject": "ann"})
    done = await envoy.run(request, telling(completion(SWAP)))
    await asyncio.to_thread(envoy.running.settle)
    await asyncio.to_thread(envoy.running.end)
    with Store.open(url, read_only=True) as store:
        [one] = list(store.interactions())
    assert one.decision_id == done.answer.headers["x-tokenward-decision-id"]
    assert (one.source, one.route, one.model) == ("envoy", PATH, "m")
    assert [decision.stage for decision in one.decisions] == ["input", "output"]
    assert one.subject not in (None, "ann")


async def test_a_detector_that_fails_decides_as_its_rule_says(proxy, ask):
    more = rule("r", "input", {"broken": "x"}, "block", on_error="allow")
    done = await proxy({"name": "b", "rules": [*RULES, more]})().run(
        asking(ask(MAIL)), telling(completion("hi"))
    )
    assert done.asked.json["messages"][0]["content"] == "<mail>"
    assert done.answer.headers["x-tokenward-degraded"] == "broken"


def test_our_messages_are_those_of_envoy():
    """Every field that is declared has the name, the number and the type that Envoy gives it."""

    def check(ours, theirs):
        fields = {one.name: one for one in dataclasses.fields(theirs)}
        kinds = get_type_hints(theirs)
        for one in ours.fields:
            other = fields[one.name].metadata["betterproto"]
            assert (one.number, one.is_repeated) == (other.number, other.repeated)
            kind = kinds[one.name]
            if one.message_type is not None:
                [inner] = [arg for arg in get_args(kind) if dataclasses.is_dataclass(arg)]
                check(one.message_type, inner)
            else:
                scalars = {"int32": ("int32", "enum")}.get(one_type(one), (one_type(one),))
                assert other.proto_type in scalars

    check(ProcessingRequest.DESCRIPTOR, pb.ProcessingRequest)
    check(ProcessingResponse.DESCRIPTOR, pb.ProcessingResponse)


def one_type(field):
    return {number: name for name, number in SCALARS.items()}[field.type]
