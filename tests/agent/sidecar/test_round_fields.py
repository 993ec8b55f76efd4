"""Texts in places where no one would look for them, and what stands for texts elsewhere."""

from __future__ import annotations

import base64
from urllib.parse import quote

import pytest
from tests.agent.sidecar.around import CARD, PLANTED, SPEECHES, guarded, request, status
from tests.agent.wire.speeches import ANTHROPIC, COMPLETIONS, OPENAI, dumps
from tests.agent.wire.speeches_prompts import LLAMA_CPP, OLLAMA_CHAT, OLLAMA_GENERATE, TGI
from tests.agent.wire.speeches_responses import OPENAI_RESPONSES
from tests.agent.wire.speeches_tensors import KSERVE, TENSORFLOW, TORCH_SERVE, TRITON


@pytest.fixture(scope="module")
def sidecar(tmp_path_factory):
    with guarded(tmp_path_factory.mktemp("fields")) as one:
        yield one
        assert one.upstream.came
        assert PLANTED.encode() not in one.upstream.text


# -- every text -----------------------------------------------------------------------------


def with_all(speech, name):
    return speech.asks[name](f"a {PLANTED} b")


@pytest.mark.parametrize(
    ("speech", "name"), [(one, name) for one in SPEECHES for name in one.asks],
    ids=lambda one: getattr(one, "name", one),
)  # fmt: skip
def test_every_text_of_a_request_is_guarded(sidecar, speech, name):
    before = len(sidecar.upstream.text)
    answer = sidecar.ask(speech.path, with_all(speech, name))
    sent = sidecar.upstream.text[before:]
    assert status(answer) == 200
    assert b"[gone]" in sent or b"%5Bgone%5D" in sent or base64.b64encode(b"a [gone] b")[:8] in sent
    assert PLANTED.encode() not in sent


USER = {"role": "user", "content": "x"}
B64 = base64.b64encode(f"say {PLANTED}".encode()).decode()


def chat(*messages, **more):
    return OPENAI, {"messages": [*(messages or (USER,))], **more}


def part(**more):
    return chat({"role": "user", "content": [more]})


def claude(*blocks, **more):
    return ANTHROPIC, {
        "messages": [{"role": "user", "content": [*blocks] or "x"}],
        "max_tokens": 9,
        **more,
    }


def answers(*items, **more):
    return OPENAI_RESPONSES, {"input": [*items] or "x", **more}


def schema(**more):
    return {"type": "object", "properties": {"a": {"type": "string", **more}}}


def function(**more):
    return {"type": "function", "function": {"name": "f", "parameters": schema(), **more}}


