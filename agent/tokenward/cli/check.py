"""``tokenward check``: one text."""

from __future__ import annotations

from typing import Annotated

import typer

from tokenward.cli.options import JsonOption, PolicyOption, StageOption, text_stage
from tokenward.cli.output import note, print_json, print_text, read_text, table
from tokenward.types import Decision


def check(
    text: Annotated[str | None, typer.Argument(help="The text; '-' or none reads stdin.")] = None,
    *,
    policy: PolicyOption = "default",
    stage: StageOption = None,
    as_json: JsonOption = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say which rules fired, where, and every score.")
    ] = False,
) -> None:
    """Check one text against a policy; exit 1 when it is blocked."""
    from tokenward.guard import Guard  # noqa: PLC0415

    with Guard.load(policy) as guard:
        decision = guard.check(read_text(text), stage=text_stage(stage))
    if as_json:
        print_json(decision.as_dict())
    else:
        _print(decision, explain=explain)
    if decision.blocked:
        raise typer.Exit(1)


def _print(decision: Decision, *, explain: bool) -> None:
    if decision.text is not None:
        print_text(decision.text if decision.text.endswith("\n") else decision.text + "\n")
    fired = ", ".join(rule.id for rule in decision.rules)
    note(f"{decision.action}{f': {fired}' if fired else ''} (policy {decision.policy.name})")
    if decision.degraded:
        note(f"degraded: {', '.join(decision.degraded)} did not run to the end")
    if explain:
        for line in _explanation(decision):
            note(line)


def _explanation(decision: Decision) -> list[str]:
    rows = [("rule", "mode", "action", "type", "span", "score")]
    rows += [
        (
            rule.id,
            rule.mode,
            rule.action,
            f"{found.detector}.{found.type}",
            f"{found.start}-{found.end}",
            f"{found.score:.2f}",
        )
        for rule in decision.rules
        for found in rule.detections
    ]
    scores = [("detector.type", "highest score")]
    scores += [(name, f"{score:.3f}") for name, score in decision.scores.items()]
    return [*table(rows), "", *table(scores)]
