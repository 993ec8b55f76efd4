"""Keeps the state of streams in the store, and takes it up again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tokenward.errors import StoreError
from tokenward.online.budget import Budget
from tokenward.online.restored import watch_of
from tokenward.online.slices import Slices
from tokenward.online.standing import Crossing, Standing
from tokenward.online.stream import Stream
from tokenward.store.beside.alarms import Alarms
from tokenward.store.beside.online_states import Kept, OnlineStates

ALL = ""
"""The row of what all streams have in common."""


class Keeper:
    """The rows of one writer."""

    def __init__(self, states: OnlineStates, alarms: Alarms, writer: str) -> None:
        self.alarms = alarms
        self._states = states
        self._period: tuple[float, float] | None = None
        self._writer = writer

    def save(self, slices: Slices, budget: Budget) -> None:
        """Keeps all streams; references only where they are new."""
        rows = list(rows_of(slices, budget, self._period))
        lacking = {(row.column, row.slice) for row in rows if row.reference is None}
        lacking &= self._states.write(self._writer, rows)
        for stream in slices:
            stream.is_saved = (
                stream.watch is not None and (stream.column, stream.slice) not in lacking
            )

    def restore(
        self, slices: Slices, budget: Budget, period: tuple[float, float] | None = None
    ) -> bool:
        """Takes up what is kept; tells whether this writer kept it.

        What another writer kept gives references only: its statistics are its own. Nothing is
        taken up where the reference is now to be of another period.
        """
        rows, own = self._states.read(self._writer)
        self._period = period
        try:
            common = next((row.state for row in rows if row.column == ALL), {})
            if period is not None and tuple(common.get("period") or ()) != period:
                return False
            for row in rows:
                if row.column == ALL:
                    slices.revisions.update(row.state["revisions"])
                    budget.restore(row.state["budget"])
                else:
                    restore(slices, row, own=own)
        except (KeyError, TypeError, ValueError) as error:
            raise StoreError(f"its saved state cannot be read: {type(error).__name__}") from None
        return own

    def raise_(self, stream: Stream) -> str:
        """Opens an alarm in the store; returns its identifier."""
        assert stream.alarm is not None
        standing = stream.alarm.standing
        alarm = self.alarms.raise_(
            "online",
            self._writer,
            stream.column,
            stream.slice,
            method=standing.method,
            statistic=standing.statistic,
            threshold=standing.threshold,
            since=standing.since,
            now=stream.alarm.time,
        )
        return alarm.id


def rows_of(slices: Slices, budget: Budget, period: tuple[float, float] | None) -> Iterator[Kept]:
    """Yields the rows of all streams, and one of what they have in common."""
    common = {"budget": budget.figures, "revisions": slices.revisions, "period": period}
    yield Kept(ALL, ALL, slices.time, None, common)
    for stream in slices:
        watch = stream.watch
        reference = watch.reference if watch is not None and not stream.is_saved else None
        yield Kept(stream.column, stream.slice, slices.time, reference, state_of(stream))


def state_of(stream: Stream) -> dict[str, Any]:
    """Returns what a stream knows beside its reference."""
    alarm = stream.alarm
    return {
        "kind": stream.kind,
        "state": stream.state,
        "figures": list(stream.watch.figures) if stream.watch is not None else None,
        "share": stream.share,
        "past_alarms": stream.past_alarms,
        "began": stream.began,
        "wanted": stream.wanted,
        "alarm": [*alarm.standing, alarm.time] if alarm is not None else None,
        "alarm_id": stream.alarm_id,
        "told": stream.as_dict(),
    }


def restore(slices: Slices, row: Kept, *, own: bool) -> None:
    """Gives a stream what is kept of it."""
    saved = row.state
    stream = slices.part(row.slice).stream(row.column, saved["kind"])
    if stream is None:  # it is not watched any more
        return
    if saved["figures"] is None or row.reference is None:
        if own:
            stream.state, stream.began = saved["state"], saved["began"]
            stream.wanted = saved["wanted"]
        return
    watch = watch_of(row.reference, stream.base, stream.seed)
    stream.use(watch, saved["share"])
    if not own:
        return
    stream.is_saved = True
    watch.figures = saved["figures"]
    stream.state, stream.past_alarms = saved["state"], saved["past_alarms"]
    stream.alarm_id = saved["alarm_id"]
    if saved["alarm"] is not None:
        *standing, moment = saved["alarm"]
        stream.alarm = Crossing(Standing(*standing), moment)
