"""Identifiers of decisions: unguessable, and in order of time (UUID version 7, RFC 9562)."""

from __future__ import annotations

import os
import time

RANDOM_BYTES = 10
AT_ONCE = 256
"""Identifiers for which the system is asked for random bytes at a time."""
VERSION = 0x7 << 76 | 0b10 << 62
FREE = ~(0xF << 76 | 0b11 << 62)
"""All bits but those that say which version it is."""

_random: list[str] = []
"""What stands behind the time in identifiers to come."""
os.register_at_fork(after_in_child=_random.clear)  # else two processes would use the same


def decision_id() -> str:
    """Returns a new identifier; may be called from any thread.

    >>> import uuid
    >>> uuid.UUID(decision_id()).version
    7
    """
    try:
        own = _random.pop()  # one step, so that no two threads get the same
    except IndexError:
        own, *others = _random_ends()
        _random.extend(others)
    told = f"{time.time_ns() // 1_000_000:012x}"
    return f"{told[:8]}-{told[8:]}-{own}"


def _random_ends() -> list[str]:
    data = os.urandom(RANDOM_BYTES * AT_ONCE)
    return [_end(data[at : at + RANDOM_BYTES]) for at in range(0, len(data), RANDOM_BYTES)]


def _end(random: bytes) -> str:
    told = f"{int.from_bytes(random) & FREE | VERSION:020x}"
    return f"{told[:4]}-{told[4:8]}-{told[8:]}"
