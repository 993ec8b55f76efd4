"""From which tokens the characters of a detection came, in every kind of tokenizer."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers

from tokenward.inprocess.detokenize import Detokenizer
from tokenward.inprocess.places import Ends, origins
from tokenward.types import Detection

SPECIAL = ["<pad>", "<s>", "</s>"]
ADDED = [AddedToken(name, normalized=False) for name in ("<think>", "</think>")]
ADDED += [AddedToken("<tool_call>", special=True, normalized=False)]
CHARACTERS = "ab é中😀.\u0301"


def byte_level() -> Any:
    """Bytes, and some merges: one of them of a character's last byte with a letter behind it."""
    merges = [("Ã", "©"), ("©", "a"), ("Ġ", "a"), ("a", "b"), ("ä", "¸")]
    names = [*SPECIAL, *sorted(pre_tokenizers.ByteLevel.alphabet())]
    names += dict.fromkeys(a + b for a, b in merges)
    backend = Tokenizer(models.BPE(vocab={n: i for i, n in enumerate(names)}, merges=merges))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    backend.decoder = decoders.ByteLevel()
    backend.add_tokens(ADDED)
    return backend


def byte_fallback() -> Any:
    """In the manner of Llama 2: bytes for what has no piece, and a space before the first word."""
    pieces = [*SPECIAL, "<unk>", *(f"<0x{byte:02X}>" for byte in range(256)), *"▁ab.é", "▁a", "ab"]
    merges = [("▁", "a"), ("a", "b")]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    backend = Tokenizer(
        models.BPE(vocab=vocabulary, merges=merges, byte_fallback=True, unk_token="<unk>")
    )
    backend.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    parts = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    backend.decoder = decoders.Sequence([*parts, decoders.Strip(" ", 1, 0)])
    backend.add_tokens(ADDED)
    return backend


KINDS = {kind.__name__: kind for kind in (byte_level, byte_fallback)}


@pytest.fixture(scope="module", params=KINDS)
def kind(request: Any, wrap_backend: Any) -> Any:
    return wrap_backend(KINDS[request.param]())


def ends_of(tokenizer: Any, tokens: list[int]) -> tuple[str, Ends]:
    """Returns the text of tokens, and where each ends, from pieces as a row gets them."""
    detokenizer = Detokenizer(tokenizer)
    text = detokenizer.open()
    pieces, whole = [], []
    for token in tokens:
        pieces.append(text.feed(token))
        whole.append(text.whole)
    if pieces:
        pieces[-1] += text.finish()
    return "".join(pieces), origins(tokens, pieces, whole, detokenizer.byte_of)


def bytes_of(tokenizer: Any, tokens: list[int]) -> list[bytes]:
    """Returns the bytes of each token, by its name; a special one has none."""
    found = []
    for token, name in zip(tokens, tokenizer.convert_ids_to_tokens(tokens), strict=True):
        if token in tokenizer.all_special_ids or name == "<tool_call>":
            found.append(b"")
        elif name.startswith("<0x"):
            found.append(bytes([int(name[3:5], 16)]))
        elif name.startswith("<"):
            found.append(name.encode())
        elif "▁" in tokenizer.get_vocab():
            found.append(name.replace("▁", " ").encode())
        else:
            alphabet = tokenizer.backend_tokenizer.decoder
            found.append(alphabet.decode([name]).encode() if name.isascii() else raw(name))
    return found


def raw(name: str) -> bytes:
    """Returns the bytes that the characters of a byte-level name stand for."""
    plain = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    rest = iter(range(0x100, 0x200))
    byte = {chr(b) if b in plain else chr(next(rest)): b for b in range(0x100)}
    return bytes(byte[character] for character in name)


def expected(tokenizer: Any, tokens: list[int], text: str, start: int, end: int) -> range:
    """Returns the tokens whose bytes overlap those of some characters."""
    parts = bytes_of(tokenizer, tokens)
    cut = len(b"".join(parts)) - len(text.encode())  # the space before the first word
    first, last = cut + len(text[:start].encode()), cut + len(text[:end].encode())
    at, touched = 0, []
    for number, part in enumerate(parts):
        if at < last and at + len(part) > first and part:
            touched.append(number)
        at += len(part)
    return range(touched[0], touched[-1] + 1)


