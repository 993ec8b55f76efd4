"""The pieces of an answer add up to the text that the tokenizer makes of all its tokens."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import (
    AddedToken,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    trainers,
)

from tokenward.inprocess.detokenize import Detokenizer

TEXTS = [
    "The quick brown fox jumps over the lazy dog, don't you think?",
    "Ünïcödé, 中文字符 and emoji 😀👩\u200d🚀 in one line.",
    "  spaces   and\ttabs\nand lines; numbers 3.14159 and 42!",
]
SPECIAL = ["<pad>", "<s>", "</s>"]
BYTES = [f"<0x{byte:02X}>" for byte in range(256)]


def byte_level() -> Any:
    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=340, special_tokens=SPECIAL, initial_alphabet=alphabet, show_progress=False
    )
    backend.train_from_iterator(TEXTS, trainer)
    backend.add_tokens(["<think>", "two words", AddedToken("ünder", normalized=False)])
    return backend


def sentencepiece() -> Any:
    """In the manner of Llama 2: byte fallback, and a space before the first word."""
    pieces = [
        *SPECIAL,
        "<unk>",
        *BYTES,
        *"▁abcdeghinorstu",
        "▁the",
        "▁a",
        "er",
        "in",
        "中",
        "▁▁",
        "é",
    ]
    vocabulary = {piece: number for number, piece in enumerate(dict.fromkeys(pieces))}
    merges = [("e", "r"), ("i", "n"), ("▁", "a"), ("▁", "▁")]
    backend = Tokenizer(
        models.BPE(vocab=vocabulary, merges=merges, byte_fallback=True, unk_token="<unk>")
    )
    backend.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    backend.decoder = decoders.Sequence(
        [
            decoders.Replace("▁", " "),
            decoders.ByteFallback(),
            decoders.Fuse(),
            decoders.Strip(" ", 1, 0),
        ]
    )
    return backend


def metaspace() -> Any:
    """In the manner of T5: unigrams, the spaces of the first word dropped."""
    backend = Tokenizer(models.Unigram())
    backend.pre_tokenizer = pre_tokenizers.Metaspace()
    backend.decoder = decoders.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=120, special_tokens=[*SPECIAL, "<unk>"], unk_token="<unk>", show_progress=False
    )
    backend.train_from_iterator(TEXTS, trainer)
    return backend


def wordpiece() -> Any:
    words = ["un", "##able", "##s", "don", "'", "t", ",", "the", "fox", "##ed", ".", "中"]
    pieces = [*SPECIAL, "[UNK]", *words]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    backend = Tokenizer(models.WordPiece(vocab=vocabulary, unk_token="[UNK]"))
    backend.decoder = decoders.WordPiece()
    return backend


def end_of_word() -> Any:
    """In the manner of the first GPT: a mark at the end of each word."""
    pieces = [*SPECIAL, "lo", "w</w>", "er</w>", "n", "e", "w"]
    backend = Tokenizer(models.BPE(vocab={p: i for i, p in enumerate(pieces)}, merges=[]))
    backend.decoder = decoders.BPEDecoder(suffix="</w>")
    return backend


KINDS = {
    kind.__name__: kind for kind in (byte_level, sentencepiece, metaspace, wordpiece, end_of_word)
}


@pytest.fixture(scope="module", params=KINDS)
def kind(request: Any, wrap_backend: Any) -> Any:
    return wrap_backend(KINDS[request.param]())


def whole(tokenizer: Any, tokens: list[int]) -> str:
    return tokenizer.decode(tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False)


def pieces(tokenizer: Any, tokens: list[int]) -> list[str]:
    text = Detokenizer(tokenizer).open()
    return [*(text.feed(token) for token in tokens), text.finish()]


@given(data=st.data())
def test_pieces_of_random_tokens_add_up(kind: Any, data: Any) -> None:
    tokens = data.draw(st.lists(st.integers(0, len(kind) + 3), max_size=40))
    assert "".join(pieces(kind, tokens)) == whole(kind, tokens)


@given(data=st.data())
def test_pieces_of_random_bytes_add_up(wrap_backend: Any, data: Any) -> None:
    name = data.draw(st.sampled_from(["byte_level", "sentencepiece"]))
    tokenizer = wrap_backend(KINDS[name]())
    parts = data.draw(
        st.lists(st.one_of(st.binary(max_size=3), st.text(max_size=3).map(str.encode)))
    )
    if name == "sentencepiece":
        tokens = [4 + byte for part in parts for byte in part]
    else:
        alphabet = {byte: character for character, byte in alphabet_of_bytes().items()}
        names = [alphabet[byte] for part in parts for byte in part]
        tokens = tokenizer.convert_tokens_to_ids(names)
    assert "".join(pieces(tokenizer, tokens)) == whole(tokenizer, tokens)


def alphabet_of_bytes() -> Any:
    from tokenward.inprocess.detokenize import BYTE_OF_CHARACTER

    return BYTE_OF_CHARACTER


def test_the_alphabet_of_bytes_is_the_one_of_the_library() -> None:
    assert set(alphabet_of_bytes()) == set(pre_tokenizers.ByteLevel.alphabet())
    assert sorted(alphabet_of_bytes().values()) == list(range(256))


@pytest.mark.parametrize("name", ["byte_level", "sentencepiece"])
@pytest.mark.parametrize("text", TEXTS)
def test_real_text_comes_back(wrap_backend: Any, name: str, text: str) -> None:
    tokenizer = wrap_backend(KINDS[name]())
    tokens = tokenizer(text, add_special_tokens=False)["input_ids"]
    assert "".join(pieces(tokenizer, tokens)) == whole(tokenizer, tokens)


def test_a_character_comes_with_its_last_byte(tokenizer: Any) -> None:
    tokens = tokenizer("é!", add_special_tokens=False)["input_ids"]
    assert pieces(tokenizer, tokens) == ["", "é", "!", ""]


def test_whole_says_whether_a_character_is_open(tokenizer: Any) -> None:
    text = Detokenizer(tokenizer).open()
    states = []
    for token in tokenizer("é", add_special_tokens=False)["input_ids"]:
        text.feed(token)
        states.append(text.whole)
    assert states == [False, True]


def test_words_are_not_held_where_no_byte_is_open(wrap_backend: Any) -> None:
    tokenizer = wrap_backend(sentencepiece())
    tokens = tokenizer("the", add_special_tokens=False)["input_ids"]
    assert all(pieces(tokenizer, tokens)[1:-1])


@pytest.mark.parametrize("name", KINDS)
def test_work_is_linear(wrap_backend: Any, name: str) -> None:
    tokenizer = wrap_backend(KINDS[name]())
    tokens = [5 + number % 3 for number in range(16_000)]

    def seconds(count: int) -> float:
        began = time.process_time()
        pieces(tokenizer, tokens[:count])
        return time.process_time() - began

    seconds(100)
    assert min(seconds(16_000) for _ in range(2)) < 16 * max(
        min(seconds(4_000) for _ in range(2)), 1e-3
    )
