"""Watches the traffic of a process for drift, in the thread that writes its records."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from tokenward.decisions.record import Interaction
from tokenward.errors import StoreError
from tokenward.online.budget import Budget
from tokenward.online.keeping import Keeper
from tokenward.online.settings import FEWEST, OnlineSettings
from tokenward.online.slices import Slices
from tokenward.online.stream import Stream
from tokenward.store.store import Store

logger = logging.getLogger(__name__)

SAVE_SECONDS = 5.0
AT_ONCE = 16
OTHER_RATE = 1.2
"""Where the rate of requests is so many times another one, thresholds are set anew."""
NEVER = (0.0, 0.0, 0)
Past = Callable[[float, float | None], Iterable[Interaction]]


class OnlineDrift:
    """Is shown each record, and raises alarms; ``states`` tells how all streams stand.

    With a ``keeper`` its state survives a restart, and alarms are in the store. ``past`` yields the
    store's records of a period, to learn from.
    """

    def __init__(
        self,
        settings: OnlineSettings,
        keeper: Keeper | None = None,
        past: Past | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._keeper = keeper
        self._past = past
        self._clock = clock
        self._slices = Slices(settings)
        self._budget = Budget(settings, clock)
        self._allowed = NEVER
        self._open: dict[str, Stream] = {}
        self._saved = clock()
        self._seen = 0.0
        self._begun = False
        self._failing = False

    # -- what the recorder calls --------------------------------------------------------------

    def observe(self, one: Interaction) -> None:
        """Takes a record."""
        if not self._begun:
            self._begin()
        if self._slices.observe(one):
            self._budget.rows += one.sample_weight

    def rest(self) -> None:
        """Looks at all streams after some records; saves them now and then."""
        if not self._begun:
            self._begin()
        self._finish(AT_ONCE)
        self._allow()
        for stream in self._slices:
            before = stream.state
            state = stream.look()
            if state == "alarm":
                self._alarm(stream)
            elif before == "alarm" and state is not None:
                logger.warning("drift: %s is as it was before", name_of(stream))
                self._allowed = NEVER
        self._resolve()
        news = self._slices.seen != self._seen or self._open
        if news and self._clock() - self._saved >= SAVE_SECONDS:
            self.save()

    def close(self) -> None:
        """Looks at all streams, and saves them."""
        self._finish()
        self.rest()
        self.save()

    def save(self) -> None:
        """Hears what people did about alarms, and keeps the state of all streams."""
        self._saved = self._clock()
        self._seen = self._slices.seen
        if self._keeper is None:
            return
        try:
            self._hear()
            self._keeper.save(self._slices, self._budget)
        except StoreError as error:
            self._failed("its state is not saved", error)
        else:
            self._failing = False

    def _failed(self, what: str, error: StoreError) -> None:
        """Tells that the store failed, once until it works again."""
        if not self._failing:
            logger.warning("drift: %s: %s", what, error)
        self._failing = True

    # -- what pages and metrics ask -----------------------------------------------------------

    def states(self) -> list[dict[str, Any]]:
        """Returns how each stream stands, those in alarm first, then by column and slice."""
        rows = [stream.as_dict() for stream in self._slices]
        order = ("alarm", "warn")
        return sorted(
            rows,
            key=lambda row: (
                order.index(row["state"]) if row["state"] in order else len(order),
                row["column"],
                row["slice"],
            ),
        )

    def samples(self) -> list[tuple[str, dict[str, str], float]]:
        """Returns name, labels and value of each ``tokenward_drift_*`` metric.

        A statistic is told as a share of its threshold, under the name of its family: of several
        statistics the highest.
        """
        found: list[tuple[str, dict[str, str], float]] = []
        for row in self.states():
            labels = {"column": row["column"], "slice": row["slice"]}
            found.append(("tokenward_drift_alarm", labels, float(row["state"] == "alarm")))
            if row["threshold"] is not None:
                share = row["statistic"] / row["threshold"]
                method = {"method": row["method"].partition(".")[0]}
                found.append(("tokenward_drift_statistic", {**labels, **method}, share))
        return found

    # -- learning -----------------------------------------------------------------------------

    def _begin(self) -> None:
        """Takes up what was saved, and learns from the store's past what it can."""
        self._begun = True
        try:
            own = self._keeper is not None and self._keeper.restore(
                self._slices, self._budget, self._settings.reference
            )
            self._learn_past(own=own)
        except StoreError as error:
            logger.warning("drift: it begins anew: %s", error)
        self._open = {one.alarm_id: one for one in self._slices if one.alarm_id is not None}
        self._allow()

    def _learn_past(self, *, own: bool) -> None:
        learning = [stream for stream in self._slices if stream.watch is None]
        if self._past is None:
            return
        if own and learning:
            start, end = min(stream.began for stream in learning), None
        elif self._settings.reference is not None and not own:
            start, end = self._settings.reference
        else:
            return
        past = Slices(self._settings)
        rows = self._past(start, end)
        for one in rows if end is not None else islice(rows, self._settings.learn):
            past.observe(one)
        self._slices.revisions.update(past.revisions)
        for stream in past:
            mine = self._slices.part(stream.slice).stream(stream.column, stream.kind)
            if mine is not None and mine.watch is None:
                mine.adopt(stream)
                if end is not None:
                    mine.wanted = min(mine.wanted, max(mine.learned, FEWEST))

    def _finish(self, most: int | None = None) -> None:
        """Makes references of what was learned: a few at once, each takes milliseconds."""
        ready = [one for one in self._slices if one.watch is None and one.learned >= one.wanted]
        if ready:
            rows = self._budget.rows_per_alarm
            done = [one for one in ready[:most] if one.finish(rows, self._total())]
            logger.info("drift: %d streams have a reference now", len(done))

    def _allow(self) -> None:
        """Sets thresholds where streams or the rate of requests are others than before."""
        rows, total = self._budget.rows_per_alarm, self._total()
        watched = [stream for stream in self._slices if stream.watch is not None]
        before, known, count = self._allowed
        same_rate = before and max(rows / before, before / rows) < OTHER_RATE
        if same_rate and (known, count) == (total, len(watched)):
            return
        self._allowed = rows, total, len(watched)
        for stream in watched:
            stream.allow(rows, stream.weight / total)
        if not same_rate:
            for stream in self._slices:
                stream.retry()

    def _total(self) -> float:
        return sum(stream.weight for stream in self._slices) or 1.0

    # -- alarms -------------------------------------------------------------------------------

    def _alarm(self, stream: Stream) -> None:
        assert stream.alarm is not None
        assert stream.watch is not None
        standing = stream.alarm.standing
        logger.warning(
            "drift: %s has changed since %s: %s is %.1f, over %.1f, against %d rows",
            name_of(stream),
            date_of(standing.since),
            standing.method,
            standing.statistic,
            standing.threshold,
            stream.watch.rows,
        )
        self._try(stream)

    def _resolve(self) -> None:
        """Ends in the store what has ended here."""
        for id_, stream in list(self._open.items()):
            if stream.alarm_id == id_ or self._keeper is None:
                continue
            try:
                self._keeper.alarms.resolve(id_, now=stream.base.time)
            except StoreError as error:
                self._failed("an alarm is not resolved in the store yet", error)
                return
            del self._open[id_]

    def _try(self, stream: Stream) -> None:
        """Writes an alarm into the store; if that fails it is tried again with the next saving."""
        if self._keeper is None or stream.alarm is None:
            return
        try:
            stream.alarm_id = self._keeper.raise_(stream)
            self._open[stream.alarm_id] = stream
        except StoreError as error:
            self._failed("an alarm is not in the store yet", error)

    def _hear(self) -> None:
        """Does what people want of streams whose alarms they have seen."""
        assert self._keeper is not None
        for stream in self._slices:
            if stream.state == "alarm" and stream.alarm_id is None:
                self._try(stream)
        if not self._open:
            return
        for id_, alarm in self._keeper.alarms.get(self._open).items():
            if alarm.state == "open":
                continue
            stream = self._open.pop(id_)
            if alarm.state == "acknowledged":
                stream.acknowledge()
            else:
                stream.restart()
            logger.info("drift: the alarm of %s is %s", name_of(stream), alarm.state)
            self._allowed = NEVER


def watcher_of(settings: OnlineSettings, store: Store) -> OnlineDrift | None:
    """Returns who watches the records of a store's writer, if anybody is to."""
    if not settings.on:
        return None
    return OnlineDrift(
        settings, Keeper(store.online, store.alarms, store.writer), store.interactions
    )


def name_of(stream: Stream) -> str:
    """Returns a stream's column, and its slice."""
    return f"{stream.column} ({stream.slice})" if stream.slice else stream.column


def date_of(seconds: float) -> str:
    """Returns a time in UTC, to the second; as it is, where no calendar has it.

    >>> date_of(0.0), date_of(1e300)
    ('1970-01-01T00:00:00Z', '1e+300')
    """
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return f"{seconds:g}"
