"""Loads a model of transformers and applies the options of a comparison to it."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import platform
import sys
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tokenward.compare.backends.base import Ask, Identity
from tokenward.compare.backends.finite import NotFinite
from tokenward.compare.backends.weights import (
    files_hash,
    stored_bytes,
    tensors_hash,
    weight_files,
)
from tokenward.compare.recipes.known import applied, changes, check_options, value_of
from tokenward.compare.recipes.recipe import Loaded
from tokenward.compare.recipes.rounding import saved_bytes
from tokenward.compare.sampling import Sampling
from tokenward.errors import MissingExtra, TokenwardError, UpstreamError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokenward.compare.backends.transformers import TransformersBackend

HEADERS = 0.05
"""The share of their size that files may have beside weights."""
PYTHON = "py:"
DEMO = "py:tokenward.demo.model:load"
"""What ``demo`` stands for; a name, for the demo lies in a layer above."""


@dataclass(frozen=True, slots=True)
class Found:
    """A model as it was loaded, and the files that it came of, if there are any."""

    model: Any
    tokenizer: Any
    files: tuple[Path, ...] = ()


def open_transformers(source: str, options: Mapping[str, Any]) -> TransformersBackend:
    """Loads a model and changes it as the options say; on an accelerator where there is one.

    Raises `UsageError` for a source that cannot be found, an option or a value that is unknown,
    `UpstreamError` where loading fails.
    """
    check_options(options)
    for module in ("torch", "transformers"):
        if importlib.util.find_spec(module) is None:
            raise MissingExtra(f"the model {source!r}", "models", module)
    from tokenward.compare.backends.transformers import TransformersBackend  # noqa: PLC0415

    with _quiet():
        found = _found(source, options)
        loaded = prepared(found, options)
    identity = identity_of(source, options, found, loaded)
    backend = TransformersBackend(loaded.model, loaded.tokenizer, identity, wide=loaded.wide_head)
    _warm(backend)
    return backend


def _warm(backend: TransformersBackend) -> None:
    """Has some tokens made, so that what is compiled or set up at first use counts as loading."""
    try:
        backend.generate([Ask((0, "", 0), "a b")], Sampling(max_new_tokens=3))
    except NotFinite:
        return  # told with the first case


def prepared(found: Found, options: Mapping[str, Any]) -> Loaded:
    """Returns the model with all options applied."""
    import torch  # noqa: PLC0415 - heavy

    loaded = Loaded(found.model.eval(), found.tokenizer)
    loaded.details["defaults"] = defaults_of(found.model)
    applied(loaded, options)
    if loaded.device is None and torch.cuda.is_available():
        loaded.model.to("cuda")
    return loaded


def _found(source: str, options: Mapping[str, Any]) -> Found:
    if source == "demo":
        model, tokenizer = _called(DEMO)
        folder = Path(str(model.config.name_or_path or ""))
        return Found(model, tokenizer, tuple(weight_files(folder)) if folder.is_dir() else ())
    if source.startswith(PYTHON):
        return Found(*_called(source))
    return _read(source, options)


def _read(source: str, options: Mapping[str, Any]) -> Found:
    """Reads a folder, or what the hub's cache has or can get under a name."""
    from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: PLC0415 - heavy

    from tokenward.compare.recipes.number_format import dtype_of  # noqa: PLC0415

    folder = Path(source)
    given = dtype_of(value_of(options["dtype"])) if "dtype" in options else "auto"
    try:
        tokenizer = AutoTokenizer.from_pretrained(source)
        model = AutoModelForCausalLM.from_pretrained(source, dtype=given)
    except (OSError, ValueError, KeyError, ImportError) as error:
        where = "" if folder.is_dir() else "; is it a folder, or a name on the hub?"
        raise UsageError(
            f"{source}: transformers cannot load it ({_first_line(error)}){where}"
        ) from None
    return Found(model, tokenizer, tuple(_files(source, folder)))


def _files(source: str, folder: Path) -> list[Path]:
    if folder.is_dir():
        return weight_files(folder)
    from transformers.utils import cached_file  # noqa: PLC0415 - heavy

    config = cached_file(source, "config.json", local_files_only=True)
    return weight_files(Path(config).parent) if config else []


def _called(source: str) -> tuple[Any, Any]:
    """Calls the function that ``py:MODULE:FUNCTION`` or ``py:FILE.py:FUNCTION`` names."""
    made = _function(source)()
    if not isinstance(made, tuple) or len(made) != 2:  # noqa: PLR2004
        raise UsageError(f"{source}: returned {type(made).__name__}; return (model, tokenizer)")
    return made


