"""``tokenward generate``: a local model, guarded token by token."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from tokenward.cli import INTERRUPTED
from tokenward.cli.options import JsonOption, PolicyOption
from tokenward.cli.output import note, print_json, print_text

if TYPE_CHECKING:
    from tokenward.inprocess.output import GuardedOutput

    OnText = Callable[[int, str], None]


def generate(
    prompt: Annotated[str, typer.Argument(help="What the model is asked.")],
    *,
    model: Annotated[
        str,
        typer.Option(
            "--model",
            "-m",
            help="A folder of transformers or ONNX Runtime GenAI, a .gguf file, or a hub id.",
            envvar="TOKENWARD_MODEL",
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
    explain: Annotated[
        bool,
        typer.Option(
            "--explain",
            help="Say what was taken back, edited or stopped, why, and what stood there.",
        ),
    ] = False,
) -> None:
    """Generate with a local model, guarded token by token; exit 1 when it is blocked."""
    options = {"max_new_tokens": max_new_tokens, **_sampling(temperature)}
    printed = _Printed()
    try:
        call = _Call(model, policy, prompt, seed, options)
        output, reasons = call.answer(None if as_json else printed, explain=explain)
    except KeyboardInterrupt:
        printed.end_line()
        note("interrupted")
        raise typer.Exit(INTERRUPTED) from None
    if as_json:
        print_json(_row(output) | ({} if reasons is None else {"explain": reasons}))
    else:
        printed.end_line()
        _close(output, reasons)
    if output.blocked:
        raise typer.Exit(1)


class _Printed:
    """Prints released text as it comes."""

    def __init__(self) -> None:
        self._open = False

    def __call__(self, _: int, text: str) -> None:
        self._open = not text.endswith("\n")  # before, for an interruption can come in between
        print_text(text)
        sys.stdout.flush()

    def end_line(self) -> None:
        """Ends the last line, if it is open."""
        if self._open:
            self(0, "\n")


class _Call(NamedTuple):
    """What the command was asked for."""

    model: str
    policy: str
    prompt: str
    seed: int | None
    options: dict[str, Any]

    def answer(
        self, on_text: OnText | None, *, explain: bool
    ) -> tuple[GuardedOutput, dict[str, Any] | None]:
        """Generates, and explains the answer if that was asked for."""
        from tokenward.guard import Guard  # noqa: PLC0415
        from tokenward.inprocess.model import asked, load, seed_sampling  # noqa: PLC0415

        with Guard.load(self.policy) as guard:
            model, tokenizer = load(self.model)
            if self.seed is not None:
                seed_sampling(self.seed)
            prompt = asked(model, tokenizer, self.prompt)
            output = guard.generate(model, tokenizer, prompt, on_text=on_text, **self.options)
            assert not isinstance(output, list)
            return output, guard.explain(output) if explain else None


def _sampling(temperature: float | None) -> dict[str, Any]:
    if temperature is None:
        return {}
    return {"do_sample": True, "temperature": temperature} if temperature else {"do_sample": False}


def _close(output: GuardedOutput, reasons: dict[str, Any] | None) -> None:
    if output.blocked:
        note(output.message or f"blocked at stage {output.decision.stage}")
    fired = ", ".join(rule.id for rule in output.decision.rules)
    note(
        f"{output.decision.action}{f': {fired}' if fired else ''} "
        f"(policy {output.decision.policy.name}, {len(output.tokens)} tokens, "
        f"{output.rewinds} rewinds)"
    )
    if reasons is not None:
        from tokenward.cli.generated import tables  # noqa: PLC0415

        note("")
        for line in tables(reasons):
            note(line)


def _row(output: GuardedOutput) -> dict[str, Any]:
    return {
        **output.decision.as_dict(),
        "rewinds": output.rewinds,
        "tokens": len(output.tokens),
        "finish_reason": output.finish_reason,
    }
