"""What the encoder costs, in one run: ``python -m tests.benchmarks.bench_encoder [--model DIR]``.

A pass by the number of tokens, a sentence with everything around its pass, both beside the linear
model of ``toxicity`` on the same sentences; opening, memory and size. Times are of the process
clock, one thread; each is the median of rounds in which the subjects take turns. ``--json`` prints
rows for a program. Figures of another machine are no comparison; those of one run are.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass

import numpy as np
from tests.benchmarks.bench_stream import machine

from tokenward.registry import Registry
from tokenward_plugins.encoder.folder import NEEDED, folder_of
from tokenward_plugins.encoder.settings import EMBEDDED

LENGTHS = (16, 32, 64, 98)
SENTENCES = (
    "The parcel left the warehouse on Monday and should be with you by Thursday evening at the latest.",
    "Please look up when the next train leaves for Lyon, and tell me whether I have to change.",
    "I have read the manual twice now and still cannot find out how the filter is meant to be cleaned.",
    "Nobody told us that the meeting was moved to Friday, so half of the team was not even there.",
)
MUST, AIM = 2.0, 1.2
"""Milliseconds of a pass of 32 tokens."""


@dataclass(frozen=True)
class Row:
    """One figure, and what is demanded of it."""

    figure: str
    unit: str
    value: float
    must: float | None = None
    aim: float | None = None


def medians(works: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Returns the median seconds of each piece of work; they take turns."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            started = time.process_time()
            work()
            taken[name].append(time.process_time() - started)
    return {name: statistics.median(some) for name, some in taken.items()}


def resident() -> float:
    """Returns the MiB that the process has taken at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measured(model: str, rounds: int) -> Iterator[Row]:
    """Yields the figures."""
    registry = Registry.load()
    linear, language = (registry.build(name, {}, "bench") for name in ("toxicity", "language"))
    before, started = resident(), time.perf_counter()
    detector = registry.build("encoder", {"model": model}, "bench")
    yield Row("open, with checksums", "ms", 1000 * (time.perf_counter() - started))
    yield Row("memory", "MiB", resident() - before)
    folder = folder_of(model)
    size = sum(len(folder.joinpath(name).read_bytes()) for name in NEEDED)
    yield Row("files", "MB", size / 1e6, 25, 15)
    encoder = detector.encoder
    draw, tokens = np.random.default_rng(0), len(encoder._pieces.tokens)
    ids = {length: draw.integers(4, tokens, length).tolist() for length in LENGTHS}
    works = {
        f"a pass of {n} tokens": (lambda some=some: encoder._network(some))
        for n, some in ids.items()
    }
    for name, seconds in medians(works, rounds).items():
        bounds = (MUST, AIM) if " 32 " in name else (None, None)
        yield Row(name, "ms", 1000 * seconds, *bounds)
    numbers = iter(range(10**9))  # a text that was scored before costs nothing

    def new() -> list[str]:
        return [f"{sentence} {next(numbers)}" for sentence in SENTENCES]

    some = {
        "a sentence, encoder": lambda: detector.score(new()),
        "a sentence, its language": lambda: language.score(new()),
        "a sentence, linear model": lambda: linear.score(new()),
        "a sentence, pieces": lambda: [encoder._pieces.ids(text) for text in new()],
    }
    found = {name: seconds / len(SENTENCES) for name, seconds in medians(some, rounds).items()}
    for name, seconds in found.items():
        yield Row(name, "ms", 1000 * seconds)
    ratio = found["a sentence, encoder"] / found["a sentence, linear model"]
    yield Row("encoder to linear model", "times", ratio)
    detector.score(SENTENCES)
    again = medians({"again": lambda: detector.score(SENTENCES)}, rounds)["again"]
    yield Row("a sentence, for another rule", "ms", 1000 * again / len(SENTENCES))


def main(arguments: list[str] | None = None) -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--model", default=EMBEDDED, help="a folder; the embedded model if not given"
    )
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    print_figures(lambda: measured(given.model, given.rounds), as_json=given.json)


def print_figures(measure: Callable[[], Iterable[Row]], *, as_json: bool) -> None:
    """Measures and prints the rows, as a table or for a program, with the load at the start."""
    about = {**machine(), "load": round(os.getloadavg()[0], 2)}
    rows = list(measure())
    if as_json:
        print(json.dumps({**about, "rows": [asdict(row) for row in rows]}))
        return
    print(", ".join(f"{name} {value}" for name, value in about.items()))
    for row in rows:
        bounds = f"must {row.must:g}, aim {row.aim:g}" if row.must else ""
        print(f"{row.figure:40s} {row.value:10.3f} {row.unit:6s} {bounds}")


if __name__ == "__main__":
    main()
