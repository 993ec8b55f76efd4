"""What goes to the model server, and what does not get that far."""

from __future__ import annotations

import base64
import gzip
import json

import pytest

from tokenward.testing.echo import EchoUpstream


@pytest.fixture
def upstream():
    with EchoUpstream() as server:
        yield server


@pytest.fixture
def sidecar(serve, upstream):
    return serve(upstream.url)


def test_an_untouched_body_goes_on_byte_for_byte(sidecar, upstream):
    body = (
        b'{ "messages" : [{"role":"user","content":"h\\u00fc"}] , "temperature": 1.0, "seed": 1e0 }'
    )
    assert sidecar.post(body).text() == "h\u00fc"
    assert upstream.raw_requests == [body]


def test_an_edited_body_keeps_all_else(sidecar, upstream, ask):
    sidecar.post(ask("to #mail1234#", temperature=0.5, custom={"a": [1, None]}))
    assert upstream.requests[0] == ask("to <mail>", temperature=0.5, custom={"a": [1, None]})


PLANTED = "#mail1234#"


@pytest.mark.parametrize(
    "body",
    [
        {"messages": [{"role": "system", "content": PLANTED}, {"role": "user", "content": "x"}]},
        {"messages": [{"role": "user", "content": [{"type": "text", "text": PLANTED}]}]},
        {"messages": [{"role": "tool", "tool_call_id": "c", "content": PLANTED}]},
        {"messages": [{"role": "user", "name": f"a {PLANTED}", "content": "x"}]},
        {"messages": [{"role": "assistant", "content": None, "refusal": PLANTED}]},
        {"messages": [{"role": "assistant", "reasoning_content": PLANTED}]},
        {
            "messages": [
                {
                    "role": "assistant",
                    "tool_calls": [
                        {
                            "id": "c",
                            "type": "function",
                            "function": {"name": "f", "arguments": json.dumps({"a": [PLANTED]})},
                        }
                    ],
                }
            ]
        },
        {"messages": [{"role": "assistant", "function_call": {"name": "f", "arguments": PLANTED}}]},
        {
            "messages": [{"role": "user", "content": "x"}],
            "tools": [{"type": "function", "function": {"name": "f", "description": PLANTED}}],
        },
        {
            "messages": [{"role": "user", "content": "x"}],
            "tools": [
                {
                    "type": "function",
                    "function": {"parameters": {"properties": {"a": {"enum": [PLANTED]}}}},
                }
            ],
        },
        {
            "messages": [{"role": "user", "content": "x"}],
            "response_format": {"type": "json_schema", "json_schema": {"description": PLANTED}},
        },
        {"messages": [{"role": "user", "content": "x"}], "documents": [{"text": PLANTED}]},
        {"messages": [{"role": "user", "content": "x"}], "metadata": {PLANTED: PLANTED}},
        {"messages": [{"role": "user", "content": "x"}], "stop": [PLANTED]},
        {
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {"type": "image_url", "image_url": {"url": f"https://x/{PLANTED}"}}
                    ],
                }
            ]
        },
        {
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {
                            "type": "image_url",
                            "image_url": {"url": f"data:image/png;base64,{PLANTED}"},
                        }
                    ],
                }
            ]
        },
    ],
)
def test_every_text_of_a_chat_is_guarded(sidecar, upstream, body):
    assert sidecar.post(body).status == 200
    assert b"mail1234" not in upstream.raw_requests[0]
    assert upstream.requests[0] != body


@pytest.mark.parametrize("prompt", [PLANTED, ["a", PLANTED]])
def test_every_prompt_of_a_completion_is_guarded(sidecar, upstream, prompt):
    sidecar.post({"prompt": prompt, "suffix": PLANTED}, "/v1/completions")
    assert b"mail1234" not in upstream.raw_requests[0]


def test_encoded_images_are_not_taken_for_text(sidecar, upstream, ask):
    url = "data:image/png;base64," + "iVBORw0KGgo" * 1000
    body = ask([{"type": "image_url", "image_url": {"url": url}}])
    sidecar.post(body)
    assert upstream.requests[0] == body


def test_encoded_text_is_read(sidecar, upstream, ask):
    data = "data:application/json;base64," + base64.b64encode(b'{"to": "#mail1234#"}').decode()
    sidecar.post(ask([{"type": "file", "file": {"filename": "a.json", "file_data": data}}]))
    sent = upstream.requests[0]["messages"][0]["content"][0]["file"]["file_data"]
    assert (
        base64.b64decode(sent.removeprefix("data:application/json;base64,")) == b'{"to": "<mail>"}'
    )


