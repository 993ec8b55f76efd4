"""What the generate hook keeps and costs on a GPU: ``python -m tests.benchmarks.check_device``.

Models have random weights and a made-up vocabulary. The first part compares with ``model.generate``
and with a reading without a cache, the second takes times: of the wall clock, with the device at
rest before and behind, guarded and bare in turns. Figures of other devices than a GPU (``--device
cpu --tiny``) only show that everything runs.
"""

from __future__ import annotations

import argparse
import copy
import itertools
import json
import statistics
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import cache, partial
from typing import Any

import torch
from tests.benchmarks.bench_generate import Row, loaded, machine, over
from tests.benchmarks.generate_subjects import (
    BYTES,
    SHAPES,
    Script,
    llama,
    others,
    taking_back,
    vocabulary,
)

PROMPTS = ("Tell me about the harbour, please.", "x", "The boats of the old town:")
PLAIN = {"eos_token_id": None, "pad_token_id": 0}
CACHES: Mapping[str, dict[str, Any]] = {
    "dynamic": {},
    "static": {"cache_implementation": "static"},
    "static, uncompiled": {"cache_implementation": "static", "disable_compile": True},
    "offloaded": {"cache_implementation": "offloaded"},
}
SMALL = {"float32": 1e-4, "float16": 1e-2, "bfloat16": 5e-2}
"""Nats that logits may be off, by their type, when a text is read in other pieces."""
POLICIES = ("default", "rewind")
MODES: Mapping[str, dict[str, Any]] = {
    "greedy": {"do_sample": False},
    "sampling": {"do_sample": True},
}


def caches(device: str) -> list[str]:
    """Returns the kinds of caches that work on a device: only a GPU has something to offload."""
    return [kind for kind in CACHES if device != "cpu" or kind != "offloaded"]


def rest(device: str) -> None:
    """Waits until a device has done all that it was given."""
    if device != "cpu":
        torch.accelerator.synchronize()


@cache
def subjects(shape: str, device: str, dtype: str) -> tuple[Any, Any]:
    """Returns a model and its tokenizer."""
    model = llama(**SHAPES[shape], device=device).to(getattr(torch, dtype))
    return model, vocabulary(SHAPES[shape]["vocab_size"])


# -- the same tokens -------------------------------------------------------------------------------


def bare(model: Any, tokenizer: Any, prompts: Sequence[str], options: Any) -> list[list[int]]:
    """Returns the new tokens of ``model.generate``."""
    encoded = tokenizer(
        list(prompts), return_tensors="pt", padding=True, return_token_type_ids=False
    ).to(model.device)
    sequences = model.generate(**encoded, **copy.deepcopy(options))
    return sequences[:, encoded.input_ids.shape[1] :].tolist()  # type: ignore[no-any-return]


def same(shape: str, device: str, dtype: str, tokens: int) -> Iterator[Row]:
    """Yields whether an armed guard gives the tokens of ``model.generate``."""
    model, tokenizer = subjects(shape, device, dtype)
    for kind, mode in ((kind, mode) for kind in caches(device) for mode in MODES):
        options = {**PLAIN, **CACHES[kind], **MODES[mode], "max_new_tokens": tokens}
        options["suppress_tokens"] = list(range(BYTES))
        equal = 0
        for rows in (1, len(PROMPTS)):
            torch.manual_seed(3)
            expected = bare(model, tokenizer, PROMPTS[:rows], options)
            torch.manual_seed(3)
            outputs = loaded("rewind").generate(model, tokenizer, [*PROMPTS[:rows]], **options)
            got = [list(output.tokens) for output in outputs]
            equal += sum(one == other for one, other in zip(got, expected, strict=True))
        yield Row(f"rows with the same tokens, {dtype}, {kind}, {mode}", equal, ">= 4", "of 4")


# -- back ------------------------------------------------------------------------------------------


@torch.no_grad()
def off(model: Any, output: Any) -> float:
    """Returns how far, in nats, surprisals are from those of one reading without a cache."""
    ids = output.sequences.to(model.device)
    new = len(output.tokens)
    logits = model(ids, use_cache=False).logits[0, -new - 1 : -1].float()
    fresh = -logits.log_softmax(-1).gather(-1, ids[0, -new:, None])[:, 0]
    error = (fresh - torch.tensor(output.surprisals, device=fresh.device)).abs().max()
    return float(error.nan_to_num(torch.inf))


