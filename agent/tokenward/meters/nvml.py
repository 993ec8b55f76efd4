"""Energy counters of NVIDIA's accelerators, through the library of their driver."""

from __future__ import annotations

import ctypes
import os
from dataclasses import dataclass, field
from typing import Any

LIBRARY = "libnvidia-ml.so.1"
NOT_SUPPORTED = 3
VISIBLE = "CUDA_VISIBLE_DEVICES"


class Failure(Exception):
    """A call of the library says no, with its code."""

    def __init__(self, code: int) -> None:
        super().__init__(f"NVML says {code}")
        self.code = code


@dataclass(slots=True)
class Counter:
    """The counter of one accelerator, in millijoules since its driver was loaded."""

    name: str
    library: Any
    handle: Any
    joules: float = 0.0
    moved: bool = False
    last: int = field(init=False)

    def __post_init__(self) -> None:
        self.last = self._total()

    def read(self) -> None:
        """Adds what was used since the last reading; one that went back says nothing."""
        now = self._total()
        used = max(0, now - self.last)
        self.moved = self.moved or used > 0
        self.joules += used / 1e3
        self.last = now

    def _total(self) -> int:
        total = ctypes.c_ulonglong()
        _check(self.library.nvmlDeviceGetTotalEnergyConsumption(self.handle, ctypes.byref(total)))
        return total.value


def open_counters(library: Any | None = None) -> tuple[list[Counter], str | None]:
    """Returns the counters of the accelerators that this process may use.

    Without any accelerator there is none, and no reason; ``library`` is a loaded one, for tests.
    """
    try:
        library = library or ctypes.CDLL(LIBRARY)
    except OSError:
        return [], None
    try:
        _check(library.nvmlInit_v2())
        handles = _handles(library)
        return [Counter(f"gpu-{name}", library, handle) for name, handle in handles], None
    except Failure as failure:
        if failure.code == NOT_SUPPORTED:
            return [], "the accelerator has no energy counter, or shows none for a part of it (MIG)"
        return [], f"the accelerator's energy counter cannot be read: NVML says {failure.code}"


def _handles(library: Any) -> list[tuple[str, ctypes.c_void_p]]:
    visible = os.environ.get(VISIBLE)
    if visible is None:
        count = ctypes.c_uint()
        _check(library.nvmlDeviceGetCount_v2(ctypes.byref(count)))
        visible = ",".join(map(str, range(count.value)))
    return [(one, _handle(library, one)) for one in visible.replace(" ", "").split(",") if one]


def _handle(library: Any, name: str) -> ctypes.c_void_p:
    handle = ctypes.c_void_p()
    if name.isdecimal():
        _check(
            library.nvmlDeviceGetHandleByIndex_v2(ctypes.c_uint(int(name)), ctypes.byref(handle))
        )
    else:
        _check(library.nvmlDeviceGetHandleByUUID(name.encode(), ctypes.byref(handle)))
    return handle


def _check(code: int) -> None:
    if code:
        raise Failure(code)
