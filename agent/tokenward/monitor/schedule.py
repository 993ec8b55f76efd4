"""Runs the reports of a monitor on their schedules, with APScheduler."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from tokenward.errors import TokenwardError
from tokenward.monitor.alerts import Alerts
from tokenward.monitor.columns import check_columns
from tokenward.monitor.config import MonitorConfig, ReportConfig
from tokenward.monitor.jobs import JobFailed, Jobs, Result
from tokenward.monitor.upkeep import Upkeep
from tokenward.store.store import Store

logger = logging.getLogger(__name__)

DEFAULTS = {"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
"""A busy or sleeping machine runs a missed report once and late; the usual grace of a second would
skip it silently."""
LOOK_SECONDS = 30
"""How often it is looked for what others have left, for alerts to be sent again, and for news."""
PATIENCE = 20.0
"""How long a monitor that ends waits for alerts that are tried again."""


class Monitor:
    """A monitor at work: its jobs, and the alerts that they send."""

    def __init__(self, config: MonitorConfig, store: Store) -> None:
        check_columns(config.reports, store)
        self.config = config
        self.store = store
        self.alerts = Alerts(config.alerts, store.alerts)
        self.jobs = Jobs(config, store, self.alerts)
        self.upkeep = Upkeep(store, config.retain)

    def attempt(self, one: ReportConfig) -> None:
        """Makes what is due of a report; a failure is logged, and the others go on."""
        self.upkeep(time.time())
        try:
            for result in self.jobs.due(one, time.time()):
                if not result.done:
                    logger.debug("%s: %s", one.name, result.headline)
        except JobFailed:
            pass  # it was told, try by try
        except TokenwardError as error:
            logger.error("%s: %s", one.name, error)  # noqa: TRY400 - a message, no traceback
        except Exception as error:  # noqa: BLE001 - whatever fails, the other reports must go on
            logger.error("%s: failed: %s", one.name, type(error).__name__)  # noqa: TRY400 - may hold values
        self.send()

    def look(self) -> None:
        """Makes what is due and was left by others, and sends what is due."""
        for one in self.config.reports:
            self.attempt(one)
        try:
            self.alerts.watched()
        except TokenwardError as error:
            logger.error("online alarms cannot be read: %s", error)  # noqa: TRY400 - a message
        self.send()

    def send(self, patience: float = 0.0) -> None:
        """Sends the alerts that are due; what fails is tried again later."""
        try:
            self.alerts.deliver(patience)
        except TokenwardError as error:
            logger.error("alerts wait: %s", error)  # noqa: TRY400 - a message, no traceback


Around = Callable[[Monitor], AbstractContextManager[object]]


def run_once(config: MonitorConfig, now: float | None = None) -> Iterator[Result]:
    """Yields the result of every report, made now; raises the first failure after the last."""
    moment = time.time() if now is None else now
    failures: list[TokenwardError] = []
    with Store.open(config.store) as store:
        monitor = Monitor(config, store)
        monitor.upkeep(time.time())
        for one in config.reports:
            try:
                yield monitor.jobs.now(one, moment)
            except TokenwardError as error:
                logger.error("%s", error)  # noqa: TRY400 - a message, no traceback
                failures.append(error)
        monitor.alerts.watched()
        monitor.send(PATIENCE)
    if failures:
        raise failures[0]


def run_forever(config: MonitorConfig, around: Around = nullcontext) -> None:
    """Makes the reports when they are due, until SIGTERM or SIGINT; the missed ones first.

    ``around`` is entered with the monitor when it is at work, and left when it ends.
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with Store.open(config.store) as store:
        monitor = Monitor(config, store)
        scheduler = make_scheduler(config, monitor.attempt, monitor.look)
        scheduler.start()
        with around(monitor):
            stop.wait()
        scheduler.shutdown()


def make_scheduler(
    config: MonitorConfig,
    job: Callable[[ReportConfig], None],
    look: Callable[[], None] = lambda: None,
) -> BackgroundScheduler:
    """Returns a scheduler of the reports, one at a time; each runs once at the start."""
    scheduler = BackgroundScheduler(
        executors={"default": ThreadPoolExecutor(1)}, job_defaults=DEFAULTS, timezone="UTC"
    )
    for one in config.reports:
        scheduler.add_job(job, one.schedule.trigger(), args=[one], id=one.name)
        scheduler.add_job(job, args=[one], id=f"{one.name}: at the start")
    scheduler.add_job(look, "interval", seconds=LOOK_SECONDS, id="look: for what others left")
    return scheduler
