"""Records a week in which the assistant of a shop is optimized twice, the second time too far.

python make_records.py records.db

The week ends now. On its first three days the model answers in float32, on the next two in int8,
on the last two with half of its weights pruned away. Each answer is really generated, guarded token
by token; only the times are made up, for a week passes in a minute.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch.nn.utils import prune

from tokenward import Guard
from tokenward.decisions.record import Interaction
from tokenward.demo.model import load
from tokenward.demo.traffic import usual
from tokenward.store.store import Store

DAY = 86_400.0
WEEK = ("float32", "float32", "float32", "int8", "int8", "pruned", "pruned")
REQUESTS_A_DAY = 320
BATCH = 32


def pruned(share: float = 0.5) -> tuple[Any, Any]:
    """Returns the model without the smallest weights of each linear layer."""
    model, tokenizer = load("float32")
    for layer in model.modules():
        if isinstance(layer, torch.nn.Linear):
            prune.l1_unstructured(layer, "weight", share)
            prune.remove(layer, "weight")
    return model, tokenizer


def answer(label: str, days: list[int], folder: Path) -> Iterator[tuple[int, Interaction]]:
    """Yields the records of some days on which one model answers."""
    model, tokenizer = pruned() if label == "pruned" else load(label)
    for day in days:
        store = f"sqlite:///{folder}/{day}.db"
        torch.manual_seed(day)
        questions = usual(REQUESTS_A_DAY, seed=day)
        with Guard.load("default", store=store, model_label=label) as guard:
            for at in range(0, len(questions), BATCH):
                guard.generate(
                    model,
                    tokenizer,
                    questions[at : at + BATCH],
                    max_new_tokens=48,
                    do_sample=True,
                    temperature=0.7,
                )
        with Store.open(store, read_only=True) as recorded:
            yield from ((day, one) for one in recorded.interactions())


def main(path: str) -> None:
    """Writes the week's records."""
    draw = random.Random(7)
    start = time.time() - len(WEEK) * DAY
    torch.set_num_threads(1)  # the model is tiny
    with tempfile.TemporaryDirectory() as folder, Store.open(path, create=True) as store:
        for label in dict.fromkeys(WEEK):
            days = [day for day, name in enumerate(WEEK) if name == label]
            rows = []
            for day, record in answer(label, days, Path(folder)):
                rows.append(replace(record, time=start + (day + draw.random()) * DAY))
            store.append(rows)
            print(f"{label}: {len(rows)} requests on {len(days)} days")


if __name__ == "__main__":
    main(sys.argv[1])
