"""Turns prompts into the ids that a model of transformers reads, and ids into text."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tokenward.compare.case import Prompt
from tokenward.errors import UsageError


@dataclass(frozen=True, slots=True)
class Reader:
    """A tokenizer of transformers, with the model's chat template."""

    tokenizer: Any

    def prompt(self, prompt: Prompt) -> list[int]:
        """Returns the ids of a prompt; at least one, so that a first token can be rated."""
        text, special = self._text(prompt)
        return self._started(self._ids(text, special=special))

    def continued(self, prompt: Prompt, text: str) -> tuple[list[int], list[int]]:
        """Returns the ids of a prompt and those of its continuation.

        Both are read as one text, as a model would have written it; where a token reaches over
        the seam, it is part of the continuation.
        """
        before, special = self._text(prompt)
        alone = self._ids(before, special=special)
        whole = self._ids(before + text, special=special)
        shared = 0
        for one, other in zip(alone, whole, strict=False):
            if one != other:
                break
            shared += 1
        ids = self._started(whole[:shared])
        return ids, whole[shared:]

    def text(self, ids: Sequence[int], before: Sequence[int] = ()) -> str:
        """Returns the text of ids, as it goes on behind others."""
        whole = self._decoded([*before, *ids])
        prefix = self._decoded(before) if before else ""
        # a token alone may lose its leading space, or be half a character
        return whole[len(prefix) :] if whole.startswith(prefix) else self._decoded(ids)

    def _decoded(self, ids: Sequence[int]) -> str:
        return str(
            self.tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        )

    def _text(self, prompt: Prompt) -> tuple[str, bool]:
        """Returns the text of a prompt, and whether the tokenizer still adds its own marks."""
        if isinstance(prompt, str):
            return prompt, True
        if not self.tokenizer.chat_template:
            # a model without a template never saw roles: paragraphs are what it knows
            return "\n\n".join(message["content"] for message in prompt) + "\n\n", True
        return self._chat([dict(message) for message in prompt]), False

    def _chat(self, messages: list[dict[str, str]]) -> str:
        from jinja2 import TemplateError  # noqa: PLC0415 - comes with transformers

        try:
            return self._rendered(messages)
        except TemplateError:
            if len(messages) < 2 or messages[0]["role"] != "system":  # noqa: PLR2004
                raise UsageError("the model's chat template refuses these roles") from None
        system, first, *rest = messages  # such a template knows no system message
        joined = {**first, "content": f"{system['content']}\n\n{first['content']}"}
        return self._rendered([joined, *rest])

    def _rendered(self, messages: Sequence[Mapping[str, str]]) -> str:
        return str(
            self.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        )

    def _ids(self, text: str, *, special: bool) -> list[int]:
        ids = list(self.tokenizer(text, add_special_tokens=special)["input_ids"])
        # some tokenizers end each text, behind which a model has nothing to say
        while special and ids and ids[-1] == self.tokenizer.eos_token_id:
            ids.pop()
        return ids

    def _started(self, ids: list[int]) -> list[int]:
        if ids:
            return ids
        for start in (self.tokenizer.bos_token_id, self.tokenizer.eos_token_id):
            if start is not None:
                return [int(start)]
        return [0]


def tokenizer_hash(tokenizer: Any) -> str:
    """Returns what two tokenizers share when they make the same ids of all texts."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        told: Any = sorted(tokenizer.get_vocab().items())
    else:
        told = json.loads(backend.to_str())
        for passing in ("padding", "truncation"):  # of the last call
            told.pop(passing, None)
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def template_hash(tokenizer: Any) -> str | None:
    """Returns the hash of a chat template; ``None`` where there is none."""
    template = tokenizer.chat_template
    if not template:
        return None
    return hashlib.sha256(json.dumps(template, sort_keys=True).encode()).hexdigest()