GUARDED = {
    "role": chat({"role": PLANTED, "content": "x"}),
    "role with a card": chat({"role": CARD, "content": ""}),
    "name": chat({**USER, "name": PLANTED}),
    "name with a card": chat({**USER, "name": CARD}),
    "named part": part(type="text", text="x", name=PLANTED),
    "data of no sound": part(type="new", new={"data": PLANTED, "format": "text"}),
    "unknown part": part(type="new", new={"deep": [PLANTED]}),
    "tool name": chat(tools=[function(name=PLANTED)]),
    "tool description": chat(tools=[function(description=f"to {PLANTED}")]),
    "tool property": chat(tools=[{**function(), "function": {"parameters": {"properties": {PLANTED: {}}}}}]),
    "tool title": chat(tools=[function(parameters=schema(title=PLANTED))]),
    "tool enum": chat(tools=[function(parameters=schema(enum=["a", PLANTED]))]),
    "tool default": chat(tools=[function(parameters=schema(default=int(CARD)))]),
    "old functions": chat(functions=[{"name": PLANTED, "description": "x"}]),
    "schema name": chat(response_format={"type": "json_schema", "json_schema": {"name": PLANTED, "schema": {}}}),
    "schema property": chat(
        response_format={"type": "json_schema", "json_schema": {"schema": {"properties": {PLANTED: {}}}}}
    ),
    "schema enum": chat(response_format={"type": "json_schema", "json_schema": {"schema": schema(enum=[PLANTED])}}),
    "user": chat(user=PLANTED),
    "metadata value": chat(metadata={"name": PLANTED}),
    "metadata key": chat(metadata={PLANTED: "x"}),
    "stop": chat(stop=["a", PLANTED]),
    "logit_bias": chat(logit_bias={PLANTED: 1}),
    "prediction": chat(prediction={"type": "content", "content": PLANTED}),
    "documents": chat(documents=[{"title": "x", "text": PLANTED}]),
    "document names": chat(documents=[{"type": PLANTED, "id": PLANTED}]),
    "template options": chat(chat_template_kwargs={"name": PLANTED, "date": PLANTED}),
    "template option keys": chat(chat_template_kwargs={PLANTED: True}),
    "guided_choice": chat(guided_choice=["a", PLANTED]),
    "guided_regex": chat(guided_regex=f"({PLANTED})"),
    "guided_json": chat(guided_json={"properties": {PLANTED: {}}}),
    "guided_grammar": chat(guided_grammar=f'root ::= "{PLANTED}"'),
    "structured_outputs": chat(structured_outputs={"choice": [PLANTED]}),
    "grammar": chat(grammar=f'root ::= "{PLANTED}"'),
    "odd field": chat(**{f"a {PLANTED}": ["x"], f"b {PLANTED}": "x"}),
    "unknown field": chat(brand_new={"a": {"name": PLANTED}}),
    "web search": chat(web_search_options={"user_location": {"approximate": {"city": PLANTED}}}),
    "call name": chat({"role": "assistant", "tool_calls": [
        {"id": "c", "type": "function", "function": {"name": PLANTED, "arguments": "{}"}}]}),
    "argument key": chat({"role": "assistant", "tool_calls": [
        {"id": "c", "type": "function", "function": {"name": "f", "arguments": dumps({PLANTED: 1}).decode()}}]}),
    "argument number": chat({"role": "assistant", "tool_calls": [
        {"id": "c", "type": "function", "function": {"name": "f", "arguments": f'{{"a": {CARD}}}'}}]}),
    "url": part(type="image_url", image_url={"url": f"https://x/{PLANTED}.png"}),
    "text in a url": part(type="image_url", image_url={"url": f"data:text/plain;base64,{B64}"}),
    "text without padding": part(type="file", file={"file_data": f"data:text/plain;base64,{B64.rstrip('=')}"}),
    "text in odd base64": part(type="file", file={"file_data": f"data:text/plain;base64,{B64[:8]}!{B64[8:]}"}),
    "text with a charset": part(type="file", file={"file_data": f"data:text/plain;charset=utf-8;base64,{B64}"}),
    "text of no type": part(type="file", file={"file_data": f"data:;base64,{B64}"}),
    "text in capitals": part(type="file", file={"file_data": f"DATA:Text/Plain;BASE64,{B64}"}),
    "text as any bytes": part(type="file", file={"file_data": f"data:application/octet-stream;base64,{B64}"}),
    "text as a drawing": part(type="image_url", image_url={"url": f"data:image/svg+xml;base64,{B64}"}),
    "percent text": part(type="file", file={"file_data": "data:text/plain," + "".join(f"%{ord(c):02x}" for c in PLANTED)}),
    "file name": part(type="file", file={"filename": PLANTED, "file_data": "data:application/pdf;base64,JVBERg=="}),
    "claude's text": claude({"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": PLANTED}}),
    "claude's base64": claude({"type": "document", "source": {"type": "base64", "media_type": "text/plain", "data": B64}}),
    "claude's document": claude({"type": "document", "title": PLANTED, "context": "x", "source": {"type": "content", "content": PLANTED}}),
    "claude's result": claude({"type": "search_result", "source": PLANTED, "title": "x", "content": [{"type": "text", "text": "x"}]}),
    "claude's tools": claude(tools=[{"name": "f", "input_schema": {"type": "object", "properties": {PLANTED: {}}}}]),
    "claude's user": claude(metadata={"user_id": PLANTED}),
    "claude's stop": claude(stop_sequences=[PLANTED]),
    "claude's system": claude(system=[{"type": "text", "text": PLANTED}]),
    "claude's schema": claude(output_config={"format": {"type": "json_schema", "schema": schema(enum=[PLANTED])}}),
    "response's user": answers(safety_identifier=PLANTED, prompt_cache_key=PLANTED),
    "response's file": answers({"role": "user", "content": [{"type": "input_file", "file_data": f"data:text/plain;base64,{B64}"}]}),
    "response's image": answers({"role": "user", "content": [{"type": "input_image", "image_url": f"data:text/html;base64,{B64}"}]}),
    "response's tools": answers(tools=[{"type": "function", "name": PLANTED, "parameters": schema()}]),
    "response's schema": answers(text={"format": {"type": "json_schema", "name": PLANTED, "schema": {"properties": {PLANTED: {}}}}}),
    "response's role": answers({"role": PLANTED, "content": "x"}),
    "response's call": answers({"type": "function_call", "call_id": "c", "name": PLANTED, "arguments": "{}"}),
    "ollama's tools": (OLLAMA_CHAT, {"messages": [USER], "tools": [function(name=PLANTED)]}),
    "ollama's format": (OLLAMA_CHAT, {"messages": [USER], "format": {"properties": {PLANTED: {}}}}),
    "ollama's role": (OLLAMA_CHAT, {"messages": [{"role": PLANTED, "content": "x"}]}),
    "ollama's tool": (OLLAMA_CHAT, {"messages": [{"role": "tool", "tool_name": PLANTED, "content": "x"}]}),
    "ollama's stop": (OLLAMA_GENERATE, {"prompt": "x", "options": {"stop": [PLANTED]}}),
    "tgi's grammar": (TGI, {"inputs": "x", "parameters": {"grammar": {"type": "json", "value": {"properties": {PLANTED: {}}}}}}),
    "tgi's guideline": (TGI, {"inputs": "x", "tool_prompt": PLANTED}),
    "llama's schema": (LLAMA_CPP, {"prompt": "x", "json_schema": {"properties": {PLANTED: {}}}}),
    "llama's stop": (LLAMA_CPP, {"prompt": "x", "stop": [PLANTED]}),
    "triton's inputs": (TRITON, {"text_input": "x", "name": PLANTED, "role": PLANTED}),
    "triton's parameters": (TRITON, {"text_input": "x", "parameters": {"type": PLANTED, "bad_words": PLANTED}}),
    "torch's names": (TORCH_SERVE, {"name": PLANTED, "id": PLANTED, "type": [PLANTED]}),
    "torch's string": (TORCH_SERVE, PLANTED),
    "instances' names": (TENSORFLOW, {"instances": [{"name": PLANTED, "model": PLANTED}]}),
    "instances in base64": (TENSORFLOW, {"instances": [{"b64": B64}]}),
    "instances in odd base64": (TENSORFLOW, {"instances": [{"b64": B64[:6] + " " + B64[6:]}, {"b64": B64.rstrip("=")}]}),
    "a tensor's parameters": (KSERVE, {
        "inputs": [{"name": "i", "shape": [1], "datatype": "BYTES", "data": ["x"], "parameters": {"type": PLANTED}}]}),
}  # fmt: skip


