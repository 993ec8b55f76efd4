"""Log-probabilities of given texts, from servers that tell them.

Two ways are known. vLLM turns prompts into token ids and tells ``prompt_logprobs`` of them: tokens
are counted, so that it is certain where a continuation begins. Others repeat a text (``echo``) with
``logprobs``: tokens are texts then, the continuation is found by its own, and chats cannot be
rated. A server tells the likeliest tokens only; what it leaves out is NaN.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tokenward.compare.backends.base import Rated, Rating
from tokenward.compare.backends.http.address import TEXT, Options
from tokenward.compare.backends.http.calls import Calls
from tokenward.compare.backends.http.failed import NONSENSE, Failed, Filtered
from tokenward.compare.case import Prompt

PROBE = "One, two, three, four."
FEW = 5
"""The likeliest tokens that even a strict server tells of."""
ROUNDING = 1e-3
"""How much a logarithm of a probability may be above 0, of servers that compute in 16 bits."""
REFUSED = "refused by a guard"
CHAT = "chats cannot be rated here"
OTHER_TOKENS = "other tokens"
ALONE = "no prompt before it"

Place = Mapping[int, float]
"""Log-probabilities at one place, by token."""


class Rates(Protocol):
    """A way to have continuations rated."""

    way: str

    def rate(self, rating: Rating, at: NDArray[np.int64] | None) -> Rated:
        """Rates a continuation; what fails is an error's kind in it."""


class _Way:
    """What the ways share: they tell tokens, and the places where those stand."""

    way: str

    def __init__(self, calls: Calls, top: int) -> None:
        self._calls = calls
        self._url = calls.address.url + TEXT
        self._top = top

    def rate(self, rating: Rating, at: NDArray[np.int64] | None) -> Rated:
        """Rates a continuation; what fails is an error's kind in it."""
        try:
            tokens, places = self._places(rating)
        except Failed as failure:
            return unrated(failure.kind)
        except Filtered:
            return unrated(REFUSED)
        return rated(tokens, places, at, self._top)

    def works(self) -> bool:
        """Tells whether the server knows this way."""
        try:
            return bool(self._places(Rating(PROBE, PROBE))[1])
        except (Failed, Filtered):
            return False

    def _places(self, rating: Rating) -> tuple[Sequence[int], Sequence[Place]]:
        raise NotImplementedError

    def _body(self, prompt: str | Sequence[int]) -> dict[str, Any]:
        return {
            "model": self._calls.address.model, "prompt": prompt, "max_tokens": 1,
            "temperature": 0.0,
        }  # fmt: skip


class TokenRates(_Way):
    """vLLM's way, by token ids."""

    way = "prompt_logprobs"

    def _places(self, rating: Rating) -> tuple[Sequence[int], Sequence[Place]]:
        prompt, tokens = self._tokens(rating)
        if not tokens:
            return tokens, []
        if not prompt:
            raise Failed(ALONE)
        body = {**self._body([*prompt, *tokens]), "prompt_logprobs": self._top}
        told = choice_of(self._calls.post(self._url, body)).get("prompt_logprobs")
        if not isinstance(told, list) or len(told) != len(prompt) + len(tokens):
            raise Failed(NONSENSE)
        return tokens, [place_of(entry) for entry in told[len(prompt) :]]

    def _ids(self, prompt: Prompt) -> list[int]:
        if isinstance(prompt, str):
            return self._tokenize({"prompt": prompt})
        messages = [dict(message) for message in prompt]
        return self._tokenize({"messages": messages, "add_generation_prompt": True})

    def _tokens(self, rating: Rating) -> tuple[Sequence[int], Sequence[int]]:
        """Returns the ids of prompt and continuation, which a model would have written as one."""
        prompt = self._ids(rating.prompt)
        if rating.tokens is not None:
            return prompt, self._checked(rating)
        if not isinstance(rating.prompt, str):
            text = {"prompt": rating.text, "add_special_tokens": False}
            return prompt, self._tokenize(text)
        both = self._ids(rating.prompt + rating.text)
        same = zip(prompt, both, strict=False)
        shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], same))
        return both[:shared], both[shared:]

    def _tokenize(self, body: Mapping[str, Any]) -> list[int]:
        model = {"model": self._calls.address.model}
        told = self._calls.post(self._calls.address.root + "/tokenize", {**model, **body})
        return ids_of(told)

    def _checked(self, rating: Rating) -> Sequence[int]:
        """Returns the tokens that another model drew, if they mean the same text here."""
        assert rating.tokens is not None
        body = {"model": self._calls.address.model, "tokens": list(rating.tokens)}
        told = self._calls.post(self._calls.address.root + "/detokenize", body)
        text = told.get("prompt") if isinstance(told, dict) else None
        if not isinstance(text, str) or not text.strip().startswith(rating.text.strip()):
            raise Failed(OTHER_TOKENS)
        return rating.tokens


