"""``tokenward models``: the model files of detectors, where they are and whether they are whole.

A folder of a plugin's package that holds ``model.json`` is a model: ``file`` and ``sha256`` for
weights that lie beside it, or ``hub`` (and ``revision``) for one that ``pull`` gets. What was
pulled lies in the user's cache, with a ``model.json`` that names every file and its SHA-256.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module, metadata
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any

import typer

from tokenward.cli.options import JsonOption
from tokenward.cli.output import note, print_json, print_text, table
from tokenward.errors import (
    MissingExtra,
    ModelMissing,
    PluginError,
    UpstreamError,
    UsageError,
    one_of,
)

MANIFEST = "model.json"
FOLDER = "TOKENWARD_MODELS"
HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
DEPTH = 3
PLAIN = ("model", "weights")
"""Folder names that say nothing: the model has its plugin's name."""
BLOCK = 1 << 20
WEIGHTS = (".safetensors", ".bin")
"""Kinds of weight files, the preferred first: the first does not run code when it is loaded."""
ONNX = ("model.onnx", "onnx/model.onnx")
"""Where exports usually lie."""
WITH_WEIGHTS = (".json", ".txt", ".model", ".md")
PIPELINE = {"config.cfg", "meta.json"}

app = typer.Typer(help="List, pull and verify the models of detectors.", no_args_is_help=True)


@dataclass(frozen=True, slots=True)
class Model:
    """A model's folder and what its manifest says; ``sums`` are SHA-256 by file name."""

    name: str
    folder: Traversable
    sums: Mapping[str, str]
    hub: str | None = None
    revision: str | None = None
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def present(self) -> bool:
        """Whether all its files are there."""
        return bool(self.sums) and all(self.folder.joinpath(f).is_file() for f in self.sums)

    @property
    def remedy(self) -> str:
        """What to do where it is missing."""
        return f"tokenward models pull {self.name}" if self.hub else "reinstall its plugin"

    def as_dict(self) -> dict[str, Any]:
        """Returns the model as ``models list --json`` prints it."""
        return {
            "name": self.name,
            "where": str(self.folder) if self.present else None,
            "hub": self.hub,
            "revision": self.revision,
            "files": dict(self.sums),
        }


@app.command("list")
def list_models(*, as_json: JsonOption = False) -> None:
    """List the models that installed detectors ship or can use, and those that were pulled."""
    models = known()
    if as_json:
        print_json([model.as_dict() for model in models.values()])
        return
    rows: list[tuple[str, ...]] = [("model", "from", "where")]
    for model in models.values():
        origin = f"{model.hub}@{model.revision or 'main'}" if model.hub else "shipped"
        where = str(model.folder) if model.present else f"missing: {model.remedy}"
        rows.append((model.name, origin, where))
    print_text("\n".join(table(rows)) + "\n")


@app.command()
def verify(name: Annotated[str, typer.Argument(help="A model of 'models list'.")]) -> None:
    """Compare a model's files with their published SHA-256; exit 1 when one differs."""
    model = _named(name)
    if not model.present:
        raise ModelMissing(f"model {name!r} is not there; {model.remedy}")
    wrong = {file: found for file, found in _sums(model).items() if found != model.sums[file]}
    for file, found in wrong.items():
        note(f"{name}: {file} has the SHA-256 {found}, not {model.sums[file]}")
    if wrong:
        raise typer.Exit(1)
    print_text(f"{name}: {len(model.sums)} files as published, in {model.folder}\n")


@app.command()
def pull(
    name: Annotated[str, typer.Argument(help="A model of 'models list', or ORGANISATION/NAME.")],
    *,
    revision: Annotated[
        str | None, typer.Option("--revision", help="A commit, tag or branch of it.")
    ] = None,
    file: Annotated[
        str | None,
        typer.Option("--file", help="The weights to take, such as onnx/model_int8.onnx."),
    ] = None,
) -> None:
    """Download a model from its hub into the cache; print where a policy finds it."""
    models = known()
    model = models.get(name)
    if model is not None and model.hub is None:
        raise UsageError(f"model {name!r} is shipped with its plugin; there is nothing to pull")
    hub = name if model is None else model.hub
    if hub is None or not HUB_NAME.fullmatch(hub):
        pullable = [known.name for known in models.values() if known.hub]
        raise UsageError(f"no model {name!r}; {one_of([*pullable, 'ORGANISATION/NAME'])}")
    wanted = revision or (model.revision if model else None)
    print_text(f"{download(hub, wanted, name, file)}\n")


def known() -> dict[str, Model]:
    """Returns the models by name: those of plugins, then those that were pulled."""
    models: dict[str, Model] = {}
    for usual, folder in _shipped():
        model = read(folder, usual)
        pulled = cache() / _folder_name(model.hub) if model.hub else None
        if pulled is not None and (pulled / MANIFEST).is_file():
            model = read(pulled, usual)
        models.setdefault(model.name, model)
    if cache().is_dir():
        for path in sorted(cache().iterdir()):
            if (path / MANIFEST).is_file():
                model = read(path, path.name)
                models.setdefault(model.name, model)
    return dict(sorted(models.items()))


