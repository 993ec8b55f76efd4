"""Makes the reports of a monitor: those that are due and those missed, again if they fail."""

from __future__ import annotations

import logging
import math
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tokenward.errors import StoreError, TokenwardError
from tokenward.monitor.alerts import Alerts
from tokenward.monitor.artifacts import write_report
from tokenward.monitor.config import MonitorConfig, ReportConfig
from tokenward.monitor.lease import Lease
from tokenward.monitor.ranges import Periods, instant_text
from tokenward.monitor.report import Report, make_report
from tokenward.store.beside.runs import RunKey
from tokenward.store.store import Store

logger = logging.getLogger(__name__)

MINUTE = 60.0
WAITS = (1.0, 5.0, 25.0)
"""Seconds before each further try of a report that failed."""
LONGEST_REST = 3600.0
"""Seconds after which one whose tries all failed is tried anew, at first a minute."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a report: ``done`` is false where another monitor has it."""

    name: str
    done: bool
    drift: bool
    headline: str


class JobFailed(TokenwardError):
    """A report could not be made, however often it was tried."""

    exit_code = 3


class Jobs:
    """The reports of a monitor, over its store.

    ``counts`` is how many runs had which result, by report; ``seconds`` how long the last took.
    """

    def __init__(
        self,
        config: MonitorConfig,
        store: Store,
        alerts: Alerts,
        waits: tuple[float, ...] | None = None,
    ) -> None:
        self._config = config
        self._store = store
        self._alerts = alerts
        self._waits = WAITS if waits is None else waits
        self._told: dict[str, float] = {}
        self._failures: Counter[tuple[str, float]] = Counter()
        self._rests: dict[tuple[str, float], float] = {}
        self.counts: Counter[tuple[str, str]] = Counter()
        self.seconds: dict[str, float] = {}

    # -- what is to be made -----------------------------------------------------------------

    def now(self, one: ReportConfig, now: float) -> Result:
        """Makes the report up to this minute, unless another monitor made it just now."""
        return self.run(one, math.ceil(now / MINUTE) * MINUTE)

    def due(self, one: ReportConfig, now: float) -> Iterator[Result]:
        """Makes the reports of the times that the schedule names and that are not made yet.

        The newest first: it says how things are. Those missed before follow, at most ``catch_up``
        of them, and change no state. What is older is skipped, and that is logged.
        """
        ends = self._store.runs.ends(one.name)
        begin = ends[0] if ends else -math.inf
        most = one.catch_up + 1 if ends else 1
        times = one.schedule.latest(begin, now, most)
        failure: JobFailed | None = None
        for end in (end for end in times if end not in set(ends)):
            if now < self._rests.get((one.name, end), -math.inf):
                continue
            try:
                yield self.run(one, end, made_up=end != times[0])
            except JobFailed as error:
                self._rest(one.name, end, now)
                failure = failure or error
        if times and ends:
            self._tell_skipped(one, ends[-1], times[-1])
        if failure is not None:
            raise failure

    def _rest(self, name: str, end: float, now: float) -> None:
        """Leaves a report that failed alone for a while, longer each time."""
        number = self._failures[name, end]
        self._failures[name, end] += 1
        self._rests[name, end] = now + min(MINUTE * 2 ** min(number, 20), LONGEST_REST)

    def _tell_skipped(self, one: ReportConfig, last: float, oldest: float) -> None:
        """Says once which reports are not made up any more."""
        if last >= oldest or self._told.get(one.name) == oldest:
            return
        self._told[one.name] = oldest
        count = one.schedule.count(last, oldest)
        if count:
            self.counts[one.name, "skipped"] += count
            logger.warning(
                "%s: %d reports from %s to %s are skipped; catch_up is %d",
                one.name,
                count,
                instant_text(last),
                instant_text(oldest),
                one.catch_up,
            )

    # -- making one -------------------------------------------------------------------------

    def run(self, one: ReportConfig, end: float, *, made_up: bool = False) -> Result:
        """Makes the report whose current period ends at ``end``, if this process can claim it.

        One that fails is tried again, then people are told, and it is raised as ``JobFailed``.
        """
        periods = one.periods(end)
        waits = () if made_up else self._waits
        for number in range(len(waits) + 1):
            try:
                return self._run(one, periods, made_up=made_up)
            except TokenwardError as error:
                why = str(error)
            except Exception as error:  # noqa: BLE001 - whatever fails, it must be told
                why = type(error).__name__  # its words may hold values
            logger.error("%s: try %d failed: %s", one.name, number + 1, why)
            if number < len(waits):
                time.sleep(waits[number])
        self.counts[one.name, "failed"] += 1
        if not made_up:
            try:
                self._alerts.failing(one.name, why)
            except StoreError:  # the store may be what failed
                self._alerts.failing_with_store(one.name, why)
        raise JobFailed(f"{one.name}: {why}")

    def _run(self, one: ReportConfig, periods: Periods, *, made_up: bool) -> Result:
        key = key_of(one.name, periods)
        runs, began = self._store.runs, time.perf_counter()
        if not runs.claim(key):
            return self._theirs(one.name, key)
        try:
            with Lease(runs, key) as lease:
                report = self._make(one, periods)
            if lease.lost:
                return self._theirs(one.name, key)
            if not made_up:
                self._alerts.made(report)
            state = report.drift if report.measured else None
            runs.finish(key, state, report.as_dict())
        except BaseException:
            with suppress(StoreError):  # the store may be what failed; the claim ends by itself
                runs.release(key)
            raise
        self.seconds[one.name] = time.perf_counter() - began
        self.counts[one.name, "made_up" if made_up else "made"] += 1
        late = f" (made up for {instant_text(periods.current.end)})" if made_up else ""
        logger.info("%s: %s%s", one.name, report.headline, late)
        return Result(one.name, done=True, drift=report.drift, headline=report.headline + late)

    def _make(self, one: ReportConfig, periods: Periods) -> Report:
        report = make_report(
            self._store, periods, one.settings, name=one.name, by=one.slices, stated=one.stated
        )
        folder = self._config.out / one.name
        written = write_report(
            report, folder / stamp(periods), one.formats, one.settings,
            dashboard=one.dashboard, workspace=one.kept_in,
        )  # fmt: skip
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
