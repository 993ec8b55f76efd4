"""Opens a model for a comparison by what the user calls it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from tokenward.compare.backends.base import Backend
from tokenward.errors import UsageError

Kind = Literal["endpoint", "onnx-genai", "transformers"]
HTTP = ("http://", "https://")


def kind_of(source: str) -> Kind:
    """Returns what runs a source; a folder is known by the files in it.

    >>> kind_of("http://localhost:8000/v1#support"), kind_of("demo")
    ('endpoint', 'transformers')
    """
    if source.startswith(HTTP):
        return "endpoint"
    folder = Path(source)
    if folder.is_dir():
        if (folder / "genai_config.json").is_file():
            return "onnx-genai"
        if not (folder / "config.json").is_file():
            raise UsageError(
                f"{source}: a folder without config.json (transformers) and genai_config.json "
                "(ONNX Runtime GenAI); give a folder that save_pretrained has written"
            )
    elif source.endswith(".gguf"):
        raise UsageError(
            f"{source}: a GGUF file is compared through its server: start llama-server with it and "
            "give http://HOST:PORT/v1#MODEL"
        )
    elif source.startswith((".", "/", "~")):
        raise UsageError(f"{source}: no such folder")
    return "transformers"


def open_backend(source: str, options: Mapping[str, Any]) -> Backend:
    """Loads the model that a source names, in this process.

    ``demo`` is the demo model, ``py:FILE.py:FUNCTION`` or ``py:MODULE:FUNCTION`` what a function
    returns (model, tokenizer), ``http(s)://…#model`` an endpoint, a folder or a name on the hub a
    model of transformers or of ONNX Runtime GenAI. ``options`` are the backend's own; those of
    transformers are `tokenward.compare.recipes`.

    Raises:
        UsageError: for a source or an option that is unknown.
        UpstreamError: where the model fails while it is loaded.
    """
    kind = kind_of(source)
    if kind == "transformers":
        from tokenward.compare.backends.loaded import open_transformers  # noqa: PLC0415 - heavy

        return open_transformers(source, options)
    module = "endpoint" if kind == "endpoint" else "onnx_genai"
    opened: Backend = import_module(f"tokenward.compare.backends.{module}").open(source, options)
    return opened
