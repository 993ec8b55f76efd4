"""Runs classifiers of transformers with torch."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from tokenward.errors import PluginError, UsageError
from tokenward_plugins.models import hub_format
from tokenward_plugins.models.forward import Network
from tokenward_plugins.models.placement import Placement
from tokenward_plugins.models.places import first_line
from tokenward_plugins.models.windows import Cutter, Ids


def device_of(name: str, who: str) -> torch.device:
    """Returns the device of a name; ``UsageError`` where this torch or machine has none such."""
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError):
        raise UsageError(
            f"{who}: the device {name!r} is not there; use 'cpu', or one that this torch knows"
        ) from None
    return device


def network(model: Any, config: Any, tokenizer: Any, placement: Placement, who: str) -> Network:
    """Returns a model of transformers with its tokenizer, ready to run."""
    hub_format.check_vocabulary(model, tokenizer, who)
    length = hub_format.window_length(
        config.to_dict(), tokenizer.model_max_length, placement.tokens, who
    )
    padding = config.pad_token_id if config.pad_token_id is not None else tokenizer.pad_token_id
    # without a padding token nothing can be padded; int8 takes the range of all that it sees
    alone = padding is None or placement.precision == "int8"
    return Network(
        TorchForward(
            placed(model.eval(), placement, who),
            placement,
            kinds="token_type_ids" in tokenizer.model_input_names,
        ),
        Cutter(tokenizer.backend_tokenizer, length),
        padding or 0,
        1 if alone else placement.batch,
    )


def placed(model: Any, placement: Placement, who: str) -> Any:
    """Returns a model on its device, in its precision."""
    device = device_of(placement.device, who)
    if placement.precision == "int8":
        return _int8(model, who)
    return model.to(device, getattr(torch, placement.precision))


def _int8(model: Any, who: str) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch will move it one day, and says so each time
            return torch.ao.quantization.quantize_dynamic(  # type: ignore[no-untyped-call]
                model.float(), {torch.nn.Linear}, dtype=torch.qint8
            )
    except (AttributeError, RuntimeError) as error:
        raise PluginError(
            f"{who}: this torch makes no int8 of the model: {first_line(error)}; use float32, or "
            "an ONNX file in int8"
        ) from None


class TorchForward:
    """A pass of a model without gradients, with threads of its own number."""

    def __init__(self, model: Any, placement: Placement, *, kinds: bool) -> None:
        self._model = model
        self._placement = placement
        self._kinds = kinds

    def __call__(self, ids: Ids, mask: Ids, kinds: Ids) -> NDArray[Any]:
        """Returns the logits in float32."""
        named = {"input_ids": ids, "attention_mask": mask}
        if self._kinds:
            named["token_type_ids"] = kinds
        device = self._placement.device
        with torch.inference_mode(), threads(self._placement.threads):
            tensors = {name: torch.from_numpy(rows).to(device) for name, rows in named.items()}
            logits: NDArray[np.float32] = self._model(**tensors).logits.float().cpu().numpy()
        return logits


@contextmanager
def threads(number: int) -> Iterator[None]:
    """Lets torch use so many threads, and leaves those of others as they were."""
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)
