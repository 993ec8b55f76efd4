"""The YAML file of ``tokenward monitor``.

Keys of a report may stand at the top as well, where they hold for every report; without
``reports`` the file describes one, named ``report``. Times are UTC, paths start from the working
directory. For example::

    store: sqlite:///tokenward.db
    out: reports
    alerts: {file: alerts.jsonl, webhook: "https://alerts.example/hook"}
    exclude: ["parameter.*"]
    reports:
      - {name: daily, schedule: {cron: "0 6 * * *"}, current: 24h, reference: 7d}
      - {name: by-model, schedule: {every: 6h}, current: 24h, slices: [model_label]}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from tokenward.decisions.columns import KINDS
from tokenward.errors import PolicyError, UsageError
from tokenward.monitor.alerts import AlertSettings, check_url
from tokenward.monitor.artifacts import FORMATS
from tokenward.monitor.drift import DriftSettings, check_method
from tokenward.monitor.ranges import parse_duration, parse_periods
from tokenward.monitor.timing import Schedule
from tokenward.policy.document import Node, parse

TOP_KEYS = ("store", "out", "alerts", "reports")
REPORT_KEYS = (
    "name", "schedule", "reference", "current", "exclude", "slices", "thresholds", "methods",
    "false_alarms", "minimum_rows", "formats", "keep_html",
)  # fmt: skip
SLICES = ("source", "route", "model", "model_label", "policy", "revision", "language")
DAILY = Schedule(every=86400.0)
SOME_TIME = 1e9

Told = TypeVar("Told")


@dataclass(frozen=True, slots=True)
class ReportConfig:
    """One report: when it is made, and of what. ``keep_html`` is how many pages are kept."""

    name: str = "report"
    schedule: Schedule = DAILY
    reference: str | None = None
    current: str | None = None
    slices: tuple[str, ...] = ()
    formats: tuple[str, ...] = FORMATS
    keep_html: int = 30
    settings: DriftSettings = field(default_factory=DriftSettings)


@dataclass(frozen=True, slots=True)
class MonitorConfig:
    """What a monitor watches, and where it writes and tells."""

    store: str
    out: Path
    alerts: AlertSettings
    reports: tuple[ReportConfig, ...]


def load_config(path: Path) -> MonitorConfig:
    """Reads the file of a monitor; a mistake in it is told with file, line and column."""
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not UTF-8 at byte {error.start}; convert it to UTF-8") from None
    return parse_config(text, str(path))


def parse_config(text: str, source: str) -> MonitorConfig:
    """Returns the monitor that a YAML text describes."""
    if not text.strip():
        raise UsageError(f"{source}:1:1: the file is empty; a monitor needs 'store' and 'out'")
    try:
        return monitor(parse(text, source))
    except PolicyError as error:
        raise UsageError(str(error)) from None


def monitor(root: Node) -> MonitorConfig:
    """Returns the monitor of the root of a file."""
    keys = root.mapping((*TOP_KEYS, *REPORT_KEYS), required=("store", "out"))
    usual = {key: node for key, node in keys.items() if key in REPORT_KEYS}
    alerts = AlertSettings()
    if "alerts" in keys:
        alerts = alert_settings(keys["alerts"])
    reports = [report(root, usual)]
    if "reports" in keys:
        nodes = keys["reports"].sequence("a list of reports")
        reports = [
            report(node, {**usual, **node.mapping(REPORT_KEYS, required=("name",))})
            for node in nodes
        ]
        names = [one.name for one in reports]
        for node, name in zip(nodes, names, strict=True):
            if names.count(name) > 1:
                node.fail(f"two reports are named {name!r}; give each its own name")
    if not reports:
        keys["reports"].fail("there is no report in the list; leave the key out, or name one")
    store, out = keys["store"].text("a store's URL"), keys["out"].text("a folder")
    return MonitorConfig(store, Path(out), alerts, tuple(reports))


def report(place: Node, keys: Mapping[str, Node]) -> ReportConfig:
    """Returns a report of its keys."""
    told: dict[str, Any] = {}
    for name, read in READERS.items():
        if name in keys:
            told[name] = read(keys[name])
    try:
        parse_periods(told.get("reference"), told.get("current"), SOME_TIME)
    except UsageError as error:
        keys.get("current", keys.get("reference", place)).fail(str(error))
    return ReportConfig(**told, settings=drift_settings(keys))


def report_name(node: Node) -> str:
    """Returns the name of a report, which is a folder's too."""
    name = node.text("a name")
    if not name.replace("-", "").replace("_", "").isalnum() or not name.isascii():
        node.fail(f"cannot use the name {name!r}; use letters, digits, '-' and '_'")
    return name


def schedule(node: Node) -> Schedule:
    """Returns a schedule: ``{cron: LINE}`` or ``{every: LENGTH}``."""
    keys = node.mapping(("cron", "every"))
    if len(keys) != 1:
        node.fail("a schedule needs one key; use one of: cron, every")
    if "cron" in keys:
        return checked(keys["cron"], lambda line: Schedule(cron=line))
    return checked(keys["every"], lambda length: Schedule(every=parse_duration(length)))


def checked(node: Node, read: Callable[[str], Told]) -> Told:
    """Returns what a text says; a mistake is told with its place."""
    try:
        return read(node.text("a value"))
    except PolicyError:
        raise
    except UsageError as error:
        node.fail(str(error))


def drift_settings(keys: Mapping[str, Node]) -> DriftSettings:
    """Returns what counts as drift."""
    told: dict[str, Any] = {}
    if "exclude" in keys:
        told["exclude"] = keys["exclude"].texts("a column")
    if "false_alarms" in keys:
        told["false_alarms"] = keys["false_alarms"].number("a share", 1e-6, 0.5)
    if "minimum_rows" in keys:
        told["minimum_rows"] = keys["minimum_rows"].integer("a number of rows", 20, 10**9)
    if "thresholds" in keys:
        limits = keys["thresholds"].mapping(KINDS)
        told["thresholds"] = {kind: node.number("a threshold", 0) for kind, node in limits.items()}
    if "methods" in keys:
        told["methods"] = methods(keys["methods"])
    return DriftSettings(**told)


def methods(node: Node) -> dict[str, str]:
    """Returns the method of each kind of column."""
    found = {}
    for kind, value in node.mapping(KINDS).items():
        found[kind] = value.text("a method")
        try:
            check_method(kind, found[kind])
        except UsageError as error:
            value.fail(str(error))
    return found


def alert_settings(node: Node) -> AlertSettings:
    """Returns where alerts go."""
    keys = node.mapping(("log", "file", "webhook"))
    log = keys["log"].plain() if "log" in keys else True
    if not isinstance(log, bool):
        keys["log"].fail("expected true or false")
    return AlertSettings(
        log=log,
        file=Path(keys["file"].text("a file")) if "file" in keys else None,
        webhook=checked(keys["webhook"], check_url) if "webhook" in keys else None,
    )


READERS: Mapping[str, Callable[[Node], Any]] = {
    "name": report_name,
    "schedule": schedule,
    "reference": lambda node: node.text("a range"),
    "current": lambda node: node.text("a range"),
    "slices": lambda node: tuple(
        item.word("slice", SLICES) for item in node.sequence("a list of columns")
    ),
    "formats": lambda node: tuple(
        item.word("format", FORMATS) for item in node.sequence("a list of formats")
    ),
    "keep_html": lambda node: node.integer("a number of pages", 1, 100_000),
}
