"""Tools in the generate loop: what is told of them, what comes from them, and calls of them."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from tests.agent.inprocess.conftest import rule

from tokenward.errors import UsageError
from tokenward.inprocess.prompts import Terms, check_prompt, encode

TEMPLATE = (
    "{% for t in tools or [] %}{{ t | tojson }}\n{% endfor %}"
    "{% for m in messages %}{{ m['role'] }}: {{ m['reasoning_content'] }}{{ m['content'] }}"
    "{% for c in m['tool_calls'] or [] %}{{ c | tojson }}{% endfor %}\n{% endfor %}"
    "{% if quiet %}(quietly){% endif %}"
)
TOOL = {
    "type": "function",
    "function": {
        "name": "find_ab",
        "description": "Looks for secret things.",
        "parameters": {"type": "object", "properties": {"word": {"type": "string"}}},
    },
}
CHAT = [
    {"role": "user", "content": "where is the secret?"},
    {
        "role": "assistant",
        "reasoning_content": "the secret, so find_ab",
        "content": "",
        "tool_calls": [
            {"type": "function", "function": {"name": "secret", "arguments": {"word": ["secret"]}}}
        ],
    },
    {"role": "tool", "name": "find_ab", "content": "a secret result"},
]
STAGES = ["input", "tool_result", "output", "tool_call"]


@pytest.fixture
def talker(tokenizer: Any) -> Any:
    """A tokenizer whose template writes tools, thoughts and calls."""
    talker = copy.deepcopy(tokenizer)
    talker.chat_template = TEMPLATE
    return talker


def seen(guard: Any, tokenizer: Any, chat: Any, **given: Any) -> tuple[str, list[str]]:
    """Returns what the model sees of a prompt, and the stages at which texts were edited."""
    terms = Terms.of(given.get("tools"), given.get("template"))
    checked = check_prompt(guard.engine, chat, terms)
    stages = [one.stage for one in checked.decisions if one.action == "redact"]
    return tokenizer.decode(encode(tokenizer, checked)), stages


def test_every_text_of_a_chat_is_looked_at_before_the_model_sees_it(load: Any, talker: Any) -> None:
    given = copy.deepcopy(CHAT)
    text, stages = seen(
        load(rule("words", "redact", stage="input"), words=["secret"]), talker, CHAT
    )

    # what a tool is called is left alone, or the call would be another one
    assert text.count("secret") == text.count('"name": "secret"') == 1
    assert text.count("<word>") == 4
    assert stages == ["input"] * 4
    assert given == CHAT


def test_results_of_tools_go_through_their_own_stage_first(load: Any, talker: Any) -> None:
    rules = (
        rule("words", {"replace": "~"}, stage="tool_result"),
        rule("words", "redact", stage="input"),
    )
    text, stages = seen(load(*rules, words=["secret"]), talker, CHAT)

    assert "tool: a ~ result" in text
    assert stages == ["input"] * 3


def test_a_blocked_result_of_a_tool_blocks_the_prompt(load: Any, babbler: Any, talker: Any) -> None:
    guard = load(rule("words", "block", stage="tool_result", message="no"), words=["secret"])
    output = guard.generate(babbler, talker, CHAT[2:])

    assert (output.finish_reason, output.message) == ("block", "no")
    assert output.input_decision.stage == "tool_result"


def test_what_is_told_of_tools_is_looked_at_too(load: Any, talker: Any) -> None:
    guard = load(rule("words", "redact", stage="input"), words=["secret"])
    text, _ = seen(guard, talker, CHAT[:1], tools=[TOOL], template={"quiet": True})

    assert '"name": "find_ab", "description": "Looks for <word> things."' in text
    assert text.endswith("(quietly)")


def test_a_function_is_a_tool_by_its_docstring(load: Any, talker: Any) -> None:
    def find(word: str) -> str:
        """
        Looks for secret things.

        Args:
            word: what to look for
        """
        return word

    guard = load(rule("words", "redact", stage="input"), words=["secret"])
    text, _ = seen(guard, talker, CHAT[:1], tools=[find])
    assert '"name": "find", "description": "Looks for <word> things."' in text


@pytest.mark.parametrize("action", ["redact", "block", {"rewind": {"attempts": 9}}])
def test_rules_for_calls_look_at_answers_in_which_tools_may_be_called(
    load: Any, babbler: Any, letters: Any, action: Any
) -> None:
    guard = load(rule("strings", action, stage="tool_call", message="no call"), strings=["a"])
    chat = [{"role": "user", "content": "ab"}]
    plain = guard.generate(babbler, letters, chat, max_new_tokens=30)
    called = guard.generate(babbler, letters, chat, max_new_tokens=30, tools=[TOOL])

    assert "a" in plain.text
    assert not plain.decision.rules
    assert "a" not in called.text
    assert [one.id for one in called.decision.rules] == ["r0"]
    assert called.decision.stage == "output"


def test_a_rule_for_both_stages_fires_once(load: Any, babbler: Any, letters: Any) -> None:
    guard = load(rule("strings", "redact", stage=STAGES), strings=["a"])
    chat = [{"role": "user", "content": "b"}]
    plain = guard.generate(babbler, letters, chat, max_new_tokens=30)
    called = guard.generate(babbler, letters, chat, max_new_tokens=30, tools=[TOOL])

    assert plain.text == called.text
    assert plain.decision.rules == called.decision.rules


def test_tools_go_with_messages(load: Any, babbler: Any, letters: Any) -> None:
    with pytest.raises(UsageError, match="need messages"):
        load().generate(babbler, letters, "ab", tools=[TOOL])
