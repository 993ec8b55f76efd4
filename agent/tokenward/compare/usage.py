"""What a worker used, and what several workers of one run used together."""

from __future__ import annotations

import time
from collections.abc import Sequence

from tokenward.compare.run import Usage
from tokenward.meters.energy import Energy
from tokenward.meters.memory import peak_device, peak_resident

NOTHING = "no process of this run came to its end"
ELSEWHERE = "the model runs elsewhere"


def used(started: float, loading: float, energy: Energy, *, elsewhere: bool = False) -> Usage:
    """Returns what this process has used since ``started``, a reading of `time.perf_counter`.

    Of a model that runs ``elsewhere`` it says nothing but seconds: this process only asks it.
    """
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time()
    if elsewhere:
        return Usage(seconds, cpu_seconds, loading, unmeasured=ELSEWHERE)
    return Usage(
        seconds=seconds,
        cpu_seconds=cpu_seconds,
        loading=loading,
        memory=peak_resident(),
        device_memory=peak_device(),
        joules=energy.joules,
        energy=energy.source,
        unmeasured=energy.unmeasured,
    )


def together(parts: Sequence[Usage]) -> Usage:
    """Returns the usage of a run that several processes made, each going on where one stopped."""
    if not parts:
        return Usage(0.0, 0.0, 0.0, unmeasured=NOTHING)
    last = parts[-1]
    joules = [one.joules for one in parts]
    known = [one for one in joules if one is not None]
    return Usage(
        seconds=sum(one.seconds for one in parts),
        cpu_seconds=sum(one.cpu_seconds for one in parts),
        loading=sum(one.loading for one in parts),
        memory=max((one.memory for one in parts if one.memory), default=None),
        device_memory=max((one.device_memory for one in parts if one.device_memory), default=None),
        joules=sum(known) if len(known) == len(joules) else None,
        energy=last.energy,
        unmeasured=last.unmeasured,
    )
