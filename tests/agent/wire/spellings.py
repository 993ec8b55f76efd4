"""Ways to spell the same JSON, and the same stream of events."""

from __future__ import annotations

import json
from random import Random
from typing import Any

NUMBERS = ("1.0", "1e-5", "-0", "12345678901234567890123", "1.50", "1E+2", "0.1")
SEPARATORS = ((",", ":"), (", ", ": "), (" ,\t", " :"))


class Number(str):
    """A number that is written as it stands here."""

    __slots__ = ()


class Spelling:
    """One way, drawn at random: spaces, order of keys, escapes, unknown fields."""

    def __init__(self, random: Random, *, words: bool = True) -> None:
        self.random = random
        self.comma, self.colon = random.choice(SEPARATORS)
        self.escapes = random.random() < 0.5
        self.fields = random.random() < 0.7
        self.words = words

    def of(self, data: bytes) -> bytes:
        """Spells a JSON text in another way, and gives it unknown fields."""
        value = json.loads(data)
        if self.fields and isinstance(value, dict):
            value["x_odd"] = {"n": self._numbers(), "deep": [self._numbers(), {"k": None}]}
            if self.words:
                value["x_words"] = "some words"
            for inner in value.values():
                if isinstance(inner, dict) and "n" not in inner:
                    inner["x_more"] = self._numbers()
        return self._write(value).encode()

    def _numbers(self) -> list[Number]:
        return [Number(self.random.choice(NUMBERS)) for _ in range(2)]

    def _write(self, value: Any) -> str:
        if isinstance(value, Number):
            return str(value)
        if isinstance(value, str):
            return self._string(value)
        if isinstance(value, list):
            return f"[{self.comma.join(map(self._write, value))}]"
        if isinstance(value, dict):
            pairs = list(value.items())
            self.random.shuffle(pairs)
            members = (f"{self._string(k)}{self.colon}{self._write(v)}" for k, v in pairs)
            return f"{{{self.comma.join(members)}}}"
        return json.dumps(value)

    def _string(self, text: str) -> str:
        written = json.dumps(text, ensure_ascii=self.escapes)
        if self.escapes and "#" not in text:
            written = written.replace("i", "\\u0069").replace("/", "\\/")
        return written


def spelled_stream(
    frames: list[bytes], random: Random, *, by_line: bool, words: bool
) -> list[bytes]:
    """Spells each event of a stream in another way, with line ends of its own.

    Without ``words`` no unknown field is a text.
    """
    spelling = Spelling(random, words=words)
    end = random.choice((b"\n", b"\r\n") if by_line else (b"\n", b"\r\n", b"\r"))
    comment = random.randrange(len(frames))
    out = []
    for at, frame in enumerate(frames):
        kept, _, data = frame.rstrip(b"\n").rpartition(b"\n")
        data = data.removeprefix(b"data: ")
        written = spelling.of(data) if data.startswith((b"{", b"[{")) else data
        if by_line:
            out.append(written + end)
            continue
        lines = [kept] if kept else []
        lines += [b"id: 7", b"retry: 100"] if random.random() < 0.2 else []
        lines += [random.choice((b"data: ", b"data:")) + written, b"", b""]
        said = b": ping" + end + end if at == comment else b""
        out.append(said + end.join(lines))
    return out
