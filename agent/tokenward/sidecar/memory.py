"""How much memory the process has, and how much it may have."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

PROC = Path("/proc/self")
GROUPS = Path("/sys/fs/cgroup")
PAGE = os.sysconf("SC_PAGE_SIZE")


def resident() -> int | None:
    """Returns the bytes in memory now; ``None`` where the system does not say."""
    try:
        return int((PROC / "statm").read_text("ascii").split()[1]) * PAGE
    except (OSError, ValueError, IndexError):
        return None


def allowed() -> int:
    """Returns the bytes that the process may have: of its control group, or of the machine."""
    machine = os.sysconf("SC_PHYS_PAGES") * PAGE
    return min([machine, *filter(None, map(_number, _limits()))])


def _limits() -> Iterator[Path]:
    """Yields the files of both kinds of control groups, from the process's own group upwards."""
    yield GROUPS / "memory.max"
    yield GROUPS / "memory" / "memory.limit_in_bytes"
    try:
        lines = (PROC / "cgroup").read_text("utf-8").splitlines()
    except OSError:
        return
    own = next((line[3:] for line in lines if line.startswith("0::")), "/")
    folder = GROUPS / own.strip("/")
    while folder != GROUPS and GROUPS in folder.parents:
        yield folder / "memory.max"
        folder = folder.parent


def _number(file: Path) -> int | None:
    try:
        text = file.read_text("ascii").strip()
    except OSError:
        return None
    return int(text) if text.isdecimal() else None
