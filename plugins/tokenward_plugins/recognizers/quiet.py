"""Keeps what code of others logs, while it looks at a text, out of every log.

Recognizers log the values that they refuse, and errors that quote them. A record that is made in a
context that was silenced gets a level below that of every handler, so that none writes it. It is
still made: loggers of any name, and those that do not exist yet, are covered.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

BELOW_ALL = -1

_silenced: ContextVar[bool] = ContextVar("tokenward_silenced", default=False)


@contextmanager
def silenced() -> Iterator[None]:
    """Lets nothing be logged by this thread, or this task, within the block."""
    if not isinstance(logging.getLogRecordFactory(), _Records):
        logging.setLogRecordFactory(_Records(logging.getLogRecordFactory()))
    token = _silenced.set(True)
    try:
        yield
    finally:
        _silenced.reset(token)


class _Records:
    """Makes log records as before, of a level that no handler takes where silence is asked for."""

    def __init__(self, before: Callable[..., logging.LogRecord]) -> None:
        self._before = before

    def __call__(self, *arguments: Any, **values: Any) -> logging.LogRecord:
        record = self._before(*arguments, **values)
        if _silenced.get():
            record.levelno = BELOW_ALL
            record.msg, record.args, record.exc_info = "", None, None
        return record