def read(folder: Traversable, usual: str) -> Model:
    """Reads the manifest of a folder; ``usual`` is the model's name where it does not say."""
    try:
        values = json.loads(folder.joinpath(MANIFEST).read_text(encoding="utf-8"))
        sums = dict(values.get("files", {}))
        if "file" in values:
            sums[str(values["file"])] = str(values["sha256"])
        name, hub = str(values.get("name", usual)), values.get("hub")
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise PluginError(f"{folder}/{MANIFEST}: cannot be read: {type(error).__name__}") from error
    return Model(name, folder, sums, hub, values.get("revision"), values)


def cache() -> Path:
    """Returns the folder of pulled models: ``TOKENWARD_MODELS``, else the user's cache."""
    if FOLDER in os.environ:
        return Path(os.environ[FOLDER])
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "tokenward" / "models"


def download(hub: str, revision: str | None, name: str, file: str | None = None) -> Path:
    """Downloads a model's weights, or one file of them, and their settings; returns its folder."""
    try:
        from huggingface_hub import HfApi, errors, snapshot_download  # noqa: PLC0415  # heavy
    except ImportError:
        raise MissingExtra("pulling a model", "models", "huggingface_hub") from None
    folder = cache() / _folder_name(hub)
    try:
        info = HfApi().model_info(hub, revision=revision)
        wanted = _wanted([item.rfilename for item in info.siblings or ()], hub, file)
        note(f"pulling {len(wanted)} files of {hub} at {info.sha}")
        snapshot_download(hub, revision=info.sha, local_dir=folder, allow_patterns=wanted)
    except errors.GatedRepoError:
        raise UsageError(
            f"model {hub!r} asks for consent; give it on its page, then 'hf auth login'"
        ) from None
    except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError) as error:
        what = f"revision {revision!r} of {hub!r}" if revision else f"model {hub!r}"
        raise UsageError(f"the hub has no {what}, or it is private") from error
    except UsageError:
        raise
    except Exception as error:
        raise UpstreamError(
            f"model {hub!r} cannot be pulled: the hub does not answer ({type(error).__name__}); "
            f"try again with a network, or copy its files to {folder}"
        ) from error
    sums = {file: digest(folder / file) for file in wanted}
    manifest = {"name": name, "hub": hub, "revision": info.sha, "files": sums}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return folder


def _wanted(names: list[str], hub: str, file: str | None) -> list[str]:
    """Returns the files to pull: one kind of weights, and the small ones beside them.

    A spaCy pipeline is pulled whole: its components have folders, and weights without an ending.
    Weights in ONNX may lie one folder deeper, and in a second file beside the first.
    """
    small = [name for name in names if name.endswith(WITH_WEIGHTS) and "/" not in name]
    if file is not None:
        if file not in names:
            raise UsageError(f"model {hub!r} has no file {file!r}; {one_of(_weights(names))}")
        return [name for name in names if name in (file, *_parts(file))] + small
    if set(names) >= PIPELINE:
        return [name for name in names if not name.startswith(".") and not name.endswith(".whl")]
    for kind in WEIGHTS:
        weights = [name for name in names if name.endswith(kind) and "/" not in name]
        if weights:
            return weights + small
    usual = next((name for name in ONNX if name in names), None)
    if usual is not None:
        return [name for name in names if name in (usual, *_parts(usual))] + small
    found = _weights(names)
    hint = f"name one with --file; {one_of(found)}" if found else "there is nothing to pull"
    raise UsageError(f"model {hub!r} has no weights in {' or '.join(WEIGHTS)} files; {hint}")


def _weights(names: list[str]) -> list[str]:
    return sorted(name for name in names if name.endswith((*WEIGHTS, ".onnx")))


def _parts(graph: str) -> tuple[str, ...]:
    """Returns what files beside an ONNX file are called that hold its tensors."""
    return f"{graph}_data", f"{graph}.data"


def digest(path: Traversable) -> str:
    """Returns the SHA-256 of a file."""
    total = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            total.update(block)
    return total.hexdigest()


def _sums(model: Model) -> dict[str, str]:
    return {name: digest(model.folder.joinpath(name)) for name in model.sums}


def _named(name: str) -> Model:
    models = known()
    if name not in models:
        raise UsageError(f"no model {name!r}; {one_of(models) if models else 'none is installed'}")
    return models[name]


def _shipped() -> Iterator[tuple[str, Traversable]]:
    """Yields the folders of models in plugins, each with its usual name, the plugin's."""
    from tokenward.registry import GROUP, Registry  # noqa: PLC0415

    loaded = {name for name, _, _ in Registry.load().plugins()}
    for point in metadata.entry_points(group=GROUP):
        module = import_module(point.module) if point.name in loaded else None
        if hasattr(module, "__path__"):
            root = files(point.module)
            for folder in _folders(root, DEPTH):
                plain = folder.name in PLAIN or folder.name == root.name
                yield point.name if plain else f"{point.name}-{folder.name}", folder


def _folders(folder: Traversable, depth: int) -> Iterator[Traversable]:
    if folder.joinpath(MANIFEST).is_file():
        yield folder
    for child in folder.iterdir() if depth else ():
        if child.is_dir() and not child.name.startswith(("_", ".")):
            yield from _folders(child, depth - 1)


def _folder_name(hub: str) -> str:
    return hub.replace("/", "--")
