"""Finds a model's folder, and tells from its files what loads it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tokenward.errors import ModelMissing, PluginError
from tokenward_plugins.models.places import cache, check_files
from tokenward_plugins.names.settings import EMBEDDED, Backend, NamesSettings

HEAD = "ForTokenClassification"
EXPECTED = (
    "meta.json with config.cfg (a spaCy pipeline), gliner_config.json (GLiNER), or config.json (a "
    "token classifier of transformers)"
)


@dataclass(frozen=True, slots=True)
class Found:
    """A folder with a model, and what loads it."""

    folder: Path
    backend: Backend


def find(settings: NamesSettings) -> Found:
    """Returns where the model of the settings lies, and what loads it; nothing is downloaded."""
    folder = _folder(settings.model)
    check_files(folder, {}, "names")
    return Found(folder, _backend(folder) if settings.backend == "auto" else settings.backend)


def _folder(model: str) -> Path:
    folder = Path(model).expanduser()
    if folder.is_dir():
        return folder
    pulled = cache() / model.replace("/", "--")
    if pulled.is_dir():
        return pulled
    package = _package(model)
    if package is not None:
        return package
    remedy = "give a folder that is there"
    if model.count("/") == 1 and not model.startswith((".", "/", "~")):
        remedy = f"tokenward models pull {model}"
    elif model.isidentifier():
        remedy += (
            f", install the spaCy pipeline of that name, or write '{EMBEDDED}' for the small model "
            "that ships"
        )
    raise ModelMissing(f"names: the model {model!r} is not there; {remedy}")


def _package(name: str) -> Path | None:
    """Returns the folder of a spaCy pipeline that is installed as a package."""
    spec = find_spec(name) if name.isidentifier() else None
    for place in spec.submodule_search_locations or () if spec else ():
        for config in sorted(Path(place).glob("*/config.cfg")):
            return config.parent
    return None


def _backend(folder: Path) -> Backend:
    if (folder / "gliner_config.json").is_file():
        return "gliner"
    if (folder / "config.cfg").is_file() and (folder / "meta.json").is_file():
        return "spacy"
    if not (folder / "config.json").is_file():
        raise ModelMissing(f"names: {str(folder)!r} holds no model; expected {EXPECTED}")
    architectures = _architectures(folder / "config.json")
    if not any(name.endswith(HEAD) for name in architectures):
        held = ", ".join(architectures) or "no architecture"
        raise PluginError(
            f"names: {str(folder / 'config.json')!r} names {held}, which finds no names; use a "
            f"model whose architecture ends in {HEAD}"
        )
    return "transformers"


def _architectures(path: Path) -> list[str]:
    try:
        config: Any = json.loads(path.read_text(encoding="utf-8"))
        return [str(name) for name in config.get("architectures") or ()]
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise PluginError(
            f"names: {str(path)!r} cannot be read ({type(error).__name__}); copy the model again"
        ) from None
