"""What says a text once more, token by token or in numbers: whether it says nothing else."""

from __future__ import annotations

from typing import Any

from tokenward.wire.scan import Scanner, Steps

FIELDS = frozenset({"bytes", "id", "logprob", "prob", "special", "text", "token"})
OTHERS = ("top_logprobs", "top_probs")
"""Keys of the tokens that were not chosen."""
NUMBERS = frozenset({"id", "logprob", "prob", "special"})


def alternatives(entries: Any, text: str, *, special: bool = False) -> list[str] | None:
    r"""Returns the tokens that were not chosen; ``None`` where the chosen ones are not the text.

    With ``special`` tokens that are marked so are no part of it.

    >>> alternatives([{"token": "a", "bytes": [97], "top_logprobs": [{"token": "b"}]}], "a")
    ['b']
    >>> alternatives([{"token": "a", "bytes": [98]}], "a") is None
    True
    """
    if not isinstance(entries, list):
        return None
    said: list[bytes] = []
    found: list[str] = []
    for entry in entries:
        piece = _bytes_of(entry, (*FIELDS, *OTHERS))
        if piece is None:
            return None
        if not (special and entry.get("special") is True):
            said.append(piece)
        others = [other for key in OTHERS for other in list_of(entry.get(key))]
        if any(_bytes_of(other, FIELDS) is None for other in others):
            return None
        found += map(_token_of, others)
    return found if b"".join(said).decode("utf-8", "replace") == text else None


def list_of(value: Any) -> list[Any]:
    """Returns a list as it is, and anything else as the only member of one."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _token_of(entry: dict[str, Any]) -> str:
    token: str = entry["token"] if "token" in entry else entry["text"]
    return token


def _bytes_of(entry: Any, fields: Any) -> bytes | None:
    """Returns what a token says; ``None`` where it says something else, too."""
    if not isinstance(entry, dict) or not frozenset(fields).issuperset(entry):
        return None
    token, text = entry.get("token", entry.get("text")), entry.get("text")
    numbers = (value for key, value in entry.items() if key in NUMBERS)
    if not isinstance(token, str) or text not in (None, token) or not all(map(is_number, numbers)):
        return None
    data = token.encode("utf-8", "surrogatepass")
    told = entry.get("bytes")
    if told is None:
        return data
    if not isinstance(told, list) or not all(type(one) is int and 0 <= one < 256 for one in told):  # noqa: PLR2004
        return None
    said = bytes(told)
    same = said.decode("utf-8", "replace") == token or spelled(said) == token
    return said if same else None


def spelled(data: bytes) -> str:
    r"""Returns bytes as some servers write a token that is no whole character.

    >>> spelled(b"\xe2\x80")
    'bytes:\\xe2\\x80'
    """
    return "bytes:" + "".join(f"\\x{one:02x}" for one in data)


def is_number(value: Any) -> bool:
    """Tells whether a value is a number, or none at all."""
    return value is None or isinstance(value, int | float)


def is_numbers(value: Any) -> bool:
    """Tells whether a value holds nothing but numbers: who knows the text, knows them."""
    return all(map(is_numbers, value)) if isinstance(value, list) else is_number(value)


def are_clean(tokens: list[str], scanner: Scanner) -> Steps[bool]:
    """Tells whether no rule acts on any of these tokens, which count nowhere."""
    if not tokens:
        return True
    if scanner.loaded.stages["output"].plan.units:  # which judge sentences
        return False
    text = "\n".join(dict.fromkeys(tokens))
    return (yield from scanner.again().wholes("output", [text])) == [text]
