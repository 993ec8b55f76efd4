"""Loads a token classifier from a folder: no code in the files runs, and no network is used."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import transformers
from safetensors import SafetensorError

from tokenward.errors import ModelMissing, PluginError, UsageError
from tokenward_plugins.models.hub_format import check_vocabulary
from tokenward_plugins.models.torch_network import device_of
from tokenward_plugins.names.labels import split_label, types_of
from tokenward_plugins.names.pieces import Piece
from tokenward_plugins.names.settings import FEWEST_TOKENS, NamesSettings

if TYPE_CHECKING:
    from tokenward_plugins.names.tokens import Window

VOCABULARIES = ("tokenizer.json", "vocab.txt", "vocab.json")
LONGEST = 512
# buffers that older versions of transformers saved and newer ones compute
COMPUTED = "position_ids"
FROM_PADDING = {"roberta", "xlm-roberta", "camembert"}
"""Architectures that number positions from the padding id on."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """What the outputs of a model mean: a mark and a type each, no type for no name."""

    outputs: tuple[tuple[str, str], ...]

    @property
    def types(self) -> frozenset[str]:
        """The types that are told apart."""
        return frozenset(kind for _, kind in self.outputs if kind)

    def pieces(self, shares: Sequence[Sequence[float]], window: Window) -> list[Piece]:
        """Returns what the model says of each token of a window that is of the text.

        The beginning and the inside of a name share what is known of its type, so shares are added
        up by type before they are compared.
        """
        found = []
        for span, row in zip(window.spans, shares[: len(window.spans)], strict=True):
            if span is None:
                continue
            totals: dict[str, float] = {}
            for (_, kind), share in zip(self.outputs, row, strict=True):
                totals[kind] = totals.get(kind, 0.0) + share
            best = max(totals, key=totals.__getitem__)
            mark = max(
                (share, mark)
                for (mark, kind), share in zip(self.outputs, row, strict=True)
                if kind == best
            )[1]
            found.append(Piece(span[0], span[1], mark if best else "", best, totals[best]))
        return found


@dataclass(frozen=True, slots=True)
class LoadedClassifier:
    """A model with what is needed to tag."""

    model: Any
    tokenizer: Any
    scheme: Scheme
    max_length: int


def load(folder: Path, settings: NamesSettings) -> LoadedClassifier:
    """Returns the token classifier in a folder, on the device of the settings."""
    device = device_of(settings.device, "names")
    _check_tokenizer(folder)
    try:
        config = transformers.AutoConfig.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
        tokenizer = transformers.AutoTokenizer.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise PluginError(
            f"names: {str(folder)!r}: configuration or tokenizer does not load: "
            f"{_first_line(error)}"
        ) from None
    if not tokenizer.is_fast:
        raise PluginError(
            f"names: {str(folder)!r}: the tokenizer is a slow one, which does not say where its "
            "tokens stand; add its tokenizer.json"
        )
    model = _model(folder)
    check_vocabulary(model, tokenizer, "names")
    length = _max_length(tokenizer, config, settings.max_tokens)
    return LoadedClassifier(model.to(device).eval(), tokenizer, scheme(config, settings), length)


def scheme(config: Any, settings: NamesSettings) -> Scheme:
    """Returns what the labels of a configuration mean."""
    split = [split_label(str(config.id2label[number])) for number in range(config.num_labels)]
    kinds = types_of((kind for _, kind in split if kind), settings.labels)
    outputs = tuple((mark, kinds.get(kind, "")) for mark, kind in split)
    return Scheme(outputs)


def _check_tokenizer(folder: Path) -> None:
    """Refuses a folder without a vocabulary: an empty one would be made, and find nothing."""
    if not any((folder / name).is_file() for name in VOCABULARIES) and not list(
        folder.glob("*.model")
    ):
        raise ModelMissing(
            f"names: {str(folder)!r} has no tokenizer; put its files there (tokenizer.json, or "
            "vocab.txt with tokenizer_config.json)"
        )


def _model(folder: Path) -> Any:
    try:
        model, info = transformers.AutoModelForTokenClassification.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False, output_loading_info=True
        )
    except (OSError, ValueError, RuntimeError, SafetensorError, pickle.UnpicklingError) as error:
        raise ModelMissing(
            f"names: {str(folder)!r}: the model does not load: {_first_line(error)}; it must hold "
            "model.safetensors"
        ) from None
    missing = [name for name in info["missing_keys"] if not name.endswith(COMPUTED)]
    if missing:
        raise PluginError(
            f"names: {str(folder)!r} holds no token classifier: {len(missing)} tensors are "
            f"missing, for example {min(missing)!r}"
        )
    return model


def _max_length(tokenizer: Any, config: Any, asked: int) -> int:
    known = getattr(config, "max_position_embeddings", None) or LONGEST
    if config.model_type in FROM_PADDING:
        known -= config.pad_token_id + 1
    length = int(min(known, tokenizer.model_max_length))
    if asked > length:
        raise UsageError(f"names: max_tokens is {asked}; the model sees {length} at once")
    length = asked or length
    if length < FEWEST_TOKENS:
        raise PluginError(
            f"names: the model sees {length} tokens at once; it needs at least {FEWEST_TOKENS}"
        )
    return length


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
