"""What the stream guard costs, all figures in one run: ``python -m tests.benchmarks.bench_stream``.

Ours (a policy, by its engine and by ``Guard.stream``) stands beside a guard without rules, which is
the floor of the driver, and beside the best peer, ``cloakwall``, where it is installed (``pip
install --group bench``); where it is not, its figures are not measured. Times are of the process
clock; each is the median of rounds in which the subjects take turns. ``--json`` prints rows for a
program. Figures of another machine are no comparison; those of one run are.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

from tests.benchmarks.stream_subjects import PEER, Subject, subjects
from tests.benchmarks.stream_texts import (
    PROSE,
    at_random,
    in_chunks,
    planted,
    repeated,
    whole,
    with_values,
)

CHUNK = 4
LEAK = 0.4
"""Share of a value that is a leak where it comes out in one piece."""
START = (
    "import time; wall, cpu = time.perf_counter(), time.process_time()\n"
    "from tokenward import Guard; imported = time.process_time() - cpu\n"
    "import sys; Guard.load(sys.argv[1])\n"
    "print(imported, time.process_time() - cpu, time.perf_counter() - wall)"
)


@dataclass(frozen=True)
class Sizes:
    """How much is measured; ``tiny`` only shows that everything runs."""

    length: int = 16_000
    whole: int = 1_000_000
    rounds: int = 7
    streams: int = 1_000
    documents: int = 50
    far: int = 100_000


TINY = Sizes(length=600, whole=2_000, rounds=1, streams=10, documents=1, far=4_000)


@dataclass(frozen=True)
class Row:
    """One figure: a value for each subject that was measured, and what is demanded of ours."""

    figure: str
    unit: str
    values: dict[str, float]
    must: str = ""
    aim: str = ""
    ranges: dict[str, tuple[float, float]] = field(default_factory=dict)


def chunks(text: str) -> list[str]:
    """Returns a text in chunks of four characters."""
    return [text[at : at + CHUNK] for at in range(0, len(text), CHUNK)]


def in_turns(rounds: int, works: dict[str, Callable[[], float]]) -> dict[str, list[float]]:
    """Measures each work once a round, one after the other."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    gc.collect()
    for _ in range(rounds):
        for name, work in works.items():
            taken[name].append(work())
    return taken


def row(
    figure: str, unit: str, taken: dict[str, list[float]], must: str = "", aim: str = ""
) -> Row:
    """Returns the row of a figure: medians, and the least and the most of each subject."""
    medians = {name: statistics.median(some) for name, some in taken.items()}
    ranges = {name: (min(some), max(some)) for name, some in taken.items()}
    return Row(figure, unit, medians, must, aim, ranges)


def spent(open_: Callable[[], Any], pieces: Sequence[str]) -> float:
    """Returns the processor seconds of a text in pieces, without its end."""
    feed = open_().feed
    began = time.process_time()
    for piece in pieces:
        feed(piece)
    return time.process_time() - began


def chunk_cost(one: Subject, pieces: Sequence[str]) -> float:
    """Returns the processor microseconds of a chunk."""
    return 1e6 * spent(one.open, pieces) / len(pieces)


def costs(all_: Sequence[Subject], sizes: Sizes) -> Iterator[Row]:
    """Yields what a chunk costs, by text."""
    demands = {"prose": ("<= 6", "<= 2.5"), "code": ("", "")}
    for name, text in in_chunks(sizes.length).items():
        works = {one.name: partial(chunk_cost, one, chunks(text)) for one in all_}
        must, aim = demands.get(name, ("<= 12", "<= 5"))
        yield row(f"a chunk of {name}", "us", in_turns(sizes.rounds, works), must, aim)


def waits(all_: Sequence[Subject], sizes: Sizes) -> Iterator[Row]:
    """Yields how many characters wait after a chunk of one character, by text."""
    for name, text in in_chunks(sizes.length).items():
        mean, most = {}, {}
        for one in all_:
            stream, held = one.open(), []
            for character in text:
                stream.feed(character)
                held.append(stream.held)
            mean[one.name], most[one.name] = sum(held) / len(held), float(max(held))
        prose = name == "prose"
        demands = ("<= 3", "<= 1") if prose else ("", "")
        yield Row(f"held, mean, {name}", "characters", mean, *demands)
        yield Row(
            f"held, most, {name}",
            "characters",
            most,
            "" if prose else "<= 64",
            "" if prose else "<= 16",
        )


def speed(one: Subject, text: str) -> float:
    """Returns the megabytes a processor second of a whole text."""
    stream, began = one.open(), time.process_time()
    stream.feed(text)
    stream.finish()
    return len(text.encode()) / 1e6 / max(time.process_time() - began, 1e-9)


