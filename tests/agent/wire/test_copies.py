"""Logprobs and token ids stay with the text that they are of, and go with what is taken out."""

from __future__ import annotations

import json

import pytest
from tests.agent.wire.speeches import (
    COMPLETIONS,
    DONE,
    OPENAI,
    choice,
    completion,
    dumps,
    sse,
    text_completion,
)
from tests.agent.wire.speeches_prompts import (
    LLAMA_CPP,
    OLLAMA_CHAT,
    OLLAMA_GENERATE,
    TGI,
    llama,
    tokens,
)
from tests.agent.wire.speeches_responses import OPENAI_RESPONSES, response, spoken
from tests.agent.wire.speeches_tensors import TRITON
from tests.agent.wire.test_protocols import relay, whole

from tokenward.wire.protocols.copies import alternatives


def entry(text, *others, **more):
    tops = [{"token": one, "logprob": -2.5, "bytes": list(one.encode())} for one in others]
    return {
        "token": text,
        "logprob": -0.25,
        "bytes": list(text.encode()),
        "top_logprobs": tops,
        **more,
    }


def chat(text, *entries, **more):
    logprobs = {"content": [*entries], "refusal": None}
    return completion({**choice(text), "logprobs": logprobs, **more})


def old(text, pieces, **more):
    logprobs = {"tokens": pieces, "token_logprobs": [-0.5] * len(pieces), "text_offset": [0, 2],
                "top_logprobs": [{one: -0.5, "b": -1.5} for one in pieces], **more}  # fmt: skip
    body = text_completion(text)
    body["choices"][0]["logprobs"] = logprobs
    return body


def heard(text, entries):
    body = response(spoken("output_text", text))
    body["output"][0]["content"][0]["logprobs"] = entries
    return body


def told(text, pieces, **more):
    each = [{"id": 7, "text": one, "logprob": -0.5, "special": one == "</s>"} for one in pieces]
    details = {"finish_reason": "length", "generated_tokens": 2, "seed": None, "prefill": [],
               "tokens": each, "top_tokens": [each], **more}  # fmt: skip
    return {"generated_text": text, "details": details}


SAME = {
    "chat": (OPENAI, chat("so x", entry("so", "to"), entry(" x"))),
    "chat-bytes": (OPENAI, chat("\u00fc", entry("bytes:\\xc3", bytes=[0xC3]), entry("\ufffd", bytes=[0xBC]))),
    "chat-ids": (OPENAI, chat("so", entry("so"), token_ids=[7, 8])),
    "completions": (COMPLETIONS, old("so x", ["so", " x"])),
    "responses": (OPENAI_RESPONSES, heard("so x", [entry("so", "to"), entry(" x")])),
    "ollama_chat": (OLLAMA_CHAT, {**OLLAMA_CHAT.whole("so x"), "logprobs": [entry("so x", "b")]}),
    "ollama": (OLLAMA_GENERATE, {**OLLAMA_GENERATE.whole("so"), "context": [1, 2]}),
    "tgi": (TGI, told("so x", ["so", " x", "</s>"])),
    "tgi-best": (TGI, told("so", ["so"], best_of_sequences=[told("a", ["a"])["details"] | {"generated_text": "a"}])),
    "llama": (LLAMA_CPP, llama("so x", stop=True, completion_probabilities=[entry("so x", "b")])),
    "llama-ids": (LLAMA_CPP, {**LLAMA_CPP.whole("so"), "tokens": [1, 2]}),
    "triton": (TRITON, {**TRITON.whole("so"), "output_log_probs": [0.5], "context_logits": 0.5}),
}  # fmt: skip
COPIES = ("logprobs", "token_ids", "completion_probabilities", "context", "output_log_probs")


def cases(table):
    return pytest.mark.parametrize(("speech", "body"), table.values(), ids=table)


