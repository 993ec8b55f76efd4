"""Makes one report of a monitor: claims it, writes it, tells of a change, keeps the result."""

from __future__ import annotations

import logging
import math
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tokenward.decisions.runs import RunKey
from tokenward.decisions.store import Store
from tokenward.errors import StoreError
from tokenward.monitor.alerts import Alerts
from tokenward.monitor.artifacts import write_report
from tokenward.monitor.config import MonitorConfig, ReportConfig
from tokenward.monitor.ranges import Periods, parse_periods
from tokenward.monitor.report import Report, make_report

logger = logging.getLogger(__name__)

MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a report: ``done`` is false where another monitor has it."""

    name: str
    done: bool
    drift: bool
    headline: str


class Jobs:
    """The reports of a monitor, over its store."""

    def __init__(self, config: MonitorConfig, store: Store, alerts: Alerts) -> None:
        self._config = config
        self._store = store
        self._alerts = alerts

    def due(self, one: ReportConfig, now: float) -> Result:
        """Makes the report of the last time its schedule names, unless that was done."""
        return self.run(one, one.schedule.last_due(now))

    def now(self, one: ReportConfig, now: float) -> Result:
        """Makes the report up to this minute, unless another monitor made it just now."""
        return self.run(one, math.ceil(now / MINUTE) * MINUTE)

    def run(self, one: ReportConfig, end: float) -> Result:
        """Makes the report whose current period ends at ``end``, if this process can claim it."""
        periods = parse_periods(one.reference, one.current, end)
        key = key_of(one.name, periods)
        if not self._store.runs.claim(key):
            return self._theirs(one.name, key)
        try:
            report = self._make(one, periods)
            last = self._store.runs.last_measured(one.name)
            self._alerts.changed(report, last.drift if last else None)
            state = report.drift if report.measured else None
            self._store.runs.finish(key, state, report.as_dict())
        except BaseException:
            with suppress(StoreError):  # the store may be what failed; the claim ends by itself
                self._store.runs.release(key)
            raise
        logger.info("%s: %s", one.name, report.headline)
        return Result(one.name, done=True, drift=report.drift, headline=report.headline)

    def _make(self, one: ReportConfig, periods: Periods) -> Report:
        report = make_report(self._store, periods, one.settings, name=one.name, by=one.slices)
        folder = self._config.out / one.name
        written = write_report(report, folder / stamp(periods), one.formats, one.settings)
        forget_pages(folder, one.keep_html)
        return written

    def _theirs(self, name: str, key: RunKey) -> Result:
        run = self._store.runs.get(key)
        if run is None:
            return Result(name, done=False, drift=False, headline="another monitor is making it")
        told = "was made before, with drift" if run.drift else "was made before"
        return Result(name, done=False, drift=bool(run.drift), headline=told)


def key_of(name: str, periods: Periods) -> RunKey:
    """Returns what identifies the run."""
    reference, current = periods.reference, periods.current
    return RunKey(name, reference.start, reference.end, current.start, current.end)


def stamp(periods: Periods) -> str:
    """Returns the folder of a run: the time up to which it looks."""
    return datetime.fromtimestamp(periods.current.end, UTC).strftime("%Y%m%dT%H%M%SZ")


def forget_pages(folder: Path, keep: int) -> None:
    """Removes all but the newest HTML pages, which take megabytes; their JSON stays."""
    for page in sorted(folder.glob("*/report.html"))[:-keep]:
        page.unlink(missing_ok=True)
