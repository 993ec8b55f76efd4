"""The pages, each with what it shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from tokenward.dashboard import explained, filters, rendering, words
from tokenward.dashboard.alarms import LENGTHS, act, alarms_of, streams_of
from tokenward.dashboard.data import Data
from tokenward.dashboard.drift import Watched, records_of, watched
from tokenward.dashboard.live import Card, Group, cards, per_time, sample_of
from tokenward.dashboard.messages import Answer, Ask, Fault, redirect
from tokenward.dashboard.parts import Parts
from tokenward.dashboard.playground import (
    LONGEST,
    MOST_POLICIES,
    MOST_STEPS,
    Tried,
    Trying,
    asked_of,
    attempt,
    because,
)
from tokenward.dashboard.reports import Shown
from tokenward.dashboard.saving import saved, write
from tokenward.store.browse import rules_of
from tokenward.types import STAGES

PLACES = (
    ("", "Now"),
    ("decisions", "Decisions"),
    ("drift", "Drift"),
    ("reports", "Reports"),
    ("playground", "Playground"),
)
REFRESH = 5
"""Seconds after which the page of now is loaded again."""
YAML = "application/yaml; charset=utf-8"
FORMATS = {"share": words.share, "count": words.count}


class Pages:
    """Answers people."""

    def __init__(self, parts: Parts, token: str) -> None:
        self.data = Data(parts)
        self._parts = parts
        self._token = token

    def _page(
        self, template: str, here: str, title: str, status: int = 200, **values: Any
    ) -> Answer:
        return rendering.page(
            template,
            status,
            places=PLACES,
            here=here,
            title=title,
            of=self._parts.of,
            token=self._token,
            **values,
        )

    def fault(self, status: int, told: str) -> Answer:
        """Says why there is no such page."""
        return self._page("fault.html", "-", f"{status}", status, code=status, told=told)

    # -- now --------------------------------------------------------------------------------

    def now(self, ask: Ask) -> Answer:
        """Shows what happens now, and the newest records by policy and model label."""
        del ask
        live = self._parts.live
        now, shown = None, []
        if live is not None:
            now = live.now()
            shown = cards(now, live.trend.series(sample_of(live)))
        rows = self.data.newest()
        if live is None and rows:
            shown = recorded(rows)
        return self._page(
            "now.html",
            "",
            "Now",
            refresh=REFRESH,
            now=now,
            cards=[(one, tell(one.kind, one.value), curve(one)) for one in shown],
            tell=tell,
            groups=[one.as_dict() for one in self.data.groups()],
            rows=len(rows),
            span=(rows[-1]["time"], rows[0]["time"]) if rows else None,
            store=self._parts.store() is not None,
        )

    # -- decisions --------------------------------------------------------------------------

    def decisions(self, ask: Ask) -> Answer:
        """Shows a page of decisions, or goes to the one that is looked for."""
        looked_for = ask.asked.one("id")
        if looked_for:
            return redirect(f"/tokenward/decisions/{quote(looked_for[: filters.LONGEST], safe='')}")
        store = self._parts.open()
        wanted = filters.wanted(ask.asked)
        page = store.browse.page(
            wanted.query, before=wanted.before, after=wanted.after, size=wanted.size
        )
        return self._page(
            "decisions.html",
            "decisions",
            "Decisions",
            wanted=wanted,
            lines=[explained.line(one) for one in page.records],
            older=wanted.link(before=filters.told(page.older)) if page.older else None,
            newer=wanted.link(after=filters.told(page.newer)) if page.newer else None,
            stopped=page.stopped,
            choices={**filters.choices(self.data.newest()), "rule": rules_of(page.records)},
            lasts=list(filters.LASTS),
            sizes=filters.SIZES,
            empty=not page.records and not wanted.query.narrow and not wanted.given,
        )

    def decision(self, ask: Ask, parts: tuple[str, ...]) -> Answer:
        """Shows one decision with its explanation."""
        del ask
        one = self.data.found(parts)
        return self._page("decision.html", "decisions", "Decision", one=one)

    # -- drift ------------------------------------------------------------------------------

    def drift(self, ask: Ask) -> Answer:
        """Shows the state of drift by column and slice."""
        store = self._parts.open()
        return self._page(
            "drift.html",
            "drift",
            "Drift",
            alarms=alarms_of(store.alerts),
            lengths=list(LENGTHS),
            streams=streams_of(store),
            reports=watched(store.runs),
            part=ask.asked.one("slice"),
        )

    def column(self, ask: Ask, parts: tuple[str, ...]) -> Answer:
        """Shows one column of a report, in all slices, with its history."""
        del ask
        found = {one.name: one for one in watched(self._parts.open().runs)}
        report: Watched | None = found.get(parts[0])
        cells = [] if report is None else [one for one in report.cells if one.column == parts[-1]]
        if report is None or not cells or len(parts) != 2:  # noqa: PLR2004  # report and column
            raise Fault(404, "no report that was made has such a column")
        return self._page(
            "column.html", "drift", cells[0].column, report=report, column=cells[0].column,
            cells=cells, records_of=records_of,
        )  # fmt: skip

    def alarm(self, ask: Ask) -> Answer:
        """Acknowledges or silences an alarm, or ends a silence."""
        act(self._parts.open(), ask.form)
        return redirect("/tokenward/drift")

    # -- reports ----------------------------------------------------------------------------

    def reports(self, ask: Ask) -> Answer:
        """Shows the runs of all reports with their files."""
        del ask
        shown = Shown(self._parts.out)
        return self._page(
            "reports.html",
            "reports",
            "Reports",
            runs=shown.runs(self._parts.open().runs),
            there=shown.there,
        )

    def artifact(self, ask: Ask, parts: tuple[str, ...]) -> Answer:
        """Returns a file of a report."""
        del ask
        return Shown(self._parts.out).answer(parts)

    # -- playground -------------------------------------------------------------------------

    def playground(self, ask: Ask) -> Answer:
        """Shows the empty form, with the policies and the stage that a link names."""
        known = self._parts.policies.names()
        given = asked_of(replace_text(ask), known)
        return self._playground(given, ())

    def tried(self, ask: Ask) -> Answer:
        """Tries the text of the form."""
        policies = self._parts.policies
        trying = asked_of(ask.form, policies.names())
        tried = [attempt(policies.engine(name), trying, name) for name in trying.policies]
        return self._playground(trying, tried)

    def _playground(self, trying: Trying, tried: Sequence[Tried], note: str = "") -> Answer:
        return self._page(
            "playground.html",
            "playground",
            "Playground",
            trying=trying,
            tried=[(one, case_of(one, trying)) for one in tried],
            policies=self._parts.policies.names(),
            stages=STAGES,
            longest=LONGEST,
            because=because,
            most=MOST_POLICIES,
            most_steps=MOST_STEPS,
            folder=str(self._parts.cases) if self._parts.cases else None,
            note=note,
        )

    def case(self, ask: Ask) -> Answer:
        """Gives the case of a tried text as a file, or writes it where the operator allows it."""
        policies, form = self._parts.policies, ask.form
        trying = asked_of(form, policies.names())
        trying = replace(trying, policies=trying.policies[:1])
        tried = [attempt(policies.engine(name), trying, name) for name in trying.policies]
        if not tried:
            raise Fault(400, "policies: name one")
        one = saved(form.one("name"), trying, tried[0].decision)
        if not form.one("write"):
            name = quote(one.file, safe="")
            more = (("content-disposition", f"attachment; filename*=UTF-8''{name}"),)
            return Answer(200, YAML, one.yaml.encode(), more)
        if self._parts.cases is None:
            raise Fault(403, "the operator allows no writing of cases; download it instead")
        path = write(one, self._parts.cases)
        return self._playground(trying, tried, f"The case is in {path}.")


TEXTS = ("text", "question", "documents")


def replace_text(ask: Ask) -> Any:
    """Returns the fields of a link to the playground: a text never is in a link."""
    fields = ask.asked
    return replace(fields, pairs=tuple(pair for pair in fields.pairs if pair[0] not in TEXTS))


def case_of(one: Tried, trying: Trying) -> str:
    """Returns the case that would be saved, as its line."""
    return saved("from the playground", trying, one.decision).line


def tell(kind: str, value: float | None) -> str:
    """Returns a figure with its unit."""
    if kind == "seconds":
        return words.seconds(value)
    if kind == "rate":
        return words.NOTHING if value is None else f"{words.number(value)} /s"
    return FORMATS[kind](value)


def curve(one: Card) -> str:
    """Returns what the curve of a figure shows, in words."""
    there = [value for value in one.values if value is not None]
    if not there:
        return ""
    kind = "rate" if one.title == "Degraded" else one.kind
    return (
        f"{one.title}: from {tell(kind, min(there))} to {tell(kind, max(there))}, "
        f"now {tell(kind, there[-1])}"
    )


def recorded(rows: Sequence[Mapping[str, Any]]) -> list[Card]:
    """Returns the figures of the newest records, where no process is asked."""
    series = per_time(rows)
    rates = [value for value in series["rate"] if value is not None]
    whole = Group(None, None)
    for row in rows:
        whole.take(row)
    told = whole.as_dict()
    guard, first = told["guard_seconds"], told["ttft_seconds"]
    allowed = told["actions"].get("allow", 0.0)
    return [
        Card(
            "Requests",
            rates[-1] if rates else None,
            "rate",
            (("in the newest records", whole.weight, "count"),),
            tuple(series["rate"]),
        ),
        Card("Not allowed", 1 - allowed, "share", (), tuple(series["share"])),
        Card("Guard latency, p95", guard["p95"], "seconds", pairs(guard, "p50", "p99")),
        Card("First token, p50", first["p50"], "seconds", pairs(first, "p95")),
        Card("Degraded", told["degraded"], "share", note="of requests lacked a detector"),
    ]


def pairs(values: Mapping[str, float | None], *names: str) -> tuple[tuple[str, Any, str], ...]:
    """Returns some percentiles as the details of a figure."""
    return tuple((name, values[name], "seconds") for name in names)
