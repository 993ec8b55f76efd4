"""A model in a process of its own, that answers blocks of prompts and says what they took."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol, Self

from tokenward.compare.measure import environment
from tokenward.compare.sampling import Sampling
from tokenward.compare.timing import ENDPOINT, opening
from tokenward.errors import UpstreamError, UsageError

PATIENCE = 30
"""Seconds that a process may take to end."""


class Model(Protocol):
    """What is timed: where it is, how it is loaded, and how its answers are drawn."""

    @property
    def source(self) -> str:
        """A folder, or an address."""

    @property
    def options(self) -> Mapping[str, Any]:
        """How it is loaded."""

    @property
    def sampling(self) -> Sampling:
        """How its answers are drawn."""


class Process:
    """A model in a process of its own, that answers block by block; a context manager."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.identity: Mapping[str, Any] = {}
        self.one_thread = False
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tokenward.compare.timing"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            encoding="utf-8", env=environment(self.model.options),
        )  # fmt: skip
        try:
            self._send(opening(self.model.source, self.model.options, self.model.sampling))
        except UpstreamError:
            self.__exit__()
            raise
        return self

    def ready(self) -> None:
        """Waits until the model is loaded."""
        told = self._reply()
        self.identity, self.one_thread = told["identity"], told["one_thread"]

    @property
    def is_endpoint(self) -> bool:
        """Whether the model runs elsewhere, and may keep what it has read."""
        return self.identity.get("kind") == ENDPOINT

    def block(self, asks: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        """Returns what prompts took."""
        self._send(json.dumps(list(asks)))
        return self._reply()

    def _send(self, line: str) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
        except OSError:
            raise self._gone() from None

    def _reply(self) -> Mapping[str, Any]:
        assert self._process is not None
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise self._gone()
        told: Mapping[str, Any] = json.loads(line)
        if "error" in told:
            wrong = UpstreamError if told["exit_code"] == UpstreamError.exit_code else UsageError
            raise wrong(told["error"])
        return told

    def _gone(self) -> UpstreamError:
        assert self._process is not None
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(PATIENCE)
        code = self._process.returncode
        if code is None:
            return UpstreamError(f"{self.model.source}: its process for timing says nothing more")
        why = f"by signal {-code}; is there memory enough?" if code < 0 else f"with code {code}"
        return UpstreamError(f"{self.model.source}: its process for timing ended {why}")

    def __exit__(self, *_: object) -> None:
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.close()
            process.wait(PATIENCE)
        except (OSError, subprocess.TimeoutExpired):
            process.kill()
            process.wait()
        process.stdout.close()
