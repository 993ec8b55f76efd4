"""``tokenward policy``: list, show, lint, test, schema, diff, replay."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tokenward.cli import policy_diff, policy_replay
from tokenward.cli.options import JsonOption
from tokenward.cli.output import note, print_json, print_text, table
from tokenward.errors import TokenwardError

if TYPE_CHECKING:
    from tokenward.engine.compile import CompiledPolicy
    from tokenward.engine.trial import Trial
    from tokenward.registry import Registry

app = typer.Typer(help="List, show, lint and test policies.", no_args_is_help=True)
Policies = Annotated[list[str] | None, typer.Argument(help="Names or paths; none: all installed.")]


@app.command("list")
def list_policies(*, as_json: JsonOption = False) -> None:
    """List the installed policies."""
    from tokenward.engine.find import find_policy, installed  # noqa: PLC0415
    from tokenward.registry import Registry  # noqa: PLC0415

    registry = Registry.load()
    policies = [find_policy(name, registry) for name in installed(registry)]
    if as_json:
        print_json(
            [
                {
                    "name": policy.name,
                    "description": policy.description,
                    "revision": policy.revision,
                    "rules": len(policy.rules),
                }
                for policy in policies
            ]
        )
        return
    rows = [("name", "rules", "description")]
    rows += [(p.name, str(len(p.rules)), p.description) for p in policies]
    print_text("\n".join(table(rows)) + "\n")


@app.command()
def show(
    policy: Annotated[str, typer.Argument(help="A policy's name, or a path.")],
    *,
    as_json: JsonOption = False,
) -> None:
    """Show a policy by stage: its rules, what detectors cost, the longest hold-back and why."""
    from tokenward.cli.show import page  # noqa: PLC0415
    from tokenward.engine.outline import outline  # noqa: PLC0415

    facts = outline(_compile(policy))
    if as_json:
        print_json(facts)
    else:
        print_text("\n".join(page(facts)) + "\n")


@app.command()
def lint(policies: Annotated[list[str], typer.Argument(help="Names or paths.")]) -> None:
    """Check policies: their schema, and that every detector, type and model is there."""
    faults = 0
    for policy in policies:
        try:
            _compile(policy)
        except TokenwardError as error:
            faults += 1
            note(f"tokenward: {error}")
        else:
            note(f"{policy}: fine")
    if faults:
        raise typer.Exit(2)


@app.command("test")
def run_cases_of(policies: Policies = None, *, as_json: JsonOption = False) -> None:
    """Run the cases of policies (NAME.test.yaml); exit 1 when one fails."""
    from tokenward.engine.engine import Engine  # noqa: PLC0415
    from tokenward.engine.find import installed  # noqa: PLC0415
    from tokenward.engine.trial import run_cases, untested  # noqa: PLC0415
    from tokenward.registry import Registry  # noqa: PLC0415
    from tokenward.testing.policies import cases_of  # noqa: PLC0415

    registry = Registry.load()
    trials: list[Trial] = []
    for policy in policies or installed(registry):
        cases = cases_of(policy, registry)
        engine = Engine(_compile(policy, registry))
        ran = list(run_cases(engine, cases))
        lacking = untested(engine, cases)
        engine.close()
        trials += ran
        failed = [trial for trial in ran if not trial.passed]
        if not as_json:
            note(f"{policy}: {len(ran) - len(failed)} passed, {len(failed)} failed")
            for trial in failed:
                note(f"  {trial.case.where}: {trial.case.name}: {'; '.join(trial.faults)}")
            for rule, what in lacking.items():
                note(f"  rule {rule!r} has {what}")
    if as_json:
        print_json([_row(trial) for trial in trials])
    if not all(trial.passed for trial in trials):
        raise typer.Exit(1)


def _row(trial: Trial) -> dict[str, Any]:
    return {
        "case": trial.case.name,
        "where": trial.case.where,
        "passed": trial.passed,
        "faults": list(trial.faults),
    }


@app.command()
def schema() -> None:
    """Print the JSON Schema of a policy, for editors."""
    from tokenward.policy.json_schema import policy_schema  # noqa: PLC0415

    print_text(json.dumps(policy_schema(), indent=2) + "\n")


app.command()(policy_diff.diff)
app.command()(policy_replay.replay)


def _compile(policy: str, registry: Registry | None = None) -> CompiledPolicy:
    from tokenward.engine.compile import compile_policy  # noqa: PLC0415
    from tokenward.engine.find import find_policy  # noqa: PLC0415
    from tokenward.registry import Registry  # noqa: PLC0415

    registry = registry or Registry.load()
    return compile_policy(find_policy(policy, registry), registry)
