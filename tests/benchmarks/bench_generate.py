"""What the generate hook costs and keeps: ``python -m tests.benchmarks.bench_generate``.

Times are of the process clock, on one thread; what is compared takes turns in one run, and each
ratio is the median of those of the rounds. Models with a shape for a name have random weights and a
made-up vocabulary; the demo model writes what it was trained on. What the demo model releases is
checked anew, as a whole, by the rules that it was written under. The whole table takes some
minutes: ``--generations`` and ``--rounds`` make it shorter, ``--json`` prints it for a program.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache, partial
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
import transformers
from tests.benchmarks.generate_subjects import (
    ACTIONS,
    BYTES,
    SHAPES,
    Script,
    guard_of,
    llama,
    others,
    taking_back,
    vocabulary,
)

from tokenward import Guard
from tokenward.demo.model import load as load_demo
from tokenward.demo.prompts import PROMPTS, of_kind

PROMPT = "Tell me about the harbour, please."
BATCH = 19
"""As many rows at a time as the demo has questions."""
HOT = {"do_sample": True, "temperature": 1.2, "max_new_tokens": 64}


@dataclass(frozen=True)
class Sizes:
    """How much is measured; ``tiny`` only shows that everything runs."""

    rounds: int = 7
    generations: int = 1_000
    tokens: int = 64
    big: str = "56M"
    small: str = "0.8M"


TINY = Sizes(rounds=1, generations=19, tokens=24, big="tiny", small="tiny")


@dataclass(frozen=True)
class Row:
    """One figure, what is demanded of it, and what it is made of."""

    figure: str
    value: float
    must: str = ""
    made_of: str = ""

    @property
    def met(self) -> str:
        """Whether the figure is what it must be."""
        if not self.must:
            return ""
        compare, bound = self.must.split()
        met = self.value <= float(bound) if compare == "<=" else self.value >= float(bound)
        return "yes" if met else "NO"


# -- time ----------------------------------------------------------------------------------------


def spent(works: Mapping[str, Callable[[], Any]], rounds: int) -> dict[str, list[float]]:
    """Returns the processor milliseconds of each work in each round; one more warms up."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for number in range(rounds + 1):
        for name, work in works.items():
            torch.manual_seed(number)
            began = time.process_time()
            work()
            if number:
                taken[name].append(1000 * (time.process_time() - began))
    return taken


def over(some: Sequence[float], others: Sequence[float]) -> float:
    """Returns the median of the ratios."""
    return statistics.median(a / b for a, b in zip(some, others, strict=True))


def unfired(generate: Callable[[], Any]) -> None:
    """Generates, and makes sure that no rule had anything to do."""
    outputs = generate()
    for output in outputs if isinstance(outputs, list) else [outputs]:
        if output.decision.rules:
            raise SystemExit(f"a rule fired: {output.decision.rules[0].id}")


@cache
def loaded(policy: str) -> Guard:
    """Returns the guard of an installed policy, or of one without rules."""
    return Guard.load({"name": "n", "rules": []} if policy == "no rules" else policy)


def loop_cost(shape: str, sizes: Sizes, must: str) -> Iterator[Row]:
    """Yields what the guarded loop costs a model of a shape, over the bare one."""
    model, tokenizer = llama(**SHAPES[shape]), vocabulary(SHAPES[shape]["vocab_size"])
    options = {
        "do_sample": True, "max_new_tokens": sizes.tokens, "eos_token_id": None,
        "pad_token_id": 0, "suppress_tokens": list(range(BYTES)),
    }  # fmt: skip
    for rows in (1, 8):
        prompts = [PROMPT] * rows
        encoded = tokenizer(prompts, return_tensors="pt", return_token_type_ids=False)
        works: dict[str, Callable[[], Any]] = {
            "bare": partial(model.generate, **encoded, **options)
        }
        for policy in ("no rules", "default", "rewind"):
            guard = loaded(policy)
            works[policy] = partial(
                unfired, partial(guard.generate, model, tokenizer, prompts, **options)
            )
        yield from ratios(f"{shape}, {rows} row{'s' * (rows > 1)}", works, sizes, must, rows)
        must = ""  # of one row only


