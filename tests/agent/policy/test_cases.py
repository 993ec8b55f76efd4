from __future__ import annotations

import pytest

from tokenward.errors import PolicyError
from tokenward.policy.cases import load_cases


def test_reads_a_case():
    (case,) = load_cases(
        "cases: [{name: n, stage: output, text: ab, repeat: 3, action: redact, rules: [r], released: x}]",
        "p",
    )

    assert ("n", "output", "ababab", "redact", ("r",), "x") == (
        case.name,
        case.stage,
        case.text,
        case.action,
        case.rules,
        case.released,
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cases: []", "p:1:8: no cases; a policy is tested by what it must decide about texts"),
        ("cases: [{name: n, stage: output, text: a}]", "p:1:9: missing key 'action'"),
        (
            "cases: [{name: n, stage: output, text: a, action: stop}]",
            "p:1:51: unknown action 'stop'; use one of: allow, flag, redact, replace, rewind, block",
        ),
        (
            "cases: [{name: n, stage: output, text: a, action: block, repeat: 0}]",
            "p:1:66: repeat is 0; it must lie in [1, 100000]",
        ),
    ],
)
def test_a_fault_is_one_message_with_its_place(text, message):
    with pytest.raises(PolicyError) as caught:
        load_cases(text, "p")

    assert message == str(caught.value)
