"""Quantisation of weights, by torch, by libraries, or simulated."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from tokenward.compare.recipes.modules import replace_linears
from tokenward.compare.recipes.recipe import Loaded, Recipe
from tokenward.compare.recipes.rounding import rounded
from tokenward.compare.recipes.values import chosen
from tokenward.errors import MissingExtra


@contextmanager
def quiet() -> Iterator[None]:
    """Keeps to themselves what these packages announce on import and use."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _package(value: str, package: str) -> None:
    if find_spec(package) is None:
        raise MissingExtra(f"option quantize={value}", "quantizers", package)


def dynamic(loaded: Loaded) -> None:
    """Uses torch's int8 of all linear layers: weights ahead, activations by one scale a batch."""
    import torch  # noqa: PLC0415 - heavy
    from torch.ao.quantization import quantize_dynamic  # noqa: PLC0415 - heavy

    with quiet():
        loaded.model = quantize_dynamic(loaded.model, {torch.nn.Linear}, dtype=torch.qint8)  # type: ignore[no-untyped-call]


def torchao(loaded: Loaded, value: str, config: str, **more: str) -> None:
    """Quantises the linear modules of the layers by torchao."""
    import torch  # noqa: PLC0415 - heavy

    _package(value, "torchao")
    with quiet():
        api = import_module("torchao.quantization")
        given = {key: getattr(torch, word) for key, word in more.items()}
        inner = getattr(loaded.model, loaded.model.base_model_prefix)
        api.quantize_(inner, getattr(api, config)(**given))


def quanto(loaded: Loaded, value: str, weights: str) -> None:
    """Quantises the linear modules of the layers by optimum-quanto."""
    _package(value, "optimum")
    with quiet():
        api = import_module("optimum.quanto")
        inner = getattr(loaded.model, loaded.model.base_model_prefix)
        api.quantize(inner, weights=getattr(api, weights))
        api.freeze(inner)


def bitsandbytes(loaded: Loaded, value: str, quant_type: str) -> None:
    """Quantises the linear modules of the layers by bitsandbytes."""
    _package(value, "bitsandbytes")
    with quiet():
        layer = import_module("bitsandbytes").nn.Linear4bit

    def small(linear: Any) -> Any:
        made = layer(
            linear.in_features, linear.out_features, bias=linear.bias is not None,
            compute_dtype=linear.weight.dtype, quant_type=quant_type,
        )  # fmt: skip
        made.load_state_dict(linear.state_dict())
        return made.to(linear.weight.device)

    with quiet():
        replace_linears(loaded.model, small)


def _ways() -> dict[str, Callable[[Loaded], None]]:
    return {
        "dynamic-int8": dynamic,
        **{f"int{bits}": partial(rounded, bits=bits) for bits in (8, 6, 5, 4, 3, 2)},
        "torchao-int8": partial(torchao, value="torchao-int8", config="Int8WeightOnlyConfig"),
        "torchao-int8-dynamic": partial(
            torchao, value="torchao-int8-dynamic", config="Int8DynamicActivationInt8WeightConfig"
        ),
        "torchao-int4": partial(
            torchao, value="torchao-int4", config="IntxWeightOnlyConfig", weight_dtype="int4"
        ),
        "quanto-int8": partial(quanto, value="quanto-int8", weights="qint8"),
        "quanto-int4": partial(quanto, value="quanto-int4", weights="qint4"),
        "bnb-nf4": partial(bitsandbytes, value="bnb-nf4", quant_type="nf4"),
        "bnb-fp4": partial(bitsandbytes, value="bnb-fp4", quant_type="fp4"),
    }


def quantize(loaded: Loaded, value: str) -> None:
    """Quantises by the way that a word names."""
    way_of(value)(loaded)


def way_of(value: str) -> Callable[[Loaded], None]:
    """Returns what a word does to a model."""
    return chosen("quantize", value, _ways())


RECIPES = (
    Recipe(
        "quantize",
        " | ".join(_ways()),
        "weights of few bits; int8 to int2 without a library's name are rounded in groups and kept "
        "wide, which shows the loss and saves nothing",
        quantize,
        read=way_of,
    ),
)
