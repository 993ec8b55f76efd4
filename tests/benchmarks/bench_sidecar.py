"""What the sidecar costs, all figures in one run: ``python -m tests.benchmarks.bench_sidecar``.

A model server, and before it in turn nginx (where it is installed), a bare proxy that passes bytes
on, and the sidecar: with a policy of forty types, with the built-in ``pii-secrets``, and with a
store. In each round the same work goes through all of them, one after the other. The proxies are
on one core, the model and the clients on another, where there are two. CPU is by the process clock:
on a shared machine wall time, and with it each delay, says more about the neighbours; how much of
the time that a proxy wanted its core they had it is told beside the delays. How the two
delays of a chunk are taken is said in ``sidecar_cells.py``.

``--soak`` puts 100,000 requests through the sidecar, with and without a store, and tells how its
memory grew; it takes minutes and runs alone where ``--cells`` names nothing else.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

import uvloop
from tests.benchmarks.sidecar_cells import (
    CELLS,
    FEW,
    FORTY,
    SIDECARS,
    Sample,
    at_once,
    by_policy,
    measured,
    rendered,
)
from tests.benchmarks.sidecar_figures import BESIDE, Row, header, rows, table
from tests.benchmarks.sidecar_load import Work, put_through
from tests.benchmarks.sidecar_processes import Running, model, nginx, pinned, plain, sidecar
from tests.benchmarks.sidecar_soak import REQUESTS, STARTS, growth, soaked, starts

START = "start"
NAMES = (*CELLS, START)


def proxies(
    names: Sequence[str], upstream: Running, folder: Path, stack: ExitStack
) -> dict[str, Running]:
    """Starts nginx, the plain proxy and the sidecars that are needed; the stack ends them."""
    floor = nginx(upstream.port, folder)
    started = {"nginx": floor} if floor is not None else {}
    started["pass-through"] = plain(upstream.port, folder)
    for name in names:
        policy, store = SIDECARS[name]
        started[name] = sidecar(upstream.port, folder, policy, store)
    for one in started.values():
        stack.callback(one.stop)
    return started


def run(
    cells: Sequence[str], rounds: int, tiny: bool, folder: Path
) -> dict[tuple[str, str], list[Sample]]:
    """Runs cells, round by round; returns what each round gave."""
    works = {name: CELLS[name].tiny if tiny else CELLS[name].work for name in cells}
    names = list(dict.fromkeys(one for cell in cells for one in CELLS[cell].sidecars))
    settled = {name: by_policy(SIDECARS[name][0]) for name in names}
    samples: dict[tuple[str, str], list[Sample]] = {}
    with ExitStack() as stack:
        upstream = model(folder)
        stack.callback(upstream.stop)
        running = proxies(names, upstream, folder, stack)
        with pinned(1):
            rendered(list(works.values()), upstream)
            for proxy in running.values():
                warm(proxy)
            for _ in range(rounds):
                for cell, work in works.items():
                    for name, proxy in running.items():
                        if name in (*BESIDE, *CELLS[cell].sidecars):
                            judge = settled.get(name, at_once)
                            one = measured(proxy, upstream, work, judge)
                            samples.setdefault((cell, name), []).append(one)
    return samples


def warm(proxy: Running) -> None:
    """Lets a proxy do once what it does at the first request only."""
    for stream in (True, False):
        work = Work(FEW.clients, FEW.chunks, repeats=5, stream=stream)
        uvloop.run(put_through(proxy.port, work))


def soak(requests: int, folder: Path) -> Iterator[Row]:
    """Yields how the memory of the sidecar grew, without and with a store."""
    with ExitStack() as stack:
        upstream = model(folder)
        stack.callback(upstream.stop)
        for title, store in (("no store", ""), ("with a store", "soak")):
            proxy = sidecar(upstream.port, folder, str(FORTY), store)
            stack.callback(proxy.stop)
            with pinned(1):
                yield growth(title, *soaked(proxy, requests), requests)


def all_rows(given: argparse.Namespace, folder: Path) -> Iterator[Row]:
    """Yields the rows that were asked for."""
    cells = [name for name in given.cells.split(",") if name in CELLS]
    if cells:
        yield from rows(run(cells, given.rounds, given.tiny, folder))
    if START in given.cells.split(","):
        yield from starts(folder, 1 if given.tiny else STARTS)
    if given.soak:
        yield from soak(given.soak, folder)


def arguments(words: Sequence[str] | None) -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cells", default="", help=f"some of {','.join(NAMES)}")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, help="file for the rows and each round's numbers")
    parser.add_argument("--tiny", action="store_true", help="only show that everything runs")
    parser.add_argument(
        "--soak", type=int, nargs="?", const=REQUESTS, default=0, metavar="N",
        help=f"ten times N requests [{REQUESTS}]; look at memory",
    )  # fmt: skip
    given = parser.parse_args(words)
    if not given.cells and not given.soak:
        given.cells = ",".join(NAMES)
    unknown = [name for name in given.cells.split(",") if name and name not in NAMES]
    if unknown:
        parser.error(f"--cells: unknown name {unknown[0]!r}; use {', '.join(NAMES)}")
    return given


def main(words: Sequence[str] | None = None) -> None:
    """Prints the table, and writes its rows where asked."""
    given = arguments(words)
    about = header()
    with tempfile.TemporaryDirectory() as folder:
        made = list(all_rows(given, Path(folder)))
    print(", ".join(f"{name} {value}" for name, value in about.items()), end="\n\n")
    print(table(made))
    if given.json is not None:
        given.json.write_text(json.dumps({**about, "rows": [asdict(row) for row in made]}))


if __name__ == "__main__":
    main()