@pytest.mark.parametrize("name", GUARDED)
def test_texts_in_odd_places_are_guarded(sidecar, name):
    speech, body = GUARDED[name]
    data = dumps(body)
    before = len(sidecar.upstream.text)
    answer = sidecar.ask(speech.path, data)
    assert status(answer) == 200, answer
    sent = sidecar.upstream.text[before:]
    sent_body = sent.partition(b"\r\n\r\n")[2]
    assert PLANTED.encode() not in sent
    assert CARD.encode() not in sent
    assert B64[:12].encode() not in sent
    assert quote(PLANTED).encode() not in sent and b"%7a%61" not in sent
    assert sent_body != data


REFUSED = {
    "template": chat(chat_template="{{x}}"),
    "template in options": chat(chat_template_kwargs={"chat_template": "{{x}}"}),
    "messages in options": chat(chat_template_kwargs={"conversation": [USER]}),
    "token ids": chat(prompt_token_ids=[1]),
    "embeddings": chat(prompt_embeds="AAAA"),
    "another cache": chat(kv_transfer_params={"remote_block_ids": [1]}),
    "hidden states": chat(return_hidden_states=True),
    "sglang's session": chat(session_params={"id": "s"}),
    "number as content": chat({"role": "user", "content": int(CARD)}),
    "number as a part": chat({"role": "user", "content": [int(CARD)]}),
    "number as text": part(type="text", text=int(CARD)),
    "file by its id": part(type="file", file={"file_id": "file-1"}),
    "audio by its id": chat({"role": "assistant", "audio": {"id": "audio_1"}}, USER),
    "claude's file": claude({"type": "document", "source": {"type": "file", "file_id": "file_1"}}),
    "claude's url": claude({"type": "document", "source": {"type": "url", "url": "https://x/a.txt"}}),
    "claude's upload": claude({"type": "container_upload", "file_id": "file_1"}),
    "claude's container": claude(container="c_1"),
    "claude's servers": claude(mcp_servers=[{"type": "url", "url": "https://x"}]),
    "claude's number": claude({"type": "text", "text": int(CARD)}),
    "file in a result": claude({"type": "tool_result", "content": [{"type": "document", "source": {"type": "file", "file_id": "f"}}]}),
    "response's file": answers({"role": "user", "content": [{"type": "input_file", "file_id": "f"}]}),
    "response's url": answers({"role": "user", "content": [{"type": "input_file", "file_url": "https://x"}]}),
    "response's image": answers({"role": "user", "content": [{"type": "input_image", "file_id": "f"}]}),
    "response's item by its file": answers({"type": "input_file", "file_id": "f"}),
    "response's history": answers(previous_response_id="r"),
    "response's conversation": answers(conversation={"id": "c"}),
    "response's prompt": answers(prompt={"id": "p"}),
    "response's item": answers({"type": "item_reference", "id": "i"}),
    "response in the background": answers(background=True),
    "response's servers": answers(tools=[{"type": "mcp", "server_url": "https://x"}]),
    "ollama's number": (OLLAMA_CHAT, {"messages": [{"role": "user", "content": int(CARD)}]}),
    "ollama's template": (OLLAMA_GENERATE, {"prompt": "x", "template": "{{ .Prompt }}"}),
    "ollama's context": (OLLAMA_GENERATE, {"prompt": "x", "context": [1]}),
    "prompt of ids": (COMPLETIONS, {"prompt": [1, 2]}),
    "prompt of lists": (COMPLETIONS, {"prompt": [[1, 2]]}),
    "llama's ids": (LLAMA_CPP, {"prompt": [1, 2]}),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_rule_could_read_is_refused(sidecar, name):
    speech, body = REFUSED[name]
    answer, came = sidecar.passes(request(speech.path, body))
    assert came == []
    assert status(answer) in (400, 415)


def test_images_and_sounds_pass(sidecar):
    image = "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n\xff\xfe" * 40).decode()
    sound = {"data": base64.b64encode(bytes(range(256))).decode(), "format": "wav"}
    content = [
        {"type": "image_url", "image_url": {"url": image, "detail": "low"}},
        {"type": "input_audio", "input_audio": sound},
        {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}},
    ]
    body = {"messages": [{"role": "user", "content": content}]}
    _, [came] = sidecar.passes(request(OPENAI.path, body))
    assert came.json == body