def test_arguments_in_the_history_stay_json(sidecar, upstream):
    call = {
        "id": "c",
        "type": "function",
        "function": {"name": "f", "arguments": '{"a": "#mail1234#"}'},
    }
    sidecar.post({"messages": [{"role": "assistant", "tool_calls": [call]}]})
    sent = upstream.requests[0]["messages"][0]["tool_calls"][0]["function"]["arguments"]
    assert json.loads(sent) == {"a": "<mail>"}


def test_a_blocked_request_does_not_reach_the_upstream(sidecar, upstream, ask):
    reply = sidecar.post(ask("do #stop1234#"))
    assert (reply.status, reply.text(), reply.finish()) == (200, "Not that.", ["content_filter"])
    assert reply.headers["x-tokenward-action"] == "block"
    assert upstream.requests == []


def test_a_blocked_request_gets_as_many_choices_as_it_asked_for(sidecar, ask):
    assert len(sidecar.post(ask("#stop1234#", n=3)).json["choices"]) == 3


@pytest.mark.parametrize(("on_block", "status"), [("refusal", 200), ("error", 400)])
def test_a_blocked_request_in_other_forms(serve, upstream, ask, on_block, status):
    reply = serve(upstream.url, on_block=on_block).post(ask("#stop1234#"))
    assert reply.status == status
    if status == 200:
        assert reply.json["choices"][0]["message"]["refusal"] == "Not that."
    else:
        assert reply.error["code"] == "content_filter"


def test_results_of_tools_have_rules_of_their_own(serve, upstream, make_rule):
    rules = [make_rule("r", ["tool_result"], {"marks": "stop"}, "block", message="Bad result.")]
    sidecar = serve(upstream.url, {"name": "t", "rules": rules})
    messages = [{"role": "tool", "tool_call_id": "c", "content": "#stop1234#"}]
    assert sidecar.post({"messages": messages}).text() == "Bad result."
    messages = [{"role": "user", "content": "#stop1234#"}]
    assert sidecar.post({"messages": messages}).text() == "#stop1234#"


# -- requests that are refused --------------------------------------------------------------

CHAT = {"messages": [{"role": "user", "content": "x"}]}


@pytest.mark.parametrize(
    ("body", "status", "code", "words"),
    [
        (b"", 400, "invalid_json", "not valid JSON"),
        (b"{", 400, "invalid_json", "not valid JSON"),
        (b"[]", 400, "invalid_json", "must be a JSON object"),
        (b'"x"', 400, "invalid_json", "must be a JSON object"),
        (b'{"a": NaN}', 400, "invalid_json", "not valid JSON"),
        (b'{"a": "\xff"}', 400, "invalid_json", "not valid JSON"),
        (b'{"a": "\\ud800"}', 400, "invalid_json", "not valid JSON"),
        (b'{"a": "x\\u0000y"}', 400, "invalid_json", "NUL"),
        (b'{"a\\u0000": 1}', 400, "invalid_json", "NUL"),
        (b'{"model": "a", "model": "b"}', 400, "invalid_json", "same key twice"),
        (b'{"m": [{"r": 1, "r": 2}]}', 400, "invalid_json", "same key twice"),
        (b"[" * 5000 + b"]" * 5000, 400, "invalid_json", "not valid JSON"),
        (b'{"messages":' + b"[" * 990 + b"]" * 990 + b"}", 400, "invalid", ""),
        (b"\xef\xbb\xbf{}", 400, "invalid_json", "not valid JSON"),
        ({}, 400, "invalid_value", "messages"),
        ({"messages": []}, 400, "invalid_value", "messages"),
        ({"messages": "x"}, 400, "invalid_value", "messages must be a list"),
        ({"messages": ["x"]}, 400, "invalid_value", "messages"),
        ({**CHAT, "model": 7}, 400, "invalid_value", "model must be a string"),
        ({**CHAT, "stream": "yes"}, 400, "invalid_value", "stream must be true or false"),
        ({**CHAT, "n": 0}, 400, "invalid_value", "n must be"),
        ({**CHAT, "n": True}, 400, "invalid_value", "n must be"),
        ({**CHAT, "n": 10**9}, 400, "invalid_value", "n must be"),
        ({**CHAT, "stream_options": 1}, 400, "invalid_value", "stream_options"),
        ({**CHAT, "prompt_token_ids": [1, 2]}, 400, "not_allowed", "send text"),
        ({**CHAT, "input_ids": [1]}, 400, "not_allowed", "send text"),
        ({**CHAT, "chat_template": "{{x}}"}, 400, "not_allowed", "after it was checked"),
    ],
)
def test_bad_bodies_are_refused_with_the_reason(sidecar, upstream, body, status, code, words):
    reply = sidecar.post(body)
    assert (reply.status, reply.headers["content-type"]) == (status, "application/json")
    assert reply.error["code"].startswith(code)
    assert words in reply.error["message"]
    assert upstream.requests == []


