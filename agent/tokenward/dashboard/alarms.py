"""What is not as it should be, who has seen it, and what nobody wants to hear of for a while."""

from __future__ import annotations

import glob
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from tokenward.dashboard.messages import Fault, Fields
from tokenward.store.beside.alerts import ONLINE, KeptAlerts, Silence, State, Subject

if TYPE_CHECKING:
    from tokenward.store.store import Store

LENGTHS: Mapping[str, float] = {"1 h": 3600.0, "8 h": 28_800.0, "1 d": 86_400.0, "7 d": 604_800.0}
LONGEST_NAME = 100
LONGEST_NOTE = 500


@dataclass(frozen=True, slots=True)
class Alarms:
    """States that are not calm, newest first, and the silences at work."""

    states: tuple[State, ...]
    silences: tuple[Silence, ...]

    def silenced(self, state: State) -> Silence | None:
        """Returns a silence that covers a state."""
        return next((one for one in self.silences if one.covers(state.subject)), None)

    @property
    def unseen(self) -> int:
        """How many nobody has acknowledged."""
        return sum(one.acknowledged is None for one in self.states)

    def as_dict(self) -> dict[str, Any]:
        """Returns all of it as data."""
        return {
            "alarms": [
                {
                    "source": one.subject.source,
                    "column": one.subject.column,
                    "slice": one.subject.slice,
                    "state": one.state,
                    "since": one.since,
                    "acknowledged": one.acknowledged,
                    "acknowledged_by": one.acknowledged_by,
                    "note": one.note,
                    "silenced_until": getattr(self.silenced(one), "until", None),
                }
                for one in self.states
            ],
            "silences": [
                {name: getattr(one, name) for name in Silence.__slots__} for one in self.silences
            ],
        }


def alarms_of(alerts: KeptAlerts) -> Alarms:
    """Reads the alarms of a store."""
    return Alarms(tuple(alerts.states()), tuple(alerts.silences()))


def act(store: Store, form: Fields) -> None:
    """Does what a form asks: acknowledges, dismisses, silences, or ends a silence."""
    wanted, alerts = form.one("do"), store.alerts
    if wanted == "unsilence":
        alerts.unsilence(form.one("id"))
        return
    who, note = form.one("who")[:LONGEST_NAME], form.one("note")[:LONGEST_NOTE]
    if not who:
        raise Fault(400, "who: say who you are, for those who come after")
    subject = exact(form.one("source"), form.one("column"), form.one("slice"))
    if wanted in ("acknowledge", "dismiss"):
        do = alerts.acknowledge if wanted == "acknowledge" else partial(dismiss, store)
        if not do(subject, who, note):
            raise Fault(409, "there is no such alarm any more; load the page again")
    elif wanted in LENGTHS:
        now = time.time()
        alerts.silence(subject, now + LENGTHS[wanted], who, note or "silenced on the dashboard")
    else:
        raise Fault(400, f"do: use acknowledge, dismiss, unsilence or one of: {', '.join(LENGTHS)}")


def dismiss(store: Store, subject: Subject, who: str, note: str) -> int:
    """Notes that there was no change where one was seen online; returns how many alarms end."""
    fits = Silence("", subject.source, subject.column, subject.slice, 0, 0, "", "").covers
    found = [
        one
        for one in store.alarms.open_ones(ONLINE)
        if fits(Subject(ONLINE, one.column, one.slice))
    ]
    for one in found:
        store.alarms.acknowledge(one.id, who, note, dismiss=True)
    return len(found)


def streams_of(store: Store) -> list[dict[str, Any]]:
    """Returns what is watched online, alarms first, as it stood when it was last saved."""
    order = ("alarm", "warn", "learning")
    return sorted(
        store.online.told(),
        key=lambda one: order.index(one["state"]) if one["state"] in order else 1.5,
    )


def exact(source: str, column: str, part: str) -> Subject:
    """Returns the patterns that fit one thing only.

    >>> exact("daily", "score.*", "")
    Subject(source='daily', column='score.[*]', slice='')
    """
    return Subject(glob.escape(source), glob.escape(column), glob.escape(part))
