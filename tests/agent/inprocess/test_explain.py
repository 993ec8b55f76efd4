"""Why an answer became what it is: every rewound, edited or stopped stretch, down to its tokens."""

from __future__ import annotations

import copy
import json
import math
from typing import Any

import pytest
import torch

from tokenward.demo.model import load as load_model
from tokenward.demo.prompts import PROMPTS
from tokenward.guard import Guard

REWIND = {"rewind": {"attempts": 6, "otherwise": "block"}}
CIVIL = {
    "id": "civil", "stage": "output", "detect": {"toxicity": ["toxicity", "insult"]},
    "when": "score >= 0.8",
}  # fmt: skip
SECRET = {"id": "mail", "stage": "output", "detect": {"pii": "EMAIL_ADDRESS"}, "action": "redact"}


@pytest.fixture(scope="module")
def demo() -> Any:
    return load_model()


def prompt(name: str) -> Any:
    return next(one.messages for one in PROMPTS if one.name == name)


def explained(demo: Any, rules: list[dict[str, Any]], name: str) -> tuple[Any, dict[str, Any]]:
    with Guard.load({"name": "mine", "rules": rules}) as guard:
        output = guard.generate(*demo, prompt(name), do_sample=False, max_new_tokens=60)
        reasons = guard.explain(output)
    assert reasons == json.loads(json.dumps(reasons))
    return output, reasons


def test_a_rewound_insult_says_its_rule_tokens_and_words(demo: Any) -> None:
    output, reasons = explained(demo, [{**CIVIL, "action": REWIND}], "furious")
    rewound = reasons["rewound"][0]

    assert output.rewinds == len(reasons["rewound"]) > 0
    assert "idiot" in rewound["text"] == "".join(one["text"] for one in rewound["tokens"])
    assert rewound["tokens"][0]["id"] in rewound["banned"]
    found = rewound["because"][0]
    assert (found["rule"], found["detector"], found["threshold"]) == ("civil", "toxicity", 0.8)
    assert found["margin"] == pytest.approx(found["score"] - 0.8, abs=1e-5)
    (start, end), share, word = found["evidence"]["words"][0]
    assert (word, share > 1) == ("idiot", True)
    assert rewound["text"][start - rewound["offset"] : end - rewound["offset"]] == "idiot"
    assert "idiot" not in output.text
    assert all(rule["found"] == [] for rule in reasons["rules"])  # it is no longer there


def test_the_probabilities_are_those_of_the_model(demo: Any) -> None:
    model, tokenizer = demo
    _, reasons = explained(demo, [{**CIVIL, "action": REWIND}], "furious")
    rewound = reasons["rewound"][0]
    ids = tokenizer.apply_chat_template(
        prompt("furious"), add_generation_prompt=True, return_dict=True, return_tensors="pt"
    )["input_ids"]
    taken = torch.tensor([[one["id"] for one in rewound["tokens"]]])
    assert rewound["at"] == 0  # else other tokens would stand between
    with torch.no_grad():
        logits = model(torch.cat([ids, taken], dim=1)).logits[0, ids.shape[1] - 1 : -1]
    chosen = logits.softmax(-1)[torch.arange(taken.shape[1]), taken[0]]
    assert [one["probability"] for one in rewound["tokens"]] == pytest.approx(
        chosen.tolist(), abs=1e-4
    )


def test_a_blocked_insult_says_its_rule_tokens_and_words(demo: Any) -> None:
    output, reasons = explained(demo, [{**CIVIL, "action": "block", "message": "no"}], "furious")
    (rule,) = reasons["rules"]

    assert (rule["id"], rule["action"], rule["message"], rule["count"]) == (
        "civil", "block", "no", len(rule["found"])
    )  # fmt: skip
    for found in rule["found"]:
        assert found["evidence"]["words"][0][2] == "idiot"
        assert found["text"] in "".join(one["text"] for one in found["tokens"])
        assert len(found["tokens"]) >= 5
    assert output.text == ""


