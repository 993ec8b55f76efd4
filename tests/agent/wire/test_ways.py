"""What each protocol has of its own: calls, refusals, encodings, texts that are said twice."""

from __future__ import annotations

import base64
import json

import pytest
from tests.agent.wire.speeches import ANTHROPIC, OPENAI, choice, completion, dumps, message, sse
from tests.agent.wire.speeches_prompts import (
    AT,
    ENDED,
    LLAMA_CPP,
    OLLAMA_CHAT,
    OLLAMA_GENERATE,
    TGI,
    llama,
    ollama_call,
    replied,
)
from tests.agent.wire.speeches_responses import (
    OPENAI_RESPONSES,
    ask,
    function_call,
    numbered,
    objects,
    response,
    spoken,
)
from tests.agent.wire.speeches_tensors import KSERVE, TENSORFLOW, TORCH_SERVE, TRITON, tensor
from tests.agent.wire.test_protocols import (
    CLEANED,
    ERROR,
    FILTER,
    LIMITED,
    PLANTED,
    a_request,
    decided,
    relay,
    some_ask,
    whole,
)

from tokenward.errors import UpstreamError
from tokenward.policy.loader import load_mapping
from tokenward.wire.protocols.known import methods_of, protocol_of
from tokenward.wire.request import Refusal, Request
from tokenward.wire.scan import drive_now


def read(speech, body, path=None, **headers):
    request = a_request(speech, body, **headers)
    return speech.protocol.read(
        Request(b"POST", (path or speech.path).encode(), request.headers, request.body)
    )


# -- paths ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v1/responses", "responses"),
        ("/v1/responses/resp_1", None),
        ("/v1/responses/resp_1/cancel", None),
        ("/v1/responses/resp_1/input_items", None),
        ("/v1/responses/compact", None),
        ("/api/chat", "ollama_chat"),
        ("/api/embed", None),
        ("/api/pull", None),
        ("/generate", "tgi_generate"),
        ("/", "tgi_generate"),
        ("/infill", None),
        ("/slots", None),
        ("/v2/models/m/infer", "kserve_infer"),
        ("/v2/models/a.b-c_1/versions/2/infer", "kserve_infer"),
        ("/v2/models/m/generate_stream", "triton_generate"),
        ("/v2/models/../infer", None),
        ("/v2/models/./infer", None),
        ("/v2/models/%2e%2e/infer", None),
        ("/v2/models/a%2Fb/infer", None),
        ("/v2/models/a/b/infer", None),
        ("/v2/models//infer", None),
        ("/v2/models/m/infer/", None),
        ("/v2/models/m;x/infer", None),
        ("/v2/models/m\n/infer", None),
        ("/v2/repository/models/m/load", None),
        ("/predictions/m", "torchserve"),
        ("/predictions/m/1.0", "torchserve"),
        ("/predictions/m/1.0/v1/chat/completions", None),
        ("/explanations/m", None),
        ("/v1/models/m:predict", "tensorflow_serving"),
        ("/v1/models/m/versions/1:predict", "tensorflow_serving"),
        ("/v1/models/m/labels/stable:predict", "tensorflow_serving"),
        ("/v1/models/m:classify", None),
    ],
)
def test_a_path_has_one_protocol_and_one_name(path, name):
    found = protocol_of(path)
    assert (found and found.name) == name


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/v1/models", (b"GET",)),
        ("/v1/models/org/name:tag", (b"GET",)),
        ("/v1/models/org%2Fname", (b"GET",)),
        ("/v1/models/../responses/resp_1", ()),
        ("/v1/models/a%2F..%2Fresponses", ()),
        ("/v1/models/%2e%2e/responses", ()),
        ("/v1/models/a//b", ()),
        ("/api/tags", (b"GET",)),
        ("/api/show", (b"POST",)),
        ("/v2/health/ready", (b"GET",)),
        ("/v2/models/m/versions/1/ready", (b"GET",)),
        ("/slots", ()),
        ("/metrics", ()),
    ],
)
def test_what_is_relayed_is_about_models(path, methods):
    assert methods_of(path) == methods


