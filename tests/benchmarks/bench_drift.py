"""Reports: false alarms and power by simulation, and what a report over many records takes.

``python -m tests.benchmarks.bench_drift`` prints all figures; ``--records 10000000`` and
``--reports 1000000`` are the sizes of the timed parts, 0 leaves one out, ``--tiny`` runs everything
with sizes that mean nothing.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.benchmarks.drift_records import fill
from tests.benchmarks.drift_windows import HARMLESS, SHIFTS, Windows

from tokenward.store.store import Store

DAY = 86_400
START = 1_767_225_600
WINDOWS = (200, 500, 2000)
REFERENCE = 5000
CHILD = """
import json, resource, sys, time
from pathlib import Path
from tokenward.store.store import Store
from tokenward.monitor.artifacts import write_report
from tokenward.monitor.ranges import Period, Periods
from tokenward.monitor.report import make_report
url, start, day, out = sys.argv[1], float(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
periods = Periods(Period(start, start + day), Period(start + day, start + 2 * day))
began = time.perf_counter()
with Store.open(url, read_only=True) as store:
    report = make_report(store, periods)
counted = time.perf_counter() - began
if out:
    report = write_report(report, Path(out))
    assert not report.warnings, report.warnings
whole = time.perf_counter() - began
me, child = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
print(json.dumps([report.reference["n"] + report.current["n"], counted, whole, me / 1024, child / 1024]))
"""


@dataclass(frozen=True)
class Row:
    """One figure."""

    figure: str
    unit: str
    value: float
    must: str = ""


def false_alarms(windows: int) -> Iterator[Row]:
    """Yields the share of driftless windows in which anything alarms."""
    for size in WINDOWS:
        for way in HARMLESS:
            share = Windows(REFERENCE, size, windows).alarms(way)
            yield Row(
                f"driftless windows with an alarm, {way}, n = {size}", "share", share, "<= 0.02"
            )


def power(windows: int) -> Iterator[Row]:
    """Yields how often a change that matters is found, and how often anything else is."""
    for size in WINDOWS:
        for shift in SHIFTS:
            found, wrong = Windows(REFERENCE, size, windows).power(shift)
            yield Row(f"found, {shift}, n = {size}", "share", found)
            yield Row(f"other columns that alarm, {shift}, n = {size}", "share", wrong)


def timed(records: int, what: str, *, drawn: bool) -> Iterator[Row]:
    """Yields seconds and megabytes of a report over so many records, in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="tokenward-bench-") as folder:
        url = f"sqlite:///{folder}/log.db"
        with Store.open(url, create=True) as store:
            fill(store, records // 2, START, 24, seed=1)
            fill(store, records - records // 2, START + DAY, 24, seed=2, rate=0.03)
        out = str(Path(folder) / "out") if drawn else ""
        command = [sys.executable, "-c", CHILD, url, str(START), str(DAY), out]
        begun = time.perf_counter()
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        elapsed = time.perf_counter() - begun
    count, counted, whole, me, child = json.loads(done.stdout)
    assert count == records
    yield Row(f"{what}: counting", "s", counted, "" if drawn else "<= 10")
    if drawn:
        yield Row(f"{what}: with Evidently", "s", whole, "<= 10")
        yield Row(f"{what}: memory of Evidently's process", "MiB", child, "<= 500")
    yield Row(f"{what}: with the start of the process", "s", elapsed)
    yield Row(f"{what}: memory", "MiB", me, "<= 500" if drawn else "<= 600")


def rows(args: argparse.Namespace) -> Iterator[Row]:
    yield from false_alarms(args.windows)
    yield from power(max(10, args.windows // 10))
    if args.records:
        yield from timed(args.records, f"drift, {args.records:,} records", drawn=False)
    if args.reports:
        yield from timed(args.reports, f"report, {args.reports:,} records", drawn=True)


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--windows", type=int, default=1000)
    parser.add_argument("--records", type=int, default=10_000_000)
    parser.add_argument("--reports", type=int, default=1_000_000)
    parser.add_argument("--tiny", action="store_true")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args(argv)
    if args.tiny:
        args.windows, args.records, args.reports = 3, 20_000, 0
    found = []
    for row in rows(args):
        found.append(row)
        if not args.json:
            print(f"{row.figure:78} {row.value:10.4g} {row.unit:6} {row.must}", flush=True)
    if args.json:
        told = {"machine": platform.machine(), "python": platform.python_version()}
        print(json.dumps({**told, "rows": [asdict(row) for row in found]}))


if __name__ == "__main__":
    main()
