"""One call of ``guard.generate`` for a model that is no transformers model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from tokenward.engine.engine import Engine
from tokenward.errors import UsageError
from tokenward.inprocess.answers import answer, attempts_of
from tokenward.inprocess.backends import llama_cpp, onnx_genai
from tokenward.inprocess.backends.base import Backend
from tokenward.inprocess.backends.options import DEFAULT_NEW_TOKENS, StepOptions
from tokenward.inprocess.backends.steps import decode
from tokenward.inprocess.detokenize import Detokenizer
from tokenward.inprocess.limits import Moved, within_limits
from tokenward.inprocess.output import GuardedOutput
from tokenward.inprocess.prompts import CheckedPrompt, encode
from tokenward.inprocess.row import Row

MODULES = (onnx_genai.MODULE, llama_cpp.MODULE)


def is_stepwise(model: Any) -> bool:
    """Tells whether a model is of an engine that is driven step by step, by its class's module."""
    return type(model).__module__.partition(".")[0] in MODULES


class StepSession(NamedTuple):
    """What the prompts of one call share; they are answered one after another."""

    engine: Engine
    model: Any
    tokenizer: Any
    on_text: Callable[[int, str], None] | None
    observe: Callable[[int, int, float, float], None] | None

    def run(
        self, places: Sequence[int], prompts: Sequence[CheckedPrompt], kwargs: Mapping[str, Any]
    ) -> dict[int, GuardedOutput]:
        """Generates the answers to the prompts that were not blocked, by their places."""
        tokens = _Tokens.of(self.model, self.tokenizer)
        return {
            place: self._answer(place, checked, tokens, kwargs)
            for place, checked in zip(places, prompts, strict=True)
        }

    def _answer(
        self, place: int, checked: CheckedPrompt, tokens: _Tokens, kwargs: Mapping[str, Any]
    ) -> GuardedOutput:
        prompt = tokens.encode(checked)
        options, moved = self._options(kwargs, tokens, len(prompt))
        stage = checked.terms.stage
        attempts, send = attempts_of(self.engine, stage), self._sender(place)
        row = Row(self.engine, tokens.detokenizer, send, attempts, checked.vault, stage)
        backend = self._backend(len(prompt) + options.max_new_tokens + 1)
        options = options.within(backend.room - len(prompt))
        backend.feed(prompt)
        observe = self.observe
        try:
            decode(backend, row, options, observe and (lambda *seen: observe(place, *seen)))
        except BaseException:  # a consumer that leaves, too
            self.engine.abandon(row.stream)
            raise
        return answer(checked, prompt, row, moved)

    def _options(
        self, kwargs: Mapping[str, Any], tokens: _Tokens, prompt: int
    ) -> tuple[StepOptions, tuple[Moved, ...]]:
        policy = self.engine.compiled.policy
        usual = {"max_new_tokens": DEFAULT_NEW_TOKENS}
        given, moved = within_limits(policy, self.model, kwargs, prompt, usual)
        options = StepOptions.read({**usual, "eos_token_id": tokens.end, **given})
        return options.with_stops(policy.stop), moved

    def _backend(self, longest: int) -> Backend:
        if type(self.model).__module__.startswith(llama_cpp.MODULE):
            return llama_cpp.LlamaCpp(self.model)
        return onnx_genai.OnnxGenAI(self.model, longest)

    def _sender(self, place: int) -> Callable[[str], None]:
        on_text = self.on_text
        return (lambda _: None) if on_text is None else (lambda text: on_text(place, text))


class _Tokens(NamedTuple):
    """How prompts become tokens, and tokens text."""

    encode: Callable[[Any], list[int]]
    detokenizer: Any
    end: int | None

    @classmethod
    def of(cls, model: Any, tokenizer: Any) -> _Tokens:
        """Takes the tokenizer of transformers, or that within a llama.cpp model."""
        if tokenizer is None and type(model).__module__.startswith(llama_cpp.MODULE):
            own = llama_cpp.LlamaTokens(model)
            return cls(own.encode, own, own.eos_token_id)
        if not hasattr(tokenizer, "convert_ids_to_tokens"):
            raise UsageError(
                f"tokenizer is a {type(tokenizer).__name__}; give the transformers one: "
                "AutoTokenizer.from_pretrained(folder)"
            )
        return cls(
            lambda checked: encode(tokenizer, checked),
            Detokenizer(tokenizer),
            tokenizer.eos_token_id,
        )