# -- what is refused ------------------------------------------------------------------------

TEXT = {"role": "user", "content": "x"}


@pytest.mark.parametrize(
    ("speech", "body", "field"),
    [
        (OPENAI_RESPONSES, ask(TEXT, previous_response_id="resp_1"), "previous_response_id"),
        (OPENAI_RESPONSES, ask(TEXT, conversation="conv_1"), "conversation"),
        (OPENAI_RESPONSES, ask(TEXT, background=True), "background"),
        (OPENAI_RESPONSES, ask(TEXT, prompt={"id": "p"}), "prompt"),
        (OPENAI_RESPONSES, ask({"type": "item_reference", "id": "msg_1"}), "item_reference"),
        (OPENAI_RESPONSES, ask(TEXT, tools=[{"type": "mcp", "server_url": "x"}]), "mcp"),
        (OPENAI_RESPONSES, {"model": "m"}, "input"),
        (OPENAI_RESPONSES, {"model": "m", "input": [1]}, "input"),
        (OLLAMA_GENERATE, {"prompt": "x", "template": "{{ .Prompt }}"}, "template"),
        (OLLAMA_GENERATE, {"prompt": "x", "context": [1, 2]}, "context"),
        (OLLAMA_CHAT, {"messages": ["x"]}, "messages"),
        (OLLAMA_CHAT, {"messages": [TEXT], "options": []}, "options"),
        (TGI, {"inputs": [1]}, "inputs"),
        (TGI, {}, "inputs"),
        (LLAMA_CPP, {"prompt": [1, 2]}, "prompt"),
        (LLAMA_CPP, {"prompt": ["a", 2]}, "prompt"),
        (LLAMA_CPP, {"prompt": "a", "response_fields": ["content"]}, "response_fields"),
        (LLAMA_CPP, {"prompt": ["a", "b"], "stream": True}, "one answer"),
        (LLAMA_CPP, {"prompt": "a", "n_cmpl": 2, "stream": True}, "one answer"),
        (KSERVE, {"inputs": []}, "inputs"),
        (KSERVE, {"inputs": [{"parameters": {"binary_data_size": 5}}]}, "binary"),
        (KSERVE, {"inputs": [tensor("a")], "parameters": {"binary_data_output": True}}, "binary"),
        (KSERVE, {"inputs": [tensor("a")], "outputs": [{"parameters": {"binary_data": True}}]}, "binary"),
        (KSERVE, {"inputs": [{"parameters": {"shared_memory_region": "r"}}]}, "shared_memory_region"),
        (TENSORFLOW, {"examples": []}, "instances"),
    ],
)  # fmt: skip
def test_what_no_rule_could_follow_is_refused(speech, body, field):
    with pytest.raises(Refusal, match=field) as refused:
        read(speech, body)
    assert refused.value.status in (400, 415)


@pytest.mark.parametrize(
    "speech",
    [OLLAMA_CHAT, TGI, LLAMA_CPP, KSERVE, TRITON, TORCH_SERVE, TENSORFLOW],
    ids=lambda s: s.name,
)
def test_a_query_is_refused(speech):
    with pytest.raises(Refusal, match="body"):
        read(speech, next(iter(speech.asks.values()))("x"), f"{speech.path}?data=%23mail1234%23")


@pytest.mark.parametrize("speech", [KSERVE, TRITON], ids=lambda one: one.name)
def test_the_binary_extension_is_refused(speech):
    with pytest.raises(Refusal, match="binary extension") as refused:
        read(speech, b"{}", **{"inference-header-content-length": "2"})
    assert refused.value.status == 415


# -- calls ----------------------------------------------------------------------------------


def openai_call(text):
    function = {"name": "f", "arguments": dumps({"a": text}).decode()}
    return {"id": "c", "type": "function", "function": function}


