"""Identifiers of decisions: unguessable, and in order of time (UUID version 7, RFC 9562)."""

from __future__ import annotations

import secrets
import time
import uuid


def decision_id() -> str:
    """Returns a new identifier.

    >>> uuid.UUID(decision_id()).version
    7
    """
    milliseconds = time.time_ns() // 1_000_000
    value = milliseconds << 80 | 0x7 << 76 | secrets.randbits(12) << 64
    return str(uuid.UUID(int=value | 0b10 << 62 | secrets.randbits(62)))
