"""How a model runs: its threads, its attention, compilation, its device, its last layer."""

from __future__ import annotations

from tokenward.compare.recipes.recipe import Loaded, Recipe
from tokenward.compare.recipes.values import chosen, whole
from tokenward.errors import UsageError

SWITCH = {"true": True, "false": False}
ATTENTION = {word: word for word in ("eager", "sdpa", "flash_attention_2")}
HEADS = {"own": False, "float32": True}


def threads(_: Loaded, value: str) -> None:
    """Computes in this many threads."""
    import torch  # noqa: PLC0415 - heavy

    torch.set_num_threads(threads_of(value))


def threads_of(value: str) -> int:
    """Reads a number of threads."""
    return whole("threads", value)


def attention(loaded: Loaded, value: str) -> None:
    """Takes one of transformers' ways to compute attention."""
    loaded.model.set_attn_implementation(attention_of(value))


def attention_of(value: str) -> str:
    """Returns transformers' word for a way to compute attention."""
    return chosen("attention", value, ATTENTION)


def compiled(loaded: Loaded, value: str) -> None:
    """Compiles the model's step by torch."""
    if switch_of(value):
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
    loaded.wide_head = head_of(value)


def head_of(value: str) -> bool:
    """Tells whether a word means a wide last layer."""
    return chosen("head", value, HEADS)


def switch_of(value: str) -> bool:
    """Reads whether the model is compiled."""
    return chosen("compile", value, SWITCH)


RECIPES = (
    Recipe(
        "threads", "a whole number", "threads of arithmetic", threads, runs=True, read=threads_of
    ),
    Recipe(
        "attention",
        "eager | sdpa | flash_attention_2",
        "how attention is computed",
        attention,
        runs=True,
        read=attention_of,
    ),
    Recipe("compile", "true | false", "torch.compile", compiled, runs=True, read=switch_of),
    Recipe("device", "cpu, cuda, cuda:0 ...", "where it runs", device, runs=True),
    Recipe(
        "head",
        "own | float32",
        "the last layer of 16-bit models, against ties",
        head,
        runs=True,
        read=head_of,
    ),
)