def test_a_redacted_address_says_its_tokens(demo: Any) -> None:
    output, reasons = explained(demo, [SECRET], "email")
    (found,) = reasons["rules"][0]["found"]

    assert "@" in found["text"]
    assert "".join(one["text"] for one in found["tokens"]).strip() == found["text"]
    assert "words" not in found["evidence"]
    assert found["text"] in output.model_text
    assert found["text"] not in output.text
    shown = [one["probability"] for one in found["tokens"]]
    kept = [math.exp(-nats) for nats in output.surprisals]
    at = output.places[0].start
    assert shown == pytest.approx(kept[at : at + len(shown)], abs=1e-6)


def test_nothing_of_it_is_in_the_output_s_repr(demo: Any) -> None:
    output, reasons = explained(demo, [SECRET], "email")
    assert reasons["rules"][0]["found"][0]["text"] not in repr(output)


def test_each_detector_of_a_place_is_told_with_its_own_threshold(demo: Any) -> None:
    watched = {**CIVIL, "id": "watched", "when": "score > 0.5", "action": "flag"}
    output, reasons = explained(demo, [watched, {**CIVIL, "action": "block"}], "furious")
    thresholds = {
        rule["id"]: {one["threshold"] for one in rule["found"]} for rule in reasons["rules"]
    }
    assert thresholds == {"watched": {0.5}, "civil": {0.8}}
    assert output.blocked


def test_a_row_without_a_way_on_is_explained_by_its_rewinds(
    load: Any, babbler: Any, letters: Any
) -> None:
    every = ["a", "b", "Q", "1", "2", ".", "!", " ", "\ufffd"]
    rule = {"stage": "output", "detect": {"strings": "all"}, "action": {"rewind": {"attempts": 30}}}
    guard = load(rule, strings=every)
    special = [0, 1, 2, *letters.convert_tokens_to_ids(["Ã", "©", "Ã©", "©a"])]
    output = guard.generate(babbler, letters, "ab", max_new_tokens=9, suppress_tokens=special)
    reasons = guard.explain(output)

    assert output.blocked
    assert reasons["rules"][0]["action"] == "block"
    assert reasons["rules"][0]["found"] == []
    assert {one["because"][0]["rule"] for one in reasons["rewound"]} == {"r0"}
    assert (reasons["surprisal"], reasons["repetition"]) == (None, None)


def test_a_detector_that_fails_when_it_is_asked_again_has_no_words(
    load: Any, babbler: Any, letters: Any, monkeypatch: Any
) -> None:
    guard = load({"stage": "output", "detect": {"shouting": "all"}, "action": "flag"})
    torch.manual_seed(1)
    options = {"do_sample": True, "max_new_tokens": 99, "eos_token_id": None}
    output = guard.generate(babbler, letters, "ab", **options)

    def words() -> list[Any]:
        found = guard.explain(output)["rules"][0]["found"]
        return [one["evidence"]["words"] for one in found if one["evidence"]]

    assert words()
    detector = guard.engine.compiled.detectors["shouting"]
    monkeypatch.setattr(detector, "score", lambda texts: 1 / 0)
    assert not words()


def test_a_model_whose_numbers_are_broken_is_explained_in_json(
    load: Any, babbler: Any, letters: Any
) -> None:
    guard = load({"stage": "output", "detect": {"strings": "all"}, "action": "flag"}, strings=["a"])
    model = copy.deepcopy(babbler)
    with torch.no_grad():
        model.lm_head.weight[3] = float("nan")
    output = guard.generate(model, letters, "b", max_new_tokens=4, eos_token_id=None)
    reasons = guard.explain(output)
    assert "a" in output.model_text
    assert json.loads(json.dumps(reasons, allow_nan=False)) == reasons
    assert reasons["surprisal"] is None
    assert reasons["rules"][0]["found"][0]["tokens"][0]["probability"] is None
