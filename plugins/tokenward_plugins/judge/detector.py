"""A classifier that asks a generative model."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any, Self

from tokenward.types import RequestContext, UnitKind, Unjudged
from tokenward_plugins.endpoint.client import Endpoint
from tokenward_plugins.endpoint.failures import ServiceError
from tokenward_plugins.judge.answers import answer_of
from tokenward_plugins.judge.framing import Question, pieces
from tokenward_plugins.judge.kinds import GUIDELINES, Judge, LlamaGuard, QwenGuard, ShieldGemma
from tokenward_plugins.judge.settings import WHO, JudgeSettings
from tokenward_plugins.judge.template import Template

LIKELY = 10
"""Tokens whose probabilities are asked for: the words of a verdict are among the first."""
TOO_LONG = Unjudged("too_long")


def judge_of(settings: JudgeSettings) -> Judge:
    """Returns the family of judges that the settings name."""
    if settings.kind == "llama-guard":
        return LlamaGuard()
    if settings.kind == "qwen3guard":
        return QwenGuard()
    if settings.kind == "shieldgemma":
        return ShieldGemma(settings.guidelines or GUIDELINES)
    return Template(settings.prompt, settings.types, settings.parse, settings.scale)


class JudgeClassifier:
    """Scores of a text are the highest of its pieces; all requests of a batch are made at once."""

    inline = False

    def __init__(self, judge: Judge, endpoint: Endpoint, settings: JudgeSettings) -> None:
        self.types = judge.types
        self.groups = judge.groups
        self.unit: UnitKind = settings.unit
        self._judge = judge
        self._endpoint = endpoint
        self._settings = settings
        self._question = ""

    @classmethod
    def load(cls, settings: JudgeSettings) -> JudgeClassifier:
        """Returns the judge of the settings; nobody is asked yet."""
        endpoint = Endpoint(settings.reach, settings.path, WHO, bearer_env=settings.key_env)
        return cls(judge_of(settings), endpoint, settings)

    def for_request(self, context: RequestContext) -> Self:
        """Returns the judge that is shown the user's question of a request, if it shall be."""
        if not self._settings.question:
            return self
        other = copy.copy(self)
        other._question = context.question[-self._settings.max_chars :]  # noqa: SLF001  # of its kind
        return other

    def score(self, texts: Sequence[str]) -> Sequence[Mapping[str, float]]:
        """Returns the score of each type for each text, or why judging it failed."""
        jobs = [
            (number, question)
            for number, text in enumerate(texts)
            for question in self._questions(text)
        ]
        results = self._endpoint.each(self._ask, [question for _, question in jobs])
        found: list[dict[str, float]] = [dict.fromkeys(self.types, 0.0) for _ in texts]
        failed = {n: TOO_LONG for n, text in enumerate(texts) if self._is_too_long(text)}
        for (number, _), result in zip(jobs, results, strict=True):
            if isinstance(result, ServiceError):
                failed[number] = Unjudged(result.reason)
                continue
            for kind, score in result.items():
                found[number][kind] = max(found[number][kind], score)
        return [failed.get(number, row) for number, row in enumerate(found)]

    def _questions(self, text: str) -> list[Question]:
        if not text.strip() or self._is_too_long(text):
            return []
        return [
            question
            for piece in pieces(text, self._settings.max_chars)
            for question in self._judge.questions(piece, self._settings.role, self._question)
        ]

    def _is_too_long(self, text: str) -> bool:
        return len(pieces(text, self._settings.max_chars)) > self._settings.max_pieces

    def _ask(self, question: Question) -> Mapping[str, float]:
        body: dict[str, Any] = {
            "model": self._settings.model,
            "messages": question.messages,
            "temperature": 0,
            "max_tokens": self._settings.max_tokens or self._judge.tokens,
            **question.body,
        }
        if self._settings.logprobs:
            body |= {"logprobs": True, "top_logprobs": LIKELY}
        return self._judge.read(answer_of(self._endpoint.post(body)), question)
