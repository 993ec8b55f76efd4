"""What an answer may go by, read out of requests of every shape."""

from __future__ import annotations

import base64

import pytest

from tokenward.wire.asked import LONG, context_of, parted

PASSAGE = "The museum opened in 1912. It is closed on Mondays."


def chat(*messages, **more):
    return context_of({"messages": list(messages), **more}, None)


def user(content):
    return {"role": "user", "content": content}


@pytest.mark.parametrize(
    "content",
    [
        f"<context>{PASSAGE}</context>\nWhen did it open?",
        f"When did it open?\n<document index='1'>\n{PASSAGE}\n</document>",
        f"Context:\n{PASSAGE}\n\nQuestion: When did it open?",
        f"Question: When did it open?\nContext: {PASSAGE}",
        f"### Passage 1: {PASSAGE}\n\nWhen did it open?",
    ],
)
def test_passages_in_a_users_message_are_told_from_the_question(content):
    found = chat(user(content))

    assert found.documents == (PASSAGE,)
    assert found.question == "When did it open?"


def test_numbered_sources_are_passages():
    found = chat(user(f"[1] {PASSAGE}\n\n[2] It has a cafe.\n\nWhen did it open?"))

    assert found.documents == (f"[1] {PASSAGE}", "[2] It has a cafe.")
    assert found.question == "When did it open?"


def test_a_long_message_is_passages_around_what_it_asks():
    long = "It rained for days. " * (LONG // 20 + 1)
    found = chat(user(f"{long.strip()}\n\nSummarise this in one sentence."))

    assert found.documents == (long.strip(),)
    assert found.question == "Summarise this in one sentence."


@pytest.mark.parametrize(
    "content", ["When did it open?", "Write a poem.\n\nMake it short.", "a long story " * 100]
)
def test_a_message_without_passages_is_the_question(content):
    found = chat(user(content))

    assert found.documents == ()
    assert found.question == content


def test_roles_tell_operator_user_model_and_tools_apart():
    found = chat(
        {"role": "system", "content": "Be brief."},
        {"role": "developer", "content": [{"type": "text", "text": "Be kind."}]},
        user("Hello"),
        {"role": "assistant", "content": "Hi, ask me."},
        user("What is the weather?"),
        {"role": "tool", "tool_call_id": "c", "content": "21 degrees"},
    )

    assert found.system == ("Be brief.", "Be kind.")
    assert found.tools == ("21 degrees",)
    assert found.question == "What is the weather?"
    assert set(found.earlier) == {"Hello", "Hi, ask me."}


def test_passages_of_a_system_message_count():
    found = chat({"role": "system", "content": f"Answer from:\n<docs/><doc>{PASSAGE}</doc>"})

    assert found.documents == (PASSAGE,)


def test_document_blocks_are_passages_also_in_base64():
    encoded = base64.b64encode(PASSAGE.encode()).decode()
    plain = {"type": "text", "media_type": "text/plain", "data": PASSAGE}
    coded = {"type": "base64", "media_type": "text/plain", "data": encoded}
    url = {"type": "file", "file": {"file_data": f"data:text/plain;base64,{encoded}"}}
    for source in (plain, coded):
        block = {"type": "document", "source": source}
        found = chat(user([block, {"type": "text", "text": "When?"}]))
        assert found.documents == (PASSAGE,)
        assert found.question == "When?"
    assert chat(user([url, {"type": "text", "text": "When?"}])).documents == (PASSAGE,)


def test_results_of_tools_in_blocks_and_items_count():
    block = {"type": "tool_result", "tool_use_id": "t", "content": "21 degrees"}
    assert chat(user([block])).tools == ("21 degrees",)
    item = {"type": "function_call_output", "call_id": "c", "output": "21 degrees"}
    found = context_of({"instructions": "Be brief.", "input": [user("Weather?"), item]}, None)
    assert found.tools == ("21 degrees",)
    assert found.system == ("Be brief.",)


def test_documents_beside_the_messages_count():
    found = chat(user("When?"), documents=[{"title": "Museum", "text": PASSAGE}, PASSAGE])

    assert found.documents == (f"Museum\n{PASSAGE}", PASSAGE)


def test_a_prompt_without_messages_is_read_as_a_message():
    found = context_of({"prompt": "x"}, f"Context: {PASSAGE}\nQuestion: When?")

    assert found.documents == (PASSAGE,)
    assert found.question == "When?"


@pytest.mark.parametrize(
    "body",
    [{}, {"messages": []}, {"messages": "x"}, {"messages": [1]}, {"messages": [{}]},
     {"messages": [{"role": "user", "content": None}]},
     {"messages": [{"role": "user", "content": [None, 3, "a"]}]},
     {"system": 3, "documents": [None, 3]}],
)  # fmt: skip
def test_odd_bodies_are_no_failure(body):
    assert context_of(body, None).system == ()


def test_work_is_linear_in_a_message_full_of_openings():
    text = "<context>" * 50_000 + "?"

    assert parted(text) == ([], text)
