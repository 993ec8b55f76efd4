"""Measures work and state of code under test, by counting rather than by the clock."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Iterator
from types import (
    BuiltinFunctionType,
    CodeType,
    FunctionType,
    ModuleType,
)
from typing import Any

from tokenward.testing.report import NotMeasuredError

MOST_OBJECTS = 300_000
SIZES = (12_500, 50_000, 200_000)
QUADRUPLED = 8.0
"""Four times the text is linear at 4 times the work and quadratic at 16: the limit lies between."""
UNSEEN_SECONDS = 0.5
"""Processor time below which work inside C functions is not judged."""


def steps(work: Callable[[], object]) -> int:
    """Counts the calls of functions, Python's and C's, that a piece of work makes in this thread."""
    count = 0

    def note(frame: object, event: str, argument: object) -> None:
        nonlocal count
        del frame, argument
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


def seconds(work: Callable[[], object]) -> float:
    """Returns the processor time that this thread spends on a piece of work."""
    started = time.thread_time()
    work()
    return time.thread_time() - started


def growth(work: Callable[[int], object]) -> Iterator[str]:
    """Yields a fault where ``work(n)`` grows faster than n.

    Calls are counted at each size. What happens inside one call of a C function, a pattern that
    backtracks for example, no counter sees: there processor time decides, where it is long enough to
    be told from noise, and is measured twice before it counts.
    """
    smaller_steps = smaller_seconds = 0.0
    for size in SIZES:
        taken = seconds(lambda size=size: work(size))  # type: ignore[misc]
        if smaller_seconds and taken > max(UNSEEN_SECONDS, QUADRUPLED * smaller_seconds):
            taken = min(taken, seconds(lambda size=size: work(size)))  # type: ignore[misc]
            if taken > max(UNSEEN_SECONDS, QUADRUPLED * smaller_seconds):
                yield f"{size // 4} characters take {smaller_seconds:.2g} s, {size} take {taken:.2g} s"
                return
        counted = steps(lambda size=size: work(size))  # type: ignore[misc]
        if smaller_steps and counted > QUADRUPLED * smaller_steps + size / 10:
            yield f"{size // 4} characters take {smaller_steps:.0f} calls, {size} take {counted}"
            return
        smaller_steps, smaller_seconds = float(counted), taken
        if taken > UNSEEN_SECONDS:
            return  # slow, but in proportion: longer runs would say the same


def reachable(root: object, ignoring: frozenset[int] = frozenset()) -> Iterator[Any]:
    """Yields the objects that hang on another, without classes, modules and what functions share."""
    seen = set(ignoring)
    waiting = [root]
    while waiting:
        item = waiting.pop()
        if id(item) in seen or isinstance(item, type | ModuleType | BuiltinFunctionType | CodeType):
            continue
        if len(seen) - len(ignoring) > MOST_OBJECTS:
            raise NotMeasuredError(f"it holds more than {MOST_OBJECTS} objects")
        seen.add(id(item))
        yield item
        if isinstance(item, FunctionType):
            # what a function closes over is its state; its module's names are not
            waiting += [*(item.__closure__ or ()), item.__defaults__]
        else:
            waiting += gc.get_referents(item)


def identities(root: object) -> frozenset[int]:
    """Returns which objects hang on another, to leave them out of its parts' weight."""
    return frozenset(id(item) for item in reachable(root))


def weight(root: object, ignoring: frozenset[int]) -> int:
    """Returns a size of what hangs on an object: characters of its strings, and one an object."""
    return sum(
        len(item) if isinstance(item, str | bytes | bytearray) else 1
        for item in reachable(root, ignoring)
    )


def remembers(root: object, marker: str) -> bool:
    """Tells whether a string that holds the marker hangs on an object."""
    return any(isinstance(item, str) and marker in item for item in reachable(root))