CALLS = {
    OPENAI: lambda *texts: completion(choice("", tool_calls=[openai_call(t) for t in texts])),
    ANTHROPIC: lambda *texts: message(
        *({"type": "tool_use", "id": "c", "name": "f", "input": {"a": t}} for t in texts)
    ),
    OPENAI_RESPONSES: lambda *texts: response(*map(function_call, texts)),
    OLLAMA_CHAT: lambda *texts: {
        **replied("", tool_calls=[ollama_call(t) for t in texts]),
        **ENDED,
    },
}
FORBIDDEN = "#toolstop1234#"
calling = pytest.mark.parametrize("speech", CALLS, ids=lambda one: one.name)


@calling
def test_a_call_that_may_not_be_made_is_dropped(scanner, speech):
    scan = scanner()
    got = whole(scan, speech, CALLS[speech](FORBIDDEN, PLANTED))
    assert json.loads(got.body) == CALLS[speech](CLEANED)
    assert decided(scan, "tool_call")[0] == "block"


@calling
@pytest.mark.parametrize("on_block", [FILTER, ERROR])
def test_an_answer_of_such_calls_only_is_blocked(scanner, speech, on_block):
    got = whole(scanner(), speech, CALLS[speech](FORBIDDEN), on_block)
    assert b"No such call." in got.body and b"toolstop" not in got.body
    assert got.status == (400 if on_block == ERROR else 200)


def response_calls(*texts, cut=5, **more):
    """A stream of function calls."""
    events = [{"type": "response.created", "response": response(status="in_progress")}]
    items = [{**function_call(text), "id": f"fc_{at}"} for at, text in enumerate(texts)]
    for at, item in enumerate(items):
        written, place = item["arguments"], {"item_id": item["id"], "output_index": at}
        pieces = [written[i : i + cut] for i in range(0, len(written), cut)]
        begun = {**item, "arguments": "", "status": "in_progress"}
        kind = "response.function_call_arguments"
        events += [
            {"type": "response.output_item.added", "output_index": at, "item": begun, **more},
            *({"type": f"{kind}.delta", **place, "delta": one} for one in pieces),
            {"type": f"{kind}.done", **place, "arguments": written},
            {"type": "response.output_item.done", "output_index": at, "item": item},
        ]
    return numbered(*events, {"type": "response.completed", "response": response(*items)})


def test_calls_of_a_response_pass_byte_for_byte(scanner):
    frames = response_calls("x", "y")
    assert relay(scanner(), OPENAI_RESPONSES, frames)[1] == b"".join(frames)


def test_calls_of_a_response_are_held_until_they_are_whole(scanner):
    frames = response_calls("so")
    answer = OPENAI_RESPONSES.protocol.stream(some_ask(OPENAI_RESPONSES), scanner(), FILTER)
    sizes = [len(drive_now(answer.frame(f))) for data in frames for f in answer.frames(data)]
    assert [bool(size) for size in sizes[1:-2]] == [False] * (len(sizes) - 3)
    assert sizes[-2] > sizes[0]


def test_a_call_of_a_streamed_response_is_edited_in_all_places(scanner):
    out = relay(scanner(), OPENAI_RESPONSES, response_calls(PLANTED))[1]
    events = objects(out)
    written = dumps({"a": CLEANED}).decode()
    assert [e["delta"] for e in events if e["type"].endswith(".delta")] == [written]
    assert [e["arguments"] for e in events if e["type"].endswith("arguments.done")] == [written]
    item = {**function_call(CLEANED), "id": "fc_0"}
    assert [e["item"] for e in events if e["type"] == "response.output_item.done"] == [item]
    assert events[-1]["response"] == response(item)


def test_calls_behind_a_dropped_one_move_up(scanner):
    out = relay(scanner(), OPENAI_RESPONSES, response_calls(FORBIDDEN, "x"))[1]
    events = objects(out)
    assert {e["output_index"] for e in events if "output_index" in e} == {0}
    assert [item["id"] for item in events[-1]["response"]["output"]] == ["fc_1"]
    assert b"toolstop" not in out


def test_a_streamed_response_of_such_calls_only_is_blocked(scanner):
    answer, out = relay(scanner(), OPENAI_RESPONSES, response_calls(FORBIDDEN))
    assert answer.cut and OPENAI_RESPONSES.filtered(out)
    assert OPENAI_RESPONSES.heard(out) == "No such call."
    answer, _ = relay(scanner(), OPENAI_RESPONSES, response_calls(FORBIDDEN), ERROR)
    assert answer.refused is not None


