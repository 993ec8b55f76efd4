"""What the stream guard alone costs a chunk: ``python tests/benchmarks/bench_stream.py [POLICY]``.

CPU time of ``feed`` + scoring + ``release`` for each 4-character chunk, interleaved with a guard
without rules (the floor of the driver), on prose without values and with a value each 500
characters; and how many characters are held back after a chunk.
"""

from __future__ import annotations

import platform
import statistics
import subprocess
import sys
import time

from tokenward import Guard

ROUNDS = 7
CHUNK = 4
PROSE = (
    "The committee met on a rainy morning to talk about the new harbour. Nobody had read the long "
    "report, but everybody had an opinion about the cranes, the noise and the price of fish. In the "
    "end they agreed to meet again, to drink less coffee, and to ask an engineer what it would cost. "
)
VALUES = (
    "Ask ann.lee@example.com. ",
    "Card 4111 1111 1111 1111. ",
    "Call (212) 555-0147 now. ",
    "DE89 3704 0044 0532 0130 00 ",
)


def documents(length: int = 16_000) -> dict[str, list[str]]:
    """Returns the texts cut in chunks."""
    plain = (PROSE * (length // len(PROSE) + 1))[:length]
    dense = "".join(
        plain[at : at + 475] + VALUES[at // 475 % len(VALUES)] for at in range(0, length, 475)
    )
    texts = {"plain": plain, "a value each 500": dense}
    return {name: [t[i : i + CHUNK] for i in range(0, len(t), CHUNK)] for name, t in texts.items()}


def once(guard: Guard, chunks: list[str]) -> tuple[float, float]:
    """Returns CPU microseconds a chunk, and characters held after a chunk (mean)."""
    engine = guard.engine
    stream = engine.open("output")
    held = 0
    began = time.process_time()
    for chunk in chunks:
        stream.feed(chunk)
        engine.settle(stream)
        stream.release()
    spent = time.process_time() - began
    stream = engine.open("output")
    for chunk in chunks:
        stream.feed(chunk)
        engine.settle(stream)
        stream.release()
        held += stream.length - stream.settled
    return 1e6 * spent / len(chunks), held / len(chunks)


def main() -> None:
    """Prints a line a text."""
    policy = sys.argv[1] if len(sys.argv) > 1 else "pii-secrets"
    guards = {policy: Guard.load(policy), "no rules": Guard.load({"name": "none", "rules": []})}
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    print(
        f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, commit {commit.stdout.strip()}"
    )
    for name, chunks in documents().items():
        costs: dict[str, list[float]] = {key: [] for key in guards}
        held = {}
        for _ in range(ROUNDS):
            for key, guard in guards.items():
                cost, held[key] = once(guard, chunks)
                costs[key].append(cost)
        for key, values in costs.items():
            print(
                f"{name:18s} {key:12s} {statistics.median(values):7.2f} us a chunk "
                f"({min(values):.2f}-{max(values):.2f}), held {held[key]:.2f} characters"
            )


if __name__ == "__main__":
    main()
