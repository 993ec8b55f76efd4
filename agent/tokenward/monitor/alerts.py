"""Tells people when a state changes: of a report, and of each of its columns and slices."""

from __future__ import annotations

import logging
import secrets
import time
from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from tokenward.monitor.ranges import instant_text
from tokenward.monitor.report import Report
from tokenward.monitor.ways import AlertSettings, NotSent, send
from tokenward.store.beside.alerts import ONLINE, KeptAlerts, Outgoing, Subject

logger = logging.getLogger(__name__)

MOST_COLUMNS = 50
MOST_ATTEMPTS = 12
"""With the waits between them some two hours; then an alert is given up, and that is logged."""
FIRST_WAIT = 5.0
LONGEST_WAIT = 900.0
ORDER = {"failed": 0, "alarm": 1, "drift": 2, "working": 3, "calm": 4, "fine": 5}
"""In which order changes are told."""


class Alerts:
    """The alerts of a monitor: kept in the store first, then sent, so that none is lost or doubled.

    A way that fails is counted in ``failed`` and tried again; reports go on. ``sent`` counts those
    that went out, by way.
    """

    def __init__(self, settings: AlertSettings, kept: KeptAlerts) -> None:
        self._settings = settings
        self._kept = kept
        self._unkept: set[str] = set()
        self.failed: Counter[str] = Counter()
        self.sent: Counter[str] = Counter()

    # -- what changed -----------------------------------------------------------------------

    def made(self, report: Report, *, now: float | None = None) -> bool:
        """Takes note of a report that was made; returns whether there is something to tell.

        A column that could not be measured keeps the state it had: not measured is not fine.
        """
        seen = {Subject(report.name): "working"}
        for one in report.measured:
            part = Subject(report.name, one.column, one.slice or "")
            seen[part] = "drift" if one.drift_detected else "fine"
        for change in report.swaps:
            seen[Subject(report.name, change.column)] = "alarm" if change.above else "fine"
        moment = time.time() if now is None else now
        self._unkept.discard(report.name)
        watched = [Subject(report.name, one.column, one.slice or "") for one in report.columns]
        watched += [
            Subject(report.name),
            *(Subject(report.name, one.column) for one in report.swaps),
        ]
        return bool(self._take(seen, event_of(report), moment, watched if report.columns else None))

    def watched(self, *, now: float | None = None) -> bool:
        """Takes note of the alarms of what is watched online; tells if there is something new."""
        open_ = self._kept.online()
        before = [one.subject for one in self._kept.states() if one.subject.source == ONLINE]
        seen = dict.fromkeys(before, "calm") | dict.fromkeys(open_, "alarm")
        figures = {
            (subject.column, subject.slice or None): {
                "method": alarm.method,
                "statistic": alarm.statistic,
                "threshold": alarm.threshold,
                "since": instant_text(alarm.since),
            }
            for subject, alarm in open_.items()
        }
        headline = f"{len(open_)} online alarm{'' if len(open_) == 1 else 's'}"
        event = {"report": ONLINE, "headline": headline, "figures": figures, "columns": [*figures]}
        moment = time.time() if now is None else now
        return bool(seen and self._take(seen, event, moment))

    def failing(self, name: str, why: str, *, now: float | None = None) -> bool:
        """Takes note of a report that could not be made, however often it was tried."""
        event = {"event": "failed", "report": name, "headline": f"not made: {why}"}
        moment = time.time() if now is None else now
        return bool(self._take({Subject(name): "failed"}, event, moment))

    def failing_with_store(self, name: str, why: str) -> None:
        """Tells at once that a report cannot be made, where the store cannot keep the alert.

        Each process tells it, once until the report works again; a way that fails is not tried
        again.
        """
        if name in self._unkept:
            return
        self._unkept.add(name)
        change = {"column": "", "slice": None, "was": None, "state": "failed"}
        event = {
            "id": secrets.token_hex(8), "event": "failed", "report": name,
            "headline": f"not made: {why}", "changes": [change],
        }  # fmt: skip
        for way in self._settings.ways:
            self._try(way, event)

    def _try(self, way: str, event: Mapping[str, Any]) -> float | None:
        """Sends an alert by a way; returns how long to wait at least, where that failed."""
        try:
            send(self._settings, way, event)
        except NotSent as error:
            self.failed[way] += 1
            logger.error("an alert by %s failed: %s", way, error)  # noqa: TRY400 - a message
            return error.retry_after or 0.0
        self.sent[way] += 1
        return None

    def _take(
        self,
        seen: Mapping[Subject, str],
        event: dict[str, Any],
        now: float,
        watched: Collection[Subject] | None = None,
    ) -> list[dict[str, Any]]:
        return self._kept.take(seen, lambda changes: told(event, changes), now, watched)

    # -- sending ----------------------------------------------------------------------------

    def deliver(self, patience: float = 0.0) -> None:
        """Sends what is due; with ``patience`` also what will be within so many seconds."""
        end = time.monotonic() + patience
        while True:
            now = time.time()
            one = self._kept.claim(now)
            if one is not None:
                self._send(one)
                continue
            due = self._kept.next_due()
            if due is None or due - now > end - time.monotonic():
                return
            time.sleep(min(max(due - now, 0.05), 1.0))

    def _send(self, one: Outgoing) -> None:
        done, waits = list(one.done), list[float]()
        for way in self._settings.ways:
            if way in done:
                continue
            wait = self._try(way, one.event)
            if wait is None:
                done.append(way)
                self._kept.went(one, done)
            else:
                waits.append(wait)
        now = time.time()
        if waits and one.attempts + 1 >= MOST_ATTEMPTS:
            logger.error("an alert is given up after %d attempts", MOST_ATTEMPTS)
            self._kept.give_up(one)
        elif waits:
            self._kept.settle(one, done, now + max(wait_after(one.attempts), *waits), now)
        else:
            self._kept.settle(one, done, None, now)