@pytest.mark.parametrize("prompt", [[1, 2, 3], [[1, 2], [3]], ["a", 1], None, 7, {}])
def test_prompts_that_are_no_text_are_refused(sidecar, upstream, prompt):
    reply = sidecar.post({"prompt": prompt}, "/v1/completions")
    assert reply.status == 400
    assert "prompt" in reply.error["message"]
    assert upstream.requests == []


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/json; charset=utf-16",
    ],
)
def test_other_content_types_are_refused(sidecar, ask, kind):
    assert sidecar.post(ask(), content_type=kind).status == 415


@pytest.mark.parametrize("kind", ["application/json; charset=UTF-8", "APPLICATION/JSON"])
def test_json_may_be_named_in_other_ways(sidecar, ask, kind):
    assert sidecar.post(ask(), content_type=kind).status == 200


def test_compressed_bodies_are_refused(sidecar, ask):
    body = gzip.compress(json.dumps(ask()).encode())
    assert sidecar.post(body, content_encoding="gzip").status == 415


def test_a_body_beyond_the_limit_is_refused(serve, upstream, ask):
    from tokenward.sidecar.settings import Limits

    sidecar = serve(upstream.url, limits=Limits(body_bytes=1000))
    assert sidecar.post(ask("x" * 900)).status == 200
    reply = sidecar.post(ask("x" * 1000))
    assert (reply.status, reply.error["code"]) == (413, "body_too_large")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/v1/embeddings", 404),
        ("POST", "/v1/chat/completions/", 404),
        ("POST", "/v1//chat/completions", 404),
        ("POST", "/v1/chat%2Fcompletions", 404),
        ("POST", "/V1/chat/completions", 404),
        ("POST", "/tokenize", 404),
        ("GET", "/healthz", 404),
        ("GET", "/", 405),
        ("GET", "/v1/chat/completions", 405),
        ("DELETE", "/v1/models/x", 405),
        ("GET", "/v1/chat/completions/some-id", 404),
    ],
)
def test_other_paths_and_methods_are_refused(sidecar, upstream, method, path, status):
    reply = sidecar.request(method, path, b"{}" if method == "POST" else None, {})
    assert reply.status == status
    assert reply.error["code"] in ("unknown_path", "method_not_allowed")
    assert upstream.requests == []


def test_models_are_passed_through(sidecar):
    assert sidecar.get("/v1/models").json["data"][0]["id"] == "echo"


def test_a_named_path_is_passed_through(serve, upstream):
    sidecar = serve(upstream.url, pass_through=("/v1/embed*",))
    reply = sidecar.post({"input": "#mail1234#"}, "/v1/embeddings")
    assert (reply.status, reply.json) == (404, {"error": {"message": "no such path"}})
    assert upstream.requests == [{"input": "#mail1234#"}]


@pytest.mark.parametrize("stop", [PLANTED, [PLANTED]])
def test_stop_strings_of_a_policy_do_not_bring_back_what_was_taken_out(
    serve, upstream, ask, policy, stop
):
    """The list of stop strings is written anew with those of the policy in it."""
    sidecar = serve(upstream.url, {**policy, "limits": {"stop": ["END"]}})
    assert sidecar.post(ask(stop=stop)).status == 200
    assert upstream.requests[0]["stop"] == ["<mail>", "END"]


# -- headers --------------------------------------------------------------------------------


def test_headers_go_on_but_for_those_of_the_connection_and_ours(sidecar, upstream, ask):
    sidecar.post(
        ask(), authorization="Bearer k", x_tokenward_subject="s", accept_encoding="gzip", te="trailers",
        connection="x-secret", x_secret="1", openai_organization="o",
    )  # fmt: skip
    sent = upstream.headers[0]
    assert sent["authorization"] == "Bearer k"
    assert sent["openai-organization"] == "o"
    assert sent["accept-encoding"] == "identity"
    assert not {"x-tokenward-subject", "te", "x-secret", "connection"} & set(sent)


@pytest.mark.parametrize("base", ["", "/v1", "/v1/", "/prefix", "/prefix/v1"])
def test_the_upstream_may_be_given_with_or_without_v1(serve, upstream, ask, base):
    assert serve(upstream.url + base).post(ask("hi")).text() == "hi"
