"""``tokenward compare`` of logs of other tools, of which nothing is run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tokenward.compare.asked import Side
from tokenward.compare.imported.known import KINDS, imported
from tokenward.compare.imported.logs import logs_gate
from tokenward.compare.prepared import Prepared, prepare
from tokenward.errors import UsageError


def check_kinds(base: Side, optimized: Sequence[Side], running: Sequence[str]) -> None:
    """Refuses logs beside models, and options of how models are run beside logs.

    ``running`` are those of them that were given.
    """
    logs = [side for side in (base, *optimized) if imported(side.source) is not None]
    others = [side for side in (base, *optimized) if side not in logs]
    if logs and others:
        words = ", ".join(f"{kind}:FILE" for kind in KINDS)
        raise UsageError(
            f"{logs[0].source} is a log and {others[0].source} is none; a log is compared with a "
            f"log, say one of: {words}"
        )
    if logs and running:
        raise UsageError(
            f"--{running[0]}: {base.source} is a log, of which nothing is run; leave it out"
        )


def prepared(suites: Sequence[str], gate: Path | None, limit: int | None, base: Side) -> Prepared:
    """Returns suites, gate and cases that must pass, as `prepare`; of logs the gate only."""
    if imported(base.source) is None:
        return prepare(suites, gate, limit, base)
    return (), logs_gate(base, gate, suites), None
