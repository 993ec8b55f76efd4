"""Finds a policy: by the name of an installed one, by path, or from a mapping."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from tokenward.errors import UsageError, one_of
from tokenward.policy.loader import load_file, load_mapping, load_text
from tokenward.policy.schema import Policy
from tokenward.registry import Registry

SUFFIX = ".yaml"
CASES_SUFFIX = ".test.yaml"


def installed(registry: Registry) -> dict[str, Traversable]:
    """Returns the files of the installed policies by name; the first folder wins."""
    files: dict[str, Traversable] = {}
    for name, file in _files(registry):
        files.setdefault(name, file)
    return dict(sorted(files.items()))


def _files(registry: Registry) -> Iterator[tuple[str, Traversable]]:
    for folder in registry.policy_folders():
        for file in folder.iterdir():
            if file.name.endswith(SUFFIX) and not file.name.endswith(CASES_SUFFIX):
                yield file.name.removesuffix(SUFFIX), file


def find_policy(policy: str | Path | Mapping[str, Any], registry: Registry) -> Policy:
    """Returns a policy, read and checked against its schema."""
    if isinstance(policy, Mapping):
        return load_mapping(policy)
    file = policy_file(str(policy), registry)
    if isinstance(file, Path):
        return load_file(file)
    return load_text(file.read_text(encoding="utf-8"), str(file))


def policy_file(policy: str, registry: Registry) -> Traversable | Path:
    """Returns the file that a name or a path stands for."""
    path = Path(policy)
    if path.is_file():
        return path
    names = installed(registry)
    if policy in names:
        return names[policy]
    if path.suffix in (SUFFIX, ".yml") or path.name != policy:
        raise UsageError(f"no policy file {policy!r}; give a path, or {one_of(names)}")
    raise UsageError(f"no policy is called {policy!r}; give a path, or {one_of(names)}")
