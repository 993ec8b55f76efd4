"""Runs ``tokenward serve`` for the demo, as a user would: a process of its own."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Self

from tokenward.errors import UpstreamError

READY = re.compile(r"listening on (http://\S+)")
DRAIN_SECONDS = 15


class SidecarProcess:
    """A running sidecar; a context manager that ends it with SIGTERM, so that it drains."""

    def __init__(self, upstream: str, policy: str, store: Path, model_label: str) -> None:
        self._command = [
            sys.executable, "-m", "tokenward", "serve",
            "--upstream", upstream, "--policy", policy, "--store", str(store),
            "--model-label", model_label, "--port", "0", "--admin-port", "0",
        ]  # fmt: skip
        self._process: subprocess.Popen[str] | None = None
        self.url = ""

    def start(self) -> None:
        """Starts the process; it becomes ready while others work."""
        self._process = subprocess.Popen(  # noqa: S603  # our own command line
            self._command, stderr=subprocess.PIPE, text=True
        )

    def __enter__(self) -> Self:
        if self._process is None:
            self.start()
        lines = []
        assert self._process is not None
        assert self._process.stderr is not None
        for line in self._process.stderr:
            lines.append(line)
            ready = READY.search(line)
            if ready:
                self.url = ready[1]
                return self
        raise UpstreamError(f"the sidecar did not start: {' '.join(lines).strip()}")

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        self._process.communicate(timeout=DRAIN_SECONDS)
