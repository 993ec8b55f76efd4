"""Huge pages for what a process has loaded, so that a request finds it sooner."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

HUGE = 2 * 2**20
COLLAPSE = 25
"""``MADV_COLLAPSE`` of Linux 6.1 and later; older ones refuse it, and nothing is lost."""
DENSE = 0.5
"""Share of a stretch of memory that must be in use: none is taken for what is not."""
SETTING = Path("/sys/kernel/mm/transparent_hugepage/enabled")
MAPS = Path("/proc/self/smaps")

STRETCH = re.compile(
    r"^([0-9a-f]+)-([0-9a-f]+) rw-p \S+ \S+ 0 *(?:\[heap\])?\n"
    r"Size: .*\n(?:.*\n){0,3}?Rss: +(\d+) kB",
    re.MULTILINE,
)
"""A stretch of a process's own memory, as ``smaps`` tells it: its bounds, and what is in use."""


def gather() -> int:
    """Has the system put the memory in use into huge pages; returns how many it made.

    A streamed chunk finds nothing that it needs in the processor's caches, and of each page that it
    touches the address is looked up anew: few large ones are quicker. Where the system has
    no huge pages, or its operator wants none, it does nothing.
    """
    if sys.platform != "linux":
        return 0
    import ctypes  # noqa: PLC0415  # once, and not before the port is open

    try:
        if "[never]" in SETTING.read_text("ascii"):
            return 0
        stretches = list(dense(MAPS.read_text("utf-8", "replace")))
        advise = ctypes.CDLL(None).madvise
    except (OSError, AttributeError):
        return 0
    places = (at for start, end in stretches for at in range(start, end - HUGE + 1, HUGE))
    return sum(advise(ctypes.c_void_p(at), ctypes.c_size_t(HUGE), COLLAPSE) == 0 for at in places)


def dense(maps: str) -> Iterator[tuple[int, int]]:
    r"""Yields the stretches of which most is in use, from the first place of a huge page on.

    >>> maps = "200000-800000 rw-p 00000000 00:00 0 \nSize: 6144 kB\nRss:   {} kB\n"
    >>> [list(dense(maps.format(used))) for used in (6000, 100)]
    [[(2097152, 8388608)], []]
    """
    for first, last, used in STRETCH.findall(maps):
        start, end = int(first, 16), int(last, 16)
        if int(used) * 1024 >= DENSE * (end - start):
            yield -(-start // HUGE) * HUGE, end
