"""llama.cpp through ``llama-cpp-python``: models in GGUF files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from tokenward.errors import UsageError
from tokenward.inprocess.detokenize import ByteText, TokenText
from tokenward.inprocess.prompts import CheckedPrompt, Message, Terms

MODULE = "llama_cpp"


class LlamaCpp:
    """The context of a ``llama_cpp.Llama``; it holds one sequence at a time."""

    def __init__(self, llama: Any) -> None:
        self._llama = llama
        llama.reset()
        self.tokens: list[int] = []
        # llama.cpp rounds its context up, and what the package notes of it stays as it was asked
        self.room: int = min(llama.n_ctx(), len(llama.input_ids))

    def feed(self, tokens: Sequence[int]) -> None:
        """Reads tokens; ``eval`` drops what its cache holds behind ``n_tokens`` first."""
        self._llama.eval(list(tokens))
        self.tokens += tokens

    def logits(self) -> torch.Tensor:
        """Returns the logits of the next token, read from the context itself.

        ``Llama.scores`` holds them only if the model was opened with ``logits_all``.
        """
        import llama_cpp  # noqa: PLC0415  # only where such a model is in use

        pointer = llama_cpp.llama_get_logits_ith(self._llama.ctx, -1)
        row = np.ctypeslib.as_array(pointer, shape=(self._llama.n_vocab(),))
        return torch.from_numpy(row.astype(np.float32, copy=True)[None])

    def rewind(self, length: int) -> None:
        """Goes back, and reads the last kept token again, for its logits.

        A model with a running state cannot forget a part of it: there all is read again.
        """
        kept = self.tokens[:length]
        start = length - 1 if self._forgets(length - 1) else 0
        if start == 0:
            self._llama.reset()
        self._llama.n_tokens = start
        self.tokens = kept[:start]
        self.feed(kept[start:])

    def _forgets(self, start: int) -> bool:
        import llama_cpp  # noqa: PLC0415

        memory = llama_cpp.llama_get_memory(self._llama.ctx)
        return bool(llama_cpp.llama_memory_seq_rm(memory, 0, start, -1))


class LlamaTokens:
    """The tokenizer within a ``Llama``: what encoding and detokenizing need of it."""

    def __init__(self, llama: Any) -> None:
        self._llama = llama
        self.eos_token_id: int = llama.token_eos()

    def encode(self, checked: CheckedPrompt) -> list[int]:
        """Returns the token ids of a prompt; messages go through the model's own chat template."""
        prompt = checked.prompt
        text = prompt if isinstance(prompt, str) else self._templated(prompt, checked.terms)
        ids: list[int] = self._llama.tokenize(
            text.encode(), add_bos=isinstance(prompt, str), special=True
        )
        return ids

    def _templated(self, messages: Sequence[Message], terms: Terms) -> str:
        template = self._llama.metadata.get("tokenizer.chat_template")
        if template is None:
            raise UsageError("this model has no chat template; give the prompt as a text")
        from llama_cpp.llama_chat_format import Jinja2ChatFormatter  # noqa: PLC0415

        begin, end = (
            self._llama.detokenize([token], special=True).decode()
            for token in (self._llama.token_bos(), self._llama.token_eos())
        )
        formatter = Jinja2ChatFormatter(template=template, bos_token=begin, eos_token=end)
        options = {"tools": list(terms.tools), **terms.template} if terms.tools else terms.template
        text: str = formatter(messages=list(messages), **options).prompt
        return text

    def open(self) -> TokenText:
        """Starts a row of tokens."""
        return ByteText(self._bytes)

    def byte_of(self, _: int) -> None:
        """Returns ``None``: no token waits longer than for the bytes of a character."""

    def _bytes(self, token: int) -> bytes:
        piece: bytes = self._llama.detokenize([token], special=False)
        return piece
