"""Loads the demo model, which lies in the package, in one of three number formats."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, get_args

from tokenward.errors import MissingExtra, ModelMissing, UsageError, one_of

NumberFormat = Literal["float32", "bfloat16", "int8"]
FORMATS: tuple[NumberFormat, ...] = get_args(NumberFormat)


def model_dir() -> Path:
    """Returns the folder of the demo model, which `AutoModelForCausalLM` loads as it is."""
    return Path(__file__).parent / "weights"


def load(dtype: NumberFormat = "float32", folder: Path | None = None) -> tuple[Any, Any]:
    """Returns model and tokenizer, ready to generate; nothing is downloaded.

    ``int8`` quantises the weights of all linear layers, and the activations as they come.
    ``folder`` is where another run of `tokenward.demo.train` wrote its model.
    """
    if dtype not in FORMATS:
        raise UsageError(f"demo model: unknown dtype {dtype!r}; {one_of(FORMATS)}")
    folder = folder or model_dir()
    if not (folder / "model.safetensors").is_file():
        raise ModelMissing(
            f"demo model: no weights in {str(folder)!r}; "
            f"make them with python -m tokenward.demo.train --out {folder}"
        )
    for module in ("torch", "transformers"):
        if find_spec(module) is None:
            raise MissingExtra("the demo model", "models", module)
    return read(folder, dtype)


def read(folder: Path, dtype: NumberFormat) -> tuple[Any, Any]:
    """Reads a folder that `save_pretrained` wrote, without a look at the network."""
    import torch  # noqa: PLC0415 - heavy
    from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: PLC0415 - heavy

    precision = torch.bfloat16 if dtype == "bfloat16" else torch.float32
    with no_progress_bar():
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        model = AutoModelForCausalLM.from_pretrained(
            folder, dtype=precision, local_files_only=True
        ).eval()
    return (quantized(model) if dtype == "int8" else model), tokenizer


def quantized(model: Any) -> Any:
    """Returns a copy of the model with linear layers in int8, one scale for each tensor."""
    import torch  # noqa: PLC0415 - heavy
    from torch.ao.quantization import quantize_dynamic  # noqa: PLC0415 - heavy

    with warnings.catch_warnings():
        # Both announce the successor, torchao: one package more, and slower on the CPU.
        warnings.filterwarnings("ignore", r"torch\.ao\.quantization is", DeprecationWarning)
        warnings.filterwarnings("ignore", r"torch\.quantize_per_tensor, ", UserWarning)
        return quantize_dynamic(model, {torch.nn.Linear}, dtype=torch.qint8)  # type: ignore[no-untyped-call]


@contextmanager
def no_progress_bar() -> Iterator[None]:
    """Keeps transformers from drawing a progress bar for two megabytes."""
    from transformers.utils import logging  # noqa: PLC0415 - heavy

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()