@given(data=st.data())
def test_the_tokens_of_a_span_are_those_whose_bytes_it_holds(kind: Any, data: Any) -> None:
    words = st.one_of(
        st.text(CHARACTERS, min_size=1, max_size=6), st.sampled_from(["<think>", "</think>"])
    )
    written = "".join(data.draw(st.lists(words, min_size=1, max_size=4)))
    tokens = kind(written, add_special_tokens=False)["input_ids"]
    for _ in range(data.draw(st.integers(0, 3))):  # special tokens anywhere, and an end
        special = kind.convert_tokens_to_ids(data.draw(st.sampled_from(["</s>", "<tool_call>"])))
        tokens.insert(data.draw(st.integers(0, len(tokens))), special)
    text, ends = ends_of(kind, tokens)
    if not text or "\ufffd" in text:  # bytes on both sides of a special token
        return
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))

    place = ends.place(Detection("d", "t", start, end, 1.0))

    assert range(place.start, place.end) == expected(kind, tokens, text, start, end)


@given(data=st.data())
def test_of_any_tokens_a_span_is_in_the_text_of_its_tokens(kind: Any, data: Any) -> None:
    tokens = data.draw(st.lists(st.integers(0, len(kind) - 1), min_size=1, max_size=30))
    text, ends = ends_of(kind, tokens)
    if not text:
        return
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))

    place = ends.place(Detection("d", "t", start, end, 1.0))

    before = ends.lengths[place.start - 1] if place.start else 0
    assert before <= start
    assert ends.lengths[place.end - 1] >= end
    assert place.end - 1 == place.start or ends.lengths[place.end - 2] < end
    assert list(ends.lengths) == sorted(ends.lengths)
    assert ends.lengths[-1] == len(text)


def named(tokenizer: Any, names: str, what: str) -> list[str]:
    """Returns the names of the tokens from which the first occurrence of a string came."""
    tokens = tokenizer.convert_tokens_to_ids(names.split())
    shown, ends = ends_of(tokenizer, tokens)
    start = shown.index(what)
    place = ends.place(Detection("d", "t", start, start + len(what), 1.0))
    return list(tokenizer.convert_ids_to_tokens(tokens[place.start : place.end]))


def test_a_thought_and_a_tool_call_have_their_own_tokens(kind: Any) -> None:
    written = "<s> <think> ab </think> b <tool_call> ab . </s>"
    assert named(kind, written, "<think>") == ["<think>"]
    assert named(kind, written, "ab</think>b") == ["ab", "</think>", "b"]
    assert named(kind, written, "bab") == ["b", "<tool_call>", "ab"]  # it has no text itself
    assert named(kind, written, "ab.") == ["ab", "."]
    assert named(kind, written, ".") == ["."]


def test_a_character_of_several_tokens_has_them_all(wrap_backend: Any) -> None:
    fallback = wrap_backend(byte_fallback())
    assert named(fallback, "a <0xE4> <0xB8> <0xAD> ▁a", "中") == ["<0xE4>", "<0xB8>", "<0xAD>"]
    assert named(fallback, "<0xC3> <0xA9> <0xC3> <0xA9> ab", "éa") == ["<0xC3>", "<0xA9>", "ab"]
    assert named(fallback, "a ▁a b", " a") == ["▁a"]
    bytes_ = wrap_backend(byte_level())
    assert named(bytes_, "Ã © ä¸ Ń", "中") == ["ä¸", "Ń"]
    assert named(bytes_, "Ã ©a b", "é") == ["Ã", "©a"]


def test_a_broken_character_has_its_bytes(wrap_backend: Any) -> None:
    fallback = wrap_backend(byte_fallback())
    ids = fallback.convert_tokens_to_ids(["▁a", "<0xE4>", "<0xB8>", "b", "</s>"])
    text, ends = ends_of(fallback, ids)
    assert text == "a\ufffd\ufffdb"
    assert list(ends.lengths) == [1, 2, 3, 4, 4]
