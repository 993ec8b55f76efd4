"""Checks what a caller asks of ``generate``, and completes it for the guarded loop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from tokenward.errors import UsageError

TEXT_ONLY = "the guard checks prompts as text; give them as the argument 'prompt'"
ONE_DRAFT = "the guarded loop releases text while it decodes, so it follows a single draft"
ONE_BY_ONE = "the guard must see every token before the next is sampled"
OWN_OUTPUT = "guard.generate returns GuardedOutput; leave it out"

CALL_ARGUMENTS: Mapping[str, str] = {
    **dict.fromkeys(("inputs", "input_ids", "inputs_embeds"), TEXT_ONLY),
    **dict.fromkeys(("attention_mask", "position_ids"), TEXT_ONLY),
    **dict.fromkeys(("return_dict_in_generate", "output_scores", "output_logits"), OWN_OUTPUT),
    **dict.fromkeys(("output_attentions", "output_hidden_states"), OWN_OUTPUT),
    "assistant_model": ONE_BY_ONE,
    "custom_generate": "the guard brings a decoding loop of its own",
    "negative_prompt_ids": "its logits processor keeps a cache that cannot go back",
    "streamer": "pass on_text, which gets released text only",
    "synced_gpus": "the guarded loop does not run in step with other processes",
}
"""Arguments of ``model.generate`` that do not fit, and why."""

Test = Callable[[Any], bool]


def _more_than_one(value: Any) -> bool:
    return value is not None and value > 1


OPTIONS: tuple[tuple[str, Test, str], ...] = (
    ("num_beams", _more_than_one, ONE_DRAFT),
    ("num_return_sequences", _more_than_one, "give the prompt that many times, in a list"),
    ("penalty_alpha", bool, ONE_DRAFT),
    ("constraints", bool, ONE_DRAFT),
    ("force_words_ids", bool, ONE_DRAFT),
    ("prompt_lookup_num_tokens", bool, ONE_BY_ONE),
    ("assistant_early_exit", bool, ONE_BY_ONE),
    ("use_mtp", bool, ONE_BY_ONE),
    ("dola_layers", bool, "DoLa decoding reads hidden layers, which the guarded loop does not"),
    (
        "guidance_scale",
        lambda scale: scale not in (None, 1, 1.0),
        "its logits processor keeps a cache that cannot go back",
    ),
    ("token_healing", bool, "it rewrites the end of a prompt that was checked"),
    ("prefill_chunk_size", bool, "the guarded loop reads a prompt in one piece"),
    (
        "cache_implementation",
        lambda name: name == "paged",
        "continuous batching has no hook between tokens",
    ),
    ("use_cache", lambda use: use is False, "the guarded loop goes back by means of the cache"),
)
"""Generation options that do not fit: name, when, and why; wherever they are set."""


def _remembers(watermark: Any) -> bool:
    if watermark is None:
        return False
    return "ngram_len" in (watermark if isinstance(watermark, Mapping) else vars(watermark))


WHERE_RULES_REWIND: tuple[tuple[str, Test, str], ...] = (
    (
        "watermarking_config",
        _remembers,
        "the policy has rules that rewind, and the state of a SynthID watermark cannot go back",
    ),
)
"""Likewise, if the policy may take tokens back."""


CACHE_NAMES = ("cache", "past_key_values")
"""What transformers calls its cache: the second name before 5.24, the first one since."""


def given_cache(arguments: Mapping[str, Any]) -> Any:
    """Returns the cache among some arguments, under whatever name; ``None`` if there is none."""
    given = (arguments.get(name) for name in CACHE_NAMES)
    return next((cache for cache in given if cache is not None), None)


def cache_name(model: Any) -> str:
    """Returns what a model calls the argument for its cache."""
    import inspect  # noqa: PLC0415

    parameters = inspect.signature(model.forward).parameters
    return next((name for name in CACHE_NAMES if name in parameters), CACHE_NAMES[-1])


class Options:
    """The options of one call: keyword arguments, then the given config, then the model's own."""

    def __init__(self, model: Any, kwargs: Mapping[str, Any]) -> None:
        self._sources = [kwargs]
        for config in (kwargs.get("generation_config"), getattr(model, "generation_config", None)):
            if config is not None:
                self._sources.append(vars(config))

    def __getitem__(self, name: str) -> Any:
        if name in self._sources[0]:
            return self._sources[0][name]
        values = (source.get(name) for source in self._sources[1:])
        return next((value for value in values if value is not None), None)


def check_options(model: Any, kwargs: Mapping[str, Any], *, rewinds: bool) -> None:
    """Refuses models and options that the guarded loop cannot serve, each with its reason.

    ``rewinds`` tells whether the policy may take tokens back.
    """
    if not hasattr(model, "generate") or not hasattr(model, "config"):
        raise UsageError(
            f"model is a {type(model).__name__}; give a transformers model that can generate"
        )
    if model.config.is_encoder_decoder:
        raise UsageError(f"{type(model).__name__} has an encoder; give a decoder-only model")
    for name, why in CALL_ARGUMENTS.items():
        if kwargs.get(name) not in (None, False):
            raise UsageError(f"guard.generate does not take {name!r}: {why}")
    options = Options(model, kwargs)
    for name, unfit, why in (*OPTIONS, *(WHERE_RULES_REWIND if rewinds else ())):
        if unfit(options[name]):
            raise UsageError(f"guard.generate cannot use {name}={options[name]!r}: {why}")
    cache = given_cache(kwargs)
    if cache is not None and cache.get_seq_length() > 0:
        raise UsageError(
            f"the given cache holds {int(cache.get_seq_length())} tokens already; give an empty "
            "cache: stage input may change the prompt that it was filled with"
        )


def check_mode(config: Any) -> None:
    """Refuses, once the options are all together, what is neither greedy decoding nor sampling."""
    mode = config.get_generation_mode()
    if mode.value not in ("greedy_search", "sample"):
        raise UsageError(f"guard.generate cannot do {mode.value}: {ONE_DRAFT}")


def with_stops(
    model: Any, tokenizer: Any, kwargs: Mapping[str, Any], more: tuple[str, ...]
) -> dict[str, Any]:
    """Turns stop strings into a stopping criterion: a custom loop is not given the tokenizer."""
    asked = Options(model, kwargs)["stop_strings"] or ()
    stops = list(dict.fromkeys([asked] if isinstance(asked, str) else [*asked])) + list(more)
    if not stops:
        return dict(kwargs)
    from transformers import StoppingCriteriaList, StopStringCriteria  # noqa: PLC0415

    criteria = StoppingCriteriaList(kwargs.get("stopping_criteria") or ())
    criteria.append(StopStringCriteria(tokenizer=tokenizer, stop_strings=stops))
    without = {"stop_strings": None} if asked else {}
    return {**kwargs, **without, "stopping_criteria": criteria}


class EndTokens(NamedTuple):
    """The token that fills ended rows, and those that end one."""

    pad: int
    ends: frozenset[int]


def end_tokens(config: Any) -> EndTokens:
    """Returns the padding and the end tokens of a generation config, which may lack either."""
    found = config.eos_token_id
    ends = [] if found is None else [found] if isinstance(found, int) else [int(x) for x in found]
    pad = config.pad_token_id
    if pad is None:
        pad = ends[0] if ends else 0
    return EndTokens(pad, frozenset(ends))
