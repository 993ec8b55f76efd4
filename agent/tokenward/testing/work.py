"""Measures work and state of code under test, by counting rather than by the clock."""

from __future__ import annotations

import gc
import math
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

from tokenward.testing.report import NotMeasuredError

MOST_OBJECTS = 300_000
SIZED = (str, bytes, bytearray, list, tuple, dict, set, frozenset, deque)
SIZES = (12_500, 50_000, 200_000)
FEW = (3_000, 12_000)
LINEAR = 6.0
QUADRUPLED = 8.0
"""Four times the text is linear at 4 times the work and quadratic at 16: the limit lies between."""
ENOUGH_SECONDS = 0.1
UNSEEN_SECONDS = 0.5
"""Processor time below which work inside C functions is not judged."""


def steps(work: Callable[[], object]) -> int:
    """Counts the calls of functions, Python's and C's, that work makes in this thread."""
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


def slower(work: Callable[[int], object]) -> Iterator[str]:
    """Yields a fault where the processor time of ``work(n)`` grows faster than n.

    What happens inside one call of a C function, a pattern that backtracks for example, no counter
    sees. Time is judged where it is long enough to be told from noise, and measured twice before
    it counts.
    """
    before = math.inf
    for size in SIZES:
        taken = seconds(partial(work, size))
        limit = max(UNSEEN_SECONDS, QUADRUPLED * before)
        if taken > limit and seconds(partial(work, size)) > limit:
            yield f"{size // 4} characters take {before:.2g} s, {size} take {taken:.2g} s"
            return
        if taken > UNSEEN_SECONDS or ENOUGH_SECONDS < taken < LINEAR * before < math.inf:
            return  # slow, but in proportion: longer runs would say the same
        before = taken


def more_steps(work: Callable[[int], object], sizes: tuple[int, int] = FEW) -> Iterator[str]:
    """Yields a fault where the calls that ``work(n)`` makes grow faster than n."""
    few, many = (steps(partial(work, size)) for size in sizes)
    if many > QUADRUPLED * few + sizes[1] / 10:
        yield f"{sizes[0]} characters take {few} calls, {sizes[1]} take {many}"


def growth(work: Callable[[int], object]) -> Iterator[str]:
    """Yields a fault where ``work(n)`` grows faster than n, in calls or in processor time."""
    yield from more_steps(work)
    yield from slower(work)


def reachable(root: object, ignoring: frozenset[int] = frozenset()) -> Iterator[Any]:
    """Yields the objects that hang on another, but for classes, modules and their names."""
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
        elif isinstance(item, dict):
            waiting += [*item.keys(), *item.values()]  # the collector does not look at text keys
        else:
            waiting += gc.get_referents(item)


def identities(root: object) -> frozenset[int]:
    """Returns which objects hang on another, to leave them out of its parts' weight."""
    return frozenset(id(item) for item in reachable(root))


def weight(root: object, ignoring: frozenset[int]) -> int:
    """Returns a size of what hangs on an object: one for each, and the lengths of what has one."""
    return sum(
        1 + (len(item) if isinstance(item, SIZED) else 0) for item in reachable(root, ignoring)
    )


def remembers(root: object, marker: str) -> bool:
    """Tells whether a string that holds the marker hangs on an object."""
    return any(isinstance(item, str) and marker in item for item in reachable(root))
