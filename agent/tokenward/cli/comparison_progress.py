"""How far a comparison is, on stderr: a line that changes on a terminal, else few lines."""

from __future__ import annotations

import re
import sys
import time
from types import TracebackType
from typing import Any, Self

from tokenward.cli.output import note

OFTEN = 15.0
"""Seconds between lines where no terminal shows them."""
STEP = re.compile(r"\d+ of \d+ ")


class Progress:
    """Takes lines of what is done; a context manager."""

    def __init__(self) -> None:
        self._status: Any = None
        self._last = time.monotonic()

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            from rich.console import Console  # noqa: PLC0415  # not light

            self._status = Console(stderr=True).status("")
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        if self._status is not None:
            self._status.stop()

    def __call__(self, line: str) -> None:
        """Shows a line; of steps that follow each other fast only some, where lines are kept."""
        if self._status is not None:
            self._status.update(line)
            return
        now = time.monotonic()
        if STEP.search(f"{line} ") and now - self._last < OFTEN:
            return
        self._last = now
        note(line)
