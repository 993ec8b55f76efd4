"""``tokenward policy diff``: what another policy says, and what it would decide otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from tokenward.cli.options import JsonOption, StageOption, text_stage
from tokenward.cli.output import print_json, print_text
from tokenward.cli.rows import read_rows

FailOption = Annotated[
    float,
    typer.Option(
        "--fail-above",
        min=0,
        max=1,
        metavar="SHARE",
        help="Exit 1 when a larger share than this is decided otherwise.",
    ),
]
UnmeasuredOption = Annotated[
    float,
    typer.Option(
        "--unmeasured-above",
        min=0,
        max=1,
        metavar="SHARE",
        help="Exit 1 when a larger share than this cannot be measured.",
    ),
]
ExamplesOption = Annotated[
    int, typer.Option("--examples", min=0, max=1000, help="Examples of each change.")
]


def diff(
    first: Annotated[str, typer.Argument(help="The policy as it is: a name, or a path.")],
    second: Annotated[str, typer.Argument(help="The policy as it may become.")],
    *,
    on: Annotated[
        Path | None,
        typer.Option("--on", metavar="FILE", help="Decide about these texts with both."),
    ] = None,
    stage: StageOption = None,
    field: Annotated[str, typer.Option("--field", help="The key of the text in a row.")] = "text",
    fail_above: FailOption = 0.0,
    unmeasured_above: UnmeasuredOption = 0.0,
    examples: ExamplesOption = 5,
    as_json: JsonOption = False,
) -> None:
    """Compare two policies rule by rule; with --on, what they decide about the texts of a file.

    With --on: exit 1 when a text is decided otherwise (a larger share than --fail-above), or could
    not be decided about (a larger share than --unmeasured-above).
    """
    from tokenward.cli.replayed import decided_lines, fails, policy_lines  # noqa: PLC0415
    from tokenward.engine.compile import compile_policy  # noqa: PLC0415
    from tokenward.engine.find import find_policy  # noqa: PLC0415
    from tokenward.registry import Registry  # noqa: PLC0415
    from tokenward.replay.changes import changes, hold_backs  # noqa: PLC0415

    where = text_stage(stage)
    registry = Registry.load()
    pair = [compile_policy(find_policy(one, registry), registry) for one in (first, second)]
    told: dict[str, Any] = {
        **{
            name: {key: getattr(one.policy, key) for key in ("name", "revision", "source")}
            for name, one in zip(("first", "second"), pair, strict=True)
        },
        "changes": [one.as_dict() for one in changes(*pair)],
        "hold_back": hold_backs(*pair),
    }
    if on is not None:
        told["on"] = _decided(pair, read_rows(on, field), where, examples)
    if as_json:
        print_json(told)
    else:
        lines = [*policy_lines(told), *(decided_lines(told["on"], "texts") if on else ())]
        print_text("\n".join(lines) + "\n")
    if on is not None and fails(told["on"], fail_above, unmeasured_above):
        raise typer.Exit(1)


def _decided(pair: Any, rows: Any, stage: str | None, examples: int) -> dict[str, Any]:
    from tokenward.engine.engine import Engine  # noqa: PLC0415
    from tokenward.replay.tally import Tally  # noqa: PLC0415
    from tokenward.replay.texts import Pair  # noqa: PLC0415

    first, second = (Engine(one) for one in pair)
    tally = Tally(second.compiled.policy.rules, examples)
    try:
        both = Pair(first, second)
        for row in rows:
            tally.add(both.compare(row.id, row.text, stage))
    finally:
        first.close()
        second.close()
    return tally.as_dict()
