"""A forbidden word stays out of the text however its tokens are cut."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LogitsProcessor

WORD = "idiot"
PIECES = ["id", "di", "io", "ot", "idi", "iot", "diot", WORD]
LETTERS = [*"idotx."]


def byte_level(wrap_backend: Any) -> Any:
    names = ["<pad>", "<s>", "</s>", *LETTERS, "Ġ", "Ġi", "Ġid", "Ġidi", f"Ġ{WORD}", *PIECES]
    vocabulary = {name: place for place, name in enumerate(names)}
    backend = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    backend.decoder = decoders.ByteLevel()
    return wrap_backend(backend)


def with_byte_tokens(wrap_backend: Any) -> Any:
    """In the way of SentencePiece: a mark for the space, and tokens for single bytes."""
    names = ["<pad>", "<s>", "</s>", *LETTERS, "▁", "▁i", "▁id", f"▁{WORD}", *PIECES]
    names += [f"<0x{ord(letter):02X}>" for letter in WORD]
    vocabulary = {name: place for place, name in enumerate(dict.fromkeys(names))}
    backend = Tokenizer(
        models.BPE(vocab=vocabulary, merges=[], unk_token="<pad>", byte_fallback=True)
    )
    backend.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    )
    return wrap_backend(backend)


@pytest.fixture(scope="module", params=[byte_level, with_byte_tokens])
def spellings(request: Any, wrap_backend: Any) -> Any:
    return request.param(wrap_backend)


@pytest.fixture(scope="module")
def small(spellings: Any, make_llama: Any) -> Any:
    return make_llama(vocabulary=len(spellings), scale=3.0)


class Wants(LogitsProcessor):
    """Has the word come next in any spelling, wherever it is not begun already."""

    def __init__(self, tokenizer: Any, prompt: int) -> None:
        self.tokenizer, self.prompt = tokenizer, prompt
        self.tokens = list(range(3, len(tokenizer)))

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        for row, ids in enumerate(input_ids[:, self.prompt :].tolist()):
            for token in self.tokens:
                text = self.tokenizer.decode([*ids, token], skip_special_tokens=True)
                text = text.removeprefix(" ")
                # the fewer tokens a spelling needs, the more it is wanted
                if WORD.startswith(text) or text.startswith(WORD):
                    scores[row, token] += 30.0 + len(text)
        return scores


REWIND = {"rewind": {"attempts": 40}}


def rule(detector: str, action: Any) -> dict[str, Any]:
    return {"stage": "output", "detect": {detector: "all"}, "action": action, "message": "no"}


@pytest.mark.parametrize("detector", ["strings", "words"])
def test_a_word_that_is_wanted_in_every_spelling_never_comes(
    load: Any, small: Any, spellings: Any, detector: str
) -> None:
    guard = load(rule(detector, REWIND), **{detector: [WORD]})
    tried: list[int] = []
    output = guard.generate(
        small, spellings, "x", do_sample=False, max_new_tokens=12, eos_token_id=None,
        suppress_tokens=[0, 1, 2], logits_processor=[Wants(spellings, 1)],
        observe=lambda row, token, *_: tried.append(token),
    )  # fmt: skip
    assert WORD not in output.text.replace(".", " ").split()
    assert detector == "words" or WORD not in output.text
    assert not output.blocked
    # it was taken back once for each token that begins it, and each of those was another spelling
    begun = [
        token
        for token in range(3, len(spellings))
        if (text := spellings.decode([token]).strip()) and WORD.startswith(text)
    ]
    assert output.rewinds >= 4
    assert {spellings.decode([token]).strip() for token in begun} <= {
        spellings.decode([token]).strip() for token in tried
    }


@pytest.mark.parametrize("otherwise", ["block", {"redact": "tag"}])
@pytest.mark.parametrize("attempts", [1, 3, 40])
def test_no_spelling_is_released_over_many_seeds(
    load: Any, small: Any, spellings: Any, attempts: int, otherwise: Any
) -> None:
    action = {"rewind": {"attempts": attempts, "otherwise": otherwise}}
    guard = load(rule("strings", action), strings=[WORD])
    sent = [""] * 8
    ways: set[tuple[int, ...]] = set()

    def on_text(row: int, text: str) -> None:
        sent[row] += text

    rewinds = 0
    for seed in range(12):
        sent[:] = [""] * 8
        seen: list[list[int]] = [[] for _ in sent]
        torch.manual_seed(seed)
        outputs = guard.generate(
            small, spellings, ["x"] * 8, do_sample=True, max_new_tokens=24, eos_token_id=None,
            suppress_tokens=[0, 1, 2], logits_processor=[Prefers(spellings)], on_text=on_text,
            observe=lambda row, token, *_, seen=seen: seen[row].append(token),
        )  # fmt: skip
        for output, text, tokens in zip(outputs, sent, seen, strict=True):
            assert output.text == text
            assert WORD not in text
            rewinds += output.rewinds
            ways.update(spelled(spellings, tokens))
    assert rewinds > 50
    assert len(ways) > 3  # else there was nothing but one spelling to forbid


class Prefers(LogitsProcessor):
    """Makes the pieces of the word likelier."""

    def __init__(self, tokenizer: Any) -> None:
        self.tokens = tokenizer.convert_tokens_to_ids([*PIECES, *"idot"])

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        scores[:, self.tokens] += 4.0
        return scores


def spelled(tokenizer: Any, tokens: list[int]) -> set[tuple[int, ...]]:
    """The ways in which the word stands in some tokens, cut at its own ends."""
    found = set()
    for start in range(len(tokens)):
        for end in range(start + 1, min(start + 6, len(tokens) + 1)):
            if tokenizer.decode(tokens[start:end]) == WORD:
                found.add(tuple(tokens[start:end]))
    return found
