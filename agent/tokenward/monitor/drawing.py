"""Hands a bounded sample of a report to the process that draws it with Evidently."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tokenward.decisions.columns import Row
from tokenward.monitor.drift import PINNED, ColumnDrift, DriftSettings
from tokenward.monitor.markdown import to_html
from tokenward.monitor.methods import find_method, psi_bound
from tokenward.monitor.report import Report
from tokenward.monitor.tables import BINS

MOST_COLUMNS = 60
TIME_LIMIT_SECONDS = 120.0
MEMORY_LIMIT = 1 << 30
"""Bytes that the drawing process may have in memory; it has some 350 million with a full sample."""
LOOK_SECONDS = 0.05
FILES = ("report.html", "evidently.json")
ENVIRONMENT = {"DO_NOT_TRACK": "1", "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}

DRAWN: Mapping[str, str] = MappingProxyType({
    "psi": "psi", "jensenshannon": "jensenshannon", "wasserstein": "wasserstein",
    "chi2": "chisquare", "ks": "ks",
})  # fmt: skip
"""Our methods by Evidently's names; those of others are drawn as the usual one of the kind."""
BY_P_VALUE = ("chisquare", "ks")
"""Those of which its threshold is a p value."""


class DrawingFailed(Exception):
    """Evidently's report could not be made; the message holds no value of a row."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """A folder that ``evidently ui --workspace`` opens, and how many runs of a report stay."""

    folder: Path
    keep: int


@dataclass(frozen=True, slots=True)
class Limits:
    """What a drawing process may take: seconds, and bytes of memory."""

    seconds: float = TIME_LIMIT_SECONDS
    memory: int = MEMORY_LIMIT


def draw(
    report: Report,
    settings: DriftSettings,
    folder: Path,
    *,
    workspace: Workspace | None = None,
    limits: Limits | None = None,
) -> None:
    """Writes ``report.html`` and ``evidently.json`` into a folder, or raises ``DrawingFailed``."""
    if find_spec("evidently") is None:
        raise DrawingFailed("evidently is not installed; pip install 'tokenward[monitor]'")
    reference, current = (collected.rows for collected in report.samples)
    chosen = drawable(report, reference, current)
    if not chosen:
        raise DrawingFailed("no column has enough rows to be drawn")
    told = {
        "name": report.name,
        "head": to_html(report),
        "columns": [described(one, settings, len(reference), len(current)) for one in chosen],
        "reference": frame(reference, chosen),
        "current": frame(current, chosen),
        "workspace": None if workspace is None else placed(workspace, report),
    }
    with tempfile.TemporaryDirectory(prefix="tokenward-report-") as scratch:
        work = Path(scratch)
        (work / "input.json").write_text(json.dumps(told), "utf-8")
        run_child(work, limits or Limits())
        for name in FILES:
            replace_file(folder / name, (work / name).read_bytes())


def drawable(report: Report, reference: Sequence[Row], current: Sequence[Row]) -> list[ColumnDrift]:
    """Returns the columns to draw: those with drift first; no slices, at most ``MOST_COLUMNS``.

    The samples must hold values of a column, or Evidently would fail over all of them.
    """
    whole = [one for one in report.measured if one.slice is None and one.kind != "vector"]
    first = sorted(whole, key=lambda one: (not one.drift_detected, one.p_value, one.column))
    seen = (
        one
        for one in first
        if all(any(value(row, one) is not None for row in side) for side in (reference, current))
    )
    return list(islice(seen, MOST_COLUMNS))


def described(one: ColumnDrift, settings: DriftSettings, n: int, m: int) -> dict[str, Any]:
    """Returns what Evidently is told of a column: the threshold allows for the sample's size."""
    ours = one.method if one.method in DRAWN else PINNED[one.kind]
    method = DRAWN[ours]
    usual = one.threshold if ours == one.method else find_method(ours).threshold
    threshold = max(usual, sampling_bound(ours, n, m, settings.false_alarms))
    if method in BY_P_VALUE:
        threshold = settings.false_alarms
    return {
        "name": inert(one.column), "kind": one.kind, "method": method, "threshold": threshold,
    }  # fmt: skip