def test_what_a_response_says_of_a_call_elsewhere_is_looked_at(scanner):
    """The events of a call are let out as its checked item says, whatever they said themselves."""
    frames = response_calls("x", note=PLANTED)
    frames = [
        one.replace(b'"arguments":""', b'"arguments":"","x":"#mail1234#"').replace(b'"delta":"', b'"delta":"#mail1234#')
        for one in frames
    ]  # fmt: skip
    out = relay(scanner(), OPENAI_RESPONSES, frames)[1]
    assert b"mail1234" not in out
    assert b"<mail>" in out


def test_a_final_answer_that_differs_from_its_stream_is_looked_at(scanner):
    frames = OPENAI_RESPONSES.streams["text"](["so"])
    last = numbered(
        {"type": "response.completed", "response": response(spoken("output_text", PLANTED))}
    )
    scan = scanner()
    out = relay(scan, OPENAI_RESPONSES, [*frames[:-1], *last])[1]
    assert objects(out)[-1]["response"]["output"] == [spoken("output_text", CLEANED)]
    assert decided(scan) == ("redact", [("hide", 1)])


def test_streamed_calls_of_ollama(scanner):
    def line(*texts):
        return (
            dumps({**replied("", tool_calls=[ollama_call(t) for t in texts]), "done": False})
            + b"\n"
        )

    last = dumps({**replied(""), **ENDED}) + b"\n"
    assert relay(scanner(), OLLAMA_CHAT, [line("x"), last])[1] == line("x") + last
    out = relay(scanner(), OLLAMA_CHAT, [line(PLANTED), line(FORBIDDEN), last])[1]
    assert out == line(CLEANED) + last
    answer, out = relay(scanner(), OLLAMA_CHAT, [line(FORBIDDEN), last])
    assert answer.cut and OLLAMA_CHAT.heard(out) == "No such call."
    assert relay(scanner(), OLLAMA_CHAT, [line(FORBIDDEN), last], ERROR)[0].refused is not None


# -- what says the text again ---------------------------------------------------------------


def test_a_full_text_of_tgi_that_is_another_is_looked_at(scanner):
    scan = scanner()
    frames = sse({"token": {"id": 0, "text": "so"}, "generated_text": PLANTED})
    assert objects(relay(scan, TGI, frames)[1])[0]["generated_text"] == CLEANED
    assert decided(scan) == ("redact", [("hide", 1)])


# -- encodings ------------------------------------------------------------------------------


def b64(text):
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


def test_texts_in_base64_of_tensorflow_are_read(scanner):
    one = read(TENSORFLOW, {"instances": [{"b64": b64(PLANTED)}, {"b64": b64(b"\xff\xfe")}]})
    assert drive_now(one.scan(scanner()))
    assert one.body == {"instances": [{"b64": b64(CLEANED)}, {"b64": b64(b"\xff\xfe")}]}
    got = whole(scanner(), TENSORFLOW, {"predictions": [{"b64": b64(PLANTED)}]})
    assert json.loads(got.body) == {"predictions": [{"b64": b64(CLEANED)}]}
    got = whole(scanner(), TENSORFLOW, {"predictions": [{"b64": b64("#stop1234#")}]})
    assert json.loads(got.body) == {"predictions": [{"b64": b64("Not that.")}]}


@pytest.mark.parametrize("text", ["plain", PLANTED])
def test_numbers_that_are_none_stay(scanner, text):
    data = b'{"predictions": [NaN, -Infinity, 1.50, "%b"]}' % text.encode()
    got = whole(scanner(), TENSORFLOW, data).body
    assert b"NaN" in got and b"-Infinity" in got and b"mail1234" not in got
    assert text != "plain" or got == data


def test_images_are_not_taken_for_text(scanner):
    image = "iVBORw0KGgo" * 100
    body = {"messages": [{"role": "user", "content": "x", "images": [image, PLANTED]}]}
    one = read(OLLAMA_CHAT, body)
    assert drive_now(one.scan(scanner()))
    assert one.body["messages"][0]["images"] == [image, CLEANED]


