"""How a policy says what stands in a value's place, and whether it comes back."""

from __future__ import annotations

import jsonschema
import pytest
import yaml

from tokenward.engine.compile import compile_policy
from tokenward.errors import PolicyError
from tokenward.policy.json_schema import policy_schema
from tokenward.policy.loader import load_mapping, load_text
from tokenward.policy.schema import Action
from tokenward.redact.styles import REDACT_STYLES, RESTORABLE

RULE = "name: p\nrules:\n  - {{id: r, stage: {stage}, detect: {{words: all}}, action: {action}}}\n"


def load(action, stage="input"):
    return load_text(RULE.format(action=action, stage=stage), "p.yaml").rules[0].action


def is_valid(action):
    policy = yaml.safe_load(RULE.format(action=action, stage="input"))
    return jsonschema.Draft202012Validator(policy_schema()).is_valid(policy)


GOOD = [
    ("redact", Action("redact", style="tag")),
    *((f"{{redact: {style}}}", Action("redact", style=style)) for style in REDACT_STYLES),
    *(
        (f"{{redact: {{style: {style}}}}}", Action("redact", style=style))
        for style in REDACT_STYLES
    ),
    *(
        (
            f"{{redact: {{style: {style}, restore: true}}}}",
            Action("redact", style=style, restore=True),
        )
        for style in RESTORABLE
    ),
    ("{redact: {style: mask}}", Action("redact", style="mask")),
    ("{redact: {style: tag, restore: false}}", Action("redact", style="tag")),
    (
        "{redact: {style: tag, restore: true, strict: true}}",
        Action("redact", style="tag", restore=True, strict=True),
    ),
    (
        "{redact: {style: hash, key_env: OUR_KEY}}",
        Action("redact", style="hash", key_env="OUR_KEY"),
    ),
    (
        "{rewind: {attempts: 1, otherwise: {redact: {style: hash, key_env: OUR_KEY}}}}",
        Action("rewind", style="hash", key_env="OUR_KEY", attempts=1, otherwise="redact"),
    ),
]


@pytest.mark.parametrize(("written", "action"), GOOD)
def test_every_form_is_read_and_is_valid_by_the_schema(written, action):
    assert action == load(written)
    assert is_valid(written)


HERE = "§"  # where the message must point
BAD = [
    ("{redact: §label}", "unknown style 'label'; use one of: tag, mask, hash, pseudonym, remove"),
    ("{redact: §[tag]}", "expected style as text, found a list; put it in quotes if it is one"),
    ("{redact: §{restore: true}}", "missing key 'style'"),
    ("{redact: {style: §star}}", "unknown style 'star'; use one of: tag, mask, hash, pseudonym, remove"),
    ("{redact: {style: tag, §keep: 1}}", "unknown key 'keep'; use one of: style, restore, strict, key_env"),
    ("{redact: {style: tag, restore: §so}}", "expected restore as true or false, found a text"),
    ("{redact: {style: mask, restore: §true}}", "style 'mask' cannot be restored; use one of: tag, hash, pseudonym"),
    ("{redact: {style: remove, restore: §true}}", "style 'remove' cannot be restored; use one of: tag, hash, pseudonym"),
    ("{redact: {style: tag, strict: §true}}", "'strict' is about what is restored; add 'restore: true'"),
    ("{redact: {style: tag, key_env: §K}}", "style 'tag' takes no key; only 'hash' does"),
    ("{redact: {style: hash, key_env: §1K}}", "'1K' is no name of an environment variable"),
    (
        "{rewind: {otherwise: §{redact: {style: tag, restore: true}}}}",
        "a fallback takes no 'restore'; give it a rule of its own",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("written", "said"), BAD)
def test_what_is_wrong_is_refused_with_its_place(written, said):
    column = RULE.format(action=written, stage="input").splitlines()[2].index(HERE) + 1

    with pytest.raises(PolicyError) as caught:
        load(written.replace(HERE, ""))

    assert f"p.yaml:3:{column}: {said}" == str(caught.value)


@pytest.mark.parametrize("written", [written for written, _ in BAD if "strict" not in written])
def test_the_schema_refuses_what_the_loader_refuses(written):
    assert not is_valid(written.replace(HERE, ""))


@pytest.mark.parametrize("stage", ["output", "tool_call", "[output, tool_call]"])
def test_what_never_goes_into_a_prompt_cannot_come_back(stage):
    with pytest.raises(PolicyError, match="add a stage, use one of: input, tool_result"):
        load("{redact: {style: tag, restore: true}}", stage)


# -- keys -----------------------------------------------------------------------------------


def keyed(registry):
    rule = {"id": "r", "stage": "input", "detect": {"words": "all"}, "action": {"redact": {"style": "hash", "key_env": "OUR_KEY"}}}  # fmt: skip
    return compile_policy(load_mapping({"name": "p", "rules": [rule]}), registry)


@pytest.mark.parametrize(
    ("key", "said"), [(None, "is not set"), ("", "is not set"), ("short", "holds 5 bytes")]
)
def test_a_key_that_is_missing_or_can_be_guessed_is_an_error_at_load(
    sample_registry, monkeypatch, key, said
):
    monkeypatch.delenv("OUR_KEY", raising=False)
    if key is not None:
        monkeypatch.setenv("OUR_KEY", key)

    with pytest.raises(PolicyError) as caught:
        keyed(sample_registry)

    assert (
        f"rule 'r': environment variable 'OUR_KEY' {said}; it must hold the key of 'hash', "
        in str(caught.value)
    )
    assert "short" not in str(caught.value)


def test_a_key_is_taken_from_the_environment_and_shown_nowhere(sample_registry, monkeypatch):
    monkeypatch.setenv("OUR_KEY", "0123456789abcdef")

    compiled = keyed(sample_registry)

    (rule,) = compiled.plans["input"].rules
    assert b"0123456789abcdef" == rule.redaction.key
    assert "0123456789abcdef" not in repr(rule) + repr(compiled)


def test_which_stages_restore_is_in_the_plan(sample_registry):
    rule = {"id": "r", "stage": "input", "detect": {"words": "all"}}
    tag = {"style": "tag", "restore": True, "strict": True}

    def plans(**more):
        policy = load_mapping({"name": "p", "rules": [{**rule, "action": {"redact": tag}, **more}]})
        return compile_policy(policy, sample_registry).plans

    assert {"input", "output", "tool_call", "any"} == set(plans())
    assert (True, True, "block") == (
        plans()["output"].restores,
        plans()["tool_call"].restores,
        plans()["output"].strict.kind,
    )
    assert (True, False) == (plans()["input"].issues, plans()["input"].restores)
    assert not plans(action="redact")["input"].issues
    assert {"input", "any"} == set(plans(mode="monitor"))  # it takes nothing out
