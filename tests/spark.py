"""The Spark that reports are tried on: a package of its own dependency group, and Java."""

from __future__ import annotations

import os
import shutil
from importlib.util import find_spec

import pytest

REQUIRED = "TOKENWARD_REQUIRE_SPARK"
REMEDY = "apt-get install -y openjdk-17-jre-headless; pip install --group spark"
SUFFIX = "_spark.py"


def is_there() -> bool:
    """Returns whether Spark can be started."""
    return find_spec("pyspark") is not None and shutil.which("java") is not None


def is_left_out() -> bool:
    return not is_there() and os.environ.get(REQUIRED) != "1"


def left_out(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves tests out that need Spark where there is none, unless it is required."""
    found = [item for item in items if item.path.name.endswith(SUFFIX)] if is_left_out() else []
    if found:
        config.hook.pytest_deselected(items=found)
        items[:] = [item for item in items if item not in found]


def summary(reporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Says that tests were left out, in the process that the user sees."""
    if is_left_out() and not hasattr(config, "workerinput"):
        reporter.write_sep("=", "tests on Spark were left out", yellow=True)
        reporter.write_line(f"no Spark is installed, or no Java; {REMEDY}")
        reporter.write_line(f"with {REQUIRED}=1 they fail where it is missing")
