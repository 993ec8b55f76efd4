"""What a policy may set for the detector ``judge``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from tokenward.errors import UsageError
from tokenward.types import UnitKind
from tokenward_plugins.endpoint.settings import Reach

WHO = "judge"
TEXT = "{text}"
"""Where a prompt has the text."""

Role = Literal["user", "assistant"]
Parse = Literal["yes-no", "number", "labels", "json"]
Kind = Literal["llama-guard", "qwen3guard", "shieldgemma", "template"]
FEWEST_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class JudgeSettings:
    """Which generative model judges texts, where it answers, and how its answers are read.

    ``url`` is an OpenAI-compatible server, with or without ``/v1``; ``model`` its name there.
    ``kind`` is the family; ``role`` says whose text is judged, ``question`` whether the user's is
    shown with it. ``prompt`` (with ``{text}``), ``types``, ``parse`` and ``scale`` are for
    ``template``; ``guidelines`` (type to sentence) for ``shieldgemma``. ``logprobs`` asks for
    probabilities. ``unit`` is what is judged at once, ``max_chars`` and ``max_pieces`` how long
    texts are cut; ``max_tokens`` (0: by kind) bounds an answer. The rest is how the server is
    reached: ``key_env`` names the environment variable of a bearer token.

    >>> JudgeSettings(url="http://127.0.0.1:8000", model="guard", kind="llama-guard").unit
    'text'
    """

    url: str = ""
    model: str = ""
    kind: Kind = "template"
    role: Role = "user"
    question: bool = False
    prompt: str = ""
    types: tuple[str, ...] = ()
    parse: Parse = "yes-no"
    scale: float = 1.0
    guidelines: Mapping[str, str] = field(default_factory=dict)
    logprobs: bool = True
    unit: UnitKind = "text"
    max_chars: int = 8000
    max_pieces: int = 64
    max_tokens: int = 0
    key_env: str = ""
    headers_env: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 10.0
    retries: int = 1
    concurrency: int = 4
    ca: str = ""

    @property
    def reach(self) -> Reach:
        """How the server is reached."""
        return Reach(
            self.url, self.headers_env, self.timeout, self.retries, self.concurrency, self.ca
        )

    @property
    def path(self) -> str:
        """What stands between the URL and the call."""
        rooted = urlsplit(self.url).path.rstrip("/").endswith("/v1")
        return "/chat/completions" if rooted else "/v1/chat/completions"

    def check(self) -> None:
        """Raises ``UsageError`` where a value is missing or makes no sense."""
        self.reach.check(WHO)
        if not self.model:
            raise UsageError(f"{WHO}: no model is set; write 'model:' with its name at the server")
        if self.max_chars < FEWEST_CHARACTERS:
            raise UsageError(
                f"{WHO}: max_chars is {self.max_chars}; use {FEWEST_CHARACTERS} or more"
            )
        if self.max_pieces < 1 or self.max_tokens < 0:
            raise UsageError(f"{WHO}: max_pieces is 1 or more, max_tokens 0 or more")
        if self.kind == "template":
            self._check_template()
        elif self.prompt or self.types:
            raise UsageError(
                f"{WHO}: prompt and types are for 'kind: template'; {self.kind} has its own"
            )
        if self.guidelines and self.kind != "shieldgemma":
            raise UsageError(f"{WHO}: guidelines are for 'kind: shieldgemma'")

    def _check_template(self) -> None:
        if TEXT not in self.prompt:
            raise UsageError(
                f"{WHO}: prompt does not say where the text goes; put {TEXT!r} there, or choose "
                "another 'kind'"
            )
        if not self.types or not all(self.types) or len({*self.types}) < len(self.types):
            raise UsageError(f"{WHO}: types lists no types, an empty one, or one twice")
        if self.parse in ("yes-no", "number") and len(self.types) > 1:
            raise UsageError(
                f"{WHO}: parse is {self.parse}, which says one thing, and there are "
                f"{len(self.types)} types; use 'labels' or 'json', or one detector a type"
            )
        if self.scale <= 0:
            raise UsageError(f"{WHO}: scale is {self.scale:g}; use a number above 0")
