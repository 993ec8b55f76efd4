"""A model in a script, and what drives a guarded answer of it as the sidecar does."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from tests.agent.marks import RULES, rule

from tokenward.wire.protocols.known import retold_of
from tokenward.wire.retold import RetoldAnswer
from tokenward.wire.scan import Scanner, drive_blocking

STOP = {"marks": "stop"}
ASK = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}


def policy(otherwise="block", attempts=2, detect=STOP, name="again"):
    """A policy that takes a mark back, and redacts others."""
    action = {"rewind": {"attempts": attempts, "otherwise": otherwise}}
    return {
        "name": "retold",
        "rules": [rule(name, ["output"], detect, action, message="No."), *RULES[:2]],
    }


def plain(otherwise="block", detect=STOP):
    """The same policy without a way back."""
    return {
        "name": "retold",
        "rules": [rule("again", ["output"], detect, otherwise, message="No."), *RULES[:2]],
    }


@dataclass
class Talk:
    """What a client got, and what was asked for."""

    text: str = ""
    finish: list = field(default_factory=list)
    events: list = field(default_factory=list)
    asked: list = field(default_factory=list)
    sent: list = field(default_factory=list)
    """The client's text as it stood when each request was made."""
    raw: str = ""
    """The text that the model has said in the end."""
    rewinds: int = 0
    rules: dict = field(default_factory=dict)


def cut(text, sizes):
    """Cuts a text into pieces of so many characters, the sizes over and over."""
    pieces, at, turn = [], 0, 0
    while at < len(text):
        size = sizes[turn % len(sizes)]
        pieces.append(text[at : at + size])
        at, turn = at + size, turn + 1
    return pieces


def event(number, choice=None, **more):
    """An event of an attempt; each attempt has an id of its own."""
    value = {
        "id": f"c{number}",
        "object": "chat.completion.chunk",
        "created": number,
        "model": f"m{number}",
    }
    return (
        b"data: "
        + json.dumps({**value, "choices": [choice] if choice else [], **more}).encode()
        + b"\n\n"
    )


def said(number, pieces, *, chat=True, finish="stop"):
    """The events of an attempt."""

    def choice(delta, reason=None):
        return {
            "index": 0,
            **({"delta": delta} if chat else {"text": delta.get("content", "")}),
            "finish_reason": reason,
        }

    events = [event(number, choice({"role": "assistant", "content": ""}))] if chat else []
    events += [event(number, choice({"content": piece})) for piece in pieces]
    usage = {"prompt_tokens": 5, "completion_tokens": len(pieces), "total_tokens": 5 + len(pieces)}
    return [
        *events,
        event(number, choice({}, finish)),
        event(number, usage=usage),
        b"data: [DONE]\n\n",
    ]


def whole(number, text, *, chat=True, **message):
    """An attempt as a whole answer."""
    inner = (
        {"message": {"role": "assistant", "content": text, **message}} if chat else {"text": text}
    )
    return json.dumps({
        "id": f"c{number}", "object": "chat.completion", "created": number, "model": f"m{number}",
        "choices": [{"index": 0, **inner, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 5, "completion_tokens": 20, "total_tokens": 25},
    }).encode()  # fmt: skip


def opened(protocol, loaded, request_of, body, continues):
    scanner = Scanner(loaded)
    ask = protocol.read(request_of(body))
    ask.continues = continues
    return ask, scanner


def talk(
    protocol,
    loaded,
    request_of,
    model,
    sizes=(4,),
    *,
    body=ASK,
    continues="vllm",
    on_block="filter",
):
    """Drives a streamed answer; ``model`` returns what it says to a body, ``None`` for an error."""
    chat = "messages" in body
    ask, scanner = opened(protocol, loaded, request_of, body, continues)
    answer = protocol.stream(ask, scanner, on_block)
    talk = Talk(asked=[body])
    talk.raw = told = model(body)
    frames = said(1, cut(told, sizes), chat=chat)
    while not answer.ended:
        again = None
        for data in frames:
            for frame in answer.frames(data):
                if again is None and not answer.ended:
                    take(talk, drive_blocking(scanner, answer.frame(frame)), chat)
                    again = answer.again if isinstance(answer, RetoldAnswer) else None
        if again is None:
            assert answer.ended
            break
        talk.asked.append(json.loads(again))
        talk.sent.append(talk.text)
        told = model(talk.asked[-1])
        if told is None:
            take(talk, drive_blocking(scanner, answer.decline()), chat)
            break
        kept = answer.kept
        assert kept.rstrip() == prefix_of(talk.asked[-1]).removeprefix(prefix_of(body))
        talk.raw = kept + (told if kept == kept.rstrip() else told.lstrip())
        answer.go_on()
        frames = said(len(talk.asked), cut(told, sizes), chat=chat)
    answer.abandon()
    return ended(talk, scanner)


def take(talk, out, chat):
    for block in out.decode().split("\n\n"):
        data = block.removeprefix("data: ")
        if not data or data.startswith(":"):
            continue
        value = data if data == "[DONE]" else json.loads(data)
        talk.events.append(value)
        for choice in value["choices"] if isinstance(value, dict) else ():
            talk.text += (choice["delta"].get("content") if chat else choice["text"]) or ""
            talk.finish += [choice["finish_reason"]] if choice["finish_reason"] else []


def ended(talk, scanner):
    decision = next(one for one in scanner.decisions("d") if one.stage == "output")
    talk.rewinds = scanner.rewinds
    talk.rules = {one.id: one.action for one in decision.rules}
    return talk


def prefix_of(body):
    """What the model was asked to go on with."""
    if "messages" not in body:
        return body["prompt"].removeprefix("hi: ")
    last = body["messages"][-1]
    return last["content"] if last["role"] == "assistant" and len(body["messages"]) > 1 else ""


def talk_whole(
    protocol, loaded, request_of, model, *, body=ASK, continues="vllm", on_block="filter", **message
):
    """Drives a whole answer."""
    chat = "messages" in body
    ask, scanner = opened(protocol, loaded, request_of, body, continues)
    talk = Talk(asked=[body])
    told = model(body)
    data = whole(1, told, chat=chat, **message)
    retold = retold_of(protocol, ask, scanner, on_block)
    if retold is None:
        answer = drive_blocking(scanner, protocol.whole(ask, scanner, on_block, data))
    else:
        while (again := drive_blocking(scanner, retold.hear(data))) is not None:
            talk.asked.append(json.loads(again))
            told = model(talk.asked[-1])
            if told is None:
                drive_blocking(scanner, retold.decline())
                break
            data = whole(len(talk.asked), told, chat=chat)
        answer = drive_blocking(scanner, retold.whole())
    value = json.loads(answer.body)
    talk.events = [value]
    choice = value["choices"][0]
    talk.text = choice["message"]["content"] if chat else choice["text"]
    talk.finish = [choice["finish_reason"]]
    return ended(talk, scanner)


def script(*answers):
    """A model that says one text after the other, the last of them for ever."""
    left = list(answers)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]