def leaves(body):
    """All that is said again, wherever it is."""
    stack, found = [body], []
    while stack:
        one = stack.pop()
        if isinstance(one, dict):
            found += [one[key] for key in COPIES if one.get(key)]
            found += [one["tokens"]] if one.get("tokens") else []
            stack += one.values()
        elif isinstance(one, list):
            stack += one
    return found


@cases(SAME)
def test_copies_of_an_untouched_text_stay(scanner, speech, body):
    data = json.dumps(body, indent=1).encode()
    assert whole(scanner(), speech, data).body == data


@cases(SAME)
def test_copies_of_a_touched_text_go(scanner, speech, body):
    data = dumps(body).replace(b'"so x"', b'"so #mail1234# x"').replace(b'"so"', b'"so #mail1234#"')
    data = data.replace(b'"\xc3\xbc"', b'"#mail1234#"')
    got = json.loads(whole(scanner(), speech, data).body)
    assert b"mail1234" not in dumps(got) and b"<mail>" in dumps(got)
    assert leaves(got) == []


OTHER = {
    "chat": (OPENAI, chat("so", entry("no"))),
    "chat-more": (OPENAI, chat("so", entry("so"), entry("#mail1234#"))),
    "chat-bytes": (OPENAI, chat("so", entry("so", bytes=list(b"#mail1234#")))),
    "chat-other": (OPENAI, chat("so", entry("so", "#mail1234#"))),
    "chat-note": (OPENAI, chat("so", entry("so", note="#mail1234#"))),
    "chat-ids": (OPENAI, chat("so", entry("so"), token_ids=["#mail1234#"])),
    "chat-key": (OPENAI, completion({**choice("so"), "logprobs": {"#mail1234#": []}})),
    "chat-text": (OPENAI, completion({**choice("so"), "logprobs": "#mail1234#"})),
    "completions": (COMPLETIONS, old("so", ["#mail1234#"])),
    "completions-other": (COMPLETIONS, old("so", ["so"], top_logprobs=[{"#mail1234#": -1}])),
    "completions-key": (COMPLETIONS, old("so", ["so"], note="#mail1234#")),
    "responses": (OPENAI_RESPONSES, heard("so", [entry("#mail1234#")])),
    "responses-other": (OPENAI_RESPONSES, heard("so", [entry("so", "#mail1234#")])),
    "ollama": (OLLAMA_GENERATE, {**OLLAMA_GENERATE.whole("so"), "context": ["#mail1234#"]}),
    "tgi": (TGI, told("so", ["#mail1234#"])),
    "tgi-prompt": (TGI, told("so", ["so"], prefill=[{"id": 1, "text": "#mail1234#"}])),
    "tgi-best": (TGI, told("so", ["so"], best_of_sequences=[{"tokens": [entry("#mail1234#")]}])),
    "llama": (LLAMA_CPP, llama("so", stop=True, completion_probabilities=[entry("#mail1234#")])),
    "triton": (TRITON, {**TRITON.whole("so"), "output_log_probs": ["#mail1234#"]}),
}  # fmt: skip


@cases(OTHER)
def test_what_says_something_else_than_the_text_goes(scanner, speech, body):
    got = json.loads(whole(scanner(), speech, body).body)
    assert speech.read(got) == "so"
    assert b"mail1234" not in dumps(got)
    assert leaves(got) == []


# -- streams --------------------------------------------------------------------------------


