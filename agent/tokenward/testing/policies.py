"""Runs the cases of a policy, for the tests of a policy pack."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources.abc import Traversable
from pathlib import Path

from tokenward.engine.compile import compile_policy
from tokenward.engine.engine import Engine
from tokenward.engine.find import CASES_SUFFIX, SUFFIX, find_policy, policy_file
from tokenward.engine.trial import run_cases, untested
from tokenward.errors import PolicyError, UsageError
from tokenward.policy.cases import Case, load_cases
from tokenward.registry import Registry
from tokenward.testing.report import Check, Report, measure


def check_policy(policy: str | Path, *, registry: Registry | None = None) -> Report:
    """Runs the cases beside a policy; raises ``ConformanceError`` where one fails.

    A rule without a case in which it fires and one in which it does not fails too.
    """
    return examine_policy(policy, registry or Registry.load()).require()


def examine_policy(policy: str | Path, registry: Registry) -> Report:
    """Runs the cases beside a policy and returns the report, whatever it says."""
    cases = cases_of(policy, registry)
    engine = Engine(compile_policy(find_policy(policy, registry), registry))
    try:
        checks = tuple(_checks(engine, cases))
    finally:
        engine.close()
    return Report(f"policy {str(policy)!r}", checks)


def _checks(engine: Engine, cases: tuple[Case, ...]) -> Iterator[Check]:
    for trial in run_cases(engine, cases):
        yield measure(trial.case.name, trial.faults)
    for rule, lacking in untested(engine, cases).items():
        yield Check(f"rule {rule!r} is tested", "failed", f"it has {lacking}")


def cases_of(policy: str | Path, registry: Registry) -> tuple[Case, ...]:
    """Returns the cases in ``NAME.test.yaml`` beside a policy."""
    file = policy_file(str(policy), registry)
    name = file.name.removesuffix(SUFFIX).removesuffix(".yml") + CASES_SUFFIX
    cases = file.with_name(name) if isinstance(file, Path) else _installed(name, registry)
    if cases is None or not cases.is_file():
        raise UsageError(f"{file}: no cases beside it; write them in {name}")
    try:
        return load_cases(cases.read_text(encoding="utf-8"), str(cases))
    except UnicodeDecodeError as error:
        raise PolicyError(f"{cases}: not UTF-8 at byte {error.start}; save it as UTF-8") from None


def _installed(name: str, registry: Registry) -> Traversable | None:
    files = (folder.joinpath(name) for folder in registry.policy_folders())
    return next((file for file in files if file.is_file()), None)
