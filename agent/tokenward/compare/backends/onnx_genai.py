"""Models that the builder of ONNX Runtime GenAI wrote: a folder with ``genai_config.json``."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tokenward.compare.backends.base import Identity
from tokenward.compare.backends.reading import template_hash, tokenizer_hash
from tokenward.compare.backends.stepwise import Sequenced, StepwiseBackend
from tokenward.compare.backends.weights import files_hash, weight_files
from tokenward.errors import MissingExtra, UpstreamError, UsageError, one_of
from tokenward.inprocess.backends.onnx_genai import MODULE, OnnxGenAI

CONFIG = "genai_config.json"
OPTIONS = ("threads", "providers")
MOST_THREADS = 1024


def open(source: str, options: Mapping[str, Any]) -> StepwiseBackend:  # noqa: A001  # as all do
    """Opens a folder; ``threads`` of the engine, and ``providers`` to run on, comma-separated.

    Raises:
        UsageError: The folder or an option cannot be used.
        UpstreamError: The engine cannot load the model.
    """
    for name in options:
        if name not in OPTIONS:
            raise UsageError(f"no option {name!r} for ONNX Runtime GenAI; {one_of(OPTIONS)}")
    for module in (MODULE, "torch", "transformers"):
        if importlib.util.find_spec(module) is None:
            raise MissingExtra(f"the model {source!r}", "onnx", module)
    folder = Path(source)
    settings = settings_of(folder)
    tokenizer = _tokenizer(folder)
    overlay = _threads(options)
    model = _model(folder, options, overlay)
    details = _details(settings, options, overlay)
    identity = identity_of(folder, tokenizer, details)

    def opened(longest: int) -> Sequenced:
        return OnnxGenAI(model, longest)

    return StepwiseBackend(opened, tokenizer, ends_of(settings, tokenizer), identity)


def settings_of(folder: Path) -> Mapping[str, Any]:
    """Returns what the folder's configuration says of the model."""
    try:
        settings = json.loads((folder / CONFIG).read_text("utf-8"))["model"]
    except (OSError, ValueError, KeyError, TypeError):
        settings = None
    if not isinstance(settings, dict):
        raise UsageError(f"{folder / CONFIG}: cannot be read as a model's configuration")
    return settings


def _tokenizer(folder: Path) -> Any:
    from transformers import AutoTokenizer  # noqa: PLC0415 - heavy

    try:
        return AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError, KeyError, ImportError):
        raise UsageError(
            f"{folder}: transformers finds no tokenizer in it; copy tokenizer.json and "
            "tokenizer_config.json of the original model there"
        ) from None


def _threads(options: Mapping[str, Any]) -> Mapping[str, Any]:
    if "threads" not in options:
        return {}
    told = str(options["threads"])
    if not told.isdecimal() or not 1 <= int(told) <= MOST_THREADS:
        raise UsageError(f"option threads is {told!r}; use 1 to {MOST_THREADS}")
    return {"intra_op_num_threads": int(told), "inter_op_num_threads": 1}


def _model(folder: Path, options: Mapping[str, Any], overlay: Mapping[str, Any]) -> Any:
    import onnxruntime_genai  # noqa: PLC0415 - only where such a model is in use

    try:
        config = onnxruntime_genai.Config(str(folder))
        if "providers" in options:
            config.clear_providers()
            for name in str(options["providers"]).split(","):
                if name.strip() != "cpu":  # what is left where no other is named
                    config.append_provider(name.strip())
        if overlay:
            told = {"model": {"decoder": {"session_options": dict(overlay)}}}
            config.overlay(json.dumps(told))
        return onnxruntime_genai.Model(config)
    except RuntimeError as error:  # whatever the engine raises
        raise UpstreamError(f"{folder}: ONNX Runtime GenAI cannot load it: {error}") from None


def _details(
    settings: Mapping[str, Any], options: Mapping[str, Any], overlay: Mapping[str, Any]
) -> dict[str, Any]:
    import onnxruntime_genai  # noqa: PLC0415

    decoder = settings.get("decoder")
    session = decoder.get("session_options", {}) if isinstance(decoder, dict) else {}
    named = [name for one in session.get("provider_options", ()) for name in one]
    if "providers" in options:
        named = [name for name in str(options["providers"]).split(",") if name != "cpu"]
    return {
        "options": dict(options),
        "model": settings.get("type"),
        "device": ",".join(named) or "cpu",
        "threads": overlay.get("intra_op_num_threads", session.get("intra_op_num_threads")),
        "vocabulary": settings.get("vocab_size"),
        "versions": {"onnxruntime-genai": onnxruntime_genai.__version__},
    }


def identity_of(folder: Path, tokenizer: Any, details: Mapping[str, Any]) -> Identity:
    """Returns what the files and the tokenizer say of a model."""
    files = weight_files(folder)
    return Identity(
        kind="onnx-genai",
        source=str(folder),
        weights=files_hash(files),
        tokenizer=tokenizer_hash(tokenizer),
        template=template_hash(tokenizer),
        bytes=sum(file.stat().st_size for file in files),
        details=details,
    )


def ends_of(settings: Mapping[str, Any], tokenizer: Any) -> frozenset[int]:
    """Returns the ids that end an answer: those of the configuration and the tokenizer's."""
    told = settings.get("eos_token_id")
    ids = list(told) if isinstance(told, list) else [told]
    return frozenset(one for one in [*ids, tokenizer.eos_token_id] if type(one) is int)
