"""Writes a report's files: a page, JSON, Markdown, and Evidently's HTML and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from tokenward.errors import UsageError, one_of
from tokenward.monitor.drawing import FILES, DrawingFailed, Workspace, draw, replace_file
from tokenward.monitor.drift import DriftSettings
from tokenward.monitor.markdown import to_markdown
from tokenward.monitor.report import Report
from tokenward.monitor.summary import summary_page

FORMATS = ("html", "json", "md")
SUMMARY = "summary.html"
"""Our own page, which does without Evidently."""


def parse_formats(text: str) -> tuple[str, ...]:
    """Returns the formats of a list with commas.

    >>> parse_formats("md, json")
    ('md', 'json')
    """
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",")))
    for name in names:
        if name not in FORMATS:
            raise UsageError(f"unknown format {name!r}; {one_of(FORMATS)}")
    return names


def write_report(
    report: Report,
    out: Path,
    formats: Iterable[str] = FORMATS,
    settings: DriftSettings | None = None,
    *,
    dashboard: str | None = None,
    workspace: Workspace | None = None,
) -> Report:
    """Writes the files into a folder; returns the report with their paths in ``artifacts``.

    ``dashboard`` is the URL of the pages that ours links to. Where Evidently fails, its files are
    missing, a warning says why, and the others are written.
    """
    wanted = set(formats)
    used = settings or DriftSettings()
    make_folder(out)
    try:
        if "html" in wanted:
            report = drawn(with_file(report, out / SUMMARY), out, used, workspace)
        for name in sorted(wanted - {"html"}):
            report = with_file(report, out / f"report.{name}")
        if "html" in wanted:
            replace_file(out / SUMMARY, summary_page(report, used, dashboard).encode())
        if "md" in wanted:
            replace_file(out / "report.md", to_markdown(report, dashboard).encode())
        if "json" in wanted:
            told = json.dumps(report.as_dict(), indent=1, allow_nan=False)
            replace_file(out / "report.json", told.encode())
    except OSError as error:
        raise UsageError(f"{out}: cannot write the report: {error.strerror}") from None
    return report


def make_folder(out: Path) -> None:
    """Makes the folder of a report."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{out}: cannot make the folder: {error.strerror}") from None


def drawn(
    report: Report, out: Path, settings: DriftSettings, workspace: Workspace | None
) -> Report:
    """Draws the report with Evidently; a failure becomes a warning, and no old file stays."""
    try:
        draw(report, settings, out, workspace=workspace)
    except DrawingFailed as error:
        for name in FILES:
            (out / name).unlink(missing_ok=True)
        return replace(report, warnings=(*report.warnings, f"no HTML report by Evidently: {error}"))
    for name in FILES:
        report = with_file(report, out / name)
    return report


def with_file(report: Report, path: Path) -> Report:
    """Returns the report with one more file."""
    return replace(report, artifacts=(*report.artifacts, str(path)))
