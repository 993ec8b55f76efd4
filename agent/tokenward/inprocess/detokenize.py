"""Turns tokens into text as they come; the pieces add up to what the tokenizer makes of all."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from tokenward.inprocess import places

MAX_OPEN = 4
"""Tokens that may wait for a character to become whole where the tokenizer's kind is not known;
a character of UTF-8 has at most four bytes."""

REPLACEMENT = "\ufffd"
LATIN_1 = 256


class TokenText(Protocol):
    """The text of one row of tokens."""

    @property
    def whole(self) -> bool:
        """Whether no token waits for others to make a character."""

    def feed(self, token: int) -> str:
        """Takes the next token; returns the characters that are certain now."""

    def finish(self) -> str:
        """Returns what was still open, the tokens having ended."""


class Detokenizer:
    """Knows how one tokenizer decodes; ``open`` starts a row.

    All pieces together equal ``tokenizer.decode(tokens, skip_special_tokens=True)`` without the
    clean-up of spaces, which would change text that has been released. That is exact for byte-level
    BPE and for SentencePiece with or without byte fallback; for kinds of tokenizer that are not
    known a broken character can come out in another number of replacement characters.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._special = _special_tokens(tokenizer)
        self._bytes: dict[int, bytes] | None = {} if _is_byte_level(tokenizer) else None

    def open(self) -> TokenText:
        """Starts a row of tokens."""
        return _WindowText(self) if self._bytes is None else ByteText(self.bytes_of)

    def is_text(self, token: int) -> bool:
        """Tells whether a token is neither special nor an id that the tokenizer does not know."""
        return token not in self._special and self._name(token) != ""

    def byte_of(self, token: int) -> int | None:
        """Returns the byte of a token that stands for one, and waits for others to be text."""
        return places.byte_of(self._name(token)) if self._bytes is None else None

    def bytes_of(self, token: int) -> bytes:
        """Returns the bytes of a token of a byte-level tokenizer; none if it is no text."""
        assert self._bytes is not None
        known = self._bytes.get(token)
        if known is None:
            known = token_bytes(self._name(token)) if self.is_text(token) else b""
            self._bytes[token] = known
        return known

    def decode(self, tokens: list[int]) -> str:
        """Decodes tokens together."""
        text: str = self._tokenizer.decode(
            tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return text

    def _name(self, token: int) -> str:
        return self._tokenizer.convert_ids_to_tokens(token) or ""


class ByteText:
    """A row of tokens each of which is some bytes; the text is the UTF-8 of all of them.

    ``bytes_of`` gives those of a token: none for one that is no text.
    """

    __slots__ = ("_bytes_of", "_decoder")

    def __init__(self, bytes_of: Callable[[int], bytes]) -> None:
        self._bytes_of = bytes_of
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    @property
    def whole(self) -> bool:
        """Whether no byte waits for others to make a character."""
        return not self._decoder.getstate()[0]

    def feed(self, token: int) -> str:
        """Takes the next token; returns the characters that are whole now."""
        return self._decoder.decode(self._bytes_of(token))

    def finish(self) -> str:
        """Returns what was still open: a replacement character, if there was something."""
        return self._decoder.decode(b"", final=True)


class _WindowText:
    """Any other kind: decodes the new tokens behind the one before them, for the spaces."""

    __slots__ = ("_before", "_detokenizer", "_open")

    def __init__(self, detokenizer: Detokenizer) -> None:
        self._detokenizer = detokenizer
        self._before: list[int] = []
        self._open: list[int] = []

    @property
    def whole(self) -> bool:
        return not self._open

    def feed(self, token: int) -> str:
        if not self._detokenizer.is_text(token):
            return ""
        self._open.append(token)
        # a run of byte tokens is decoded as a whole: one bad byte spoils all of its characters
        if self._detokenizer.byte_of(token) is not None:
            return ""
        text = self._text()
        if text.endswith(REPLACEMENT) and len(self._open) < MAX_OPEN:
            return ""
        self._before, self._open = self._open[-1:], []
        return text

    def finish(self) -> str:
        text = self._text() if self._open else ""
        self._before, self._open = self._open[-1:], []
        return text

    def _text(self) -> str:
        decode = self._detokenizer.decode
        before = len(decode(self._before)) if self._before else 0
        return decode(self._before + self._open)[before:]


def token_bytes(name: str) -> bytes:
    """Returns the bytes that a token of a byte-level vocabulary stands for.

    >>> token_bytes("ĠcafÃ©").decode()
    ' café'
    """
    try:
        return bytes(BYTE_OF_CHARACTER[character] for character in name)
    except KeyError:  # an added token, written as it is
        return name.encode("utf-8", "surrogatepass")


def _byte_alphabet() -> Mapping[str, int]:
    """Returns the byte that each character of a byte-level vocabulary stands for.

    Printable characters of Latin-1 stand for themselves, the other bytes for U+0100 onwards
    (Radford et al. 2019, the vocabulary of GPT-2).
    """
    plain = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, LATIN_1)}
    others = [byte for byte in range(LATIN_1) if byte not in plain]
    alphabet = {chr(byte): byte for byte in plain}
    return alphabet | {chr(LATIN_1 + i): byte for i, byte in enumerate(others)}


BYTE_OF_CHARACTER = _byte_alphabet()


def _special_tokens(tokenizer: Any) -> frozenset[int]:
    if getattr(tokenizer, "backend_tokenizer", None) is None:
        return frozenset(tokenizer.all_special_ids)
    added = tokenizer.added_tokens_decoder
    return frozenset(token for token, entry in added.items() if entry.special)


def _is_byte_level(tokenizer: Any) -> bool:
    decoder = getattr(getattr(tokenizer, "backend_tokenizer", None), "decoder", None)
    if decoder is None:
        return False
    kinds = set(re.findall(r'"type":"(\w+)"', decoder.__getstate__().decode()))
    return "ByteLevel" in kinds and kinds <= {"ByteLevel", "Sequence", "Fuse"}