def sampling_bound(method: str, n: int, m: int, alpha: float) -> float:
    """Returns what a statistic may reach by chance; the distance is near the index's root."""
    bound = psi_bound(BINS, n, m, alpha / BINS)
    return float((bound / 5.545) ** 0.5) if method == "jensenshannon" else bound  # 8 ln 2


def frame(
    rows: Sequence[Row], columns: Sequence[ColumnDrift]
) -> dict[str, list[float | str | None]]:
    """Returns the values of the columns; ``None`` where a row has none."""
    return {inert(one.column): [value(row, one) for row in rows] for one in columns}


def value(row: Row, one: ColumnDrift) -> float | str | None:
    """Returns the value of a row in a column: a category and a rate as text."""
    if one.column in row.values:
        found: float | str = row.values[one.column][1]
    elif one.column in row.sparse:
        found = row.sparse[one.column][1]
    elif one.base is not None and row.has(one.base, one.column):
        found = 0.0
    else:
        return None
    if isinstance(found, str):
        return inert(found)
    return found if one.kind == "number" else f"{found:g}"


def inert(name: str) -> str:
    """Returns a name that cannot end the script of the page in which Evidently writes it.

    >>> inert("</script>")
    '(/script>'
    """
    return name.replace("<", "(")


def placed(workspace: Workspace, report: Report) -> dict[str, Any]:
    """Returns where a run goes in a workspace, and of what time it is."""
    return {
        "folder": str(workspace.folder.resolve()),
        "keep": workspace.keep,
        "time": report.current["end"],
        "tags": ["drift" if report.drift else "no drift"],
        "metadata": {"headline": report.headline, "period": report.current["start"]},
    }


def run_child(work: Path, limits: Limits) -> None:
    """Runs the drawing process; what it prints is not shown, since it could hold values."""
    command = [sys.executable, "-P", "-W", "ignore", "-m", "tokenward.monitor.render", str(work)]
    errors = work / "errors"
    try:
        with errors.open("wb") as told, subprocess.Popen(  # noqa: S603 - our own module, no shell
            command, env=os.environ | ENVIRONMENT, cwd=work, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=told,
        ) as child:  # fmt: skip
            try:
                watch(child, limits)
            except BaseException:
                child.kill()
                raise
    except OSError as error:
        raise DrawingFailed(f"the drawing process did not start: {error.strerror}") from None
    if child.returncode:
        raise DrawingFailed(f"evidently failed: {last_error(errors.read_bytes())}")


def watch(child: subprocess.Popen[bytes], limits: Limits) -> None:
    """Waits for a process; raises ``DrawingFailed`` when it takes more than it may."""
    deadline = time.monotonic() + limits.seconds
    while True:
        with suppress(subprocess.TimeoutExpired):
            child.wait(LOOK_SECONDS)
            return
        if time.monotonic() > deadline:
            raise DrawingFailed(f"evidently took more than {limits.seconds:g} seconds")
        if resident(child.pid) > limits.memory:
            raise DrawingFailed(f"evidently took more than {limits.memory >> 20} MiB of memory")


def resident(pid: int) -> int:
    """Returns the bytes that a process has in memory; 0 where the system does not tell."""
    try:
        told = Path(f"/proc/{pid}/statm").read_text("ascii")
    except OSError:
        return 0
    return int(told.split()[1]) * os.sysconf("SC_PAGE_SIZE")


def last_error(output: bytes) -> str:
    r"""Returns the kind of the error that ended a process, without its message.

    >>> last_error(b"Traceback ...\nImportError: cannot import name 'x'\n")
    'ImportError'
    """
    lines = output.decode("utf-8", "replace").strip().splitlines()
    kind = lines[-1].partition(":")[0] if lines else ""
    return kind if kind.replace(".", "").isidentifier() else "the process ended early"


def replace_file(path: Path, content: bytes) -> None:
    """Writes a file whole or not at all."""
    draft = path.with_name(f".{path.name}.part")
    draft.write_bytes(content)
    draft.replace(path)
