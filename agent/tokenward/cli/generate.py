"""``tokenward generate``: a local model, guarded token by token."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tokenward.cli.options import JsonOption, PolicyOption
from tokenward.cli.output import note, print_json, print_text
from tokenward.errors import MissingExtra, ModelMissing

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
    from tokenward.guard import Guard  # noqa: PLC0415

    _require("torch", "transformers")
    with Guard.load(policy) as guard:
        loaded, tokenizer = _read(model)
        output = guard.generate(
            loaded,
            tokenizer,
            [{"role": "user", "content": prompt}] if tokenizer.chat_template else prompt,
            on_text=None if as_json else _stream,
            max_new_tokens=max_new_tokens,
            **_sampling(temperature, seed),
        )
    assert not isinstance(output, list)
    if as_json:
        print_json(_row(output))
    else:
        _close(output)
    if output.blocked:
        raise typer.Exit(1)


def _require(*modules: str) -> None:
    for module in modules:
        if find_spec(module) is None:
            raise MissingExtra("guarded generation", "models", module)


def _read(model: str) -> tuple[Any, Any]:
    """Returns model and tokenizer: from a folder without a look at the network, or by hub id."""
    folder = Path(model).expanduser()
    local = folder.is_dir()
    if not local and _is_path(model):
        raise ModelMissing(
            f"--model: no folder {model!r}; give a folder that save_pretrained wrote"
        )
    if local and not (folder / "config.json").is_file():
        raise ModelMissing(
            f"--model: no config.json in {model!r}; give a folder that save_pretrained wrote"
        )
    import torch  # noqa: PLC0415
    from transformers import AutoModelForCausalLM, AutoTokenizer, logging  # noqa: PLC0415

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    source: Any = folder if local else model
    try:
        tokenizer = AutoTokenizer.from_pretrained(source, local_files_only=local)
        loaded = AutoModelForCausalLM.from_pretrained(
            source, local_files_only=local, dtype="auto"
        ).eval()
    except (OSError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ModelMissing(f"--model: {model!r} cannot be loaded: {reason}") from None
    return loaded.to("cuda" if torch.cuda.is_available() else "cpu"), tokenizer


def _is_path(model: str) -> bool:
    """Tells whether a name can only be a folder's: a hub id is ``name`` or ``owner/name``.

    >>> _is_path("./model"), _is_path("/srv/model"), _is_path("owner/name"), _is_path("name")
    (True, True, False, False)
    """
    return model.startswith((".", "/", "~")) or model.count("/") > 1 or "\\" in model


def _sampling(temperature: float | None, seed: int | None) -> dict[str, Any]:
    import torch  # noqa: PLC0415

    if seed is not None:
        torch.manual_seed(seed)
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
