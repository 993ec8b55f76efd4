"""``tokenward alerts``: what is not as it was, who knows of it, and what is silenced."""

from __future__ import annotations

import getpass
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tokenward.cli.options import JsonOption
from tokenward.cli.output import grid, note, print_json, print_text
from tokenward.errors import UsageError
from tokenward.monitor.extras import needs

if TYPE_CHECKING:
    from tokenward.store.beside.alerts import Subject
    from tokenward.store.store import Store

app = typer.Typer(help="List, acknowledge and silence alerts of the monitor.", no_args_is_help=True)

StoreOption = Annotated[
    str, typer.Option(help="The store's URL or path.", envvar="TOKENWARD_STORE")
]
ReportOption = Annotated[str, typer.Option(help="A report's name, or a pattern.")]
ColumnOption = Annotated[str, typer.Option(help="A column, or a pattern such as 'score.*'.")]
SliceOption = Annotated[str, typer.Option("--slice", help="A slice such as 'model=support'.")]
WhoOption = Annotated[str | None, typer.Option("--who", help="Who you are [the system's name].")]

STATES = ("report", "column", "slice", "state", "since", "told", "seen by", "note")
SILENCES = ("silence", "report", "column", "slice", "until", "who", "why")


@app.command("list")
def list_alerts(*, store: StoreOption, as_json: JsonOption = False) -> None:
    """List what is not calm, the silences at work, and how many alerts wait to be sent."""
    with _opened(store) as opened:
        states, silences = opened.alerts.states(), opened.alerts.silences()
        waiting = opened.alerts.waiting()
    if as_json:
        print_json(
            {
                "states": [state_row(one) for one in states],
                "silences": [silence_row(one) for one in silences],
                "waiting": waiting,
            }
        )
        return
    lines = ["all is calm"]
    if states:
        rows = [tuple(str(v or "") for v in state_row(one).values()) for one in states]
        lines = [grid(STATES, rows)]
    if silences:
        rows = [tuple(str(v) for v in silence_row(one).values()) for one in silences]
        lines += ["", grid(SILENCES, rows)]
    if waiting:
        lines.append(f"{waiting} alerts wait to be sent")
    print_text("\n".join(lines) + "\n")


@app.command()
def ack(
    *,
    store: StoreOption,
    report: ReportOption = "*",
    column: ColumnOption = "*",
    part: SliceOption = "*",
    who: WhoOption = None,
    text: Annotated[str, typer.Option("--note", help="What is done about it.")] = "",
) -> None:
    """Acknowledge what is not calm: others see that somebody knows. A new state comes anew."""
    with _opened(store) as opened:
        count = opened.alerts.acknowledge(_subject(report, column, part), who or _me(), text)
    note(f"acknowledged {count}")
    if not count:
        raise UsageError("nothing that is not calm fits; 'tokenward alerts list' tells what is")


@app.command()
def silence(
    *,
    store: StoreOption,
    until: Annotated[str, typer.Option(help="A length such as 4h, or a time in ISO 8601 UTC.")],
    why: Annotated[str, typer.Option(help="The reason, for those who come after.")],
    report: ReportOption = "*",
    column: ColumnOption = "*",
    part: SliceOption = "*",
    who: WhoOption = None,
) -> None:
    """Send no alerts of some columns for a while; what still holds then is told then."""
    end = _later(until)
    with _opened(store) as opened:
        made = opened.alerts.silence(_subject(report, column, part), end, who or _me(), why)
    print_text(f"{made.id}\n")


@app.command()
def unsilence(
    identifier: Annotated[str, typer.Argument(metavar="ID")], *, store: StoreOption
) -> None:
    """End a silence."""
    with _opened(store) as opened:
        opened.alerts.unsilence(identifier)


def state_row(one: Any) -> dict[str, Any]:
    """Returns a state as it is listed."""
    return {
        "report": one.subject.source,
        "column": one.subject.column,
        "slice": one.subject.slice,
        "state": one.state,
        "since": moment(one.since),
        "told": "yes" if one.told == one.state else "silenced",
        "acknowledged_by": one.acknowledged_by,
        "note": one.note,
    }


def silence_row(one: Any) -> dict[str, Any]:
    """Returns a silence as it is listed."""
    return {
        "id": one.id,
        "report": one.source,
        "column": one.column,
        "slice": one.slice,
        "until": moment(one.until),
        "who": one.who,
        "why": one.why,
    }


def moment(seconds: float) -> str:
    """Returns a time to the second.

    >>> moment(0.5)
    '1970-01-01T00:00:00Z'
    """
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _opened(url: str) -> Store:
    with needs("the store"):
        from tokenward.store.store import Store  # noqa: PLC0415
    return Store.open(url)


def _subject(report: str, column: str, part: str) -> Subject:
    from tokenward.store.beside.alerts import Subject  # noqa: PLC0415

    return Subject(report, column, part)


def _later(text: str) -> float:
    from tokenward.monitor.ranges import parse_duration, parse_instant  # noqa: PLC0415

    now = time.time()
    try:
        return now + parse_duration(text)
    except UsageError:
        return parse_instant(text)


def _me() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a process whose user has no name, as in many containers
        return "somebody"
