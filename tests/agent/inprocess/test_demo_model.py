"""Real answers of the demo model: redacted, rewound and blocked."""

from __future__ import annotations

from typing import Any

import pytest

from tokenward.demo.model import load as load_model
from tokenward.demo.prompts import PROMPTS
from tokenward.guard import Guard

WANTED = ("email", "named-card", "furious", "hours")


@pytest.fixture(scope="module", params=["float32", "int8"])
def model_and_tokenizer(request: Any) -> Any:
    return load_model(request.param)


def answers(policy: Any, model_and_tokenizer: Any) -> dict[str, Any]:
    wanted = [prompt for prompt in PROMPTS if prompt.name in WANTED]
    with Guard.load(policy) as guard:
        outputs = guard.generate(
            *model_and_tokenizer,
            [prompt.messages for prompt in wanted],
            do_sample=False,
            max_new_tokens=60,
        )
    return {prompt.name: output for prompt, output in zip(wanted, outputs, strict=True)}


def test_what_leaks_is_redacted(model_and_tokenizer: Any) -> None:
    given = answers("pii-secrets", model_and_tokenizer)
    assert "<EMAIL_ADDRESS>" in given["email"].text
    assert "<CREDIT_CARD>" in given["named-card"].text
    assert given["hours"].decision.action == "allow"


def test_the_model_finds_another_way_to_say_it(model_and_tokenizer: Any) -> None:
    given = answers("rewind", model_and_tokenizer)
    for name in ("email", "named-card", "furious"):
        output = given[name]
        assert (output.decision.action, output.finish_reason) == ("rewind", "stop")
        assert 1 <= output.rewinds <= 4
        assert "<" not in output.text  # not redacted: said in another way
        assert not any(word in output.text for word in ("@", "idiot", "damn"))
    assert given["hours"].rewinds == 0


def test_a_rude_answer_is_blocked(model_and_tokenizer: Any) -> None:
    rule = {
        "id": "civil", "stage": "output", "detect": {"toxicity": ["toxicity", "insult"]},
        "when": "score >= 0.8", "action": "block", "message": "Let us stay friendly.",
    }  # fmt: skip
    given = answers({"name": "civil", "rules": [rule]}, model_and_tokenizer)
    assert given["furious"].blocked
    assert given["furious"].text == ""
    assert given["furious"].message == "Let us stay friendly."
    assert not given["hours"].blocked