def test_what_is_encrypted_passes_and_what_only_says_so_does_not(scanner):
    sealed = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAAAABo_x-"}
    got = whole(scanner(), OPENAI_RESPONSES, response(sealed))
    assert json.loads(got.body) == response(sealed)
    got = whole(scanner(), OPENAI_RESPONSES, response({**sealed, "encrypted_content": PLANTED}))
    assert b"mail1234" not in got.body


def test_plain_text_of_torchserve(scanner):
    plain = {"content-type": "text/plain; charset=utf-8"}
    one = read(TORCH_SERVE, PLANTED.encode(), **plain)
    assert drive_now(one.scan(scanner()))
    assert (one.encoded(), one.content_type) == (CLEANED.encode(), b"text/plain; charset=utf-8")
    got = whole(scanner(), TORCH_SERVE, PLANTED.encode())
    assert (got.body, got.content_type) == (CLEANED.encode(), b"text/plain; charset=utf-8")
    assert whole(scanner(), TORCH_SERVE, b"so #stop1234#").body == b"Not that."
    assert whole(scanner(), TORCH_SERVE, b"so #stop1234#", ERROR).status == 400
    assert TORCH_SERVE.protocol.blocked(one, "No.", FILTER, "id").body == b"No."
    with pytest.raises(Refusal, match="UTF-8"):
        read(TORCH_SERVE, b"\xff", **plain)


def test_a_text_in_chunks_is_cut_anywhere_but_not_in_a_character(scanner):
    answer, out = relay(scanner(), TORCH_SERVE, [b"so \xe4", b"\xbd\xa0 x"])
    assert (out.decode(), answer.text) == ("so \u4f60 x", "so \u4f60 x")
    assert relay(scanner(), TORCH_SERVE, [b"so \xe4"])[1] == b"so (broken)"
    with pytest.raises(UpstreamError):
        relay(scanner(), TORCH_SERVE, [b"so \xff"])


def test_a_block_of_a_text_in_chunks_is_an_error_while_it_can_be(scanner):
    answer, out = relay(scanner(), TORCH_SERVE, [b"#stop1234# x"], ERROR)
    assert answer.refused is not None and out == b""
    assert relay(scanner(), TORCH_SERVE, [b"so #stop1234# x"], ERROR)[1] == b"so Not that."


@pytest.mark.parametrize(
    ("speech", "more"),
    [
        (OLLAMA_CHAT, {"model": "m #mail1234#", "created_at": "at #mail1234#"}),
        (KSERVE, {"model_name": "m #mail1234#", "id": "#mail1234#"}),
        (KSERVE, {"outputs": [tensor("#stop1234#", name="#mail1234#")]}),
        (TRITON, {"model_name": "m #mail1234#", "model_version": "#mail1234#"}),
        (
            OPENAI_RESPONSES,
            {"model": "m #mail1234#", "id": "#mail1234#", "instructions": "#mail1234#"},
        ),
    ],
    ids=lambda one: getattr(one, "name", ""),
)
def test_what_is_kept_of_a_blocked_answer_is_looked_at(scanner, speech, more):
    out = whole(scanner(), speech, {**speech.whole("#stop1234#"), **more}).body
    assert b"<mail>" in out and b"mail1234" not in out and b"Not that." in out


def test_an_answer_in_odd_bytes_is_written_anew(scanner):
    text = dumps(OLLAMA_CHAT.whole("so")).decode()
    for data in (text.encode("utf-16"), text.replace("so", "so \\ud83d").encode()):
        assert whole(scanner(), OLLAMA_CHAT, data).body.startswith(b'{"model":"m","created_at"')
    doubled = text.replace('"done":true', '"done":true,"x":"#mail1234#","x":1')
    assert b"mail1234" not in whole(scanner(), OLLAMA_CHAT, doubled.encode()).body


# -- the rest -------------------------------------------------------------------------------


