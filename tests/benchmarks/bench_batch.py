"""What batching over open streams gains: ``python tests/benchmarks/bench_batch.py [--rounds 5]``.

A classifier in the format of a Detoxify checkpoint, with random weights, scores the sentences of 16
streams that are fed in turn. Compared in one run, interleaved, on one thread: each stream settled
alone, as it is fed; all settled together (``settle_all``); and, without streams, batches of eight in
the order of arrival against the engine's batches of like length. Figures are texts per second of
CPU, medians, and ratios of the same round. Not part of the checks: it takes minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
import transformers

from tokenward import Guard
from tokenward.engine.batcher import MAX_BATCH, Waiting, next_batch

STREAMS = 16
SENTENCES = 12
SIZES = {"2 layers of 128": (128, 2), "6 layers of 384": (384, 6)}
WORDS = (
    "the of and a you are is good bad terrible day night harbour report crane fish price".split()
)


def checkpoint(folder: Path, width: int, layers: int) -> None:
    """Writes a classifier with random weights as Detoxify's training does."""
    pieces = [*WORDS, *map(chr, range(33, 127)), *(f"##{chr(c)}" for c in range(33, 127))]
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *pieces]
    (folder / "vocab.txt").write_text("\n".join(vocabulary))
    named = {"tokenizer_class": "BertTokenizer", "model_max_length": 512}
    (folder / "tokenizer_config.json").write_text(json.dumps(named))
    config = transformers.BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=width // 32,
        intermediate_size=4 * width,
        num_labels=6,
    )
    config.save_pretrained(folder)
    torch.manual_seed(0)
    model = transformers.BertForSequenceClassification(config).eval()
    classes = ["toxic", "severe_toxic", "obscene", "threat", "insult", "identity_hate"]
    names = {
        "num_classes": 6,
        "model_type": "bert-base-uncased",
        "model_name": "BertForSequenceClassification",
        "tokenizer_name": "BertTokenizer",
    }
    settings = {"dataset": {"args": {"classes": classes}}, "arch": {"args": names}}
    torch.save({"config": settings, "state_dict": model.state_dict()}, folder / "model.ckpt")


def guard_of(folder: Path) -> Guard:
    rule = {
        "id": "civil",
        "stage": "output",
        "detect": {"toxicity": "all"},
        "when": "score > 0.99",
        "action": "block",
        "deadline_ms": 600_000,
    }
    detector = {"plugin": "toxicity", "model": str(folder), "threads": 1}
    return Guard.load({"name": "b", "detectors": {"toxicity": detector}, "rules": [rule]})


def sentences(seed: int) -> list[str]:
    """Returns sentences of 3 to 60 words, short ones more often."""
    draw = random.Random(seed)
    lengths = [min(60, 3 + int(draw.expovariate(1 / 12))) for _ in range(SENTENCES)]
    return [" ".join(draw.choices(WORDS, k=length)).capitalize() + ". " for length in lengths]


def alone(guard: Guard, texts: Sequence[Sequence[str]]) -> None:
    engine = guard.engine
    streams = [engine.open("output") for _ in texts]
    for step in zip(*texts, strict=True):
        for stream, sentence in zip(streams, step, strict=True):
            stream.feed(sentence)
            engine.settle(stream)
            stream.release()


def together(guard: Guard, texts: Sequence[Sequence[str]]) -> None:
    engine = guard.engine
    streams = [engine.open("output") for _ in texts]
    for step in zip(*texts, strict=True):
        for stream, sentence in zip(streams, step, strict=True):
            stream.feed(sentence)
        engine.settle_all(streams)
        for stream in streams:
            stream.release()


def by_arrival(guard: Guard, texts: Sequence[Sequence[str]]) -> None:
    score = guard.engine.compiled.detectors["toxicity"].score
    waiting = [sentence for step in zip(*texts, strict=True) for sentence in step]
    for at in range(0, len(waiting), MAX_BATCH):
        score(waiting[at : at + MAX_BATCH])


def by_length(guard: Guard, texts: Sequence[Sequence[str]]) -> None:
    score = guard.engine.compiled.detectors["toxicity"].score
    arrived = [sentence for step in zip(*texts, strict=True) for sentence in step]
    for batch in batches([Waiting(one, place) for place, one in enumerate(arrived)]):
        score([one.text for one in batch])


def batches(waiting: list[Waiting]) -> Iterator[list[Waiting]]:
    while waiting:
        batch = next_batch(waiting)
        yield batch
        taken = set(map(id, batch))
        waiting = [one for one in waiting if id(one) not in taken]


KINDS: dict[str, Callable[[Guard, Sequence[Sequence[str]]], None]] = {
    "each stream alone": alone,
    "16 streams together": together,
    "batches by arrival": by_arrival,
    "batches by length": by_length,
}


def speed(run: Callable[[], None]) -> float:
    began = time.process_time()
    run()
    return STREAMS * SENTENCES / (time.process_time() - began)


def main() -> None:
    """Prints a line a size and kind."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--rounds", type=int, default=5)
    rounds = options.parse_args().rounds
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    print(f"{platform.machine()}, Python {platform.python_version()}, {commit.stdout.strip()}")
    texts = [sentences(seed) for seed in range(STREAMS)]
    for name, (width, layers) in SIZES.items():
        with tempfile.TemporaryDirectory() as folder:
            checkpoint(Path(folder), width, layers)
            with guard_of(Path(folder)) as guard:
                measure(name, guard, texts, rounds)


def measure(name: str, guard: Guard, texts: Sequence[Sequence[str]], rounds: int) -> None:
    speeds: dict[str, list[float]] = {kind: [] for kind in KINDS}
    together(guard, texts)
    for _ in range(rounds):
        for kind, run in KINDS.items():
            speeds[kind].append(speed(lambda run=run: run(guard, texts)))
    for kind, values in speeds.items():
        base = speeds["each stream alone" if "stream" in kind else "batches by arrival"]
        ratio = statistics.median(one / other for one, other in zip(values, base, strict=True))
        print(
            f"{name:16s} {kind:20s} {statistics.median(values):8.0f} texts a CPU second, x {ratio:.2f}"
        )


if __name__ == "__main__":
    main()
