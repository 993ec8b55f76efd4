"""What the linear models cost, in one run: ``python -m tests.benchmarks.bench_linear``.

A whole text of 95 characters with all heads (``toxicity`` and ``injection``), of words that came up
before, of words that nobody says, and with an empty memory; a text of 4 characters; a chunk of 4
characters of a stream that both guard; files and memory. Times are of the process clock, one thread;
each is the median of rounds in which the subjects take turns, over sentences of which none comes
twice. ``--json`` prints rows for a program.
"""

from __future__ import annotations

import argparse
import random
import statistics
import string
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files

from tests.benchmarks.bench_encoder import Row, print_figures, resident

from tokenward import Guard
from tokenward.registry import Registry
from tokenward_plugins.linear import features
from tokenward_plugins.linear.train.benign import benign_phrases, support_talk

HEADS = ("toxicity", "injection")
LENGTH, CHUNK = 95, 4
SENTENCES = 200
"""Sentences of a round."""


class Talk:
    """Sentences of one length, made of ordinary talk, none of them twice."""

    def __init__(self, seed: int = 0) -> None:
        self._draw = random.Random(seed)
        self._words = " ".join(support_talk(benign_phrases())).lower().translate(PLAIN).split()

    def known(self) -> str:
        """Returns a sentence of pieces of what is said in other orders elsewhere."""
        pieces = []
        while sum(map(len, pieces)) < LENGTH:
            at = self._draw.randrange(len(self._words) - 6)
            pieces.append(" ".join(self._words[at : at + 6]))
        return ended(", ".join(pieces))

    def strange(self) -> str:
        """Returns a sentence of words that nobody says."""
        draw = self._draw
        lengths = [draw.randint(2, 9) for _ in range(LENGTH // 4)]
        return ended(" ".join("".join(draw.choices(string.ascii_letters, k=n)) for n in lengths))


PLAIN = str.maketrans("", "", ".!?,:;")


def ended(text: str) -> str:
    """Returns a text as a sentence of the length that is measured."""
    return text[: LENGTH - 1].strip().ljust(LENGTH - 1, "s").capitalize() + "."


@dataclass(frozen=True)
class Subject:
    """What is measured: ``work`` on texts that ``make`` makes, which hold ``count`` of its unit."""

    make: Callable[[], Sequence[str]]
    work: Callable[[Sequence[str]], None]
    count: int


def timed(subjects: dict[str, Subject], rounds: int) -> dict[str, float]:
    """Returns the median microseconds of each subject; they take turns."""
    taken: dict[str, list[float]] = {name: [] for name in subjects}
    for _ in range(rounds):
        for name, subject in subjects.items():
            texts = subject.make()
            started = time.process_time()
            subject.work(texts)
            taken[name].append(1e6 * (time.process_time() - started) / subject.count)
    return {name: statistics.median(some) for name, some in taken.items()}


def guarding(names: Sequence[str]) -> Guard:
    """Returns a guard that blocks what the detectors of these names find."""
    rules = [
        {
            "id": name,
            "stage": "output",
            "detect": {name: "all"},
            "when": "score >= 0.95",
            "action": "block",
            "on_error": "block",
        }
        for name in names
    ]
    return Guard.load({"name": "bench", "rules": rules})


def streams(guard: Guard) -> Callable[[Sequence[str]], None]:
    """Returns what puts texts through a guard as one stream, by chunks."""

    def work(texts: Sequence[str]) -> None:
        engine, text = guard.engine, " ".join(texts)
        stream = engine.open("output")
        for at in range(0, len(text), CHUNK):
            stream.feed(text[at : at + CHUNK])
            engine.settle(stream)
            stream.release()

    return work


def subjects() -> dict[str, Subject]:
    """Returns what is measured, by its name."""
    talk, registry = Talk(), Registry.load()
    heads = [registry.build(name, {}, "bench") for name in HEADS]

    def score(texts: Sequence[str], some: Sequence[object] = heads) -> None:
        for text in texts:
            for head in some:
                head.score([text])

    def forgetful(texts: Sequence[str]) -> None:
        for text in texts:
            features.known.forget()
            score([text])

    def known() -> list[str]:
        return [talk.known() for _ in range(SENTENCES)]

    def strange() -> list[str]:
        return [talk.strange() for _ in range(SENTENCES)]

    def short() -> list[str]:
        return [talk.known()[:CHUNK] for _ in range(SENTENCES)]

    found = {
        "a text of 95, all heads": Subject(known, score, SENTENCES),
        "a text of 95, toxicity": Subject(known, lambda texts: score(texts, heads[:1]), SENTENCES),
        "a text of 95, strange words": Subject(strange, score, SENTENCES),
        "a text of 95, nothing remembered": Subject(known, forgetful, SENTENCES),
        "a text of 4, all heads": Subject(short, score, SENTENCES),
    }
    chunks = SENTENCES * (LENGTH + 1) // CHUNK
    for names in ((), HEADS[:1], HEADS):
        told = " and ".join(names) or "no rules"
        found[f"a chunk of 4, {told}"] = Subject(known, streams(guarding(names)), chunks)
    return found


BOUNDS = {
    "a text of 95, all heads": (100.0, 50.0),
    "a chunk of 4, toxicity and injection": (12.0, 4.0),
    "files": (2.0, 1.0),
}
"""What a figure must not exceed, and what it should not."""


def measured(rounds: int) -> Iterator[Row]:
    """Yields the figures."""
    before = resident()
    some = subjects()
    loaded = resident() - before
    for name, taken in timed(some, rounds).items():
        yield Row(name, "us", taken, *BOUNDS.get(name, ()))
    folders = [files(f"tokenward_plugins.{name}").joinpath("model") for name in HEADS]
    size = sum(len(folder.joinpath("weights.npz").read_bytes()) for folder in folders) / 1e6
    yield Row("files", "MB", size, *BOUNDS["files"])
    yield Row("memory, loaded", "MiB", loaded)
    yield Row("memory, at the end", "MiB", resident() - before)


def main(arguments: list[str] | None = None) -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    print_figures(lambda: measured(given.rounds), as_json=given.json)


if __name__ == "__main__":
    main()
