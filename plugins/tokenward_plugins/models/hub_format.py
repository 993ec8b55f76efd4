"""Loads models of transformers from a folder: no code in the files runs, no network is used."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tokenward.errors import MissingExtra, ModelMissing, PluginError, UsageError
from tokenward_plugins.models.placement import FEWEST_TOKENS
from tokenward_plugins.models.places import first_line

LONGEST = 512
"""Tokens of a window, where a policy does not say: what attention costs grows with their square."""
VOCABULARIES = ("tokenizer.json", "vocab.txt", "vocab.json", "spiece.model")
COMPUTED = "position_ids"
"""Buffers that older versions of transformers saved, and newer ones compute."""
FROM_PADDING = {"roberta", "xlm-roberta", "camembert", "xlm-roberta-xl", "longformer"}
"""Architectures that number positions from the padding id on."""


def check_installed(model: str) -> None:
    """Raises ``MissingExtra`` where torch or transformers are not installed."""
    for module in ("torch", "transformers"):
        try:
            __import__(module)
        except ImportError:
            raise MissingExtra(f"the model {model!r}", "models", module) from None


def configuration(folder: Path, who: str) -> Any:
    """Returns the configuration in a folder."""
    import transformers  # noqa: PLC0415  (heavy)

    if not folder.joinpath("config.json").is_file():
        raise ModelMissing(
            f"{who}: {str(folder)!r} has no 'config.json'; put the configuration and the tokenizer "
            "files of the model's base there"
        )
    try:
        return transformers.AutoConfig.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        where = str(folder / "config.json")
        raise PluginError(f"{who}: {where!r}: {first_line(error)}") from None


def tokenizer(folder: Path, who: str) -> Any:
    """Returns the tokenizer in a folder: one of the fast ones, which the others are turned into."""
    import transformers  # noqa: PLC0415  (heavy)

    found = any(folder.joinpath(name).is_file() for name in VOCABULARIES)
    if not found and not list(folder.glob("*.model")):
        # an empty one would be made, and know no word
        raise ModelMissing(
            f"{who}: {str(folder)!r} has no tokenizer; put its files there (tokenizer.json, or "
            "vocab.txt with tokenizer_config.json)"
        )
    try:
        loaded = transformers.AutoTokenizer.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
    except Exception as error:  # noqa: BLE001  # tokenizers raise nothing more exact
        raise PluginError(
            f"{who}: {str(folder)!r}: the tokenizer does not load: {first_line(error)}"
        ) from None
    if not loaded.is_fast:
        raise PluginError(
            f"{who}: {str(folder)!r}: the tokenizer is a slow one; add its tokenizer.json"
        )
    return loaded


def weights(folder: Path, head: str, kind: str, who: str, also: str = "") -> Any:
    """Returns the model in a folder with its weights; ``head`` is the class of transformers.

    ``also`` says what else a folder may hold, for errors. Weights in ``*.bin`` are read as tensors
    only: a pickle that would run code is refused.
    """
    import transformers  # noqa: PLC0415  (heavy)
    from safetensors import SafetensorError  # noqa: PLC0415

    try:
        with _without_bars():
            model, info = getattr(transformers, head).from_pretrained(
                folder, local_files_only=True, trust_remote_code=False, output_loading_info=True
            )
    except pickle.UnpicklingError:
        raise PluginError(
            f"{who}: {str(folder)!r}: the weights hold more than tensors, and loading them could "
            "run code; use model.safetensors of their publisher"
        ) from None
    except (OSError, ValueError, RuntimeError, EOFError, KeyError, SafetensorError) as error:
        raise ModelMissing(
            f"{who}: {str(folder)!r}: the model does not load: {first_line(error)}; it must hold "
            f"model.safetensors{also}"
        ) from None
    missing = [name for name in info["missing_keys"] if not name.endswith(COMPUTED)]
    if missing:
        raise PluginError(
            f"{who}: {str(folder)!r} holds no {kind}: {len(missing)} tensors are missing, for "
            f"example {min(missing)!r}"
        )
    return model


@contextmanager
def _without_bars() -> Iterator[None]:
    """Loads without a progress bar of transformers: it takes moments, and is one of many steps."""
    from transformers.utils import logging  # noqa: PLC0415  (loaded already)

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()


def labels(config: Any, who: str) -> list[str]:
    """Returns the labels of the outputs, in order."""
    try:
        return [str(config.id2label[number]) for number in range(config.num_labels)]
    except KeyError as error:
        raise PluginError(
            f"{who}: config.json: id2label names {len(config.id2label)} labels, and none for "
            f"output {error}; number them from 0"
        ) from None


def window_length(config: Mapping[str, Any], known: float, asked: int, who: str) -> int:
    """Returns how many tokens a window has; ``known`` is the most that the tokenizer knows of."""
    positions = config.get("max_position_embeddings") or LONGEST
    if config.get("model_type") in FROM_PADDING:
        positions -= (config.get("pad_token_id") or 0) + 1
    most = int(min(positions, known))
    if asked > most:
        raise UsageError(f"{who}: max_tokens is {asked}; the model sees {most} at once")
    length = asked or min(most, LONGEST)
    if length < FEWEST_TOKENS:
        raise PluginError(
            f"{who}: the model sees {length} tokens at once; it needs at least {FEWEST_TOKENS}"
        )
    return length


def check_vocabulary(model: Any, loaded: Any, who: str) -> None:
    """Raises ``PluginError`` where the tokenizer knows tokens that the network has no row for."""
    try:
        rows = int(model.get_input_embeddings().num_embeddings)
    except (AttributeError, NotImplementedError, TypeError):
        return  # the first pass of the network will tell
    last = max(loaded.get_vocab().values(), default=0)
    if last >= rows:
        raise PluginError(
            f"{who}: the tokenizer does not fit: its last token is number {last}, and the model "
            f"has {rows}; use the tokenizer that the model was trained with"
        )