class EchoRates(_Way):
    """The way of text completions, by texts."""

    way = "echo"

    def _places(self, rating: Rating) -> tuple[Sequence[int], Sequence[Place]]:
        if not isinstance(rating.prompt, str):
            raise Failed(CHAT)
        body = {**self._body(rating.prompt + rating.text), "echo": True, "logprobs": self._top}
        answer = self._calls.post(self._url, body)
        told = choice_of(answer).get("logprobs")
        if not isinstance(told, dict):
            raise Failed(NONSENSE)
        names, chosen, tops = (
            _list(told, key) for key in ("tokens", "token_logprobs", "top_logprobs")
        )
        begin, end = _found(names, rating.text, answer.get("usage"))
        tokens = [named(name) for name in names[begin:end]]
        if rating.tokens is not None and tuple(tokens) != rating.tokens:
            raise Failed(OTHER_TOKENS)
        if None in chosen[begin:end]:
            raise Failed(ALONE)
        return tokens, [_place({**(tops[i] or {}), names[i]: chosen[i]}) for i in range(begin, end)]


def rates_of(calls: Calls, options: Options) -> Rates | None:
    """Returns the way that a server knows; it is asked, with a text of our own."""
    for top in dict.fromkeys((options.top, min(options.top, FEW))):
        for way in (TokenRates, EchoRates):
            one = way(calls.probing(), top)
            if one.works():
                return way(calls, top)
    return None


def rated(
    tokens: Sequence[int], places: Sequence[Place], at: NDArray[np.int64] | None, top: int
) -> Rated:
    """Returns what is told of each place: of its token, of the likeliest, and of those asked."""
    if any(token not in place for token, place in zip(tokens, places, strict=True)):
        return unrated(NONSENSE)
    if at is not None and len(at) != len(tokens):
        return unrated(OTHER_TOKENS)
    k = min([top, *(len(place) for place in places)])
    likeliest = [sorted(place, key=lambda one: -place[one])[:k] for place in places]
    return Rated(
        np.array(tokens, dtype=np.int64),
        looked_up(places, [[token] for token in tokens])[:, 0],
        np.array(likeliest, dtype=np.int64).reshape(-1, k),
        looked_up(places, likeliest),
        None if at is None else looked_up(places, at.tolist()),
    )


def looked_up(places: Sequence[Place], wanted: Sequence[Sequence[int]]) -> NDArray[np.float64]:
    """Returns log-probabilities of tokens at places; shape (n, k), NaN where none is told."""
    rows = [
        [place.get(one, math.nan) for one in row] for place, row in zip(places, wanted, strict=True)
    ]
    return np.array(rows, dtype=np.float64).reshape(len(rows), -1 if rows else 1)


def unrated(kind: str) -> Rated:
    """Returns the rating that failed."""
    none, wide = np.empty(0, np.int64), np.empty((0, FEW), np.int64)
    return Rated(none, np.empty(0), wide, wide.astype(np.float64), error=kind)


def choice_of(told: Any) -> Mapping[str, Any]:
    """Returns the only choice of an answer."""
    choices = told.get("choices") if isinstance(told, dict) else None
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise Failed(NONSENSE)
    return choices[0]


def ids_of(told: Any) -> list[int]:
    """Returns the token ids that a server tells."""
    ids = told.get("tokens") if isinstance(told, dict) else None
    if not isinstance(ids, list) or any(type(one) is not int for one in ids):
        raise Failed(NONSENSE)
    return ids


def place_of(entry: Any) -> Place:
    """Returns the log-probabilities at a place of ``prompt_logprobs``."""
    try:
        found = {int(token): float(one["logprob"]) for token, one in entry.items()}
    except (AttributeError, KeyError, TypeError, ValueError):
        raise Failed(NONSENSE) from None
    return _sound(found)


def named(token: str) -> int:
    """Returns the number of a token that is known by its text only: 31 bits of its hash."""
    digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:4], "big") >> 1


def _place(told: Mapping[str, Any]) -> Place:
    try:
        return _sound({named(token): float(value) for token, value in told.items()})
    except (TypeError, ValueError):
        raise Failed(NONSENSE) from None


def _sound(place: Place) -> Place:
    """Returns a place whose numbers can be logarithms of probabilities, but for rounding."""
    if any(math.isnan(value) or value > ROUNDING for value in place.values()):
        raise Failed(NONSENSE)
    return {token: min(value, 0.0) for token, value in place.items()}


def _list(told: Mapping[str, Any], key: str) -> list[Any]:
    values = told.get(key)
    names = told.get("tokens")
    if not isinstance(values, list) or not isinstance(names, list) or len(values) != len(names):
        raise Failed(NONSENSE)
    return values


def _found(names: Sequence[Any], text: str, usage: Any) -> tuple[int, int]:
    """Returns where the continuation's tokens stand: they end the prompt, and spell it.

    Behind the prompt there is what the model was made to say, a token at most.
    """
    if any(not isinstance(name, str) for name in names):
        raise Failed(NONSENSE)
    asked = usage.get("prompt_tokens") if isinstance(usage, dict) else None
    for end in dict.fromkeys((asked, len(names) - 1, len(names))):
        if type(end) is int and 0 <= end <= len(names):
            begin = end
            while begin and len("".join(names[begin:end])) < len(text):
                begin -= 1
            if "".join(names[begin:end]) == text:
                return begin, end
    raise Failed(OTHER_TOKENS)
