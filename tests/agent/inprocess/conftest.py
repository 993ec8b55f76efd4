from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from torch.ao.quantization import quantize_dynamic
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    PreTrainedTokenizerFast,
)

from tokenward.guard import Guard
from tokenward.hookspecs import hookimpl
from tokenward.registry import Registry
from tokenward.types import Detection, DetectorPlugin, ScanContext

TEMPLATE = (
    "{{ bos_token }}{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}assistant: {% endif %}"
)


# -- a plugin with simple detectors -------------------------------------------------------------


@dataclass(frozen=True)
class WordSettings:
    words: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class NoSettings:
    pass


class RunScan:
    """Finds maximal runs of characters that belong together, and that are wanted."""

    def __init__(self, name: str, inside: Callable[[str], bool], type_of: Callable[[str], str]):
        self.name, self.inside, self.type_of = name, inside, type_of
        self.at, self.open = 0, ""

    def feed(self, text: str) -> tuple[Sequence[Detection], int]:
        found = []
        for character in text:
            if self.inside(character):
                self.open += character
            else:
                found += self.close()
            self.at += 1
        return found, self.at - len(self.open)

    def close(self) -> list[Detection]:
        run, self.open = self.open, ""
        type_ = self.type_of(run)
        return [Detection(self.name, type_, self.at - len(run), self.at, 1.0)] if type_ else []

    def finish(self) -> Sequence[Detection]:
        return self.close()


class Words:
    """Finds whole words."""

    types = frozenset({"word"})
    hold_back = 1000

    def __init__(self, settings: WordSettings):
        self.words = frozenset(settings.words)

    def open(self, context: ScanContext) -> RunScan:
        return RunScan(
            context.detector, str.isalnum, lambda run: "word" if run in self.words else ""
        )


class Substrings:
    """Finds strings anywhere: nothing behind them is needed to be sure."""

    types = frozenset({"string"})

    def __init__(self, settings: WordSettings):
        self.words = settings.words
        self.hold_back = max(map(len, settings.words)) - 1

    def open(self, context: ScanContext) -> SubstringScan:
        return SubstringScan(context.detector, self.words)


class SubstringScan:
    def __init__(self, name: str, words: list[str]):
        self.name, self.words, self.text, self.at, self.settled = name, words, "", 0, 0

    def feed(self, text: str) -> tuple[Sequence[Detection], int]:
        self.text += text
        found, end = [], len(self.text)
        while self.settled < end:
            rest = self.text[self.settled :]
            hit = next((word for word in self.words if rest.startswith(word)), None)
            if hit:
                start = self.settled
                found.append(Detection(self.name, "string", start, start + len(hit), 1.0))
                self.settled += len(hit)
            elif any(word.startswith(rest) for word in self.words):
                break
            else:
                self.settled += 1
        return found, self.settled

    def finish(self) -> Sequence[Detection]:
        return []


class Digits:
    """Finds runs of three digits and more."""

    types = frozenset({"digits"})
    hold_back = 1000

    def open(self, context: ScanContext) -> RunScan:
        return RunScan(
            context.detector,
            lambda character: character in "0123456789",
            lambda run: "digits" if len(run) >= 3 else "",
        )


class Shouting:
    """Scores a sentence by its share of exclamation marks and capitals."""

    types = frozenset({"shouting"})
    unit = "sentence"

    def __init__(self, inline: bool):
        self.inline = inline
        self.seen: list[str] = []

    def score(self, texts: Sequence[str]) -> Sequence[Mapping[str, float]]:
        self.seen += texts
        return [{"shouting": 1.0 if "Q" in text else 0.0} for text in texts]


class Fickle:
    """Finds the first "a" of every text but the first: it breaks the laws of detectors."""

    types = frozenset({"first"})
    hold_back = 0

    def __init__(self):
        self.texts = 0

    def open(self, context: ScanContext) -> FickleScan:
        return FickleScan(context.detector, self)


class FickleScan:
    def __init__(self, name: str, detector: Fickle):
        self.name, self.detector, self.at = name, detector, 0

    def feed(self, text: str) -> tuple[Sequence[Detection], int]:
        found = []
        if not self.at and text.startswith("a"):  # not what a scan is warmed up with
            self.detector.texts += 1
            if self.detector.texts > 1:
                found = [Detection(self.name, "first", 0, 1, 1.0)]
        self.at += len(text)
        return found, self.at

    def finish(self) -> Sequence[Detection]:
        return []


class Broken:
    """Fails whenever it is asked."""

    types = frozenset({"anything"})
    unit = "sentence"
    inline = True

    def score(self, texts: Sequence[str]) -> Sequence[Mapping[str, float]]:
        raise RuntimeError("broken")


class Plugin:
    @hookimpl
    def register_detectors(self) -> list[DetectorPlugin]:
        def kind(name: str, create: Any, settings: type, types: frozenset[str]) -> DetectorPlugin:
            return DetectorPlugin(name, lambda s, _: create(s), settings, types, name)

        return [
            kind("words", Words, WordSettings, Words.types),
            kind("strings", Substrings, WordSettings, Substrings.types),
            kind("digits", lambda _: Digits(), NoSettings, Digits.types),
            kind("shouting", lambda _: Shouting(inline=True), NoSettings, Shouting.types),
            kind("slow_shouting", lambda _: Shouting(inline=False), NoSettings, Shouting.types),
            kind("fickle", lambda _: Fickle(), NoSettings, Fickle.types),
            kind("broken", lambda _: Broken(), NoSettings, Broken.types),
        ]