def _function(source: str) -> Callable[[], Any]:
    where, _, name = source.removeprefix(PYTHON).rpartition(":")
    if not where:
        raise UsageError(f"{source}: write py:FILE.py:FUNCTION or py:MODULE:FUNCTION")
    module = _file_module(source, Path(where)) if where.endswith(".py") else _module(source, where)
    function = getattr(module, name, None)
    if not callable(function):
        known = sorted(n for n, f in vars(module).items() if inspect.isfunction(f))
        raise UsageError(f"{source}: no function {name!r}; there are: {', '.join(known)}")
    return function  # type: ignore[no-any-return]


def _module(source: str, name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise UsageError(f"{source}: no module {error.name!r}; is it on PYTHONPATH?") from None


def _file_module(source: str, path: Path) -> Any:
    if not path.is_file():
        raise UsageError(f"{source}: no file {str(path)!r}")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault(path.stem, module)
    sys.path.insert(0, str(path.parent))  # what lies beside it can be imported, as in a script
    spec.loader.exec_module(module)
    return module


def identity_of(source: str, options: Mapping[str, Any], found: Found, loaded: Loaded) -> Identity:
    """Returns what a loaded model is, with the hashes of what it came of."""
    from tokenward.compare.backends.reading import template_hash, tokenizer_hash  # noqa: PLC0415

    model, files = loaded.model, list(found.files)
    as_stored = not changes(options) and _holds(files, model)
    size = _size(files) if as_stored else stored_bytes(model) - saved_bytes(loaded)
    return Identity(
        kind="transformers",
        source=source,
        weights=files_hash(files) or tensors_hash(model),
        tokenizer=tokenizer_hash(loaded.tokenizer),
        template=template_hash(loaded.tokenizer),
        bytes=size,
        parameters=parameters_of(model),
        details={
            "options": {name: value_of(value) for name, value in options.items()},
            **_arithmetic(model, wide=loaded.wide_head),
            **loaded.details,
        },
    )


def _holds(files: list[Path], model: Any) -> bool:
    """Tells whether files have the size of the weights, so that these were not converted."""
    loaded = sum(one.numel() * one.element_size() for one in model.parameters())
    return bool(abs(_size(files) - loaded) <= loaded * HEADERS)


def _size(files: list[Path]) -> int:
    return sum(path.stat().st_size for path in files)


def parameters_of(model: Any) -> int:
    """Returns how many numbers a model has learned, in whatever format they are."""
    counted: set[tuple[int, str]] = set()
    total = 0
    for module in model.modules():
        for name in ("weight", "bias"):
            value = getattr(module, name, None)
            mark = (id(value), "")  # tied weights are one
            if inspect.ismethod(value):  # of quantised modules of torch: made anew at each call
                mark, value = (id(module), name), value()
            if value is not None and hasattr(value, "numel") and mark not in counted:
                counted.add(mark)
                packed = getattr(value, "quant_state", None)  # of bitsandbytes: two in a byte
                total += value.numel() if packed is None else packed.shape.numel()
    return total


def _arithmetic(model: Any, *, wide: bool) -> dict[str, Any]:
    import torch  # noqa: PLC0415 - heavy
    import transformers  # noqa: PLC0415 - heavy

    device = next(model.parameters()).device
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else platform.machine()
    return {
        "model": type(model).__name__,
        "dtype": str(model.dtype).removeprefix("torch."),
        "device": str(device),
        "machine": name,
        "threads": torch.get_num_threads(),
        "head": "float32" if wide else "own",
        "vocabulary": model.config.get_text_config(decoder=True).vocab_size,
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "transformers": transformers.__version__,
        },
    }


def defaults_of(model: Any) -> dict[str, Any]:
    """Returns what a model's own files say about sampling, which a comparison does not follow."""
    told: dict[str, Any] = model.generation_config.to_diff_dict()
    ours = ("_from_model_config", "transformers_version")
    return {
        key: value
        for key, value in sorted(told.items())
        if key not in ours and not key.endswith("token_id") and value is not None
    }


@contextmanager
def _quiet() -> Iterator[None]:
    """Draws no progress bar, and turns what fails in foreign code into one error."""
    from transformers.utils import logging  # noqa: PLC0415 - heavy

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    except TokenwardError:
        raise
    except Exception as error:
        raise UpstreamError(
            f"the model cannot be loaded: {type(error).__name__}: {_first_line(error)}"
        ) from error
    finally:
        if shown:
            logging.enable_progress_bar()


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:200]