def wait_after(attempts: int) -> float:
    """Returns the seconds to wait after so many attempts that failed before this one.

    >>> [wait_after(number) for number in (0, 1, 2, 20)]
    [5.0, 10.0, 20.0, 900.0]
    """
    return float(min(FIRST_WAIT * 2 ** min(attempts, 20), LONGEST_WAIT))


def event_of(report: Report) -> dict[str, Any]:
    """Returns what alerts say of a report: the periods, and the columns that drift now."""
    periods = {
        name: {key: side[key] for key in ("n", "start", "end")}
        for name, side in (("reference", report.reference), ("current", report.current))
    }
    return {
        "report": report.name,
        "headline": report.headline,
        **periods,
        "columns": [one.as_dict() for one in report.drifted[:MOST_COLUMNS]],
        "figures": figures_of(report),
        "warnings": list(report.warnings),
        "artifacts": list(report.artifacts),
    }


def figures_of(report: Report) -> dict[tuple[str, str | None], dict[str, Any]]:
    """Returns what was measured of each column, since when it is so, and requests to look at."""
    found: dict[tuple[str, str | None], dict[str, Any]] = {
        (one.column, one.slice): {
            "method": one.method,
            "statistic": one.statistic,
            "threshold": one.threshold,
            "p_value": one.p_value,
        }
        for one in report.measured
    }
    for one in report.swaps:
        found[one.column, None] = {
            "method": "counterfactual",
            "statistic": abs(one.mean),
            "threshold": one.limit,
            "p_value": one.p_value,
        }
    for change in report.changes:
        row = found.get((change.column, change.slice))
        if row is not None:
            row["since"] = None if change.since is None else instant_text(change.since)
            row["examples"] = list(change.examples)
    return found


def told(event: Mapping[str, Any], changes: list[dict[str, Any]]) -> dict[str, Any]:
    """Returns an alert of its changes, the most telling first; ``event`` is the word for them."""
    figures = event.get("figures", {})
    rows = [{**one, **figures.get((one["column"], one["slice"]), {})} for one in changes]
    rows.sort(key=lambda one: (ORDER.get(one["state"], 9), -(one.get("statistic") or 0.0)))
    rest = {key: value for key, value in event.items() if key != "figures"}
    word = event.get("event") or word_of({one["state"] for one in rows}, event.get("columns", ()))
    return {"event": word, **rest, "changes": rows}


def word_of(states: set[str], drifting: Any) -> str:
    """Returns what happened in a word.

    >>> word_of({"fine"}, []), word_of({"fine"}, ["still one"]), word_of({"drift", "fine"}, [1])
    ('recovered', 'changed', 'drift')
    """
    for word in ("drift", "alarm"):
        if word in states:
            return word
    for word in ("working", "calm"):
        if states == {word}:
            return word
    return "changed" if drifting else "recovered"
