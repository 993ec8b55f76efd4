"""Cases of a policy: texts with the decision that is expected, in ``NAME.test.yaml`` beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

import yaml

from tokenward.errors import PolicyError
from tokenward.policy.document import Node, parse
from tokenward.types import ACTIONS, STAGES, ActionKind, RequestContext, Stage

CASE_KEYS = (
    "name", "stage", "text", "action", "rules", "released", "repeat", "documents", "question",
)  # fmt: skip
MAX_REPEAT = 100_000


@dataclass(frozen=True, slots=True)
class Case:
    """A text, and what the policy must decide about it.

    ``rules`` are the ids of all rules that fire, ``released`` the text that may leave; ``None``
    where a case does not say. ``documents`` and ``question`` are those of the request that it
    answers.
    """

    name: str
    stage: Stage
    text: str
    action: ActionKind
    rules: tuple[str, ...] | None = None
    released: str | None = None
    where: str = ""
    documents: tuple[str, ...] = ()
    question: str = ""

    @property
    def context(self) -> RequestContext | None:
        """What the text answers, if the case says so."""
        if not self.documents and not self.question:
            return None
        return RequestContext(question=self.question, documents=self.documents)


def load_cases(text: str, source: str) -> tuple[Case, ...]:
    """Reads a case file; every fault is a ``PolicyError`` with file:line:column.

    >>> load_cases("cases: [{name: a, stage: input, text: hi, action: allow}]", "x")[0].name
    'a'
    """
    values = parse(text, source).mapping(("cases",), required=("cases",))
    cases = tuple(_case(node) for node in values["cases"].sequence("a list of cases"))
    if not cases:
        values["cases"].fail("no cases; a policy is tested by what it must decide about texts")
    return cases


def _case(node: Node) -> Case:
    values = node.mapping(CASE_KEYS, required=("name", "stage", "text", "action"))
    repeat = values["repeat"].integer("repeat", 1, MAX_REPEAT) if "repeat" in values else 1
    rules = values.get("rules")
    return Case(
        name=values["name"].text("a name"),
        stage=cast("Stage", values["stage"].word("stage", STAGES)),
        text=values["text"].text("a text") * repeat,
        action=cast("ActionKind", values["action"].word("action", ACTIONS)),
        rules=tuple(item.text("a rule's id") for item in rules.sequence("rule ids"))
        if rules
        else None,
        released=values["released"].text("the released text") if "released" in values else None,
        where=node.where,
        documents=tuple(
            item.text("a document") for item in values["documents"].sequence("documents")
        )
        if "documents" in values
        else (),
        question=values["question"].text("a question") if "question" in values else "",
    )


def case_line(case: Case) -> str:
    """Returns a case as one line of a case file, below ``cases:``.

    >>> case_line(Case("a", "input", "hi", "allow", rules=(), released="hi"))
    '- {name: "a", stage: input, text: "hi", action: allow, rules: [], released: "hi"}'
    """
    parts = {
        "name": quoted(case.name),
        "stage": case.stage,
        "text": quoted(case.text),
        "action": case.action,
    }
    if case.rules is not None:
        parts["rules"] = f"[{', '.join(map(quoted, case.rules))}]"
    if case.released is not None:
        parts["released"] = quoted(case.released)
    if case.documents:
        parts["documents"] = f"[{', '.join(map(quoted, case.documents))}]"
    if case.question:
        parts["question"] = quoted(case.question)
    return f"- {{{', '.join(f'{key}: {value}' for key, value in parts.items())}}}"


def quoted(text: str) -> str:
    """Returns a text as YAML has it in quotes, on one line."""
    line: str = yaml.safe_dump(text, default_style='"', allow_unicode=True, width=math.inf)
    return line.removesuffix("\n")


def add_case(text: str, case: Case, source: str) -> str:
    """Returns the text of a case file, or of one to be made, with one more case at its end.

    A file that cannot take a line at its end is a ``PolicyError``; nothing else in it changes.
    """
    if not text.strip():
        return f"cases:\n  {case_line(case)}\n"
    before = load_cases(text, source)
    listed = parse(text, source).mapping(("cases",))["cases"].node
    longer = f"{text.rstrip()}\n{' ' * listed.start_mark.column}{case_line(case)}\n"
    try:
        after = load_cases(longer, source)
    except PolicyError:
        after = ()
    if bare(after) != (*bare(before), *bare([case])):
        raise PolicyError(
            f"{source}: its list is not one case a line, so that none can be put behind it; add "
            "the case by hand"
        )
    return longer


def bare(cases: Sequence[Case]) -> tuple[Case, ...]:
    """Returns cases without where they stand."""
    return tuple(replace(case, where="") for case in cases)
