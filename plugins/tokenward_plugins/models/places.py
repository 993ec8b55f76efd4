"""Finds the folder of a model, and tells whether its files are the ones that were published."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tokenward.errors import ModelMissing, PluginError, UsageError

MANIFEST = "model.json"
"""What ``tokenward models pull`` writes beside a model: its files with their SHA-256."""
BLOCK = 1 << 20


def folder_of(model: str, who: str) -> Path:
    """Returns the folder of a model: a path, or the hub name of one that was pulled.

    Nothing is downloaded: what is not there is a ``ModelMissing`` that says how to get it.
    """
    folder = Path(model).expanduser()
    if folder.is_dir():
        return folder
    pulled = cache() / model.replace("/", "--")
    if pulled.is_dir():
        return pulled
    if model.count("/") == 1 and not model.startswith((".", "/", "~")):
        raise ModelMissing(
            f"{who}: the model {model!r} is not there; give a folder, or get it: tokenward models "
            f"pull {model}"
        )
    what = "is a file" if folder.is_file() else "is no folder"
    raise ModelMissing(f"{who}: {model!r} {what}; give the folder that holds a model's files")


def cache() -> Path:
    """Returns where ``tokenward models pull`` puts models."""
    if "TOKENWARD_MODELS" in os.environ:
        return Path(os.environ["TOKENWARD_MODELS"])
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "tokenward" / "models"


def check_files(folder: Path, pinned: Mapping[str, str], who: str) -> None:
    """Compares files with their SHA-256, where ``model.json`` or a policy says them.

    Raises:
        PluginError: A file is not the one that was pulled, or that the policy means.
        ModelMissing: It is not there.
    """
    for name, expected in {**_published(folder, who), **pinned}.items():
        path = folder / name
        if not path.resolve().is_relative_to(folder.resolve()):
            raise UsageError(f"{who}: sha256: {name!r} lies outside of {str(folder)!r}")
        if not path.is_file():
            raise ModelMissing(f"{who}: {str(folder)!r} has no {name!r}; copy the model again")
        found = digest(path)
        if found != expected.lower():
            raise PluginError(
                f"{who}: {str(path)!r} has the SHA-256 {found}, not {expected}: it is torn, or not "
                "the file that was meant; copy it again, or change the checksum if it is right"
            )


def digest(path: Path) -> str:
    """Returns the SHA-256 of a file."""
    total = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            total.update(block)
    return total.hexdigest()


def _published(folder: Path, who: str) -> Mapping[str, str]:
    values = read_json(folder / MANIFEST, who) if (folder / MANIFEST).is_file() else {}
    files = values.get("files", {})
    if not isinstance(files, Mapping):
        raise PluginError(f"{who}: {str(folder / MANIFEST)!r}: 'files' maps no names to checksums")
    return {str(name): str(expected) for name, expected in files.items()}


def read_json(path: Path, who: str) -> Mapping[str, Any]:
    """Returns the object in a JSON file; ``PluginError`` where there is none."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise PluginError(
            f"{who}: {str(path)!r} cannot be read ({type(error).__name__}); copy the model again"
        ) from None
    if not isinstance(values, Mapping):
        raise PluginError(f"{who}: {str(path)!r} holds no object; copy the model again")
    return values


def first_line(error: BaseException) -> str:
    r"""Returns what an error of a library says, in one line.

    >>> first_line(ValueError("no such layer.\n  at ..."))
    'no such layer'
    """
    said = next(iter(str(error).strip().splitlines()), "")
    return said.rstrip(".") or type(error).__name__
