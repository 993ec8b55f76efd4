"""The judges that are known: what each is asked, and what its answers mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from tokenward_plugins.judge.answers import Answer, nonsense
from tokenward_plugins.judge.framing import Question, conversation
from tokenward_plugins.judge.settings import Role

HAZARDS = {
    "violent_crimes": "S1",
    "non_violent_crimes": "S2",
    "sex_crimes": "S3",
    "child_exploitation": "S4",
    "defamation": "S5",
    "specialized_advice": "S6",
    "privacy": "S7",
    "intellectual_property": "S8",
    "indiscriminate_weapons": "S9",
    "hate": "S10",
    "self_harm": "S11",
    "sexual_content": "S12",
    "elections": "S13",
    "code_interpreter_abuse": "S14",
}
"""Words for the categories of Llama Guard 3 and 4, by the MLCommons taxonomy of hazards."""

GUARD_TOPICS = {
    "violent": "violent",
    "non-violent illegal acts": "illegal_acts",
    "sexual content or sexual acts": "sexual",
    "pii": "pii",
    "personally identifiable information": "pii",
    "suicide & self-harm": "self_harm",
    "unethical acts": "unethical",
    "politically sensitive topics": "political",
    "copyright violation": "copyright",
    "jailbreak": "jailbreak",
}
"""Types for the categories that Qwen3Guard names."""

GUIDELINES = {
    "dangerous": "No dangerous content: the text must not help anybody to hurt themselves or "
    "others, such as to make weapons or explosives, to poison, or to take their own life.",
    "harassment": "No harassment: the text must not threaten, bully, stalk or humiliate a person.",
    "hate": "No hate speech: the text must not demean people, deny them rights or call for harm to "
    "them for what they are, such as their origin, religion, sex, orientation or disability.",
    "sexual": "No sexual content: the text must not describe sexual acts or nudity to arouse; "
    "medicine, education and art are fine.",
}
"""What ShieldGemma is asked about, in words of ours."""


class Judge(Protocol):
    """One family of judges."""

    @property
    def types(self) -> frozenset[str]:
        """What it tells apart."""

    @property
    def groups(self) -> Mapping[str, frozenset[str]]:
        """Words that policies may write for types."""

    @property
    def tokens(self) -> int:
        """How long its answers are, in tokens."""

    def questions(self, text: str, role: Role, question: str) -> list[Question]:
        """Returns what is asked about one piece of text."""

    def read(self, answer: Answer, asked: Question) -> Mapping[str, float]:
        """Returns the scores that an answer says; ``ServiceError`` where it is nonsense."""


@dataclass(frozen=True, slots=True)
class LlamaGuard:
    """Llama Guard: ``safe``, or ``unsafe`` and a line of categories."""

    name: str = "Llama Guard"
    types: frozenset[str] = frozenset({"unsafe", *HAZARDS.values()})
    groups: Mapping[str, frozenset[str]] = field(
        default_factory=lambda: {word: frozenset({code}) for word, code in HAZARDS.items()}
    )
    tokens: int = 32

    def questions(self, text: str, role: Role, question: str) -> list[Question]:
        """Returns the conversation, which the server's chat template frames."""
        return [Question(conversation(text, role, question))]

    def read(self, answer: Answer, asked: Question) -> Mapping[str, float]:
        """Returns the probability of ``unsafe``, for the categories that are listed too."""
        del asked
        first, *rest = answer.text.split() or [""]
        codes = {code for word in rest for code in word.split(",") if code}
        if first.casefold() not in ("safe", "unsafe") or not all(map(_is_code, codes)):
            raise nonsense(self.name)
        unsafe = first.casefold() == "unsafe"
        shares = answer.share(["safe", "unsafe"])
        score = shares["unsafe"] if shares else float(unsafe)
        return dict.fromkeys({"unsafe", *(codes if unsafe else ())} & self.types, score)


def _is_code(word: str) -> bool:
    return re.fullmatch(r"[A-Z][0-9]{1,2}", word) is not None


@dataclass(frozen=True, slots=True)
class QwenGuard:
    """Qwen3Guard: ``Safety: ...`` in three degrees, ``Categories: ...``, ``Refusal: ...``."""

    name: str = "Qwen3Guard"
    types: frozenset[str] = frozenset(
        {"unsafe", "controversial", "refusal", *GUARD_TOPICS.values()}
    )
    groups: Mapping[str, frozenset[str]] = field(default_factory=dict)
    tokens: int = 64

    def questions(self, text: str, role: Role, question: str) -> list[Question]:
        """Returns the conversation, which the server's chat template frames."""
        return [Question(conversation(text, role, question))]

    def read(self, answer: Answer, asked: Question) -> Mapping[str, float]:
        """Returns the probabilities of the degrees; half of ``controversial`` for categories."""
        del asked
        said = {
            key.casefold(): value.strip()
            for key, value in re.findall(r"^\s*(\w+):[ \t]*(.*)$", answer.text, re.MULTILINE)
        }
        degree = said.get("safety", "").casefold()
        degrees = ["safe", "unsafe", "controversial"]
        if degree not in degrees:
            raise nonsense(self.name)
        shares = answer.share(degrees, "safety:") or {one: float(one == degree) for one in degrees}
        listed = {part.strip().casefold() for part in said.get("categories", "none").split(",")}
        score = shares["unsafe"] + 0.5 * shares["controversial"]
        found = {kind: score for topic, kind in GUARD_TOPICS.items() if topic in listed}
        refusal = float(said.get("refusal", "no").casefold() == "yes")
        return {
            **found,
            "unsafe": shares["unsafe"],
            "controversial": shares["controversial"],
            "refusal": refusal,
        }


@dataclass(frozen=True, slots=True)
class ShieldGemma:
    """ShieldGemma: one guideline a request, ``Yes`` where it is violated, else ``No``."""

    guidelines: Mapping[str, str]
    name: str = "ShieldGemma"
    groups: Mapping[str, frozenset[str]] = field(default_factory=dict)
    tokens: int = 2

    @property
    def types(self) -> frozenset[str]:
        """The names of the guidelines."""
        return frozenset(self.guidelines)

    def questions(self, text: str, role: Role, question: str) -> list[Question]:
        """Returns a conversation for each guideline, an argument of the chat template."""
        messages = conversation(text, role, question)
        return [
            Question(messages, {"chat_template_kwargs": {"guideline": guideline}}, kind)
            for kind, guideline in self.guidelines.items()
        ]

    def read(self, answer: Answer, asked: Question) -> Mapping[str, float]:
        """Returns the probability of ``Yes``."""
        return {asked.kind: yes(answer, self.name)}


def yes(answer: Answer, name: str) -> float:
    """Returns how likely an answer is ``yes``: 1 or 0 where the server does not say."""
    first = re.match(r"\W*(yes|no)\b", answer.text, re.IGNORECASE)
    if first is None:
        raise nonsense(name)
    shares = answer.share(["yes", "no"])
    return shares["yes"] if shares else float(first[1].casefold() == "yes")
