"""Reads prompts, texts or lists of chat messages, and puts them through stage input."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tokenward.engine.compile import CALLING_STAGE
from tokenward.engine.engine import Engine
from tokenward.engine.text import TextStream
from tokenward.errors import UsageError
from tokenward.redact.vault import Vault
from tokenward.stream.given import Given
from tokenward.stream.plan import StagePlan
from tokenward.types import Decision
from tokenward.wire.asked import context_of

Message = Mapping[str, Any]
Prompt = str | Sequence[Message]

SHAPES = "a text, a list of messages, or a list of either"


TOOL_ROLES = ("tool", "function", "ipython")
"""Roles of messages that hold the result of a tool, in the templates that are common."""
WORDS = ("role", "type")
"""Fields of a message that hold a word of the template's, and no text."""
IDENTIFIER = re.compile(r"[A-Za-z_][\w.-]{0,63}", re.ASCII)
"""What a tool or a parameter is called: a rule that edits it would break the call."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What all prompts of a call share: tools that the model may call, options of the template."""

    tools: tuple[Any, ...] = ()
    template: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, tools: Sequence[Any] | None, template: Mapping[str, Any] | None) -> Terms:
        """Takes what the caller gave; a function becomes the schema that describes it."""
        return cls(tuple(_schema(tool) for tool in tools or ()), template or {})

    @property
    def stage(self) -> str:
        """The stage of the answers: where tools may be called, the rules for calls look as well."""
        return CALLING_STAGE if self.tools else "output"


def _schema(tool: Any) -> Any:
    if not callable(tool):
        return tool
    from transformers.utils import get_json_schema  # noqa: PLC0415  # loaded by then

    return get_json_schema(tool)


@dataclass(frozen=True, slots=True)
class CheckedPrompt:
    """A prompt as the model may see it, with the decisions about its texts."""

    prompt: Prompt
    decisions: tuple[Decision, ...]
    vault: Vault | None = None
    terms: Terms = field(default_factory=Terms)

    @property
    def blocking(self) -> Decision | None:
        """The decision that blocks the prompt, if one does."""
        return next((decision for decision in self.decisions if decision.blocked), None)


def read_prompts(prompt: Any) -> tuple[list[Prompt], bool]:
    """Returns the prompts, and whether there was a single one and no list.

    >>> read_prompts("hi"), read_prompts(["hi", "ho"])
    ((['hi'], True), (['hi', 'ho'], False))
    >>> read_prompts([{"role": "user", "content": "hi"}])[1]
    True
    """
    if isinstance(prompt, str):
        return [prompt], True
    if not isinstance(prompt, Sequence):
        raise UsageError(f"prompt is a {type(prompt).__name__}; give {SHAPES}")
    if not prompt:
        raise UsageError(f"prompt is an empty list; give {SHAPES}")
    if _is_chat(prompt):
        return [prompt], True
    for place, item in enumerate(prompt):
        if not isinstance(item, str) and not _is_chat(item):
            raise UsageError(f"prompt[{place}] is a {type(item).__name__}; give {SHAPES}")
    return list(prompt), False


def _is_chat(prompt: Any) -> bool:
    return (
        isinstance(prompt, Sequence)
        and not isinstance(prompt, str)
        and len(prompt) > 0
        and all(isinstance(message, Mapping) for message in prompt)
    )


def check_prompt(
    engine: Engine, prompt: Prompt, terms: Terms, vault: Vault | None = None
) -> CheckedPrompt:
    """Puts each text of a prompt through its stages; the model sees it as it is redacted.

    Those are ``input``, and before it ``tool_result`` for messages from tools. What was taken out
    is kept in the vault, if there is one.
    """
    decisions: list[Decision] = []

    def edit(text: str, *stages: str) -> str:
        for stage in stages:
            decision = _check(engine, text, stage, vault)
            decisions.append(decision)
            text = decision.text or ""
        return text

    edited: Prompt
    if isinstance(prompt, str):
        if terms.tools or terms.template:
            raise UsageError("tools and options of the template need messages; the prompt is text")
        edited = edit(prompt, "input")
    else:
        edited = [_edit_message(place, message, edit) for place, message in enumerate(prompt)]
        if not decisions:
            raise UsageError("the messages of the prompt have no text; give one of them 'content'")
    tools = tuple(_edited(tool, lambda text: edit(text, "input")) for tool in terms.tools)
    return CheckedPrompt(edited, tuple(decisions), vault, Terms(tools, terms.template))


def _check(engine: Engine, text: str, stage: str, vault: Vault | None) -> Decision:
    stream = TextStream(engine, stage, vault=vault)
    stream.feed(text)
    stream.finish()
    return stream.decision


def _edit_message(place: int, message: Message, edit: Callable[..., str]) -> Message:
    content = message.get("content")
    is_parts = isinstance(content, Sequence) and all(_is_text_part(part) for part in content)
    if content is not None and not isinstance(content, str) and not is_parts:
        raise UsageError(
            f"prompt: 'content' of message {place} is neither a text nor a list of text parts; "
            "other parts cannot be checked"
        )
    stages = ("tool_result", "input") if message.get("role") in TOOL_ROLES else ("input",)
    edited: Message = _edited(message, lambda text: edit(text, *stages))
    return edited


def _edited(value: Any, edit: Callable[[str], str], key: str = "") -> Any:
    """Returns a copy of JSON, of a message or a tool, with all its texts edited.

    A content, a call's arguments, a thought: whatever a template may write. A number is no text.
    """
    if isinstance(value, str):
        is_word = key in WORDS or (key == "name" and IDENTIFIER.fullmatch(value))
        return value if is_word or not value else edit(value)
    if isinstance(value, Mapping):
        return {name: _edited(one, edit, name) for name, one in value.items()}
    if isinstance(value, Sequence):
        return [_edited(one, edit, key) for one in value]
    return value


def _is_text_part(part: Any) -> bool:
    return (
        isinstance(part, Mapping)
        and part.get("type") == "text"
        and isinstance(part.get("text"), str)
    )


def given_to(checked: CheckedPrompt, plan: StagePlan) -> Given | None:
    """Returns what the answer to a prompt may go by, where a detector of the plan asks for it."""
    if not plan.asks:
        return None
    prompt = checked.prompt
    if isinstance(prompt, str):
        return Given(context_of({}, prompt))
    return Given(context_of({"messages": [dict(one) for one in prompt]}, None))


def encode(tokenizer: Any, checked: CheckedPrompt) -> list[int]:
    """Returns the token ids of a prompt; messages go through the tokenizer's chat template."""
    if isinstance(checked.prompt, str):
        ids = tokenizer(checked.prompt)["input_ids"]
    else:
        ids = _apply_template(tokenizer, checked.prompt, checked.terms)
    if not ids:
        raise UsageError("the prompt has no tokens; give it some text")
    return list(ids)


def _apply_template(tokenizer: Any, messages: Sequence[Message], terms: Terms) -> list[int]:
    if not tokenizer.chat_template:
        raise UsageError("this tokenizer has no chat template; give the prompt as a text")
    answering = messages[-1].get("role") == "assistant"  # the model goes on with it
    encoded = tokenizer.apply_chat_template(
        list(messages),
        tools=list(terms.tools) or None,
        add_generation_prompt=not answering,
        continue_final_message=answering,
        tokenize=True,
        return_dict=True,
        **terms.template,
    )
    ids: list[int] = encoded["input_ids"]
    return ids
