"""Which caches can forget the last tokens of a row, and which models need one that is aligned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tokenward.errors import UsageError
from tokenward.inprocess.settings import Options, cache_name, given_cache

OTHERWISE = "use a policy whose rules redact, replace or block instead of rewinding"


def needs_alignment(model: Any) -> bool:
    """Tells whether a model takes the distance of two tokens from their places in the cache.

    So do models with sliding windows, and models that take no position ids (ALiBi). Refuses models
    that keep a state which no cache of keys and values can rebuild.
    """
    import inspect  # noqa: PLC0415

    from transformers.cache_utils import (  # noqa: PLC0415
        DynamicCache,
        DynamicLayer,
        DynamicSlidingWindowLayer,
    )

    config = model.config.get_text_config(decoder=True)
    layers = DynamicCache(config=config).layers
    kinds = {type(layer) for layer in layers}
    chunked = "chunked_attention" in (getattr(config, "layer_types", None) or ())
    if chunked or not kinds <= {DynamicLayer, DynamicSlidingWindowLayer}:
        raise UsageError(
            f"the policy has rules that rewind, and {type(model).__name__} has layers that cannot "
            f"go back to an earlier token; {OTHERWISE}"
        )
    by_place = "position_ids" not in inspect.signature(model.forward).parameters
    return by_place or DynamicSlidingWindowLayer in kinds


def check_cache(cache: Any, model: Any, *, rewinds: bool) -> None:
    """Refuses a cache that holds something else than keys and values of every token."""
    from transformers.cache_utils import (  # noqa: PLC0415
        BaseQuantizedLayer,
        Cache,
        DynamicLayer,
        StaticLayer,
    )

    if not isinstance(cache, Cache):
        raise UsageError(
            f"{type(model).__name__} keeps no cache of keys and values; the guarded loop needs one"
        )
    for layer in cache.layers if rewinds else ():
        if type(layer) not in (DynamicLayer, StaticLayer) and not isinstance(
            layer, BaseQuantizedLayer
        ):
            raise UsageError(
                f"the policy has rules that rewind, and a {type(layer).__name__} cannot forget the "
                f"last tokens of one row; leave the choice of a cache out, or {OTHERWISE}"
            )


def with_aligned_cache(model: Any, kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Gives a model that needs alignment a cache that keeps every token, and grows."""
    from transformers import DynamicCache  # noqa: PLC0415

    chosen = Options(model, kwargs)["cache_implementation"]
    if given_cache(kwargs) is not None or chosen not in (None, "dynamic", "hybrid"):
        raise UsageError(
            f"the policy has rules that rewind, and {type(model).__name__} can go back only with "
            f"the cache that the guard gives it; leave the choice of a cache out, or {OTHERWISE}"
        )
    return {**kwargs, "cache_implementation": None, cache_name(model): DynamicCache()}
