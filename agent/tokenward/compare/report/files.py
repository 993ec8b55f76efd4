"""Writes a comparison into a folder: the page, JSON, JUnit, Markdown and Prometheus text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from tokenward.compare.report.junit import to_junit
from tokenward.compare.report.markdown import to_markdown
from tokenward.compare.report.page import to_page
from tokenward.compare.report.prometheus import to_prometheus
from tokenward.compare.report.told import all_told
from tokenward.compare.result import Comparison
from tokenward.errors import UsageError

PAGE, JSON, JUNIT = "compare.html", "compare.json", "junit.xml"
MARKDOWN, METRICS = "compare.md", "compare.prom"


def write_report(folder: Path, comparisons: Sequence[Comparison]) -> list[Path]:
    """Writes all files, each whole or not at all, and returns their paths.

    Raises:
        UsageError: The folder cannot be written to.
    """
    texts = {
        PAGE: to_page(comparisons),
        JSON: json.dumps(all_told(comparisons), indent=1, allow_nan=False) + "\n",
        JUNIT: to_junit(comparisons),
        MARKDOWN: to_markdown(comparisons),
        METRICS: to_prometheus(comparisons),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return [_written(folder / name, text) for name, text in texts.items()]
    except OSError as error:
        raise UsageError(f"{folder}: {error.strerror}; give --report a folder to write") from None


def _written(path: Path, text: str) -> Path:
    draft = path.with_name(f".{path.name}.part")
    draft.write_text(text, "utf-8")
    return draft.replace(path)
