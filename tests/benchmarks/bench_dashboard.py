"""How long pages take: ``python -m tests.benchmarks.bench_dashboard [--rows 1000000] [--sealed]``.

Records as a sidecar makes them, over six days, in one SQLite file or in sealed hours. Each page is
made once cold and then five times; a filter that little fits searches for about a second, and says
how far it came. Not part of the checks: to write the records takes minutes.
"""

from __future__ import annotations

import argparse
import itertools
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.bench_store import START, record

from tokenward.dashboard.messages import Ask
from tokenward.dashboard.parts import Parts
from tokenward.dashboard.shelf import Shelf
from tokenward.dashboard.site import Dashboard
from tokenward.decisions.record import Interaction
from tokenward.store.store import Store

SPAN = 6 * 86_400.0
CHUNK = 2_000
TIMES = 5
PAGES = {
    "now": ("", ""),
    "decisions": ("decisions", ""),
    "decisions, redact (1 in 10)": ("decisions", "action=redact"),
    "decisions, a rule and a language": ("decisions", "rule=no-pii&language=de"),
    "decisions, degraded (none)": ("decisions", "degraded=yes"),
    "decisions, a label (none)": ("decisions", "model_label=fp16"),
    "decisions, three days ago": ("decisions", "end=2026-01-04T00:00"),
    "drift": ("drift", ""),
    "reports": ("reports", ""),
}


def rows(count: int) -> Iterator[Interaction]:
    """Yields records, oldest first."""
    chance = random.Random(7)
    for at in range(count):
        yield record(at, chance, START + SPAN * at / count)


def filled(path: Path, count: int, *, sealed: bool) -> Store:
    """Returns a store with so many records."""
    store = Store.open(str(path), create=True)
    left = rows(count)
    while chunk := list(itertools.islice(left, CHUNK)):
        store.append(chunk)
    if sealed:
        store.seal(START + 2 * SPAN)
    return store


def seconds(dashboard: Dashboard, place: str, query: str) -> tuple[float, list[float]]:
    """Returns how long a page took cold, and then."""
    taken = []
    for _ in range(TIMES + 1):
        began = time.perf_counter()
        answer = dashboard.answer(Ask("GET", f"/tokenward/{place}", query))
        taken.append(time.perf_counter() - began)
        assert answer.status == 200, answer.status
    return taken[0], sorted(taken[1:])


def main() -> None:
    """Prints a table in milliseconds."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--sealed", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "records.db"
        with filled(file, given.rows, sealed=given.sealed) as store:
            dashboard = Dashboard(Parts("monitor", lambda: store, Shelf()))
            print(f"{given.rows:,} records, {'sealed' if given.sealed else 'one file'}; ms")
            print(f"{'page':40} {'cold':>8} {'median':>8} {'worst':>8}")
            for name, (place, query) in PAGES.items():
                cold, others = seconds(dashboard, place, query)
                told = (cold, others[len(others) // 2], others[-1])
                print(f"{name:40} " + " ".join(f"{1000 * one:8.1f}" for one in told))


if __name__ == "__main__":
    main()
