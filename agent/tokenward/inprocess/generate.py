"""Generates with a transformers model, guarded token by token: ``guard.generate``."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch

from tokenward.engine.engine import Engine
from tokenward.engine.ids import decision_id
from tokenward.errors import Blocked
from tokenward.inprocess.caches import needs_alignment, with_aligned_cache
from tokenward.inprocess.detokenize import Detokenizer
from tokenward.inprocess.limits import within_limits
from tokenward.inprocess.loop import DecodeLoop, Observe
from tokenward.inprocess.output import GuardedOutput
from tokenward.inprocess.prompts import CheckedPrompt, check_prompt, encode, read_prompts
from tokenward.inprocess.row import Row
from tokenward.inprocess.settings import check_options, with_stops
from tokenward.inprocess.uncertainty import mean
from tokenward.redact.vault import Vault
from tokenward.types import Decision

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
    **generation_kwargs: Any,
) -> GuardedOutput | list[GuardedOutput]:
    """Generates an answer to a prompt, or to each of a list of prompts.

    A prompt is a text, or a list of chat messages for the tokenizer's template; its texts go
    through stage ``input`` first. ``generation_kwargs`` are those of ``model.generate``, and the
    tokens are the same as without a guard as long as no rule rewinds, stops or changes the prompt,
    and the policy has no limits that bound them. With ``raise_on_block`` the first blocked prompt
    or answer raises ``Blocked``, after all rows have ended. What rules with ``restore`` take out of
    a prompt comes back in its answer; all prompts share a given ``vault``, else each has its own.
    """
    prompts, single = read_prompts(prompt)
    check_options(model, generation_kwargs)
    checked = [check_prompt(engine, one, _vault(engine, vault)) for one in prompts]
    session = _Session(engine, model, tokenizer, on_text, observe)
    open_places = [place for place, one in enumerate(checked) if one.blocking is None]
    answers = session.run(open_places, [checked[place] for place in open_places], generation_kwargs)
    outputs = [
        _refused(one, one.blocking) if one.blocking is not None else answers[place]
        for place, one in enumerate(checked)
    ]
    if raise_on_block:
        for output in outputs:
            if output.blocked:
                raise Blocked(output.decision)
    return outputs[0] if single else outputs


def _refused(checked: CheckedPrompt, blocking: Decision) -> GuardedOutput:
    return GuardedOutput(
        text="",
        decision=blocking,
        input_decisions=checked.decisions,
        finish_reason="block",
        rewinds=0,
        tokens=(),
        sequences=torch.empty((1, 0), dtype=torch.long),
    )


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
        encoded = [encode(self.tokenizer, checked.prompt) for checked in prompts]
        vaults = [checked.vault for checked in prompts]
        rows = self._generate(places, encoded, vaults, kwargs)
        return {
            place: _answer(checked, ids, row)
            for place, checked, ids, row in zip(places, prompts, encoded, rows, strict=True)
        }

    def _generate(
        self,
        places: Sequence[int],
        prompts: Sequence[list[int]],
        vaults: Sequence[Vault | None],
        kwargs: dict[str, Any],
    ) -> list[Row]:
        attempts = _attempts(self.engine)
        aligned = attempts > 0 and needs_alignment(self.model)
        ids, mask = _pad(prompts, self.tokenizer.pad_token_id or 0)
        rows = self._rows(places, vaults, attempts)
        loop = DecodeLoop(
            self.engine, rows, rewinds=attempts > 0, aligned=aligned, observe=self._observer(places)
        )
        policy = self.engine.compiled.policy
        options = within_limits(policy, self.model, kwargs, ids.shape[1])
        options = with_stops(self.model, self.tokenizer, options, policy.stop)
        options = with_aligned_cache(self.model, options) if aligned else options
        self.model.generate(
            ids.to(self.model.device),
            attention_mask=mask.to(self.model.device),
            custom_generate=loop,
            **options,
        )
        return rows

    def _rows(
        self, places: Sequence[int], vaults: Sequence[Vault | None], attempts: int
    ) -> list[Row]:
        detokenizer = Detokenizer(self.tokenizer)
        return [
            Row(self.engine, detokenizer, self._sender(place), attempts, vault)
            for place, vault in zip(places, vaults, strict=True)
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


def _attempts(engine: Engine) -> int:
    """Returns how often the rules of the output may rewind a text, all together."""
    rules = engine.plan("output").rules
    return sum(rule.attempts for rule in rules if rule.kind == "rewind" and rule.enforced)


def _pad(prompts: Sequence[list[int]], pad: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Returns ids and attention mask, padded on the left: answers begin where prompts end."""
    length = max(map(len, prompts))
    ids = [[pad] * (length - len(prompt)) + prompt for prompt in prompts]
    mask = [[0] * (length - len(prompt)) + [1] * len(prompt) for prompt in prompts]
    return torch.tensor(ids), torch.tensor(mask)


def _answer(checked: CheckedPrompt, prompt: list[int], row: Row) -> GuardedOutput:
    assert row.reason is not None
    decision = row.decide(decision_id())
    return GuardedOutput(
        text=row.text,
        decision=_stopped(decision) if row.stopped else decision,
        input_decisions=checked.decisions,
        finish_reason=row.reason,
        rewinds=row.rewinds,
        tokens=tuple(row.tokens),
        sequences=torch.tensor([prompt + row.tokens]),
        surprisal=mean(row.surprisals),
        entropy=mean(row.entropies),
    )


def _stopped(decision: Decision) -> Decision:
    """Returns the decision of a row that could not go on: the rules that rewound it block it."""
    rules = tuple(
        dataclasses.replace(rule, action="block")
        if rule.action == "rewind" and rule.mode == "enforce"
        else rule
        for rule in decision.rules
    )
    messages = (rule.message for rule in rules if rule.action == "block" and rule.message)
    return dataclasses.replace(
        decision, action="block", text=None, rules=rules, message=next(messages, None)
    )
