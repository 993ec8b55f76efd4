"""The most memory that this process, and its accelerator for it, have held."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

PROC = Path("/proc/self")
HIGH_WATER = "VmHWM:"
FORGET = "5"
"""What makes Linux forget how much a process has held at most (proc(5), clear_refs)."""
KIB = 1024


def peak_resident(proc: Path = PROC) -> int | None:
    """Returns the peak of resident bytes; ``None`` where the system does not say.

    On Linux it is not ``ru_maxrss``, which a process takes over from the one that started it.
    """
    try:
        lines = (proc / "status").read_text("ascii", "replace").splitlines()
    except OSError:
        return _by_system()
    found = [line.split()[1] for line in lines if line.startswith(HIGH_WATER)]
    return int(found[0]) * KIB if found else None


def _by_system() -> int | None:
    try:
        import resource  # noqa: PLC0415  # Windows has none
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * KIB


def forget_peak(proc: Path = PROC) -> bool:
    """Lets the peak begin again at what is resident now; tells whether the kernel allows it."""
    try:
        (proc / "clear_refs").write_text(FORGET, "ascii")
    except OSError:
        return False
    return True


def forget_device_peak() -> None:
    """Lets the accelerators' peaks begin again, where torch holds them."""
    cuda = _cuda()
    if cuda is not None:
        for device in range(cuda.device_count()):
            cuda.reset_peak_memory_stats(device)


def peak_device() -> int | None:
    """Returns the most bytes that torch has taken of all accelerators; ``None`` without any.

    Of what other engines take there is no peak to be had.
    """
    cuda = _cuda()
    if cuda is None:
        return None
    devices = range(cuda.device_count())
    return sum(int(cuda.max_memory_reserved(device)) for device in devices) or None


def _cuda() -> Any | None:
    torch = sys.modules.get("torch")  # whoever has not loaded it uses none of it
    cuda = getattr(torch, "cuda", None)
    return cuda if cuda is not None and cuda.is_available() and cuda.is_initialized() else None
