"""``tokenward policy replay``: what a policy would have decided about recorded traffic."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from tokenward.cli.options import JsonOption, StoreOption
from tokenward.cli.output import note, print_json, print_text
from tokenward.cli.policy_diff import ExamplesOption, FailOption, UnmeasuredOption
from tokenward.errors import UsageError
from tokenward.monitor.extras import needs

EVERY = 50_000
MOST = 6


def replay(
    policy: Annotated[str, typer.Argument(help="The policy as it may become: a name, or a path.")],
    *,
    store: StoreOption,
    since: Annotated[
        str | None,
        typer.Option(metavar="WHEN", help="From here on: a length such as 7d, or ISO 8601 UTC."),
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="WHEN", help="Up to here, in the same form.")
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN=VALUE", help="Only these, e.g. model=support; may repeat."),
    ] = None,
    was: Annotated[
        list[str] | None,
        typer.Option(metavar="POLICY", help="A policy that decided then and is not at hand now."),
    ] = None,
    fail_above: FailOption = 0.0,
    unmeasured_above: UnmeasuredOption = 0.0,
    examples: ExamplesOption = 5,
    as_json: JsonOption = False,
) -> None:
    """Decide again about recorded traffic, by its scores, and by texts where a policy keeps them.

    Exit 1 when a request is decided otherwise (a larger share than --fail-above), or when a record
    cannot tell (a larger share than --unmeasured-above). For a rule in 'mode: monitor' it tells
    how many requests would be decided otherwise if it were enforced.
    """
    with needs("the store"):
        from tokenward.store.store import Store  # noqa: PLC0415
    from tokenward.cli.replayed import decided_lines, fails  # noqa: PLC0415
    from tokenward.engine.compile import compile_policy  # noqa: PLC0415
    from tokenward.engine.engine import Engine  # noqa: PLC0415
    from tokenward.engine.find import find_policy  # noqa: PLC0415
    from tokenward.registry import Registry  # noqa: PLC0415

    registry = Registry.load()
    found = [find_policy(one, registry) for one in (policy, *(was or ()))]
    period = (moment(since), moment(until))
    filters = dict(pair(one) for one in where or ())
    with Store.open(store, read_only=True) as opened:
        engine = Engine(compile_policy(found[0], registry))
        try:
            told = _told(engine, opened, found, period, filters, examples)
        finally:
            engine.close()
    if as_json:
        print_json(told)
    else:
        name = f"{told['policy']['name']} (revision {told['policy']['revision']})"
        print_text("\n".join([name, *_made_by(told), *decided_lines(told, "interactions")]) + "\n")
    if fails(told, fail_above, unmeasured_above):
        raise typer.Exit(1)


def _made_by(told: Mapping[str, Any]) -> Iterator[str]:
    """Yields who decided then, and what a reader must know of that."""
    pairs = [f"{name} ({count})" for name, count in told["decided_by"].items()]
    if pairs:
        yield f"  decided by {', '.join(pairs[:MOST])}{', ...' if len(pairs) > MOST else ''}"
    if told["other_versions"]:
        versions = ", ".join(told["other_versions"])
        yield f"  scores of version {versions}: detectors of this one may give others"


def _told(
    engine: Any, opened: Any, policies: Any, period: Any, filters: Any, examples: int
) -> dict[str, Any]:
    from tokenward.registry import Registry  # noqa: PLC0415
    from tokenward.replay.known import Known  # noqa: PLC0415
    from tokenward.replay.tally import Tally  # noqa: PLC0415
    from tokenward.replay.traffic import Replay  # noqa: PLC0415

    known = Known.of(opened.policies.all(), policies, Registry.load())
    tally = Tally(policies[0].rules, examples)
    for count, one in enumerate(
        Replay(engine, known).over(opened, period[0], period[1], filters), 1
    ):
        tally.add(one)
        if count % EVERY == 0:
            note(f"{count} interactions")
    return {
        "policy": {"name": policies[0].name, "revision": policies[0].revision},
        "decided_by": dict(tally.policies.most_common()),
        "other_versions": known.versions(),
        **tally.as_dict(),
    }


def moment(text: str | None) -> float | None:
    """Returns the seconds since the epoch of a date, or of a length of time ago."""
    from tokenward.monitor.ranges import parse_duration, parse_instant  # noqa: PLC0415

    if text is None:
        return None
    now = time.time()
    try:
        return now - parse_duration(text)
    except UsageError:
        return parse_instant(text)


def pair(text: str) -> tuple[str, str]:
    """Returns column and value of a condition.

    >>> pair("model=a=b")
    ('model', 'a=b')
    """
    name, sign, value = text.partition("=")
    if not sign:
        raise UsageError(
            f"--where: cannot read {text!r}; write COLUMN=VALUE, such as model=support"
        )
    return name, value