def chats(*entries):
    def event(one):
        logprobs = {"content": [one], "refusal": None}
        return {"id": "c", "choices": [{"index": 0, "delta": {"content": one["token"]},
                "logprobs": logprobs, "finish_reason": None}]}  # fmt: skip

    end = {"id": "c", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    return sse(*map(event, entries), end, DONE)


def olds(*entries):
    def event(one):
        logprobs = {"tokens": [one["token"]], "token_logprobs": [-0.5], "text_offset": [0],
                    "top_logprobs": [{o["token"]: -1 for o in one["top_logprobs"]}]}  # fmt: skip
        return {"id": "c", "choices": [{"index": 0, "text": one["token"], "logprobs": logprobs, "finish_reason": None}]}  # fmt: skip

    end = {"id": "c", "choices": [{"index": 0, "text": "", "finish_reason": "stop"}]}
    return sse(*map(event, entries), end, DONE)


def talks(*entries):
    frames = OPENAI_RESPONSES.streams["text"]([one["token"] for one in entries])
    left = list(entries)

    def with_logprobs(frame):
        if b"output_text.delta" not in frame:
            if b"output_text.done" in frame or b"content_part.done" in frame:
                return frame.replace(b'"text":', b'"logprobs":%b,"text":' % dumps([*entries]))
            return frame
        return frame.replace(b'"delta":', b'"logprobs":%b,"delta":' % dumps([left.pop(0)]))

    return [with_logprobs(frame) for frame in frames]


def llamas(*entries):
    each = (llama(one["token"], stop=False, completion_probabilities=[one]) for one in entries)
    return sse(*each, llama("", stop=True))


def tgis(*entries):
    frames = tokens([one["token"] for one in entries])
    tops = [
        {"id": 1, "text": o["token"], "logprob": -1.5, "special": False}
        for o in entries[0]["top_logprobs"]
    ]
    return [
        frame.replace(b'"id":0', b'"id":%d' % (at + 5)).replace(
            b'"index"', b'"top_tokens":%b,"index"' % dumps(tops), 1
        )
        for at, frame in enumerate(frames)
    ]


STREAMS = {"chat": (OPENAI, chats), "completions": (COMPLETIONS, olds), "tgi": (TGI, tgis),
           "responses": (OPENAI_RESPONSES, talks), "llama": (LLAMA_CPP, llamas)}  # fmt: skip


@pytest.mark.parametrize(("speech", "stream"), STREAMS.values(), ids=STREAMS)
def test_copies_of_an_untouched_stream_stay(scanner, speech, stream):
    frames = stream(entry("so", "to"), entry(" #ma"), entry("rk", "b"), entry(" x"))
    assert relay(scanner(), speech, frames)[1] == b"".join(frames)


@pytest.mark.parametrize(("speech", "stream"), STREAMS.values(), ids=STREAMS)
def test_copies_of_a_touched_event_go(scanner, speech, stream):
    frames = stream(entry("so"), entry(" #mail"), entry("1234#"), entry(" x"))
    _, out = relay(scanner(), speech, frames)
    assert speech.heard(out) == "so <mail> x"
    assert b"#mail" not in out and b"1234#" not in out
    assert str(list(b"#mail"))[1:-1].replace(" ", "").encode() not in out.replace(b" ", b"")
    assert b"115,111" in out or speech is COMPLETIONS or speech is TGI  # those of the others stay


@pytest.mark.parametrize(("speech", "stream"), STREAMS.values(), ids=STREAMS)
def test_a_token_that_was_not_chosen_is_looked_at(scanner, speech, stream):
    frames = stream(entry("so", "#mail1234#"), entry(" x"))
    _, out = relay(scanner(), speech, frames)
    assert speech.heard(out) == "so x"
    assert b"mail1234" not in out


def test_what_a_list_of_tokens_can_be():
    assert alternatives([], "") == []
    assert alternatives([{"token": "a", "text": "b"}], "a") is None
    assert alternatives(["a"], "a") is None
    assert alternatives([{"token": 7}], "7") is None
    assert alternatives([{"token": "a", "bytes": [300]}], "a") is None
    assert alternatives([{"token": "a", "bytes": "a"}], "a") is None
    assert alternatives([{"token": "a", "id": "a"}], "a") is None
    assert (
        alternatives([{"token": "a", "top_logprobs": [{"token": "b", "top_logprobs": []}]}], "a")
        is None
    )
    assert alternatives("a", "a") is None
    assert alternatives([{"token": "", "bytes": {"a": "b"}}], "") is None
    assert alternatives([{"token": "a", "top_logprobs": 1.5}], "a") is None
    assert alternatives([{"text": "a"}, {"text": "</s>", "special": True}], "a", special=True) == []
