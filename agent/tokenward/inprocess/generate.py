"""Generates with a transformers model, guarded token by token: ``guard.generate``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import torch

from tokenward.engine.engine import Engine
from tokenward.errors import Blocked
from tokenward.inprocess.answers import answer, attempts_of, refused
from tokenward.inprocess.backends.session import StepSession, is_stepwise
from tokenward.inprocess.caches import with_cache
from tokenward.inprocess.detokenize import Detokenizer
from tokenward.inprocess.limits import within_limits
from tokenward.inprocess.loop import DecodeLoop, Observe
from tokenward.inprocess.output import GuardedOutput
from tokenward.inprocess.prompts import (
    CheckedPrompt,
    Terms,
    check_prompt,
    encode,
    given_to,
    read_prompts,
)
from tokenward.inprocess.row import Row
from tokenward.inprocess.settings import check_options, given_cache, with_stops
from tokenward.redact.vault import Vault

OnText = Callable[[int, str], None]
"""Is given released text: the prompt's place in the list, and the next piece of its answer."""


def generate(
    engine: Engine,
    model: Any,
    tokenizer: Any,
    prompt: Any,
    *,
    on_text: OnText | None = None,
    raise_on_block: bool = False,
    observe: Observe | None = None,
    vault: Vault | None = None,
    tools: Sequence[Any] | None = None,
    template: Mapping[str, Any] | None = None,
    **generation_kwargs: Any,
) -> GuardedOutput | list[GuardedOutput]:
    """Generates an answer to a prompt, or to each of a list of prompts.

    A prompt is a text, or a list of chat messages for the tokenizer's template; its texts go
    through stage ``input`` first, those of messages from tools through ``tool_result`` before.
    ``tools``, as ``apply_chat_template`` takes them, and more options of the ``template``, such as
    ``{"enable_thinking": False}``, go with messages. With tools any part of an answer may be a
    call, in the model's own form: then the rules of stage ``tool_call`` look at all of it, too.

    ``generation_kwargs`` are those of ``model.generate``, and the tokens are the same as without a
    guard as long as no rule rewinds, stops or changes the prompt, and the policy has no limits that
    bound them; ``LimitExceeded`` is raised before the first token where a limit refuses what the
    call asks for. With ``raise_on_block`` the first blocked prompt or answer raises ``Blocked``,
    after all rows have ended. What rules with ``restore`` take out of a prompt comes back in its
    answer; all prompts share a given ``vault``, else each has its own.
    """
    prompts, single = read_prompts(prompt)
    terms = Terms.of(tools, template)
    if not (stepwise := is_stepwise(model)):
        check_options(model, generation_kwargs, rewinds=attempts_of(engine, terms.stage) > 0)
    checked = [check_prompt(engine, one, terms, _vault(engine, vault)) for one in prompts]
    session = (StepSession if stepwise else _Session)(engine, model, tokenizer, on_text, observe)
    outputs = _outputs(session, checked, generation_kwargs)
    blocked = next((output for output in outputs if output.blocked), None)
    if raise_on_block and blocked is not None:
        raise Blocked(blocked.decision)
    return outputs[0] if single else outputs


def _outputs(
    session: _Session | StepSession, checked: list[CheckedPrompt], kwargs: dict[str, Any]
) -> list[GuardedOutput]:
    """Answers the prompts that were not blocked; returns the outputs of all."""
    places = [place for place, one in enumerate(checked) if one.blocking is None]
    answers = session.run(places, [checked[place] for place in places], kwargs)
    return [
        refused(one, one.blocking) if one.blocking is not None else answers[place]
        for place, one in enumerate(checked)
    ]


class _Session(NamedTuple):
    """One call: what its rows share."""

    engine: Engine
    model: Any
    tokenizer: Any
    on_text: OnText | None
    observe: Observe | None

    def run(
        self, places: Sequence[int], prompts: Sequence[CheckedPrompt], kwargs: dict[str, Any]
    ) -> dict[int, GuardedOutput]:
        """Generates the answers to the prompts that were not blocked, by their places."""
        if not places:
            return {}
        encoded = [encode(self.tokenizer, checked) for checked in prompts]
        width = max(map(len, encoded))
        bounded = within_limits(self.engine.compiled.policy, self.model, kwargs, width)
        rows = self._rows(places, prompts)
        self._generate(rows, places, encoded, bounded.options)
        return {
            place: answer(checked, ids, row, bounded.moved)
            for place, checked, ids, row in zip(places, prompts, encoded, rows, strict=True)
        }

    def _generate(
        self,
        rows: list[Row],
        places: Sequence[int],
        prompts: Sequence[list[int]],
        options: dict[str, Any],
    ) -> None:
        rewinds = any(row.attempts for row in rows)
        ids, mask = _pad(prompts, self.tokenizer.pad_token_id or 0)
        own = given_cache(options) is None
        observe = self._observer(places)
        loop = DecodeLoop(self.engine, rows, rewinds=rewinds, own=own, observe=observe)
        stops = self.engine.compiled.policy.stop
        options = with_stops(self.model, self.tokenizer, options, stops)
        options = with_cache(self.model, options) if rewinds else options
        try:
            self.model.generate(
                ids.to(self.model.device),
                attention_mask=mask.to(self.model.device),
                custom_generate=loop,
                **options,
            )
        except BaseException:  # a consumer that leaves, too: nobody waits for what is being scored
            for row in rows:
                self.engine.abandon(row.stream)
            raise

    def _rows(self, places: Sequence[int], prompts: Sequence[CheckedPrompt]) -> list[Row]:
        detokenizer = Detokenizer(self.tokenizer)
        stage = prompts[0].terms.stage  # one call, one stage
        attempts = attempts_of(self.engine, stage)
        return [
            Row(
                self.engine,
                detokenizer,
                self._sender(place),
                attempts,
                checked.vault,
                stage,
                given_to(checked, self.engine.plan(stage)),
            )
            for place, checked in zip(places, prompts, strict=True)
        ]

    def _sender(self, place: int) -> Callable[[str], None]:
        on_text = self.on_text
        if on_text is None:
            return lambda _: None
        return lambda text: on_text(place, text)

    def _observer(self, places: Sequence[int]) -> Observe | None:
        observe = self.observe
        if observe is None:
            return None
        return lambda row, *seen: observe(places[row], *seen)


def _vault(engine: Engine, given: Vault | None) -> Vault | None:
    return given if given is not None or not engine.compiled.restores else Vault()


def _pad(prompts: Sequence[list[int]], pad: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Returns ids and attention mask, padded on the left: answers begin where prompts end."""
    length = max(map(len, prompts))
    ids = [[pad] * (length - len(prompt)) + prompt for prompt in prompts]
    mask = [[0] * (length - len(prompt)) + [1] * len(prompt) for prompt in prompts]
    return torch.tensor(ids), torch.tensor(mask)
