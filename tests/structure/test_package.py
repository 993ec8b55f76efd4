"""The package as it is installed: version, entry points, what an import pulls in."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import tokenward
from tokenward.registry import Registry

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
HEAVY = {
    "detoxify",
    "evidently",
    "httptools",
    "huggingface_hub",
    "numpy",
    "pandas",
    "presidio_analyzer",
    "pydantic",
    "spacy",
    "sqlalchemy",
    "tokenizers",
    "torch",
    "transformers",
    "typer",
    "uvloop",
    "yaml",
}


def modules_after(code):
    """Returns the top-level modules that a fresh process holds after some code."""
    program = (
        f"import sys\n{code}\nprint(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True, timeout=60
    )
    return set(done.stdout.splitlines()[-1].split())


def test_import_tokenward_pulls_in_nothing_heavy():
    loaded = modules_after("import tokenward; tokenward.hookimpl; tokenward.Detection")
    assert set() == loaded & (HEAVY | {"tokenward_plugins", "tokenward_policies"})


def test_the_contract_that_plugins_import_pulls_in_nothing_heavy():
    code = "import tokenward.hookspecs, tokenward.types, tokenward.errors"
    assert set() == modules_after(code) & HEAVY


def test_the_registry_loads_no_model_and_no_framework():
    code = "from tokenward.registry import Registry; Registry.load()"
    heavy = HEAVY - {"numpy"}  # plugins may import it; models and frameworks they may not
    assert set() == modules_after(code) & heavy


def test_help_loads_no_model_and_no_framework():
    code = (
        "from tokenward.cli.app import app\n"
        "sys.argv = ['tokenward', '--help']\n"
        "try: app()\n"
        "except SystemExit: pass"
    )
    assert set() == modules_after(code) & (HEAVY - {"typer", "pydantic"})


def test_a_policy_of_patterns_needs_no_torch():
    code = "import tokenward; tokenward.Guard.load('pii-secrets').check('a@example.com')"
    assert set() == modules_after(code) & {
        "torch",
        "transformers",
        "evidently",
        "sqlalchemy",
        "spacy",
    }


def test_the_version_is_the_newest_of_the_changelog():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## \[(\d+\.\d+\.\d+)\]", text, re.MULTILINE)
    assert tokenward.__version__ == newest[1]


@pytest.mark.parametrize("module", sorted(PROJECT["entry-points"]["tokenward"].values()))
def test_every_entry_point_is_a_package_that_implements_a_hook(module):
    """A folder without __init__.py imports too, as an empty module: its detector would be missing."""
    assert importlib.util.find_spec(module).origin
    ((_, _, hooks),) = Registry([("one", importlib.import_module(module))]).plugins()
    assert hooks


def test_every_built_in_plugin_has_an_entry_point(registry):
    packages = {
        f"tokenward_plugins.{path.parent.name}"
        for path in (ROOT / "plugins" / "tokenward_plugins").glob("*/__init__.py")
        if "@hookimpl" in path.read_text(encoding="utf-8")
    }
    assert packages <= set(PROJECT["entry-points"]["tokenward"].values())


def test_everything_that_is_exported_is_there():
    assert [name for name in tokenward.__all__ if not hasattr(tokenward, name)] == []


def test_every_public_error_is_one_of_ours():
    from tokenward import errors

    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    classes = [kind for kind in kinds if kind.__module__ == errors.__name__]
    assert all(issubclass(kind, tokenward.TokenwardError) for kind in classes)
    assert {kind.exit_code for kind in classes} <= {1, 2, 3}
