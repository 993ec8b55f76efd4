"""The YAML file of ``tokenward monitor``.

Keys of a report may stand at the top as well, where they hold for every report; without
``reports`` the file describes one, named ``report``. Times are UTC but for cron lines,
which go by the clocks of ``timezone``; paths start from the working directory. ``alert_keys`` says
what may stand under ``alerts``. For example::

    store: sqlite:///tokenward.db
    out: reports
    retain: 90d
    alerts: {file: alerts.jsonl, webhook: "https://alerts.example/hook"}
    exclude: ["parameter.*"]
    reports:
      - {name: daily, schedule: {cron: "0 6 * * *"}, current: 24h, reference: 7d}
      - {name: by-model, schedule: {every: 6h}, current: 24h, slices: [model_label, label.team]}
      - name: hourly
        current: 1h
        reference: {same_hour_of_week: 4}
        prices: {support-7b: {prompt: 0.5, completion: 1.5}}
        energy: {support-7b: 250}  # joules of a thousand tokens of answers
        carbon: 380  # grams of CO2 equivalents a kilowatt hour
        workspace: evidently
        dashboard: https://guard.example/tokenward
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from tokenward.errors import PolicyError, UsageError
from tokenward.meters.price import Price
from tokenward.monitor.alert_keys import alert_settings
from tokenward.monitor.artifacts import FORMATS
from tokenward.monitor.drawing import Workspace
from tokenward.monitor.drift import DriftSettings
from tokenward.monitor.expression import check_slicing
from tokenward.monitor.methods import check_method
from tokenward.monitor.ranges import (
    LABEL,
    WEEKLY,
    Periods,
    parse_duration,
    parse_periods,
    parse_zone,
)
from tokenward.monitor.stated import Stated
from tokenward.monitor.timing import Schedule
from tokenward.monitor.ways import AlertSettings, check_url
from tokenward.policy.document import Node, parse
from tokenward.types import COLUMN_KINDS

TOP_KEYS = ("store", "out", "retain", "alerts", "reports")
REPORT_KEYS = (
    "name", "schedule", "reference", "current", "exclude", "slices", "thresholds", "methods",
    "false_alarms", "minimum_rows", "formats", "keep_html", "prices", "energy", "carbon",
    "workspace", "dashboard",
    "timezone", "catch_up", "counterfactual_limit",
)  # fmt: skip
DAILY = Schedule(every=86400.0)
SOME_TIME = 1e9

Told = TypeVar("Told")


@dataclass(frozen=True, slots=True)
class ReportConfig:
    """One report: when it is made, and of what.

    ``keep_html`` is how many pages are kept, and runs in the Evidently ``workspace``;
    ``dashboard`` is the URL of ``/tokenward/`` to which pages link. Of those that were missed
    ``catch_up`` are made later.
    """

    name: str = "report"
    schedule: Schedule = DAILY
    reference: str | None = None
    current: str | None = None
    slices: tuple[str, ...] = ()
    formats: tuple[str, ...] = FORMATS
    keep_html: int = 30
    catch_up: int = 24
    prices: Mapping[str, Price] = field(default_factory=dict)
    energy: Mapping[str, float] = field(default_factory=dict)
    carbon: float | None = None
    workspace: Path | None = None
    dashboard: str | None = None
    settings: DriftSettings = field(default_factory=DriftSettings)
    named: Mapping[str, str] = field(default_factory=dict, compare=False)
    """The columns that the file names, and where it does."""

    def periods(self, end: float) -> Periods:
        """Returns the periods of the report whose current one ends at ``end``."""
        return parse_periods(self.reference, self.current, end, self.schedule.zone)

    @property
    def stated(self) -> Stated:
        """What is said of models that no record tells."""
        return Stated(self.prices, self.energy, self.carbon)

    @property
    def kept_in(self) -> Workspace | None:
        """The Evidently workspace to which its runs are added."""
        return None if self.workspace is None else Workspace(self.workspace, self.keep_html)


@dataclass(frozen=True, slots=True)
class MonitorConfig:
    """What a monitor watches, and where it writes and tells."""

    store: str
    out: Path
    alerts: AlertSettings
    reports: tuple[ReportConfig, ...]
    retain: float | None = None
    """Seconds after which records are erased; not given: never."""


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
    retain = checked(keys["retain"], parse_duration) if "retain" in keys else None
    return MonitorConfig(store, Path(out), alerts, tuple(reports), retain)


def report(place: Node, keys: Mapping[str, Node]) -> ReportConfig:
    """Returns a report of its keys."""
    told: dict[str, Any] = {}
    for name, read in READERS.items():
        if name in keys:
            told[name] = read(keys[name])
    if "timezone" in keys:
        zone = checked(keys["timezone"], lambda name: parse_zone(name).key)
        told["schedule"] = replace(told.get("schedule", DAILY), zone=zone)
    try:
        ReportConfig(**told).periods(SOME_TIME)
    except UsageError as error:
        keys.get("current", keys.get("reference", place)).fail(str(error))
    return ReportConfig(**told, settings=drift_settings(keys), named=columns_named(keys))


def columns_named(keys: Mapping[str, Node]) -> dict[str, str]:
    """Returns the columns that are named in full, with their places."""
    nodes: list[Node] = []
    for key in ("exclude", "slices"):
        if key in keys:
            node = keys[key]
            nodes += node.sequence("columns") if node.is_sequence else [node]
    named = {node.text("a column"): node.where for node in nodes}
    return {name: where for name, where in named.items() if not set(name) & {*"*?["}}


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


def reference(node: Node) -> str:
    """Returns a reference: a range, ``{same_hour_of_week: 4}`` or ``{label: NAME}``."""
    if not node.is_mapping:
        return node.text("a range")
    keys = node.mapping((WEEKLY, LABEL))
    if len(keys) != 1:
        node.fail(f"a reference needs one key; use one of: {WEEKLY}, {LABEL}")
    if WEEKLY in keys:
        return f"{WEEKLY}={keys[WEEKLY].integer('a number of weeks', 1, 52)}"
    return f"{LABEL}={keys[LABEL].text('a model label')}"


def prices(node: Node) -> dict[str, Price]:
    """Returns the prices of models: ``{MODEL: {prompt: 0.5, completion: 1.5}}``."""
    found = {}
    for model, value in node.items():
        keys = value.mapping(("prompt", "completion"), required=("prompt", "completion"))
        told = {name: one.number("a price of a million tokens", 0) for name, one in keys.items()}
        found[model] = Price(**told)
    return found


def energy(node: Node) -> dict[str, float]:
    """Returns joules of a thousand tokens of answers, by model: ``{MODEL: 250}``."""
    return {model: one.number("joules of 1,000 tokens", 0) for model, one in node.items()}


def drift_settings(keys: Mapping[str, Node]) -> DriftSettings:
    """Returns what counts as drift."""
    told: dict[str, Any] = {}
    if "exclude" in keys:
        told["exclude"] = keys["exclude"].texts("a column")
    if "false_alarms" in keys:
        told["false_alarms"] = keys["false_alarms"].number("a share", 1e-6, 0.5)
    if "minimum_rows" in keys:
        told["minimum_rows"] = keys["minimum_rows"].integer("a number of rows", 20, 10**9)
    if "counterfactual_limit" in keys:
        node = keys["counterfactual_limit"]
        told["counterfactual_limit"] = node.number("a mean change", 0, 1)
    if "thresholds" in keys:
        limits = keys["thresholds"].mapping(COLUMN_KINDS)
        told["thresholds"] = {kind: node.number("a threshold", 0) for kind, node in limits.items()}
    if "methods" in keys:
        told["methods"] = methods(keys["methods"])
    return DriftSettings(**told)


def methods(node: Node) -> dict[str, str]:
    """Returns the method of each kind of column."""
    found = {}
    for kind, value in node.mapping(COLUMN_KINDS).items():
        found[kind] = value.text("a method")
        try:
            check_method(kind, found[kind])
        except UsageError as error:
            value.fail(str(error))
    return found


READERS: Mapping[str, Callable[[Node], Any]] = {
    "name": report_name,
    "schedule": schedule,
    "reference": reference,
    "current": lambda node: node.text("a range"),
    "slices": lambda node: tuple(
        checked(item, check_slicing) for item in node.sequence("a list of columns")
    ),
    "formats": lambda node: tuple(
        item.word("format", FORMATS) for item in node.sequence("a list of formats")
    ),
    "catch_up": lambda node: node.integer("a number of reports", 0, 10_000),
    "keep_html": lambda node: node.integer("a number of pages", 1, 100_000),
    "prices": prices,
    "energy": energy,
    "carbon": lambda node: node.number("grams of CO2 a kilowatt hour", 0),
    "workspace": lambda node: Path(node.text("a folder")),
    "dashboard": lambda node: checked(node, check_url),
}
