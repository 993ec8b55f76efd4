"""The address of a model at a server, and the options of how it is asked."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, Self, get_args
from urllib.parse import urlsplit

from tokenward.errors import UsageError, one_of

KEYS = ("TOKENWARD_API_KEY", "OPENAI_API_KEY")
"""Environment variables of which the first one that is set is the key."""
V1 = "/v1"
MODELS, CHAT, TEXT = "/models", "/chat/completions", "/completions"
Texts = Literal["completion", "chat"]
MOST_RETRIES = 10
MOST_SECONDS = 3600.0
MOST_TOP = 100
WORDS = {"yes": True, "no": False, "true": True, "false": False}
KINDS = {int: "whole number", float: "number", str: "text"}


@dataclass(frozen=True, slots=True)
class Options:
    """How a server is asked.

    ``concurrency`` requests at once; ``timeout`` seconds for one answer; ``retries`` after a 429, a
    5xx or a broken connection; ``key_env`` names the environment variable of the API key; ``ca`` is
    a file of certificates to trust. ``text`` says how prompts that are no chats go: as they are, or
    as a user's message where a server only knows chats. ``rate`` is off where log-probabilities are
    not wanted, ``top`` how many of the likeliest tokens are asked for. ``most`` is the name of the
    field that bounds an answer.
    """

    concurrency: int = 1
    timeout: float = 120.0
    retries: int = 4
    key_env: str = ""
    ca: str = ""
    text: Texts = "completion"
    rate: bool = True
    top: int = 20
    most: str = "max_tokens"

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Self:
        """Reads options by name, also from text; what is unknown or out of range is refused.

        >>> Options.read({"concurrency": "4", "rate": "no"}).concurrency
        4
        """
        known = {field.name: type(field.default) for field in fields(cls)}
        for name in given:
            if name not in known:
                raise UsageError(f"no option {name!r} for an endpoint; {one_of(known)}")
        options = cls(**{name: _value(name, one, known[name]) for name, one in given.items()})
        options._check()
        return options

    def _check(self) -> None:
        _within("concurrency", self.concurrency, 1, 1000)
        _within("timeout", self.timeout, 0.01, MOST_SECONDS)
        _within("retries", self.retries, 0, MOST_RETRIES)
        _within("top", self.top, 1, MOST_TOP)
        if self.text not in get_args(Texts):
            raise UsageError(f"option text is {self.text!r}; {one_of(get_args(Texts))}")


def _value(name: str, given: Any, kind: type) -> Any:
    """Returns an option's value of the right kind."""
    if isinstance(given, str) and kind is bool and given.lower() in WORDS:
        return WORDS[given.lower()]
    try:
        value = kind(given) if isinstance(given, str) and kind is not bool else given
    except ValueError:
        value = None
    if type(value) is kind or (kind is float and type(value) is int):
        return value
    words = one_of(WORDS) if kind is bool else f"give a {KINDS[kind]}"
    raise UsageError(f"option {name} of an endpoint cannot be {given!r}; {words}")


def _within(name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise UsageError(f"option {name} is {value:g}; use {least:g} to {most:g}")


@dataclass(frozen=True, slots=True)
class Address:
    """A base URL without its end, such as ``http://host:8000/v1``, and a model's name there."""

    url: str
    model: str

    @classmethod
    def of(cls, source: str) -> Self:
        """Reads ``http(s)://host[/path]#model``.

        >>> Address.of("http://host:8000/v1/#support-int8")
        Address(url='http://host:8000/v1', model='support-int8')
        """
        url, _, model = source.partition("#")
        try:
            parts = urlsplit(url)
            known = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            known = False
        if not known:
            raise UsageError("no address of a model server; use http://HOST:PORT/v1#MODEL")
        if parts.username or parts.password or parts.query:  # where logs would show them
            raise UsageError(
                f"the address at {parts.hostname} has a user or a query; put the key into an "
                f"environment variable ({' or '.join(KEYS)}, or the one named by key_env)"
            )
        if not model:
            raise UsageError(f"{url}: no model is named; write {url.rstrip('/')}#MODEL")
        path = url.rstrip("/")
        return cls(path if parts.path.rstrip("/") else path + V1, model)

    @property
    def root(self) -> str:
        """The server itself, where ways lie that are not OpenAI's."""
        return self.url.removesuffix(V1)

    def __str__(self) -> str:
        return f"{self.url}#{self.model}"


def key_of(options: Options) -> str | None:
    """Returns the API key that the environment holds, if any; never said in a message."""
    if options.key_env and not os.environ.get(options.key_env, "").strip():
        raise UsageError(f"key_env: the environment variable {options.key_env!r} is not set")
    names = (options.key_env,) if options.key_env else KEYS
    key = next((os.environ[name].strip() for name in names if os.environ.get(name)), "")
    if key and not (key.isascii() and key.isprintable()):
        raise UsageError("the API key in the environment holds what no header can")
    return key or None
