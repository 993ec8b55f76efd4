"""Cases of a policy: texts with the decision that is expected, in ``NAME.test.yaml`` beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from tokenward.policy.document import Node, parse
from tokenward.types import ACTIONS, STAGES, ActionKind, Stage

CASE_KEYS = ("name", "stage", "text", "action", "rules", "released", "repeat")
MAX_REPEAT = 100_000


@dataclass(frozen=True, slots=True)
class Case:
    """A text, and what the policy must decide about it.

    ``rules`` are the ids of all rules that fire, ``released`` the text that may leave; ``None``
    where a case does not say.
    """

    name: str
    stage: Stage
    text: str
    action: ActionKind
    rules: tuple[str, ...] | None = None
    released: str | None = None
    where: str = ""


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
    )