def demo_cost(sizes: Sizes) -> Iterator[Row]:
    """Yields what the guarded loop costs the demo model, over the bare one."""
    model, tokenizer = load_demo()
    chats = [prompt.messages for prompt in of_kind("clean")]
    options = {"do_sample": False, "max_new_tokens": sizes.tokens}

    def bare() -> None:
        for chat in chats:
            encoded = tokenizer.apply_chat_template(
                chat, add_generation_prompt=True, return_tensors="pt", return_dict=True
            )
            model.generate(**encoded, **options)

    def guarded(guard: Guard) -> None:
        for chat in chats:
            unfired(partial(guard.generate, model, tokenizer, chat, **options))

    works: dict[str, Callable[[], Any]] = {"bare": bare}
    for policy in ("default", "rewind"):
        works[policy] = partial(guarded, loaded(policy))
    yield from ratios("demo model", works, sizes, "<= 1.5", 1)


def ratios(
    title: str, works: Mapping[str, Callable[[], Any]], sizes: Sizes, must: str, rows: int
) -> Iterator[Row]:
    """Yields the cost of each work over the first; the demand is on the policy ``default``."""
    taken = spent(works, sizes.rounds)
    bare = statistics.median(taken["bare"])
    for name, some in taken.items():
        if name != "bare":
            made_of = f"{statistics.median(some):.0f} over {bare:.0f} ms for {rows} row(s)"
            demand = must if name == "default" else ""
            yield Row(
                f"guarded / bare, {title}, {name}", over(some, taken["bare"]), demand, made_of
            )


# -- rewinds -------------------------------------------------------------------------------------


def rewind_cost(shape: str, sizes: Sizes) -> Iterator[Row]:
    """Yields what a rewind costs, over the steps that it makes necessary."""
    for length in (2, 4, 8):
        generate, script = scripted(shape, sizes, length, rows=1, every=16)
        counts: dict[str, Any] = {}
        works = {
            "straight": partial(counted, counts, "straight", generate, script, ()),
            "back": partial(counted, counts, "back", generate, script, (0,)),
        }
        taken = spent(works, sizes.rounds)
        rewinds, dropped = counts["back"]
        steps = over(taken["back"], taken["straight"]) - 1  # as a share of a whole generation
        lost = dropped / rewinds
        value = steps * sizes.tokens / rewinds / (lost + 1)
        yield Row(
            f"rewind of {lost:.0f} / {lost + 1:.0f} steps, {shape}", value, "<= 1.5",
            f"{rewinds} rewinds in {sizes.tokens} tokens",
        )  # fmt: skip


def batch_cost(shape: str, sizes: Sizes) -> Iterator[Row]:
    """Yields what a batch of eight costs where one row goes back, over one where none does."""
    for times, must in ((1, "<= 1.15"), (2, "")):
        every = sizes.tokens // times
        generate, script = scripted(shape, sizes, length=4, rows=8, every=every)
        counts: dict[str, Any] = {}
        works = {
            "none": partial(counted, counts, "none", generate, script, ()),
            "one": partial(counted, counts, "one", generate, script, (0,)),
        }
        taken = spent(works, sizes.rounds)
        rewinds, dropped = counts["one"]
        yield Row(
            f"batch of 8, one row rewinding / none, {shape}", over(taken["one"], taken["none"]),
            must, f"{rewinds} rewind(s), {dropped} of {sizes.tokens} tokens written again",
        )  # fmt: skip


