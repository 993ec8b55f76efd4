"""What the generate hook costs a token: ``python tests/benchmarks/bench_generate.py [--rounds 5]``.

CPU time of ``guard.generate`` against a bare ``model.generate`` of the same model, prompt and number
of tokens, on one thread, interleaved in one run; what is printed is the median of each kind and of
its ratio to the bare call of the same round. The models have random weights and a made-up vocabulary
of pronounceable words, so that the text looks like prose to a detector; the demo model writes what
it was trained on. Not part of the checks: it takes minutes.
"""

# a script: it prints what it measures

from __future__ import annotations

import argparse
import itertools
import os
import platform
import statistics
import subprocess
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from tokenward import Guard
from tokenward.demo.model import load as load_demo
from tokenward.errors import TokenwardError

PROMPT = "Tell me about the harbour, please."
SIZES = {
    "0.8M": {"vocab_size": 600, "hidden_size": 128, "layers": 4, "heads": 4, "tokens": 120},
    "56M": {"vocab_size": 32_000, "hidden_size": 512, "layers": 8, "heads": 8, "tokens": 40},
}


def vocabulary(size: int) -> PreTrainedTokenizerFast:
    """Makes a byte-level tokenizer that has a made-up word for each token behind the bytes."""
    names = ["<pad>", "<s>", "</s>", *sorted(pre_tokenizers.ByteLevel.alphabet())]
    syllables = ["".join(pair) for pair in itertools.product("bdfgklmnprst", "aeiou")]
    words = (
        "Ġ" + "".join(parts) for n in (1, 2, 3) for parts in itertools.product(syllables, repeat=n)
    )
    names += itertools.islice(words, size - len(names))
    backend = Tokenizer(models.BPE(vocab={name: i for i, name in enumerate(names)}, merges=[]))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    backend.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(
        tokenizer_object=backend, bos_token="<s>", eos_token="</s>", pad_token="<pad>"
    )


def llama(vocab_size: int, hidden_size: int, layers: int, heads: int) -> Any:
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=vocab_size,
        hidden_size=hidden_size,
        intermediate_size=hidden_size * 11 // 4,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=heads // 2,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=0,
    )
    return LlamaForCausalLM(config).eval()


def guards() -> dict[str, Guard]:
    found = {"no rules": Guard.load({"name": "none", "rules": []})}
    for policy in ("pii-secrets", "rewind"):
        try:
            found[policy] = Guard.load(policy)
        except TokenwardError as error:
            print(f"without {policy}: {error}")
    return found


def calls(
    model: Any, tokenizer: Any, rows: int, tokens: int, dense: bool
) -> dict[str, Callable[[], Any]]:
    """Returns the calls to compare: each generates the same number of tokens."""
    options = {"do_sample": True, "max_new_tokens": tokens, "eos_token_id": None, "pad_token_id": 0}
    if not dense:  # plain bytes would be noise in the prose
        options["suppress_tokens"] = list(range(259))
    prompts = [PROMPT] * rows
    encoded = tokenizer(prompts, return_tensors="pt", return_token_type_ids=False)
    kinds = {"bare": lambda: model.generate(**encoded, **options)}
    for name, guard in guards().items():
        kinds[name] = lambda guard=guard: guard.generate(model, tokenizer, prompts, **options)
    return kinds


def measure(title: str, kinds: dict[str, Callable[[], Any]], tokens: int, rounds: int) -> None:
    spent: dict[str, list[float]] = {kind: [] for kind in kinds}
    for number in range(rounds + 1):
        for kind, call in kinds.items():
            torch.manual_seed(number)
            began = time.process_time()
            call()
            if number:  # the first round warms up
                spent[kind].append(1000 * (time.process_time() - began) / tokens)
    for kind, values in spent.items():
        ratios = [value / bare for value, bare in zip(values, spent["bare"], strict=True)]
        print(
            f"{title:22s} {kind:12s} {statistics.median(values):8.3f} ms a step "
            f"({min(values):.3f}-{max(values):.3f}), x{statistics.median(ratios):.3f} of bare"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    torch.set_num_threads(1)
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, one thread, Python"
    )
    print(
        f"{platform.python_version()}, torch {torch.__version__}, commit {commit}, {rounds} rounds"
    )
    for name, size in SIZES.items():
        shape = dict(size)
        tokens = shape.pop("tokens")
        model, tokenizer = llama(**shape), vocabulary(shape["vocab_size"])
        for rows in (1, 4):
            kinds = calls(model, tokenizer, rows, tokens, dense=False)
            measure(f"llama {name}, {rows} rows", kinds, tokens, rounds)
    model, tokenizer = load_demo()
    measure("demo model, 1 row", calls(model, tokenizer, 1, 100, dense=True), 100, rounds)


if __name__ == "__main__":
    main()
