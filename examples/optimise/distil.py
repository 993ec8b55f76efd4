"""Distils the demo model into a student of half its size, and saves it as transformers do.

    python distil.py --out student [--steps 250]

The student learns to say the teacher's whole distribution over each token of an answer (Hinton,
Vinyals and Dean 2015, arXiv:1503.02531) beside the answer itself. That takes a
minute or two, and leaves a student that `tokenward compare demo student` must not let through.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import torch
from torch.nn.functional import cross_entropy, kl_div

from tokenward.demo.model import load
from tokenward.demo.train import IGNORED, Example, Recipe, batches, build

HALF = {
    "hidden_size": 96,
    "intermediate_size": 256,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
}
TEMPERATURE = 2.0
"""Softens both distributions, so that unlikely tokens teach, too."""
SOFT = 0.7
"""The part of the loss that is the teacher's distribution."""


def main() -> None:
    parser = argparse.ArgumentParser(description="Distils the demo model into a smaller one.")
    parser.add_argument("--out", type=Path, required=True, help="where the student is written")
    parser.add_argument("--steps", type=int, default=250)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(1)  # so small a model is fastest on one
    torch.manual_seed(options.seed)
    teacher, tokenizer = load()
    recipe = Recipe(steps=options.steps, seed=options.seed, shape=HALF)
    student = build(recipe, tokenizer)
    distil(teacher, student, tokenizer, recipe)
    student.generation_config = teacher.generation_config
    student.eval().save_pretrained(options.out)
    tokenizer.save_pretrained(options.out)
    sizes = [sum(weight.numel() for weight in one.parameters()) for one in (teacher, student)]
    print(f"{options.out}: {sizes[1]:,} parameters instead of {sizes[0]:,}")


def distil(teacher: Any, student: Any, tokenizer: Any, recipe: Recipe) -> None:
    """Trains the student in place."""
    optimizer = torch.optim.AdamW(student.parameters(), lr=recipe.rate, weight_decay=recipe.decay)
    student.train()
    for step, batch in enumerate(batches(recipe, tokenizer)):
        for group in optimizer.param_groups:
            group["lr"] = recipe.rate_at(step)
        loss = loss_of(teacher, student, batch, tokenizer.pad_token_id)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(student.parameters(), recipe.clip)
        optimizer.step()
        if step % 100 == 99:
            print(f"step {step + 1} of {recipe.steps}: loss {loss.item():.3f}")


def loss_of(teacher: Any, student: Any, batch: list[Example], pad: int) -> torch.Tensor:
    """Returns the loss over the tokens of answers, of rows padded on the right."""
    length = max(len(row.ids) for row in batch)
    ids = torch.tensor([row.ids + [pad] * (length - len(row.ids)) for row in batch])
    labels = torch.tensor([row.labels + [IGNORED] * (length - len(row.labels)) for row in batch])
    answers = labels[:, 1:] != IGNORED
    with torch.no_grad():
        taught = (teacher(input_ids=ids).logits[:, :-1][answers] / TEMPERATURE).softmax(-1)
    logits = student(input_ids=ids).logits[:, :-1][answers]
    soft = kl_div((logits / TEMPERATURE).log_softmax(-1), taught, reduction="batchmean")
    return SOFT * TEMPERATURE**2 * soft + (1 - SOFT) * cross_entropy(logits, labels[:, 1:][answers])


if __name__ == "__main__":
    main()