def scripted(
    shape: str, sizes: Sizes, length: int, rows: int, every: int
) -> tuple[Callable[..., Any], Script]:
    """Returns a generation in which rows of a script go back."""
    model, tokenizer = llama(**SHAPES[shape]), vocabulary(SHAPES[shape]["vocab_size"])
    guard = taking_back(length)
    prompt = len(tokenizer(PROMPT)["input_ids"])
    script = Script(tokenizer, prompt, range(every // 4, sizes.tokens - length, every), length)
    generate = partial(
        guard.generate, model, tokenizer, [PROMPT] * rows, do_sample=True,
        max_new_tokens=sizes.tokens, eos_token_id=None, pad_token_id=0,
        suppress_tokens=others(tokenizer), logits_processor=[script],
    )  # fmt: skip
    return generate, script


def counted(
    counts: dict[str, Any],
    name: str,
    generate: Callable[..., Any],
    script: Script,
    rows: Sequence[int],
) -> None:
    """Generates, and notes how often a row went back, and how many tokens it wrote in vain."""
    script.rows = rows
    sampled = 0

    def observe(*_: Any) -> None:
        nonlocal sampled
        sampled += 1

    outputs = generate(observe=observe)
    kept = sum(len(output.tokens) for output in outputs)
    counts[name] = (sum(output.rewinds for output in outputs), sampled - kept)
    if bool(counts[name][0]) != bool(rows):
        raise SystemExit(f"{name}: {counts[name][0]} rewinds")


# -- what is released ----------------------------------------------------------------------------


def hot(guard: Guard, demo: tuple[Any, Any], generations: int) -> Iterator[Any]:
    """Yields generations of the demo model at temperature 1.2, the same for every guard."""
    chats = [prompt.messages for prompt in PROMPTS]
    for seed in range(-(-generations // BATCH)):
        torch.manual_seed(seed)
        count = min(BATCH, generations - seed * BATCH)
        yield from guard.generate(*demo, chats[:count], **HOT)


def leaks(output: Any, tokenizer: Any, judge: Guard, name: str) -> bool:
    """Tells whether text came out that the rules forbid.

    That is a value of what the model wrote, or what they find in the released text by itself; the
    latter not behind a mask, which shows by design what kind of value it stands for.
    """
    whole = tokenizer.decode(output.tokens, skip_special_tokens=True)
    found = [one for rule in judge.check(whole).rules for one in rule.detections]
    if any(whole[one.start : one.end] in output.text for one in found):
        return True
    return name != "mask" and bool(judge.check(output.text).rules)


def releases(sizes: Sizes) -> Iterator[Row]:
    """Yields how much forbidden text came out for each action, and what rewinds saved."""
    demo = load_demo()
    judge = guard_of("flag")
    stopped: set[int] = set()
    for name, action in ACTIONS.items():
        outputs = list(hot(guard_of(action), demo, sizes.generations))
        leaked = sum(leaks(output, demo[1], judge, name) for output in outputs)
        rewinds = sum(output.rewinds for output in outputs)
        ended = {place for place, output in enumerate(outputs) if output.blocked}
        made_of = f"of {len(outputs)}; {len(ended)} ended by a rule, {rewinds} rewinds"
        must = "" if name == "flag" else "<= 0"
        yield Row(f"forbidden text released, {name}", leaked, must, made_of)
        if name == "block":
            stopped = ended
    yield saved(stopped, demo, sizes.generations, judge)


def saved(stopped: set[int], demo: tuple[Any, Any], generations: int, judge: Guard) -> Row:
    """Returns which share of what ``block`` ends the policy ``rewind`` brings to a clean end."""
    clean = 0
    for place, output in enumerate(hot(loaded("rewind"), demo, generations)):
        whole = demo[1].decode(output.tokens, skip_special_tokens=True)
        untouched = not output.blocked and output.text == whole
        clean += place in stopped and untouched and not leaks(output, demo[1], judge, "rewind")
    share = 100 * clean / len(stopped) if stopped else 100.0
    return Row(
        "answers saved by policy rewind, %", share, ">= 80", f"{clean} of {len(stopped)} blocked"
    )


# -- the table -----------------------------------------------------------------------------------


def machine() -> dict[str, str]:
    """Returns what the figures are of."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    return {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}, one thread",
        "python": platform.python_version(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "commit": commit.stdout.strip() or "unknown",
    }


def measured(sizes: Sizes) -> Iterator[Row]:
    """Yields all rows."""
    yield from loop_cost(sizes.big, sizes, "<= 1.05")
    yield from loop_cost(sizes.small, sizes, "")
    yield from demo_cost(sizes)
    yield from rewind_cost(sizes.big, sizes)
    yield from rewind_cost(sizes.small, sizes)
    yield from batch_cost(sizes.big, sizes)
    yield from releases(sizes)


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints the table, or its rows as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--generations", type=int)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--tiny", action="store_true", help="only show that everything runs")
    given = parser.parse_args(arguments)
    asked = {"rounds": given.rounds, "generations": given.generations}
    sizes = Sizes(
        **{
            **asdict(TINY if given.tiny else Sizes()),
            **{name: value for name, value in asked.items() if value is not None},
        }
    )
    torch.set_num_threads(1)
    if given.json:
        rows = [asdict(row) for row in measured(sizes)]
        print(json.dumps({**machine(), **asdict(sizes), "rows": rows}))
        return
    print(", ".join(f"{name} {value}" for name, value in {**machine(), **asdict(sizes)}.items()))
    print(f"{'figure':48s} {'value':>8} {'must':>8} {'met':>4}  made of")
    for row in measured(sizes):
        print(
            f"{row.figure:48s} {row.value:8.3f} {row.must:>8} {row.met:>4}  {row.made_of}",
            flush=True,
        )


if __name__ == "__main__":
    main()
