"""The answers for programs: the same as the pages, in JSON."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tokenward.dashboard import explained, filters
from tokenward.dashboard.alarms import alarms_of, streams_of
from tokenward.dashboard.drift import watched
from tokenward.dashboard.live import cards, groups, sample_of
from tokenward.dashboard.messages import Answer, Ask, Fault, data
from tokenward.dashboard.parts import Parts
from tokenward.dashboard.playground import attempt, checked
from tokenward.dashboard.reports import Shown

if TYPE_CHECKING:
    from tokenward.dashboard.live import Group

KEPT_SECONDS = 10.0
"""How long what was read of the newest records is shown again."""


class Data:
    """Answers programs."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._read_at = float("-inf")
        self._rows: list[Mapping[str, Any]] = []

    def newest(self) -> list[Mapping[str, Any]]:
        """Returns the newest records as they were some seconds ago; none without a store."""
        store = self._parts.store()
        if store is not None and time.monotonic() - self._read_at > KEPT_SECONDS:
            self._rows = store.browse.newest()
            self._read_at = time.monotonic()
        return self._rows

    def groups(self) -> list[Group]:
        """Returns the newest records by policy and model label."""
        return groups(self.newest())

    def now(self, ask: Ask) -> Answer:
        """Answers with what happens now."""
        del ask
        live, told = self._parts.live, {}
        if live is not None:
            now = live.now()
            shown = cards(now, live.trend.series(sample_of(live)))
            told = {**now, "figures": {one.title: one.value for one in shown}}
        return data({**told, "newest": [one.as_dict() for one in self.groups()]})

    def decisions(self, ask: Ask) -> Answer:
        """Answers with a page of decisions; ``older`` and ``newer`` are fields of the next ask."""
        wanted = filters.wanted(ask.asked)
        page = self._parts.open().browse.page(
            wanted.query, before=wanted.before, after=wanted.after, size=wanted.size
        )
        return data(
            {
                "decisions": [explained.line(one) for one in page.records],
                "older": {"before": filters.told(page.older)} if page.older else None,
                "newer": {"after": filters.told(page.newer)} if page.newer else None,
                "searched_to": page.stopped,
            }
        )

    def decision(self, ask: Ask, parts: tuple[str, ...]) -> Answer:
        """Answers with one decision and its explanation."""
        del ask
        return data(self.found(parts))

    def found(self, parts: tuple[str, ...]) -> dict[str, Any]:
        """Returns the decision that a path names."""
        store = self._parts.open()
        record = store.get(parts[0]) if len(parts) == 1 else None
        if record is None:
            raise Fault(404, "no record has this decision id; it may have been purged")
        name = record.decision_id
        texts = store.texts.of([name]).get(name, ())
        return explained.whole(record, texts, store.feedback.of(name))

    def drift(self, ask: Ask) -> Answer:
        """Answers with the state of drift and its history."""
        del ask
        store = self._parts.open()
        reports = [one.as_dict() for one in watched(store.runs)]
        alarms = alarms_of(store.alerts).as_dict()
        return data({**alarms, "online": streams_of(store), "reports": reports})

    def reports(self, ask: Ask) -> Answer:
        """Answers with the runs of all reports."""
        del ask
        shown = Shown(self._parts.out)
        return data({"runs": [one.as_dict() for one in shown.runs(self._parts.open().runs)]})

    def tried(self, ask: Ask) -> Answer:
        """Tries a text; nothing is kept of it."""
        try:
            value = json.loads(ask.body)
        except (ValueError, RecursionError):
            raise Fault(400, "the body is no JSON") from None
        policies = self._parts.policies
        trying = checked(value, policies.names())
        tried = [attempt(policies.engine(name), trying, name) for name in trying.policies]
        return data({"tried": [{"policy": one.policy, **one.as_dict()} for one in tried]})
