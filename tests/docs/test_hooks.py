"""plugins/README.md says of each hook what the code says, and each hook is tested and used."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import pytest

from tokenward import hookspecs

ROOT = Path(__file__).parents[2]
README = (ROOT / "plugins" / "README.md").read_text(encoding="utf-8")
HOOKS = [name for name in hookspecs.__all__ if hasattr(getattr(hookspecs, name), "tokenward_spec")]


def section(hook):
    """Returns the text under a hook's heading."""
    found = re.search(rf"^### `{hook}\(.*?(?=^##)", README, re.MULTILINE | re.DOTALL)
    return found[0] if found else ""


def test_there_are_hooks():
    assert [
        "register_detectors", "register_drift_methods", "register_features", "register_groupings",
        "register_policies", "register_swappers",
    ] == HOOKS  # fmt: skip


@pytest.mark.parametrize("hook", HOOKS)
def test_the_heading_is_the_exact_signature(hook):
    signature = str(inspect.signature(getattr(hookspecs, hook))).replace("'", "")
    assert f"### `{hook}{signature}`" in README.splitlines()


def test_no_hook_is_documented_that_does_not_exist():
    documented = re.findall(r"^### `(\w+)\(", README, re.MULTILINE)
    assert HOOKS == documented


@pytest.mark.parametrize("hook", HOOKS)
def test_a_section_says_when_it_is_called_what_it_returns_and_shows_an_example(hook):
    text = section(hook)
    for part in ("Called once, when", "\nReturns ", "```python", "@hookimpl", f"def {hook}("):
        assert part in text, part


@pytest.mark.parametrize("hook", HOOKS)
def test_a_section_names_a_built_in_plugin_that_really_implements_it(hook, registry):
    named = re.search(r"^Used by the built-in ([^:]+):", section(hook), re.MULTILINE)
    names = re.findall(r"`(\w+)`", named[1])
    users = {name for name, _, hooks in registry.plugins() if hook in hooks}
    assert names
    assert set(names) <= users


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_has_a_test_that_is_named_after_it(hook):
    names = {
        node.name
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    }
    assert f"test_hook_{hook}" in names


def test_every_argument_is_described():
    for hook in HOOKS:
        arguments = inspect.signature(getattr(hookspecs, hook)).parameters
        if not arguments:
            assert "Takes no argument." in section(hook)
        for argument in arguments:
            assert f"* `{argument}` –" in section(hook)


def test_the_fields_of_what_is_registered_are_described():
    for hook, kind in (
        ("register_detectors", "DetectorPlugin"),
        ("register_features", "Feature"),
        ("register_drift_methods", "DriftMethod"),
        ("register_groupings", "Grouping"),
        ("register_swappers", "Swapper"),
    ):
        fields = inspect.signature(getattr(hookspecs, kind)).parameters
        assert [f for f in fields if f"* `{f}` –" not in section(hook)] == []


def test_a_registry_is_the_only_one_to_know_pluggy():
    users = [
        path.name
        for path in (ROOT / "agent").rglob("*.py")
        if "import pluggy" in path.read_text(encoding="utf-8")
    ]
    assert {"hookspecs.py", "registry.py"} == set(users)
