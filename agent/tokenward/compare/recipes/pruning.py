"""Weights, neurons, heads and layers taken away."""

from __future__ import annotations

from functools import partial
from typing import Any

from tokenward.compare.recipes.modules import layers_of, linears
from tokenward.compare.recipes.recipe import Loaded, Recipe
from tokenward.compare.recipes.values import numbers, share
from tokenward.errors import UsageError

GATED = ("gate_proj", "up_proj", "down_proj")


def prune(loaded: Loaded, value: str) -> None:
    """Sets the smallest weights of each linear module to zero, this share of them."""
    import torch  # noqa: PLC0415 - heavy

    part = share("prune", value)
    with torch.no_grad():
        for _, module in linears(loaded.model):
            sizes = module.weight.abs().flatten()
            count = round(part * sizes.numel())
            smallest = sizes.topk(count, largest=False).indices
            module.weight.flatten()[smallest] = 0.0


def prune_heads(loaded: Loaded, value: str) -> None:
    """Silences the attention heads of each layer whose output weights are smallest."""
    import torch  # noqa: PLC0415 - heavy

    part = share("prune_heads", value)
    heads = loaded.model.config.get_text_config(decoder=True).num_attention_heads
    with torch.no_grad():
        for layer in layers_of(loaded.model):
            output = _named(layer, "o_proj", "prune_heads").weight
            by_head = output.view(output.shape[0], heads, -1)
            smallest = by_head.norm(dim=(0, 2)).topk(round(part * heads), largest=False).indices
            by_head[:, smallest] = 0.0


def prune_neurons(loaded: Loaded, value: str) -> None:
    """Takes the least neurons of each gated block out, so that its matrices are smaller."""
    import torch  # noqa: PLC0415 - heavy

    part = share("prune_neurons", value)
    with torch.no_grad():
        for layer in layers_of(loaded.model):
            gate, up, down = (_named(layer, name, "prune_neurons") for name in GATED)
            sizes = gate.weight.norm(dim=1) * up.weight.norm(dim=1) * down.weight.norm(dim=0)
            kept = sizes.topk(len(sizes) - round(part * len(sizes))).indices.sort().values
            for module in (gate, up):
                _keep(module, kept, 0)
            _keep(down, kept, 1)
    config = loaded.model.config.get_text_config(decoder=True)
    config.intermediate_size = len(kept)


def drop_layers(loaded: Loaded, value: str) -> None:
    """Takes layers out, counted from 0."""
    model = loaded.model
    layers, config = layers_of(model), model.config.get_text_config(decoder=True)
    gone = numbers("drop_layers", value, len(layers))
    if len(gone) == len(layers):
        raise UsageError(f"option drop_layers={value}: these are all layers; leave some")
    kinds = getattr(config, "layer_types", None)
    for place in reversed(gone):
        del layers[place]
        if kinds:
            del kinds[place]
    config.num_hidden_layers = len(layers)
    for place, layer in enumerate(layers):
        for module in layer.modules():
            if hasattr(module, "layer_idx"):  # where its keys and values lie in the cache
                module.layer_idx = place


def _named(layer: Any, name: str, option: str) -> Any:
    for path, module in layer.named_modules():
        if path.rpartition(".")[2] == name:
            return module
    raise UsageError(
        f"option {option}: the layers of {type(layer).__name__} have no {name!r}; use prune"
    )


def _keep(module: Any, kept: Any, dim: int) -> None:
    import torch  # noqa: PLC0415 - heavy

    module.weight = torch.nn.Parameter(module.weight.index_select(dim, kept), requires_grad=False)
    if dim == 0 and module.bias is not None:
        module.bias = torch.nn.Parameter(module.bias.index_select(0, kept), requires_grad=False)
    module.out_features, module.in_features = module.weight.shape


RECIPES = (
    Recipe(
        "prune",
        "a share, such as 0.3",
        "the smallest weights set to zero",
        prune,
        read=partial(share, "prune"),
    ),
    Recipe(
        "prune_heads",
        "a share",
        "least heads of each layer silenced",
        prune_heads,
        read=partial(share, "prune_heads"),
    ),
    Recipe(
        "prune_neurons",
        "a share",
        "least neurons of gated blocks out",
        prune_neurons,
        read=partial(share, "prune_neurons"),
    ),
    Recipe("drop_layers", "numbers, such as 2,3", "layers taken out, from 0", drop_layers),
)