def test_ollama_streams_unless_told_not_to():
    body = {"model": "m", "prompt": "x"}
    asked = [read(OLLAMA_GENERATE, {**body, **more}).stream for more in ({}, {"stream": False})]
    assert asked == [True, False]


def test_what_only_the_model_server_knows_stays(scanner):
    got = json.loads(whole(scanner(), OLLAMA_CHAT, OLLAMA_CHAT.whole("#stop1234#")).body)
    assert {key: got[key] for key in ("total_duration", "prompt_eval_count", "eval_count")} == {
        "total_duration": 5000000,
        "prompt_eval_count": 7,
        "eval_count": 3,
    }
    got = json.loads(whole(scanner(), LLAMA_CPP, llama("#stop1234#", stop=True)).body)
    assert got["tokens_predicted"] == 2


@pytest.mark.parametrize(
    ("speech", "usage"),
    [(OPENAI_RESPONSES, (1, 2)), (OLLAMA_CHAT, (7, 3)), (LLAMA_CPP, (None, 2))],
    ids=lambda one: getattr(one, "name", ""),
)
def test_tokens_are_counted(scanner, speech, usage):
    answer, _ = relay(scanner(), speech, next(iter(speech.streams.values()))(["so"]))
    assert (answer.usage.prompt, answer.usage.completion) == usage
    assert answer.text == "so"


def test_an_error_in_a_stream_is_guarded_and_ends_it(scanner):
    for speech, error in (
        (OLLAMA_CHAT, dumps({"error": PLANTED}) + b"\n"),
        (TGI, b"data: " + dumps({"error": PLANTED, "error_type": "x"}) + b"\n\n"),
        (TRITON, b"data: " + dumps({"error": PLANTED}) + b"\n\n"),
        (OPENAI_RESPONSES, numbered({"type": "error", "code": "x", "message": PLANTED})[0]),
    ):
        answer, out = relay(scanner(), speech, [error])
        assert out == error.replace(PLANTED.encode(), CLEANED.encode())
        assert answer.ended and not answer.cut


def test_outputs_of_triton_run_each_on_their_own(scanner):
    events = [
        {"text_output": "so #ma", "thoughts": "#sw"},
        {"text_output": "il1234#", "thoughts": "ap0000#"},
    ]
    got = objects(relay(scanner(), TRITON, sse(*events))[1])
    assert "".join(e["text_output"] for e in got) == "so <mail>"
    assert "".join(e.get("thoughts", "") for e in got) == "[gone]"


def test_what_triton_still_held_leaves_at_the_end(scanner):
    events = [{"model_name": "m", "text_output": "so #ma", "lines": ["a #", "b #ma"]}]
    got = objects(relay(scanner(), TRITON, sse(*events))[1])
    assert got == [
        {"model_name": "m", "text_output": "so ", "lines": ["a ", "b "]},
        {"model_name": "m", "text_output": "#ma", "lines": ["#", "#ma"]},
    ]


def test_parameters_of_triton_that_hide_others_are_refused_under_limits():
    one = read(TRITON, {"text_input": "x", "sampling_parameters": '{"temperature": 9}'})
    with pytest.raises(Refusal, match="sampling_parameters"):
        TRITON.protocol.limit(one, load_mapping(LIMITED))


def test_a_blocked_tensor_keeps_its_shape(scanner):
    body = KSERVE.whole("#stop1234#") | {"outputs": [tensor("a", "#stop1234#", name="out")]}
    got = json.loads(whole(scanner(), KSERVE, body).body)
    assert got["outputs"] == [tensor("Not that.", "Not that.", name="out")]


def test_arguments_of_calls_stay_json(scanner):
    one = read(
        OPENAI_RESPONSES, ask({**function_call("x"), "arguments": '{"a": 4, "b": "#mail1234#"}'})
    )
    assert drive_now(one.scan(scanner()))
    assert json.loads(one.body["input"][0]["arguments"]) == {"a": 4, "b": "<mail>"}


def test_an_answer_of_a_started_model_has_no_text(scanner):
    body = {**AT, "response": "", "done": True, "done_reason": "load"}
    assert whole(scanner(), OLLAMA_GENERATE, body).body == dumps(body)
