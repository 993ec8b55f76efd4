"""What the sidecar takes to start, and whether its memory grows under work."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import uvloop
from tests.benchmarks.sidecar_figures import Row, number, spread
from tests.benchmarks.sidecar_load import Work, ended, put_through
from tests.benchmarks.sidecar_processes import Running, has_torch, nginx, resident, sidecar

STARTS = 5
PARTS = 10
REQUESTS = 10_000
"""Of one part; the first part warms up, and growth is counted from its end."""
WHOLE = Work(clients=16, chunks=25, repeats=25, stream=False)
PLANTED = Work(clients=16, chunks=60, repeats=25, stream=False, planted=True)
LEFT = Work(clients=1, chunks=40, rate=200, leave_after=4)


def starts(folder: Path, times: int) -> Iterator[Row]:
    """Yields what fresh processes take until they are ready; no model need be there for it."""
    floors, mine = [], []
    torch = False
    for _ in range(times):
        floor = nginx(9, folder)
        if floor is not None:
            floors.append(floor)
            floor.stop()
        one = sidecar(9, folder, "pii-secrets")
        torch = torch or has_torch(one.pid)
        mine.append(one)
        one.stop()
    named = (("start to ready, wall s", "wall"), ("start to ready, CPU s", "cpu"), ("RSS then, MiB", "resident"))  # fmt: skip
    demands = {"wall": ("<= 1.5", "<= 0.7"), "cpu": ("", ""), "resident": ("<= 120", "<= 80")}
    loaded = "torch loaded" if torch else "torch not loaded"
    for title, name in named:
        rounds = {"Tokenward": [getattr(one, name) for one in mine]}
        if floors:
            rounds["nginx"] = [getattr(one, name) for one in floors]
        cells = {column: spread(values) for column, values in rounds.items()}
        yield Row(f"{title}, `pii-secrets`, {loaded}", cells, "", *demands[name], rounds)


def soaked(proxy: Running, requests: int) -> tuple[list[float], int]:
    """Puts replies and streams that are left through a proxy.

    Of each 100 requests one is a stream that its client leaves after four reads; one in ten of the
    others has values in it. Returns the MiB after each part, and how many replies failed.
    """
    after, failed = [], 0
    whole, planted = (fitting(work, requests) for work in (WHOLE, PLANTED))
    left = replace(LEFT, clients=max(1, whole.requests // 100))
    for part in range(PARTS):
        done = 0
        while done < requests:
            work = planted if done // whole.requests % 10 == 9 else whole
            taken = uvloop.run(put_through(proxy.port, work))
            failed += sum(not ended(one, work) for one in taken)
            uvloop.run(put_through(proxy.port, left))
            done += work.requests + left.requests
        after.append(resident(proxy.pid))
        print(f"soak, {(part + 1) * requests:,} requests: {number(after[-1])} MiB", flush=True)
    return after, failed


def fitting(work: Work, requests: int) -> Work:
    """Returns work that is no more than so many requests."""
    clients = min(work.clients, requests)
    return replace(work, clients=clients, repeats=max(1, min(work.repeats, requests // clients)))


def growth(title: str, after: list[float], failed: int, requests: int) -> Row:
    """Returns the row of a soak: what came on after its first part."""
    text = f"{number(after[-1] - after[0])} MiB ({number(after[0])} to {number(after[-1])})"
    if failed:
        text += f"; {failed} replies failed"
    figure = f"RSS growth over {PARTS * requests:,} requests, 1 in 100 a stream left, {title}"
    return Row(figure, {"Tokenward": text}, "", "<= 5 MiB", "0", {"Tokenward": after})
