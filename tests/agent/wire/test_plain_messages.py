"""Messages of a role and a text, which are read in a shorter way, are read like all others."""

from __future__ import annotations

import json
from unittest import mock

from hypothesis import given
from hypothesis import strategies as st

from tokenward.wire.protocols import openai_request
from tokenward.wire.request import Refusal, Request

ROLES = ["user", "system", "tool", "function", "assistant", "pirate", "", "User", 7, None, ["user"]]
CONTENTS = ["hello", "", "data:text/plain;base64,aGVsbG8=", "DATA:,hel%6Co", "data: none", None, 7,
            [{"type": "text", "text": "part"}], {"text": "odd"}]  # fmt: skip
MORE = [{}, {}, {"name": "anna"}, {"file_id": "f-1"}, {"audio": {"id": "a-1"}}, {"Content": "x"}]
MESSAGE = st.builds(
    lambda role, content, more: {"role": role, "content": content, **more},
    *map(st.sampled_from, (ROLES, CONTENTS, MORE)),
)
BARE = st.sampled_from([{"role": "user"}, {"content": "hello"}, {"content": "a", "name": "b"}])


def read(messages):
    body = json.dumps({"model": "m", "messages": messages}).encode()
    try:
        ask = openai_request.read_chat(Request(b"POST", b"/v1/chat/completions", [], body))
    except Refusal as refusal:
        return refusal.status, refusal.code, refusal.message
    texts = {stage: [(one.key, one.text, one.prefix) for one in found]
             for stage, found in ask.texts.items()}  # fmt: skip
    return texts, ask.prompt


@given(st.lists(MESSAGE | BARE, min_size=1, max_size=4))
def test_they_are_read_like_all_others(messages):
    found = read(messages)
    with mock.patch.object(openai_request, "plain_text", return_value=None):
        assert read(messages) == found


def test_an_edited_one_is_sent_on_as_edited():
    body = json.dumps({"messages": [{"role": "user", "content": "hello"}]}).encode()
    ask = openai_request.read_chat(Request(b"POST", b"/v1/chat/completions", [], body))
    (slot,) = ask.texts["input"]
    slot.put("bye")
    assert ask.body["messages"] == [{"role": "user", "content": "bye"}]
