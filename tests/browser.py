"""The browser that pages are tried in: Chromium, as a distribution packages it."""

from __future__ import annotations

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
REQUIRED = "TOKENWARD_REQUIRE_BROWSER"
REMEDY = "apt-get install -y chromium; pip install --group test"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
]  # fmt: skip
PREFIX = "test_browser"


def chromium() -> str | None:
    """Returns the browser's program; ``None`` where it, or what drives it, is not installed."""
    if find_spec("playwright") is None or find_spec("axe_playwright_python") is None:
        return None
    return next(filter(None, map(shutil.which, NAMES)), None)


def is_required() -> bool:
    return os.environ.get(REQUIRED) == "1"


def needs_browser(item: pytest.Item) -> bool:
    return item.path.name.startswith(PREFIX)


def left_out(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves tests out that need a browser where there is none, unless one is required."""
    if chromium() is not None or is_required():
        return
    found = [item for item in items if needs_browser(item)]
    if found:
        config.hook.pytest_deselected(items=found)
        items[:] = [item for item in items if not needs_browser(item)]


def summary(reporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Says that tests were left out, in the process that the user sees."""
    if chromium() is not None or is_required() or hasattr(config, "workerinput"):
        return
    here = Path(__file__).parent / "agent" / "dashboard"
    asked = [Path(one.partition("::")[0]).resolve() for one in config.args]
    if any(here.is_relative_to(one) or one.name.startswith(PREFIX) for one in asked):
        reporter.write_sep("=", "tests in a browser were left out", yellow=True)
        reporter.write_line(f"no chromium is installed, or what drives it; {REMEDY}")
        reporter.write_line(f"with {REQUIRED}=1 they fail where it is missing")
