"""``tokenward check``: one text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tokenward.cli.options import JsonOption, PolicyOption, StageOption, text_stage
from tokenward.cli.output import note, print_json, print_text, read_text
from tokenward.errors import UsageError
from tokenward.types import Decision, RequestContext

if TYPE_CHECKING:
    from tokenward.guard import Guard


def check(
    text: Annotated[str | None, typer.Argument(help="The text; '-' or none reads stdin.")] = None,
    *,
    policy: PolicyOption = "default",
    stage: StageOption = None,
    context: Annotated[
        list[Path] | None,
        typer.Option("--context", help="A file with a document that the text must go by; repeat."),
    ] = None,
    question: Annotated[str, typer.Option("--question", help="What the text answers.")] = "",
    as_json: JsonOption = False,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain", help="Say what fired or nearly did, where and why, and its cost."
        ),
    ] = False,
    show_text: Annotated[
        bool, typer.Option("--show-text", help="With --explain, show what stood there, too.")
    ] = False,
) -> None:
    """Check one text against a policy; exit 1 when it is blocked."""
    from tokenward.guard import Guard  # noqa: PLC0415

    if show_text and not explain:
        raise UsageError("--show-text: it goes with --explain; give both")
    where, given = text_stage(stage), read_text(text)
    asked = _asked(context or [], question)
    with Guard.load(policy) as guard:
        if explain:
            decision, reasons = _explained(guard, given, where, asked, show_text=show_text)
        else:
            decision, reasons = guard.check(given, stage=where, context=asked), None
    if as_json:
        print_json(decision.as_dict() | ({} if reasons is None else {"explain": reasons}))
    else:
        _print(decision, reasons)
    if decision.blocked:
        raise typer.Exit(1)


def _asked(files: Sequence[Path], question: str) -> RequestContext | None:
    """Returns what the text answers, if anything was said of it."""
    if not files and not question:
        return None
    documents = tuple(_document(file) for file in files)
    return RequestContext(question=question, documents=documents)


def _document(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text in UTF-8"
        raise UsageError(f"--context: {file}: {reason}") from None


def _explained(
    guard: Guard, text: str, stage: str | None, asked: RequestContext | None, *, show_text: bool
) -> tuple[Decision, dict[str, Any]]:
    from tokenward.engine.explain import explain  # noqa: PLC0415
    from tokenward.stream.given import given_of  # noqa: PLC0415

    explanation = explain(guard.engine, text, stage, given_of(asked))
    return explanation.decision, explanation.as_dict(text if show_text else None)


def _print(decision: Decision, reasons: dict[str, Any] | None) -> None:
    if decision.text is not None:
        print_text(decision.text if decision.text.endswith("\n") else decision.text + "\n")
    fired = ", ".join(rule.id for rule in decision.rules)
    note(f"{decision.action}{f': {fired}' if fired else ''} (policy {decision.policy.name})")
    if decision.degraded:
        why = {name: f" ({reason})" for name, reason in decision.reasons.items()}
        names = ", ".join(f"{name}{why.get(name, '')}" for name in decision.degraded)
        note(f"degraded: {names} did not run to the end")
    if decision.unmeasured:
        note(f"not measured: {', '.join(decision.unmeasured)} had nothing to judge the text by")
    if reasons is not None:
        from tokenward.cli.explain import tables  # noqa: PLC0415

        note("")
        for line in tables(reasons):
            note(line)
