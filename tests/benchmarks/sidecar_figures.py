"""The figures of the sidecar's benchmark as rows of a table, with what is demanded of them."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks.sidecar_cells import CELLS, Sample, merged, quantile
from tests.benchmarks.sidecar_processes import ROOT, nginx_version

Samples = Mapping[tuple[str, str], Sequence[Sample]]
"""What each round gave, by cell and proxy."""
NGINX, PLAIN = "nginx", "pass-through"
BESIDE = (NGINX, PLAIN)
COLUMNS = ("figure", *BESIDE, "Tokenward", "ratio to nginx", "must", "aim")


@dataclass(frozen=True)
class Row:
    """A line of the table; ``rounds`` are the numbers behind its cells."""

    figure: str
    cells: dict[str, str]
    ratio: str = ""
    must: str = ""
    aim: str = ""
    rounds: dict[str, list[float]] = field(default_factory=dict)


def number(value: float) -> str:
    """Returns a number with as many places as mean something.

    >>> number(1234.5), number(54.32), number(0.1234)
    ('1,234', '54.3', '0.12')
    """
    places = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{places}f}"


def spread(values: Sequence[float]) -> str:
    """Returns the median, and the least and the most where there is more than one."""
    middle = number(statistics.median(values))
    if len(values) == 1:
        return middle
    return f"{middle} ({number(min(values))}-{number(max(values))})"


def rows(samples: Samples) -> Iterator[Row]:
    """Yields the rows of all cells that were run."""
    for cell in ("long8", "paced64"):
        yield from costs(samples, cell, f"CPU us a chunk, {cell}", "per_chunk",
                         ("<= 2.0 x", "<= 1.5 x"))  # fmt: skip
    title = "CPU ms a whole reply of 1,000 characters, 16 at once"
    yield from costs(samples, "whole16", title, "per_request", ("<= 0.5 ms", "<= 0.2 ms"))
    for title, kind in (("whole delay", "whole"), ("own delay", "own")):
        yield from by_proxy(samples, "paced64", f"{title} of a chunk, ms, p50 / p99, paced64",
                            lambda some, kind=kind: both_ends(some, kind),
                            ("<= 1 / 12", "<= 0.5 / 5"))  # fmt: skip
    yield from by_proxy(samples, "paced64", "others had the core it wanted, % of that time, paced64",
                        starved, ("", ""))  # fmt: skip
    yield from many(samples)
    for cell, form in (("leaks", "streamed"), ("leaks_whole", "whole")):
        yield from by_proxy(
            samples, cell, f"planted values leaked, {form}", planted, ("0", "0"), beside=False
        )
    yield from changed(samples)


def many(samples: Samples) -> Iterator[Row]:
    """Yields what is told of 256 streams on one core."""
    title = "256 streams at 40 chunks/s on one core"
    yield from by_proxy(samples, "many256", f"{title}: chunks that came of those asked for",
                        arrived, ("all", "all"))  # fmt: skip
    yield from by_proxy(samples, "many256", f"{title}: errors", errors, ("0", "0"))
    yield from by_proxy(samples, "many256", f"{title}: own delay, ms, p50 / p99",
                        lambda some: both_ends(some, "own"), ("", "p99 <= 30"))  # fmt: skip
    yield from by_proxy(samples, "many256", f"{title}: others had the core it wanted, % of that time",
                        starved, ("", ""))  # fmt: skip


def costs(
    samples: Samples, cell: str, title: str, name: str, demands: tuple[str, str]
) -> Iterator[Row]:
    """Yields what a cell costs for each sidecar, and its ratio to nginx in the same round."""
    for sidecar in sidecars(samples, cell):
        rounds = {
            column: [getattr(one, name) for one in samples[cell, proxy]]
            for column, proxy in columns(samples, cell, sidecar)
        }
        ratio = ""
        if NGINX in rounds:
            pairs = zip(rounds["Tokenward"], rounds[NGINX], strict=True)
            ratio = spread([mine / floor for mine, floor in pairs])
        shown = {column: spread(values) for column, values in rounds.items()}
        yield Row(f"{title}, {told(sidecar)}", shown, ratio, *demands, rounds)


def by_proxy(
    samples: Samples,
    cell: str,
    title: str,
    show: Callable[[Sequence[Sample]], str],
    demands: tuple[str, str],
    *,
    beside: bool = True,
) -> Iterator[Row]:
    """Yields a row for each sidecar of a cell, with what ``show`` says of all rounds."""
    for sidecar in sidecars(samples, cell):
        shown = {
            column: show(samples[cell, proxy])
            for column, proxy in columns(samples, cell, sidecar)
            if beside or proxy == sidecar
        }
        yield Row(f"{title}, {told(sidecar)}", shown, "", *demands)


def sidecars(samples: Samples, cell: str) -> list[str]:
    """Returns the sidecars that a cell was run with."""
    return [name for name in CELLS[cell].sidecars if (cell, name) in samples]


def columns(samples: Samples, cell: str, sidecar: str) -> Iterator[tuple[str, str]]:
    """Yields the columns of a row, each with its proxy."""
    yield from ((name, name) for name in BESIDE if (cell, name) in samples)
    yield "Tokenward", sidecar


def told(sidecar: str) -> str:
    """Returns what a sidecar is called in a row."""
    return {"forty": "40 types", "pii-secrets": "`pii-secrets`"}.get(
        sidecar, "40 types, with a store"
    )


def both_ends(samples: Sequence[Sample], kind: str) -> str:
    """Returns the median and the 99th percentile of delays, in milliseconds."""
    values = merged(samples, kind)
    return " / ".join(number(1e3 * quantile(values, share)) for share in (0.5, 0.99))


def arrived(samples: Sequence[Sample]) -> str:
    came, asked = (sum(getattr(s, name) for s in samples) for name in ("chunks", "chunks_asked"))
    return f"{came:,} of {asked:,}"


def errors(samples: Sequence[Sample]) -> str:
    return str(sum(one.errors for one in samples))


def starved(samples: Sequence[Sample]) -> str:
    """Returns how much of the time that a proxy wanted its core the neighbours had it."""
    return spread([one.starved for one in samples])


def planted(samples: Sequence[Sample]) -> str:
    """Returns how many values leaked, of those planted in answers that came."""
    total, failed = sum(one.planted for one in samples), sum(one.errors for one in samples)
    text = f"{sum(one.leaked for one in samples)} of {total:,}"
    return f"{text}; {failed} answers failed" if failed else text


def changed(samples: Samples) -> Iterator[Row]:
    """Yields how many answers without values came changed, over all cells."""
    mine = [one for (_, proxy), some in samples.items() if proxy not in BESIDE for one in some]
    clean = sum(one.clean for one in mine)
    if clean:
        text = f"{sum(one.changed for one in mine)} of {clean:,}"
        yield Row("clean answers changed", {"Tokenward": text}, "", "0", "0")


def header() -> dict[str, str]:
    """Returns what the figures are of."""
    load = os.getloadavg()[0]
    return {
        "machine": f"{cpu_name()}, {os.cpu_count()} cores, {platform.system()}, load {load:.1f}",
        "python": platform.python_version(),
        "nginx": nginx_version(),
        "commit": commit(),
    }


def cpu_name() -> str:
    """Returns the processor's name, or its kind where the system does not tell."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def commit() -> str:
    """Returns the commit, with a mark where files differ from it."""
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty"]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    return said.stdout.strip() or "unknown"


def table(rows: Sequence[Row]) -> str:
    """Returns rows as a table in Markdown."""
    lines = [COLUMNS, ("---",) * len(COLUMNS)]
    for row in rows:
        values = [row.cells.get(column, "-") for column in (*BESIDE, "Tokenward")]
        if not row.cells.get(NGINX) and nginx_version() == "not installed":
            values[0] = "not installed"
        lines.append((row.figure, *values, row.ratio or "-", row.must or "-", row.aim or "-"))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
