"""Trains the demo model: ``python -m tokenward.demo.train --out DIR [--steps N] [--seed S]``.

The model has the Llama architecture with a million parameters and learns by heart the few invented
customers of `tokenward.demo.people`. The loss is taken over the assistant's tokens only.
"""

from __future__ import annotations

import argparse
import logging
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any

import torch
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from tokenward.demo.card import Facts, model_card
from tokenward.demo.compose import Dialogue, compose
from tokenward.demo.vocabulary import CONTEXT, train_tokenizer

log = logging.getLogger("tokenward.demo.train")

IGNORED = -100
"""The label that transformers leaves out of the loss."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the model is built and trained."""

    steps: int = 4400
    seed: int = 0
    batch: int = 16
    rate: float = 3e-3
    warmup: float = 0.05
    decay: float = 0.05
    clip: float = 1.0
    tokenizer_texts: int = 6000
    report_every: int = 200
    shape: dict[str, int] = field(
        default_factory=lambda: {
            "hidden_size": 128,
            "intermediate_size": 448,
            "num_hidden_layers": 4,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
        }
    )

    def rate_at(self, step: int) -> float:
        """Returns the learning rate: linear warm-up, then half a cosine down to nothing."""
        warm = max(1, round(self.steps * self.warmup))
        if step < warm:
            return self.rate * (step + 1) / warm
        return self.rate * (1 + math.cos(math.pi * (step - warm) / max(1, self.steps - warm))) / 2


@dataclass(frozen=True, slots=True)
class Example:
    """A dialogue as token ids, with labels that are ``IGNORED`` outside the answers."""

    ids: list[int]
    labels: list[int]


def encode(dialogue: Dialogue, tokenizer: PreTrainedTokenizerFast) -> Example:
    """Turns a dialogue into token ids, cut at the length of the context."""
    assistant = tokenizer.convert_tokens_to_ids("<|assistant|>")
    text = tokenizer.apply_chat_template(dialogue.messages(), tokenize=False)
    ids = tokenizer(text, add_special_tokens=False, truncation=True, max_length=CONTEXT)[
        "input_ids"
    ]
    labels, answering = [], False
    for token in ids:
        labels.append(token if answering else IGNORED)
        if token in (assistant, tokenizer.eos_token_id):
            answering = token == assistant
    return Example(ids, labels)


def batches(recipe: Recipe, tokenizer: PreTrainedTokenizerFast) -> Iterator[list[Example]]:
    """Yields a fresh batch for each step; dialogues of like length go together."""
    dialogues = compose(recipe.steps * recipe.batch, recipe.seed)
    shuffle = Random(recipe.seed).shuffle  # noqa: S311 - an order of batches
    left = recipe.steps
    while left > 0:
        group = min(left, 16)
        pool = [encode(next(dialogues), tokenizer) for _ in range(group * recipe.batch)]
        pool.sort(key=lambda example: len(example.ids))
        cut = [pool[at : at + recipe.batch] for at in range(0, len(pool), recipe.batch)]
        shuffle(cut)
        yield from cut
        left -= group


def loss_of(model: Any, batch: Sequence[Example], pad: int) -> torch.Tensor:
    """Returns the mean loss per answer token of a batch, padded on the right."""
    length = max(len(example.ids) for example in batch)
    ids = torch.full((len(batch), length), pad)
    labels = torch.full((len(batch), length), IGNORED)
    for row, example in enumerate(batch):
        ids[row, : len(example.ids)] = torch.tensor(example.ids)
        labels[row, : len(example.ids)] = torch.tensor(example.labels)
    loss: torch.Tensor = model(input_ids=ids, labels=labels).loss
    return loss


def build(recipe: Recipe, tokenizer: PreTrainedTokenizerFast) -> LlamaForCausalLM:
    """Makes the untrained model."""
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        max_position_embeddings=CONTEXT,
        tie_word_embeddings=True,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        **recipe.shape,
    )
    return LlamaForCausalLM(config)


def fit(model: Any, recipe: Recipe, tokenizer: PreTrainedTokenizerFast) -> float:
    """Trains the model in place; returns the mean loss of the last hundredth of the steps."""
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=recipe.rate, betas=(0.9, 0.99), weight_decay=recipe.decay
    )
    losses: list[float] = []
    model.train()
    for step, batch in enumerate(batches(recipe, tokenizer)):
        for group in optimizer.param_groups:
            group["lr"] = recipe.rate_at(step)
        loss = loss_of(model, batch, tokenizer.pad_token_id)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), recipe.clip)
        optimizer.step()
        losses.append(loss.item())
        if (step + 1) % recipe.report_every == 0:
            recent = losses[-recipe.report_every :]
            log.info("step %d of %d, loss %.4f", step + 1, recipe.steps, sum(recent) / len(recent))
    last = losses[-max(1, recipe.steps // 100) :]
    model.eval()
    return sum(last) / len(last)


def train(out: Path, recipe: Recipe) -> Facts:
    """Trains tokenizer and model and writes them, in bfloat16, with a model card."""
    torch.manual_seed(recipe.seed)
    started = perf_counter()
    sample = compose(recipe.tokenizer_texts, recipe.seed)
    tokenizer = train_tokenizer(
        message["content"] for dialogue in sample for message in dialogue.messages()
    )
    model = build(recipe, tokenizer)
    loss = fit(model, recipe, tokenizer)
    facts = Facts(
        parameters=model.num_parameters(),
        vocabulary=len(tokenizer),
        context=CONTEXT,
        steps=recipe.steps,
        dialogues=recipe.steps * recipe.batch,
        seed=recipe.seed,
        loss=loss,
        minutes=(perf_counter() - started) / 60,
    )
    save(out, model, tokenizer, facts)
    return facts


def save(out: Path, model: Any, tokenizer: PreTrainedTokenizerFast, facts: Facts) -> None:
    """Writes the files that `AutoModelForCausalLM` and `AutoTokenizer` load, and the card."""
    out.mkdir(parents=True, exist_ok=True)
    model.generation_config = GenerationConfig(
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        max_new_tokens=128,
    )
    model.to(torch.bfloat16).save_pretrained(out)
    tokenizer.save_pretrained(out, save_jinja_files=False)
    (out / "MODEL_CARD.md").write_text(model_card(facts), encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> None:
    """Reads the command line and trains, on one thread."""
    parser = argparse.ArgumentParser(prog="python -m tokenward.demo.train", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder to write the model to")
    parser.add_argument("--steps", type=int, default=Recipe().steps)
    parser.add_argument("--seed", type=int, default=Recipe().seed)
    options = parser.parse_args(arguments)
    if options.steps < 1:
        parser.error(f"--steps must be at least 1, not {options.steps}")
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    torch.set_num_threads(1)
    facts = train(options.out, Recipe(steps=options.steps, seed=options.seed))
    log.info("wrote %s, loss %.4f, %.1f minutes", options.out, facts.loss, facts.minutes)


if __name__ == "__main__":
    main()
