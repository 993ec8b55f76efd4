"""Which of the rated continuations of a prompt a model finds likelier, and by how much."""

from __future__ import annotations

import math

from tokenward.compare.metrics.side import Rows


def likelihood(rows: Rows, part: str) -> float:
    """Returns the log-probability of a continuation, in nats."""
    return math.fsum(rows[part].logprobs)


def best(rows: Rows) -> int:
    """Returns the place of the likeliest of a case's continuations; of equals the first."""
    parts = sorted((part for part in rows if part.isdigit()), key=int)
    return int(max(parts, key=lambda part: likelihood(rows, part)))


def log_odds(rows: Rows) -> float:
    """Returns by how much the first of two continuations is likelier, in nats."""
    return likelihood(rows, "0") - likelihood(rows, "1")