def rule(detect: Any, action: Any, *, stage: Any = "output", **more: Any) -> dict[str, Any]:
    detect = {detect: "all"} if isinstance(detect, str) else detect
    return {"stage": stage, "detect": detect, "action": action, **more}


@pytest.fixture(scope="session")
def registry_of_tests() -> Registry:
    """The detectors above, and no others."""
    return Registry([("test", Plugin())])


@pytest.fixture(scope="session")
def load(registry_of_tests: Registry) -> Callable[..., Guard]:
    """Loads a guard from rules; ``words=[...]`` and ``strings=[...]`` are what detectors look for."""

    def load(*rules: dict[str, Any], **words: list[str]) -> Guard:
        named = [{"id": f"r{place}", **one} for place, one in enumerate(rules)]
        limits = words.pop("limits", None)
        policy: dict[str, Any] = {"name": "test", "rules": named}
        if limits:
            policy["limits"] = limits
        if words:
            policy["detectors"] = {
                name: {"plugin": name, "words": listed} for name, listed in words.items()
            }
        return Guard.load(policy, registry=registry_of_tests)

    return load


# -- models and tokenizers ----------------------------------------------------------------------


def byte_vocabulary() -> dict[str, int]:
    names = ["<pad>", "<s>", "</s>", *sorted(pre_tokenizers.ByteLevel.alphabet())]
    return {name: number for number, name in enumerate(names)}


def wrap(backend: Tokenizer, **more: Any) -> PreTrainedTokenizerFast:
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend,
        bos_token="<s>",
        eos_token="</s>",
        pad_token="<pad>",
        padding_side="left",
        **more,
    )
    tokenizer.chat_template = TEMPLATE
    return tokenizer


@pytest.fixture(scope="session")
def wrap_backend() -> Callable[..., PreTrainedTokenizerFast]:
    """Makes a tokenizer of transformers from one of tokenizers."""
    return wrap


@pytest.fixture(scope="session")
def tokenizer() -> PreTrainedTokenizerFast:
    """A byte-level tokenizer: three special tokens and the 256 bytes."""
    backend = Tokenizer(models.BPE(vocab=byte_vocabulary(), merges=[]))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    backend.decoder = decoders.ByteLevel()
    return wrap(backend)


@pytest.fixture(scope="session")
def letters() -> PreTrainedTokenizerFast:
    """A byte-level BPE of few letters, so that random tokens make words, numbers and sentences."""
    merges = [
        ("Ġ", "a"),
        ("Ġ", "b"),
        ("a", "b"),
        ("b", "a"),
        ("1", "2"),
        ("12", "1"),
        (".", "Ġ"),
        ("!", "Ġ"),
    ]
    merges += [("Ã", "©"), ("©", "a")]
    names = ["<pad>", "<s>", "</s>", *"abQ12.!ĠÃ©", *dict.fromkeys(a + b for a, b in merges)]
    vocabulary = {name: number for number, name in enumerate(names)}
    backend = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    backend.decoder = decoders.ByteLevel()
    tokenizer = wrap(backend)
    tokenizer.chat_template = "{% for m in messages %}{{ m['content'] }} {% endfor %}"
    return tokenizer


def llama(vocabulary: int = 259, seed: int = 0, scale: float = 1.0, **more: Any) -> Any:
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=vocabulary,
        hidden_size=more.pop("hidden_size", 32),
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=0,
        **more,
    )
    model = LlamaForCausalLM(config).eval()
    with torch.no_grad():
        model.lm_head.weight *= scale  # so that the model prefers some tokens
    return model


@pytest.fixture(scope="session")
def model() -> Any:
    """A tiny model with random weights that prefers some tokens to others."""
    return llama(scale=12.0)


@pytest.fixture(scope="session")
def babbler(letters: Any) -> Any:
    """A tiny model for the letters."""
    return llama(vocabulary=len(letters), scale=6.0)


@pytest.fixture(scope="session")
def int8() -> Callable[[Any], Any]:
    """Quantises the linear layers of a model."""

    def quantized(model: Any) -> Any:
        with warnings.catch_warnings():
            # both say that torchao is to take over; nothing here depends on it
            warnings.filterwarnings("ignore", r"torch\.ao\.quantization is deprecated")
            warnings.filterwarnings("ignore", r"torch\.quantize_per_tensor")
            return quantize_dynamic(model, {torch.nn.Linear}, dtype=torch.qint8)

    return quantized


@pytest.fixture(scope="session")
def make_llama() -> Callable[..., Any]:
    """Makes tiny models with random weights."""
    return llama


@pytest.fixture(scope="session")
def make_mistral() -> Callable[[int], Any]:
    """Makes a tiny model whose layers see six tokens back."""

    def make(vocabulary: int) -> Any:
        torch.manual_seed(1)
        config = MistralConfig(
            vocab_size=vocabulary,
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            sliding_window=6,
            pad_token_id=0,
        )
        return MistralForCausalLM(config).eval()

    return make