def speeds(all_: Sequence[Subject], sizes: Sizes) -> Iterator[Row]:
    """Yields how fast whole texts are checked."""
    for name, text in whole(sizes.whole).items():
        works = {one.name: partial(speed, one, text) for one in all_}
        demands = (">= 20", ">= 60") if name.startswith("prose") else ("", "")
        yield row(
            f"whole text, {name}", "MB/s", in_turns(max(1, sizes.rounds // 2), works), *demands
        )


def memory(all_: Sequence[Subject], sizes: Sizes) -> Iterator[Row]:
    """Yields what an open stream takes, in the middle of a text and right after a chunk."""
    pieces = chunks(with_values(PROSE, 1_000, 400))
    taken = {}
    for one in all_:
        one.open().feed(pieces[0])  # what is made once is made now
        gc.collect()
        tracemalloc.start()
        streams = [one.open() for _ in range(sizes.streams)]
        for stream in streams:
            for piece in pieces:
                stream.feed(piece)
        gc.collect()
        taken[one.name] = tracemalloc.get_traced_memory()[0] / len(streams) / 1024
        tracemalloc.stop()
        del streams
    yield Row("an open stream", "KiB", taken, "<= 16", "<= 4")


def growth(all_: Sequence[Subject], sizes: Sizes) -> Iterator[Row]:
    """Yields what a chunk far into a text costs, against one near its beginning."""
    near, far, span = sizes.length // 16, sizes.far, sizes.length // 4
    pieces = chunks(with_values(PROSE, far + span, 500))

    works = {one.name: partial(ratio, one, pieces, (near, far), span) for one in all_}
    title = f"a chunk at {far:,} against one at {near:,}"
    yield row(title, "x", in_turns(sizes.rounds, works), "<= 1.1", "1.0")


def ratio(one: Subject, pieces: Sequence[str], begins: Sequence[int], span: int) -> float:
    """Returns what a stretch costs in the same stream at the second place, against the first."""
    feed, at, times = one.open().feed, 0, []
    for begin in begins:
        for piece in pieces[at : begin // CHUNK]:
            feed(piece)
        at = (begin + span) // CHUNK
        began = time.process_time()
        for piece in pieces[begin // CHUNK : at]:
            feed(piece)
        times.append(time.process_time() - began)
    return times[1] / max(times[0], 1e-9)


def leaks(all_: Sequence[Subject], sizes: Sizes) -> Iterator[Row]:
    """Yields how many planted values came out in random chunks, and whether clean text changed."""
    out: dict[str, float] = {}
    missed: dict[str, float] = {}
    changed: dict[str, float] = {}
    for one in all_:
        out[one.name] = missed[one.name] = changed[one.name] = 0.0
        for number, document in enumerate(planted(sizes.documents)):
            pieces = at_random(document.text, number)
            streamed, at_once = put_through(one, pieces), put_through(one, [document.text])
            out[one.name] += sum(leaked(value, streamed) for value in document.values)
            missed[one.name] += sum(value in at_once for value in document.values)
            clean = repeated(PROSE[number % 50 :], 900)
            changed[one.name] += put_through(one, at_random(clean, number)) != clean
    total = sizes.documents * len(planted(1)[0].values)
    yield Row(f"values leaked, of {total:,}", "", out, "0", "0")
    yield Row("of these, not found in the whole text either", "", missed, "0", "0")
    yield Row(f"clean texts changed, of {sizes.documents}", "", changed, "0", "0")


def put_through(one: Subject, pieces: Sequence[str]) -> str:
    """Returns all that leaves of a text."""
    stream = one.open()
    return "".join([*(stream.feed(piece) for piece in pieces), stream.finish()])


def leaked(value: str, released: str) -> bool:
    """Tells whether a part of a value came out in one piece."""
    size = max(4, round(len(value) * LEAK))
    return any(value[at : at + size] in released for at in range(len(value) - size + 1))


def starts(policy: str, rounds: int) -> Iterator[Row]:
    """Yields what importing and compiling take, in a process of its own."""
    runs = []
    for _ in range(rounds):
        done = subprocess.run(
            [sys.executable, "-c", START, policy],
            capture_output=True,
            text=True,
            check=True,
            env=os.environ,
        )
        runs.append([float(one) for one in done.stdout.split()])
    for place, name in enumerate(
        ("import, CPU", "import and compile, CPU", "import and compile, wall")
    ):
        must = "<= 1.5" if place else ""
        yield row(name, "s", {policy: [run[place] for run in runs]}, must)


def machine() -> dict[str, str]:
    """Returns what the figures are of."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    return {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}",
        "python": platform.python_version(),
        "commit": commit.stdout.strip() or "unknown",
    }


def measured(policy: str, sizes: Sizes) -> Iterator[Row]:
    """Yields all rows."""
    all_ = list(subjects(policy))
    for part in (costs, waits, speeds, memory, growth, leaks):
        yield from part(all_, sizes)
    yield from starts(policy, min(3, sizes.rounds))


def line(some: Row, names: Sequence[str]) -> str:
    """Returns a row as text."""
    cells = [
        f"{some.values[name]:>12.2f}" if name in some.values else f"{'-':>12}" for name in names
    ]
    return f"{some.figure:46s} {some.unit:>10} {' '.join(cells)}  {some.must:>8} {some.aim:>8}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints the table, or its rows as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--policy", default="pii-secrets")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--tiny", action="store_true", help="only show that everything runs")
    given = parser.parse_args(arguments)
    sizes = TINY if given.tiny else Sizes()
    if given.rounds:
        sizes = Sizes(**{**asdict(sizes), "rounds": given.rounds})
    names = [given.policy, "Guard.stream", "no rules", PEER]
    rows = measured(given.policy, sizes)
    if given.json:
        table = [asdict(some) for some in rows]
        absent = [name for name in names if not any(name in some["values"] for some in table)]
        print(json.dumps({**machine(), "not_measured": absent, "rows": table}))
        return
    print(", ".join(f"{name} {value}" for name, value in machine().items()))
    print(f"{'':46s} {'':>10} {' '.join(f'{name:>12}' for name in names)}  {'must':>8} {'aim':>8}")
    seen: set[str] = set()
    for some in rows:
        seen.update(some.values)
        print(line(some, names), flush=True)
    for name in names:
        if name not in seen:
            print(f"{name}: not measured, it is not installed (pip install --group bench)")


if __name__ == "__main__":
    main()
