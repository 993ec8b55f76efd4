"""Which way back a cache leaves, and which models need one that the guard gives them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from tokenward.errors import UsageError
from tokenward.inprocess.settings import Options, cache_name, given_cache

Way = Literal["holes", "moves", "reading"]
"""How a row forgets its last tokens: they are masked, or what is kept moves up over them, or the
cache is emptied and every row is read again."""


def with_cache(model: Any, kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Chooses the cache of a call that may go back, where the caller leaves the choice.

    A model that takes the distance of two tokens from their places in the cache gets one that
    keeps every token, and grows, for in that one what is kept can move.
    """
    chosen = Options(model, kwargs)["cache_implementation"]
    free = given_cache(kwargs) is None and chosen in (None, "dynamic", "hybrid")
    if not free or not _counts_places(model) or not _keeps_tokens(model):
        return dict(kwargs)
    from transformers import DynamicCache  # noqa: PLC0415

    return {**kwargs, "cache_implementation": None, cache_name(model): DynamicCache()}


def way_back(model: Any, cache: Any) -> Way:
    """Returns how the rows of a batch can go back in a cache.

    Layers that keep something else than the keys and values of every token (a running state, a
    window, a chunk) cannot forget a token of one row, so there everything is read again.
    """
    from transformers import cache_utils  # noqa: PLC0415

    # the second is the base of all before 5.21
    quantized = getattr(cache_utils, "BaseQuantizedLayer", cache_utils.QuantizedLayer)
    whole = (cache_utils.DynamicLayer, cache_utils.StaticLayer)
    kinds = {type(layer) for layer in cache.layers}
    if not _keeps_tokens(model):
        return "reading"
    if grows(cache):
        return "moves" if _counts_places(model) else "holes"
    masked = all(kind in whole or issubclass(kind, quantized) for kind in kinds)
    return "holes" if masked and not _counts_places(model) else "reading"


def check_cache(cache: Any, model: Any, longest: int) -> None:
    """Refuses what is no cache, and one that has no room for ``longest`` tokens."""
    from transformers.cache_utils import Cache  # noqa: PLC0415

    if not isinstance(cache, Cache):
        raise UsageError(
            f"{type(model).__name__} keeps no cache of keys and values; the guarded loop needs one"
        )
    room = capacity(cache)
    if room is not None and room < longest:
        raise UsageError(
            f"the cache has room for {room} tokens, and prompt and answer may take {longest}; "
            "give a larger one, or lower max_new_tokens"
        )


def capacity(cache: Any) -> int | None:
    """Returns how many tokens a cache of full attention can hold; ``None`` where it grows."""
    lengths = [
        layer.get_max_length()
        for layer in cache.layers
        if hasattr(layer, "get_max_length") and not getattr(layer, "is_sliding", False)
    ]
    fixed = [length for length in lengths if length > 0]
    return min(fixed, default=None)


def grows(cache: Any) -> bool:
    """Tells whether a cache is keys and values of all tokens, and nothing else."""
    from transformers.cache_utils import DynamicLayer  # noqa: PLC0415

    return all(type(layer) is DynamicLayer for layer in cache.layers)


def _keeps_tokens(model: Any) -> bool:
    """Tells whether keys and values of all tokens are all that a model remembers."""
    from transformers.cache_utils import (  # noqa: PLC0415
        DynamicCache,
        DynamicLayer,
        DynamicSlidingWindowLayer,
    )

    config = model.config.get_text_config(decoder=True)
    chunked = "chunked_attention" in (getattr(config, "layer_types", None) or ())
    kinds = {type(layer) for layer in DynamicCache(config=config).layers}
    return not chunked and kinds <= {DynamicLayer, DynamicSlidingWindowLayer}


def _counts_places(model: Any) -> bool:
    """Tells whether a model takes the distance of two tokens from their places in the cache.

    So do models with sliding windows, and models that take no position ids (ALiBi).
    """
    import inspect  # noqa: PLC0415

    from transformers.cache_utils import DynamicCache, DynamicSlidingWindowLayer  # noqa: PLC0415

    config = model.config.get_text_config(decoder=True)
    slides = any(
        type(layer) is DynamicSlidingWindowLayer for layer in DynamicCache(config=config).layers
    )
    return slides or "position_ids" not in inspect.signature(model.forward).parameters
