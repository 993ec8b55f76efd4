"""A judge with a question of the user's own, and a rule by which its answers are read."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tokenward_plugins.judge.answers import Answer, nonsense
from tokenward_plugins.judge.framing import Question, harmless
from tokenward_plugins.judge.kinds import yes
from tokenward_plugins.judge.settings import TEXT, Parse, Role

QUESTION = "{question}"
NUMBER = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)(?:\s*/\s*[0-9]+)?\s*\.?\s*")
FENCED = re.compile(r"\A\s*```(?:json)?\s*(.*?)\s*```\s*\Z", re.DOTALL)
NOTHING = "none"


@dataclass(frozen=True, slots=True)
class Template:
    """Any model: ``prompt`` with the text put in, ``parse`` for what comes out."""

    prompt: str
    kinds: Sequence[str]
    parse: Parse
    scale: float
    name: str = "the template's 'parse'"
    groups: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def types(self) -> frozenset[str]:
        """What the policy calls the findings."""
        return frozenset(self.kinds)

    @property
    def tokens(self) -> int:
        """How long an answer is."""
        return {"json": 256, "labels": 64}.get(self.parse, 8)

    def questions(self, text: str, role: Role, question: str) -> list[Question]:
        """Returns the prompt as one message of the user."""
        del role
        parts = re.split(r"(\{text\}|\{question\})", self.prompt)
        given = {TEXT: harmless(text), QUESTION: harmless(question)}
        content = "".join(given.get(part, part) for part in parts)
        return [Question([{"role": "user", "content": content}])]

    def read(self, answer: Answer, asked: Question) -> Mapping[str, float]:
        """Returns the scores, by the rule."""
        del asked
        if self.parse == "yes-no":
            return {self.kinds[0]: yes(answer, self.name)}
        if self.parse == "number":
            return {self.kinds[0]: self._number(answer.text)}
        return self._labels(answer.text) if self.parse == "labels" else self._json(answer.text)

    def _number(self, text: str) -> float:
        found = NUMBER.fullmatch(text)
        score = float(found[1]) / self.scale if found else -1.0
        if not 0 <= score <= 1:
            raise nonsense(self.name)
        return score

    def _labels(self, text: str) -> Mapping[str, float]:
        known = {kind.casefold(): kind for kind in self.kinds}
        said = [part.strip(" \t.-*").casefold() for part in re.split(r"[,\n]", text)]
        named = [part for part in said if part]
        if named == [NOTHING]:
            return {}
        if not named or not known.keys() >= set(named):
            raise nonsense(self.name)
        return {known[part]: 1.0 for part in named}

    def _json(self, text: str) -> Mapping[str, float]:
        fenced = FENCED.match(text)
        try:
            values = json.loads(fenced[1] if fenced else text)
        except (ValueError, RecursionError):
            raise nonsense(self.name) from None
        if not isinstance(values, Mapping):
            raise nonsense(self.name)
        found = {}
        for kind in self.kinds:
            score = values.get(kind)
            if not isinstance(score, int | float) or not 0 <= score / self.scale <= 1:
                raise nonsense(self.name)
            found[kind] = float(score) if isinstance(score, bool) else score / self.scale
        return found
