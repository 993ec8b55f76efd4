"""Loads a text classifier from a folder: no code in the files runs, and no network is used."""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers
from safetensors import SafetensorError

from tokenward.errors import ModelMissing, PluginError

RENAMED = {
    "toxic": "toxicity",
    "severe_toxic": "severe_toxicity",
    "identity_hate": "identity_attack",
}
"""Detoxify's names for the labels of the Jigsaw sets."""

SHORTEST = 16
LONGEST = 512
# buffers that older versions of transformers saved and newer ones compute
COMPUTED = "position_ids"


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model with what is needed to score; ``exclusive`` labels share a total of 1."""

    model: Any
    tokenizer: Any
    labels: tuple[str, ...]
    max_length: int
    exclusive: bool

    def scores(self, **tensors: torch.Tensor) -> torch.Tensor:
        """Returns a score a line and output."""
        logits = self.model(**tensors).logits.float()
        return torch.softmax(logits, dim=-1) if self.exclusive else torch.sigmoid(logits)


def load(folder: Path) -> LoadedModel:
    """Returns the model in a folder: of ``*.ckpt`` in Detoxify's format, else of transformers."""
    if not folder.is_dir():
        raise ModelMissing(f"{str(folder)!r} is no folder; give one that holds a model's files")
    config = _config(folder)
    tokenizer = _tokenizer(folder)
    checkpoints = sorted(folder.glob("*.ckpt"))
    if len(checkpoints) > 1:
        raise PluginError(f"{str(folder)!r} holds {len(checkpoints)} *.ckpt files; leave one there")
    if checkpoints:
        model, labels = _detoxify(checkpoints[0], config)
        exclusive = False
    else:
        model, labels = _transformers(folder), _labels(config)
        exclusive = len(labels) > 1 and config.problem_type != "multi_label_classification"
    names = tuple(RENAMED.get(label, label) for label in labels)
    return LoadedModel(model.eval(), tokenizer, names, _max_length(tokenizer, config), exclusive)


def _config(folder: Path) -> Any:
    if not folder.joinpath("config.json").is_file():
        raise ModelMissing(
            f"{str(folder)!r} has no 'config.json'; put the configuration and the tokenizer files "
            "of the model's base there"
        )
    try:
        return transformers.AutoConfig.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
    except (OSError, ValueError, KeyError) as error:
        raise PluginError(f"{str(folder / 'config.json')!r}: {_first_line(error)}") from None


def _tokenizer(folder: Path) -> Any:
    if not any(
        folder.joinpath(name).is_file()
        for name in ("tokenizer.json", "vocab.txt", "vocab.json", "spiece.model")
    ) and not list(folder.glob("*.model")):
        raise ModelMissing(
            f"{str(folder)!r} has no tokenizer; put its files there (tokenizer.json, or vocab.txt "
            "with tokenizer_config.json)"
        )
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise PluginError(
            f"{str(folder)!r}: the tokenizer does not load: {_first_line(error)}"
        ) from None
    if not tokenizer.is_fast:
        raise PluginError(f"{str(folder)!r}: the tokenizer is a slow one; add its tokenizer.json")
    return tokenizer


def _detoxify(path: Path, config: Any) -> tuple[Any, Sequence[str]]:
    """Returns the model and the labels of a checkpoint in Detoxify's format."""
    loaded = _unpickled(path)
    try:
        labels = [str(label) for label in loaded["config"]["dataset"]["args"]["classes"]]
        config.num_labels = int(loaded["config"]["arch"]["args"]["num_classes"])
        state = dict(loaded["state_dict"])
    except (KeyError, TypeError, ValueError):
        raise PluginError(
            f"{str(path)!r} is not in Detoxify's format; it must hold 'config' (with the classes "
            "and the architecture) and 'state_dict'"
        ) from None
    if not 0 < len(labels) <= config.num_labels:
        raise PluginError(
            f"{str(path)!r} names {len(labels)} classes of {config.num_labels} outputs"
        )
    model = transformers.AutoModelForSequenceClassification.from_config(config)
    _fill(model, state, path)
    return model, labels


def _unpickled(path: Path) -> Mapping[str, Any]:
    try:
        loaded = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        raise PluginError(
            f"{str(path)!r} holds more than tensors and plain values, and loading it could run "
            "code; use a checkpoint from its publisher"
        ) from None
    except (OSError, RuntimeError, EOFError, ValueError) as error:
        raise PluginError(
            f"{str(path)!r} cannot be read: {_first_line(error)}; download it again"
        ) from None
    if not isinstance(loaded, Mapping):
        raise PluginError(f"{str(path)!r} holds a {type(loaded).__name__}, not a checkpoint")
    return loaded


def _fill(model: Any, state: Mapping[str, Any], path: Path) -> None:
    try:
        missing, unexpected = model.load_state_dict(state, strict=False)
    except RuntimeError as error:
        raise PluginError(
            f"{str(path)!r} does not fit the configuration beside it: {_first_line(error)}"
        ) from None
    strange = [name for name in (*missing, *unexpected) if not name.endswith(COMPUTED)]
    if strange:
        raise PluginError(
            f"{str(path)!r} does not fit the configuration beside it: {len(strange)} tensors are "
            f"missing or too many, for example {strange[0]!r}"
        )


def _transformers(folder: Path) -> Any:
    try:
        model, info = transformers.AutoModelForSequenceClassification.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False, output_loading_info=True
        )
    except (OSError, ValueError, RuntimeError, SafetensorError, pickle.UnpicklingError) as error:
        raise ModelMissing(
            f"{str(folder)!r}: the model does not load: {_first_line(error)}; it must hold "
            "model.safetensors or a *.ckpt file"
        ) from None
    if info["missing_keys"]:
        raise PluginError(
            f"{str(folder)!r} holds no text classifier: {len(info['missing_keys'])} tensors are "
            f"missing, for example {min(info['missing_keys'])!r}"
        )
    return model


def _labels(config: Any) -> Sequence[str]:
    return [str(config.id2label[number]) for number in range(config.num_labels)]


def _max_length(tokenizer: Any, config: Any) -> int:
    known = getattr(config, "max_position_embeddings", None) or LONGEST
    # RoBERTa and its kin number positions from the padding id on
    if config.model_type in {"roberta", "xlm-roberta", "camembert"}:
        known -= config.pad_token_id + 1
    length = min(known, tokenizer.model_max_length)
    if length < SHORTEST:
        raise PluginError(f"the model sees {length} tokens at once; it needs at least {SHORTEST}")
    return int(length)


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