def back(shape: str, device: str, dtype: str, tokens: int) -> Iterator[Row]:
    """Yields what the logits behind rewinds are off a fresh reading, over what all logits are."""
    model, tokenizer = subjects(shape, device, dtype)
    guard, length = taking_back(4), 4
    for kind, rows in ((kind, rows) for kind in caches(device) for rows in (1, len(PROMPTS))):
        prompts = [*PROMPTS[:rows]]
        width = max(len(tokenizer(prompt)["input_ids"]) for prompt in prompts)
        script = Script(tokenizer, width, range(4, tokens - length, 8), length)
        options = {
            **PLAIN, **CACHES[kind], "do_sample": True, "max_new_tokens": tokens,
            "suppress_tokens": others(tokenizer), "logits_processor": [script],
        }  # fmt: skip
        errors = {}
        for name, going_back in (("straight", ()), ("back", (0,))):
            script.rows = going_back
            torch.manual_seed(3)
            outputs = guard.generate(model, tokenizer, prompts, **options)
            errors[name] = max(off(model, output) for output in outputs)
        rewinds = sum(output.rewinds for output in outputs)
        allowed = max(2 * errors["straight"], SMALL[dtype])
        yield Row(
            f"off after rewinds, {dtype}, {kind}, {rows} row(s)", errors["back"], f"<= {allowed:.2g}",
            f"{errors['straight']:.2g} nats without; {rewinds} rewinds",
        )  # fmt: skip


# -- cost ------------------------------------------------------------------------------------------


def spent(
    works: Mapping[str, Callable[[], Any]], rounds: int, device: str
) -> dict[str, list[float]]:
    """Returns the milliseconds of each work in each round, in turns; the first two warm up.

    A round in which a rule fired, for a random text can be rude, is not counted.
    """
    taken: dict[str, list[float]] = {name: [] for name in works}
    numbers = itertools.count()
    while len(taken["bare"]) < rounds:
        number, milliseconds, fired = next(numbers), [], False
        for work in works.values():
            torch.manual_seed(number)
            rest(device)
            began = time.perf_counter()
            outputs = work()
            rest(device)
            milliseconds.append(1000 * (time.perf_counter() - began))
            fired |= isinstance(outputs, list) and any(one.decision.rules for one in outputs)
        if number > 1 and not fired:
            for name, one in zip(works, milliseconds, strict=True):
                taken[name].append(one)
    return taken


@contextmanager
def waits(count: list[int]) -> Iterator[None]:
    """Counts how often the host waits for the GPU."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        torch.cuda.set_sync_debug_mode("warn")
        try:
            yield
        finally:
            torch.cuda.set_sync_debug_mode("default")
    count.append(sum("synchroniz" in str(one.message) for one in seen))


def cost(shape: str, device: str, dtype: str, tokens: int, rounds: int) -> Iterator[Row]:
    """Yields what the guarded loop costs over the bare one."""
    model, tokenizer = subjects(shape, device, dtype)
    for kind, rows in ((kind, rows) for kind in ("dynamic", "static") for rows in (1, 8)):
        options = {**PLAIN, **CACHES[kind], "do_sample": True, "max_new_tokens": tokens}
        options["suppress_tokens"] = list(range(BYTES))
        prompts = [PROMPTS[0]] * rows
        encoded = tokenizer(prompts, return_tensors="pt", return_token_type_ids=False).to(device)
        works: dict[str, Callable[[], Any]] = {
            "bare": partial(model.generate, **encoded, **options)
        }
        for policy in POLICIES:
            works[policy] = partial(loaded(policy).generate, model, tokenizer, prompts, **options)
        taken = spent(works, rounds, device)
        each = {name: statistics.median(some) / tokens for name, some in taken.items()}
        counts: list[int] = []
        if device == "cuda":
            for name in ("bare", "rewind"):
                with waits(counts):
                    works[name]()
        for name in POLICIES:
            yield Row(
                f"guarded / bare, {shape} {dtype}, {kind}, {rows} row(s), {name}",
                over(taken[name], taken["bare"]),
                "<= 1.05" if name == "rewind" and rows == 1 else "",
                f"{each[name]:.3f} over {each['bare']:.3f} ms a step"
                + (f"; waits a step {counts[1] / tokens:.2f} over {counts[0] / tokens:.2f}"
                   if counts and name == "rewind" else ""),
            )  # fmt: skip


# -- the table -------------------------------------------------------------------------------------


def measured(given: argparse.Namespace) -> Iterator[Row]:
    """Yields all rows."""
    for dtype in given.dtypes:
        for check in (same, back):
            yield from check(given.checked, given.device, dtype, given.tokens)
    for shape in given.shapes:
        yield from cost(shape, given.device, "bfloat16", given.tokens, given.rounds)


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints the table, or its rows as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--checked", default="56M", choices=SHAPES)
    parser.add_argument("--shapes", nargs="*", default=["56M", "1B"], choices=SHAPES)
    parser.add_argument("--dtypes", nargs="*", default=["float32", "bfloat16", "float16"])
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    card = torch.cuda.get_device_name() if given.device == "cuda" else given.device
    if given.json:
        rows = [asdict(row) for row in measured(given)]
        print(json.dumps({**machine(), "device": card, "rows": rows}))
        return
    print(", ".join(f"{name} {value}" for name, value in {**machine(), "device": card}.items()))
    for row in measured(given):
        print(
            f"{row.figure:64s} {row.value:8.3g} {row.must:>8} {row.met:>4}  {row.made_of}",
            flush=True,
        )


if __name__ == "__main__":
    main()
