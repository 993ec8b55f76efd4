"""Loads a transformers model by folder or hub id, for those who have only its name."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tokenward.errors import MissingExtra, ModelMissing

REMEDY = "give a folder that save_pretrained wrote"


def load(model: str) -> tuple[Any, Any]:
    """Returns model and tokenizer, on the GPU where there is one.

    A folder is read without a look at the network; any other name is a hub id.
    """
    for module in ("torch", "transformers"):
        if find_spec(module) is None:
            raise MissingExtra("guarded generation", "models", module)
    folder = Path(model).expanduser()
    local = folder.is_dir()
    if not local and is_path(model):
        raise ModelMissing(f"--model: no folder {model!r}; {REMEDY}")
    if local and not (folder / "config.json").is_file():
        raise ModelMissing(f"--model: no config.json in {model!r}; {REMEDY}")
    return _read(str(folder) if local else model, local=local)


def _read(source: str, *, local: bool) -> tuple[Any, Any]:
    import torch  # noqa: PLC0415
    from transformers import AutoModelForCausalLM, AutoTokenizer, logging  # noqa: PLC0415

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        tokenizer = AutoTokenizer.from_pretrained(source, local_files_only=local)
        model = AutoModelForCausalLM.from_pretrained(source, local_files_only=local, dtype="auto")
    except (OSError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ModelMissing(f"--model: {source!r} cannot be loaded: {reason}") from None
    return model.eval().to("cuda" if torch.cuda.is_available() else "cpu"), tokenizer


def is_path(model: str) -> bool:
    r"""Tells whether a name can only be a folder's: a hub id is ``name`` or ``owner/name``.

    >>> is_path("./model"), is_path("/srv/model"), is_path("owner/name"), is_path("name")
    (True, True, False, False)
    """
    return model.startswith((".", "/", "~")) or model.count("/") > 1 or "\\" in model


def seed_sampling(seed: int) -> None:
    """Makes sampling repeatable."""
    import torch  # noqa: PLC0415

    torch.manual_seed(seed)
