"""``tokenward generate``: a local model, guarded token by token."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tokenward.cli.options import JsonOption, PolicyOption
from tokenward.cli.output import note, print_json, print_text

if TYPE_CHECKING:
    from tokenward.inprocess.output import GuardedOutput


def generate(
    prompt: Annotated[str, typer.Argument(help="What the model is asked.")],
    *,
    model: Annotated[
        str,
        typer.Option(
            "--model", "-m", help="A model's folder, or its hub id.", envvar="TOKENWARD_MODEL"
        ),
    ],
    policy: PolicyOption = "rewind",
    max_new_tokens: Annotated[
        int,
        typer.Option(
            min=1, help="The most tokens of the answer.", envvar="TOKENWARD_MAX_NEW_TOKENS"
        ),
    ] = 256,
    temperature: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            help="0 takes the likeliest token each time; without it, the model's own setting.",
            envvar="TOKENWARD_TEMPERATURE",
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(min=0, help="Makes sampling repeatable.", envvar="TOKENWARD_SEED"),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Generate with a local model, guarded token by token; exit 1 when it is blocked."""
    options = {"max_new_tokens": max_new_tokens, **_sampling(temperature)}
    output = _answer(model, policy, prompt, seed, None if as_json else _stream, options)
    if as_json:
        print_json(_row(output))
    else:
        _close(output)
    if output.blocked:
        raise typer.Exit(1)


def _answer(
    model: str,
    policy: str,
    prompt: str,
    seed: int | None,
    on_text: Callable[[int, str], None] | None,
    options: dict[str, Any],
) -> GuardedOutput:
    from tokenward.guard import Guard  # noqa: PLC0415
    from tokenward.inprocess.model import load, seed_sampling  # noqa: PLC0415

    with Guard.load(policy) as guard:
        loaded, tokenizer = load(model)
        if seed is not None:
            seed_sampling(seed)
        asked = [{"role": "user", "content": prompt}] if tokenizer.chat_template else prompt
        output = guard.generate(loaded, tokenizer, asked, on_text=on_text, **options)
    assert not isinstance(output, list)
    return output


def _sampling(temperature: float | None) -> dict[str, Any]:
    if temperature is None:
        return {}
    return {"do_sample": True, "temperature": temperature} if temperature else {"do_sample": False}


def _stream(_: int, text: str) -> None:
    print_text(text)
    sys.stdout.flush()


def _close(output: GuardedOutput) -> None:
    if output.text and not output.text.endswith("\n"):
        print_text("\n")
    if output.blocked:
        note(output.message or f"blocked at stage {output.decision.stage}")
    fired = ", ".join(rule.id for rule in output.decision.rules)
    note(
        f"{output.decision.action}{f': {fired}' if fired else ''} "
        f"(policy {output.decision.policy.name}, {len(output.tokens)} tokens, "
        f"{output.rewinds} rewinds)"
    )


def _row(output: GuardedOutput) -> dict[str, Any]:
    return {
        **output.decision.as_dict(),
        "rewinds": output.rewinds,
        "tokens": len(output.tokens),
        "finish_reason": output.finish_reason,
    }
