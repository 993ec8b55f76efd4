"""``tokenward report --compare``: two model labels, compared from their records."""

from __future__ import annotations

import shlex
import sys
import time
from dataclasses import replace
from pathlib import Path

from tokenward.cli.comparison_files import Files
from tokenward.cli.comparison_told import print_comparisons
from tokenward.cli.output import note, print_json
from tokenward.compare.production.compared import compare_labels, read_pair
from tokenward.compare.report.told import all_told
from tokenward.errors import UsageError
from tokenward.monitor.ranges import DEFAULT, parse_range
from tokenward.store.store import Store


def judge_canary(
    store: str,
    pair: str,
    current: str | None,
    gate: Path | None,
    out: Path,
    *,
    repeated: bool,
    as_json: bool,
) -> bool:
    """Compares two labels and tells of it; returns whether the gate lets the second through.

    What is looked at repeatedly needs a start that stays: a range that moves on would forget what
    an earlier look has seen.
    """
    if repeated and "/" not in (current or ""):
        raise UsageError(
            "--repeated: a range that moves along cannot be looked at repeatedly; give "
            "--current START/END with the day on which the canary began"
        )
    labels = read_pair(pair)
    period = parse_range(current or DEFAULT, time.time(), "current range")
    files = Files(out, None, None, None)
    files.check()
    with Store.open(store, read_only=True) as opened:
        found = compare_labels(opened, period, labels, gate, note, repeated=repeated)
    found = replace(found, command=shlex.join(["tokenward", *sys.argv[1:]]))
    files.write([found])
    if as_json:
        print_json(all_told([found]))
    else:
        print_comparisons([found])
    return found.lets_through
