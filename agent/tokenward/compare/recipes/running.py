"""How a model runs: its threads, its attention, compilation, its device, its last layer."""

from __future__ import annotations

from tokenward.compare.recipes.recipe import Loaded, Recipe
from tokenward.compare.recipes.values import chosen, whole
from tokenward.errors import UsageError

SWITCH = {"true": True, "false": False}


def threads(_: Loaded, value: str) -> None:
    """Computes in this many threads."""
    import torch  # noqa: PLC0415 - heavy

    torch.set_num_threads(whole("threads", value))


def attention(loaded: Loaded, value: str) -> None:
    """Takes one of transformers' ways to compute attention."""
    words = {word: word for word in ("eager", "sdpa", "flash_attention_2")}
    loaded.model.set_attn_implementation(chosen("attention", value, words))


def compiled(loaded: Loaded, value: str) -> None:
    """Compiles the model's step by torch."""
    if chosen("compile", value, SWITCH):
        loaded.model.compile()


def device(loaded: Loaded, value: str) -> None:
    """Moves the model to a device of torch."""
    try:
        loaded.model.to(value)
    except (RuntimeError, AssertionError):
        raise UsageError(
            f"option device={value}: torch has no such device here; use cpu, cuda, cuda:0, mps"
        ) from None
    loaded.device = value


def head(loaded: Loaded, value: str) -> None:
    """Computes the last layer in float32 also where the model has 16 bits."""
    loaded.wide_head = chosen("head", value, {"own": False, "float32": True})


RECIPES = (
    Recipe("threads", "a whole number", "threads of arithmetic", threads, runs=True),
    Recipe(
        "attention",
        "eager | sdpa | flash_attention_2",
        "how attention is computed",
        attention,
        runs=True,
    ),
    Recipe("compile", "true | false", "torch.compile", compiled, runs=True),
    Recipe("device", "cpu, cuda, cuda:0 ...", "where it runs", device, runs=True),
    Recipe(
        "head", "own | float32", "the last layer of 16-bit models, against ties", head, runs=True
    ),
)
