"""Runs the reports of a monitor on their schedules, with APScheduler."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from tokenward.decisions.store import Store
from tokenward.errors import TokenwardError
from tokenward.monitor.alerts import Alerts
from tokenward.monitor.config import MonitorConfig, ReportConfig
from tokenward.monitor.jobs import Jobs, Result

logger = logging.getLogger(__name__)

DEFAULTS = {"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
"""A busy or sleeping machine runs a missed report once and late; the usual grace of a second would
skip it silently."""


def run_once(config: MonitorConfig, now: float | None = None) -> Iterator[Result]:
    """Yields the result of every report, made now; raises the first failure after the last."""
    moment = time.time() if now is None else now
    failures: list[TokenwardError] = []
    with Store.open(config.store) as store:
        jobs = Jobs(config, store, Alerts(config.alerts))
        for one in config.reports:
            try:
                yield jobs.now(one, moment)
            except TokenwardError as error:
                logger.error("%s: %s", one.name, error)  # noqa: TRY400 - a message, no traceback
                failures.append(error)
    if failures:
        raise failures[0]


def run_forever(config: MonitorConfig, started: Callable[[], None] = lambda: None) -> None:
    """Makes the reports when they are due, until SIGTERM or SIGINT; the missed ones first."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with Store.open(config.store) as store:
        jobs = Jobs(config, store, Alerts(config.alerts))
        scheduler = make_scheduler(config, lambda one: attempt(jobs, one))
        scheduler.start()
        started()
        stop.wait()
        scheduler.shutdown()


def make_scheduler(
    config: MonitorConfig, job: Callable[[ReportConfig], None]
) -> BackgroundScheduler:
    """Returns a scheduler of the reports, one at a time; each runs once at the start."""
    scheduler = BackgroundScheduler(
        executors={"default": ThreadPoolExecutor(1)}, job_defaults=DEFAULTS, timezone="UTC"
    )
    for one in config.reports:
        scheduler.add_job(job, one.schedule.trigger(), args=[one], id=one.name)
        scheduler.add_job(job, args=[one], id=f"{one.name}: at the start")
    return scheduler


def attempt(jobs: Jobs, one: ReportConfig) -> None:
    """Makes a report that is due; a failure is logged, and the next one is tried."""
    try:
        result = jobs.due(one, time.time())
    except TokenwardError as error:
        logger.error("%s: %s", one.name, error)  # noqa: TRY400 - a message, no traceback
    except Exception as error:  # noqa: BLE001 - whatever fails, the other reports must go on
        logger.error("%s: failed: %s", one.name, type(error).__name__)  # noqa: TRY400 - may hold values
    else:
        if not result.done:
            logger.info("%s: %s", one.name, result.headline)
