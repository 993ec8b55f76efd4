"""Reads prompts, texts or lists of chat messages, and puts them through stage input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tokenward.engine.engine import Engine
from tokenward.engine.text import TextStream
from tokenward.errors import UsageError
from tokenward.redact.vault import Vault
from tokenward.types import Decision

Message = Mapping[str, Any]
Prompt = str | Sequence[Message]

SHAPES = "a text, a list of messages, or a list of either"


@dataclass(frozen=True, slots=True)
class CheckedPrompt:
    """A prompt as the model may see it, with the decisions about its texts."""

    prompt: Prompt
    decisions: tuple[Decision, ...]
    vault: Vault | None = None

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


def check_prompt(engine: Engine, prompt: Prompt, vault: Vault | None = None) -> CheckedPrompt:
    """Puts each text of a prompt through stage input; the model sees it as it is redacted.

    What was taken out of it is kept in the vault, if there is one.
    """
    decisions: list[Decision] = []

    def edit(text: str) -> str:
        decision = _check(engine, text, vault)
        decisions.append(decision)
        return decision.text or ""

    edited: Prompt
    if isinstance(prompt, str):
        edited = edit(prompt)
    else:
        edited = [_edit_message(place, message, edit) for place, message in enumerate(prompt)]
    if not decisions:
        raise UsageError("the messages of the prompt have no text; give one of them 'content'")
    return CheckedPrompt(edited, tuple(decisions), vault)


def _check(engine: Engine, text: str, vault: Vault | None) -> Decision:
    stream = TextStream(engine, "input", vault=vault)
    stream.feed(text)
    stream.finish()
    return stream.decision


def _edit_message(place: int, message: Message, edit: Any) -> Message:
    content = message.get("content")
    if content is None:
        return message
    if isinstance(content, str):
        return {**message, "content": edit(content)}
    if isinstance(content, Sequence) and all(_is_text_part(part) for part in content):
        return {**message, "content": [{**part, "text": edit(part["text"])} for part in content]}
    raise UsageError(
        f"prompt: 'content' of message {place} is neither a text nor a list of text parts; "
        "other parts cannot be checked"
    )


def _is_text_part(part: Any) -> bool:
    return (
        isinstance(part, Mapping)
        and part.get("type") == "text"
        and isinstance(part.get("text"), str)
    )


def encode(tokenizer: Any, prompt: Prompt) -> list[int]:
    """Returns the token ids of a prompt; messages go through the tokenizer's chat template."""
    if isinstance(prompt, str):
        ids = tokenizer(prompt)["input_ids"]
    else:
        ids = _apply_template(tokenizer, prompt)
    if not ids:
        raise UsageError("the prompt has no tokens; give it some text")
    return list(ids)


def _apply_template(tokenizer: Any, messages: Sequence[Message]) -> list[int]:
    if not tokenizer.chat_template:
        raise UsageError("this tokenizer has no chat template; give the prompt as a text")
    answering = messages[-1].get("role") == "assistant"  # the model goes on with it
    encoded = tokenizer.apply_chat_template(
        list(messages),
        add_generation_prompt=not answering,
        continue_final_message=answering,
        tokenize=True,
        return_dict=True,
    )
    ids: list[int] = encoded["input_ids"]
    return ids
