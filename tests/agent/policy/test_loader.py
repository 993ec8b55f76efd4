from __future__ import annotations

import jsonschema
import pytest

from tokenward.errors import PolicyError
from tokenward.policy.json_schema import policy_schema
from tokenward.policy.loader import load_file, load_mapping, load_text
from tokenward.policy.schema import Action, Recording, When

GOOD = """\
name: support
description: What the assistant may say.
match: {model: "support-*"}
limits: {temperature: {max: 1.0}, max_tokens: {max: 1024, default: 512}, stop: ["</answer>"]}
detectors:
  toxicity: {plugin: toxicity, model: embedded, escalate: {to: detoxify, between: [0.3, 0.8]}}
rules:
  - id: no-cards
    stage: [input, output]
    detect: {pii: [CREDIT_CARD, IBAN_CODE]}
    when: score >= 0.5
    action: {redact: mask}
    on_error: block
  - id: civil
    stage: output
    detect: {toxicity: [toxicity]}
    when: score > 0.8
    action: {rewind: {attempts: 3, otherwise: {replace: "..."}}}
    message: I would rather not.
  - id: watch
    stage: input
    detect: {injection: all}
    action: block
    mode: monitor
"""


def test_reads_every_key():
    policy = load_text(GOOD, "support.yaml")
    cards, civil, watch = policy.rules

    assert ("support", ("support-*",), ("</answer>",)) == (
        policy.name,
        policy.match["model"],
        policy.stop,
    )
    assert (1.0, 512) == (policy.limits["temperature"].high, policy.limits["max_tokens"].default)
    assert ({"model": "embedded"}, "detoxify") == (
        policy.detectors["toxicity"].settings,
        policy.detectors["toxicity"].escalate.to,
    )
    assert (Action("redact", style="mask"), When(0.5), "block") == (
        cards.action,
        cards.when,
        cards.on_error,
    )
    assert Action("rewind", text="...", attempts=3, otherwise="replace") == civil.action
    assert When(0.8, strict=True) == civil.when
    assert ("monitor", "allow", False) == (watch.mode, watch.on_error, watch.enforcing)


def test_a_detector_that_is_not_declared_is_its_plugin():
    assert "pii" == load_text(GOOD, "support.yaml").detectors["pii"].plugin


def test_the_revision_follows_the_content():
    first, second = load_text(GOOD, "a"), load_text(GOOD + "\n# changed", "a")

    assert first.revision == load_text(GOOD, "elsewhere").revision != second.revision


RULE = "rules: [{id: a, stage: output, detect: {pii: [X]}, action: block}]"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "p.yaml:1:1: the file is empty; a policy needs 'name' and 'rules'"),
        (
            "name: [",
            "p.yaml:1:8: not valid YAML: expected the node content, but found '<stream end>'",
        ),
        ("- a", "p.yaml:1:1: expected a mapping of keys to values, found a list"),
        ("name: a", "p.yaml:1:1: missing key 'rules'"),
        (
            "name: a\nrulez: []",
            "p.yaml:2:1: unknown key 'rulez'; use one of: name, description, match, limits, detectors, record, rules",
        ),
        (
            "name: a\nname: b\nrules: []",
            "p.yaml:2:1: key 'name' comes twice; the first is at p.yaml:1:1",
        ),
        (
            "name: 3\nrules: []",
            "p.yaml:1:7: expected a policy's name as text, found a number; put it in quotes if it is one",
        ),
        ("name: a\nrules: {}", "p.yaml:2:8: expected a list of rules, found a mapping"),
        (
            "name: a b\nrules: []",
            "p.yaml:1:7: a policy's name is 'a b'; begin with a letter, then letters, digits, '_', '.', '-'",
        ),
        (
            "name: a\nrules: [{id: a, stage: output, detect: {pii: [X]}}]",
            "p.yaml:2:9: missing key 'action'",
        ),
        (
            f"name: a\n{RULE.replace('block', 'blok')}",
            "p.yaml:2:60: unknown action 'blok'; use one of: allow, flag, redact, replace, rewind, block",
        ),
        (
            f"name: a\n{RULE.replace('stage: output', 'stage: answer')}",
            "p.yaml:2:24: unknown stage 'answer'; use one of: input, output, tool_call, tool_result",
        ),
        (
            f"name: a\n{RULE.replace('action: block', 'action: {redact: star}')}",
            "p.yaml:2:69: unknown style 'star'; use one of: tag, mask, hash, pseudonym, remove",
        ),
        (
            f"name: a\n{RULE.replace('action: block', 'action: replace')}",
            "p.yaml:2:60: action 'replace' needs its text; write {replace: \"some words\"}",
        ),
        (
            f"name: a\n{RULE.replace('action: block', 'action: {block: now}')}",
            "p.yaml:2:60: action 'block' takes no detail; write 'action: block'",
        ),
        (
            f"name: a\n{RULE.replace('action: block', 'action: block, when: score = 1')}",
            "p.yaml:2:73: cannot read this condition; write 'score >= X' or 'score > X' with X in [0, 1]",
        ),
        (
            f"name: a\n{RULE.replace('action: block', 'action: block, when: score > 7')}",
            "p.yaml:2:73: cannot read this condition; write 'score >= X' or 'score > X' with X in [0, 1]",
        ),
        (
            f"name: a\n{RULE.replace('action: block', 'action: block, mode: on')}",
            "p.yaml:2:73: expected mode as text, found a truth value; put it in quotes if it is one",
        ),
        (
            f"name: a\n{RULE.replace('{pii: [X]}', '{}')}",
            "p.yaml:2:40: nothing to detect; name a detector and its types",
        ),
        (
            "name: a\nrules:\n- {id: x, stage: input, detect: {p: Q}, action: flag}\n- {id: x, stage: input, detect: {p: Q}, action: flag}",
            "p.yaml:4:3: rule id 'x' comes twice; the first is at p.yaml:3:3",
        ),
        (
            "name: a\nrules: []\ndetectors: {t: {model: x}}",
            "p.yaml:3:16: detector 't' has no 'plugin'; say which plugin it is",
        ),
        (
            "name: a\nrules: []\nlimits: {temperature: {max: hot}}",
            "p.yaml:3:29: expected temperature.max as a number, found a text",
        ),
        (
            "name: a\nrules: []\nlimits: {top_p: {max: .nan}}",
            "p.yaml:3:23: top_p.max is nan; it must lie in [0, inf]",
        ),
        (
            "name: a\nrules: []\nlimits: {top_k: {max: 5, otherwise: reject}}",
            "p.yaml:3:37: unknown otherwise 'reject'; use one of: clamp, refuse",
        ),
        (
            "name: a\nrules: []\nlimits: {top_k: {default: 5, otherwise: refuse}}",
            "p.yaml:3:41: top_k has no bound to refuse for; add 'min' or 'max'",
        ),
        (
            "name: a\nrules: []\nrecord: {text: plain}",
            "p.yaml:3:16: unknown text 'plain'; use one of: none, masked",
        ),
        (
            "name: a\nrules: []\nrecord: {sample: 0}",
            "p.yaml:3:18: sample is 0; it must lie in [0.0001, 1]",
        ),
        (
            "name: a\nrules: []\nrecord: {subject: clear}",
            "p.yaml:3:19: unknown subject 'clear'; use one of: hashed, none",
        ),
        (
            "name: a\nrules: []\nrecord: {text_days: 7}",
            "p.yaml:3:21: 'text_days' is about kept texts; add 'text: masked'",
        ),
        (
            "name: a\nrules: []\nrecord: {texts: masked}",
            (
                "p.yaml:3:10: unknown key 'texts'; use one of: text, sample, subject, text_days, "
                "counterfactuals"
            ),
        ),
        ("a: 1\n---\nb: 2", "p.yaml:2:1: not valid YAML: but found another document"),
        ("name: \x07", "p.yaml: not valid YAML: ReaderError"),
    ],
)
def test_a_fault_is_one_message_with_its_place_and_remedy(text, message):
    with pytest.raises(PolicyError) as caught:
        load_text(text, "p.yaml")

    assert message == str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(PolicyError, match="cannot be read: No such file"):
        load_file(tmp_path / "none.yaml")


def test_a_file_that_is_not_utf8_says_where(tmp_path):
    file = tmp_path / "latin.yaml"
    file.write_bytes(b"name: caf\xe9")

    with pytest.raises(PolicyError, match="not UTF-8 at byte 9; save it as UTF-8"):
        load_file(file)


def test_aliases_cannot_unfold_without_end():
    bomb = "a0: &a0 [x]\n" + "\n".join(
        f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 9)
    )
    text = f"name: a\nrules: []\ndetectors:\n  d:\n    plugin: p\n    x:\n{bomb.replace('a0', '  a0', 0)}"
    text = "name: a\nrules: []\ndetectors:\n  d:\n    plugin: p\n" + "\n".join(
        "    " + line for line in bomb.splitlines()
    )

    with pytest.raises(PolicyError, match="more than 50000 values"):
        load_text(text, "p.yaml")


def test_deep_nesting_is_refused():
    with pytest.raises(PolicyError, match=r"p\.yaml: nested too deeply"):
        load_text("[" * 5000, "p.yaml")


def test_a_long_file_is_refused():
    with pytest.raises(PolicyError, match="1000001 characters; at most 1000000 are read"):
        load_text("#" * 1_000_001, "p.yaml")


def test_a_mapping_is_read_like_a_file():
    assert "a" == load_mapping({"name": "a", "rules": []}).name
    with pytest.raises(PolicyError, match="holds a value that is no text"):
        load_mapping({"name": object(), "rules": []})


def mapping(**settings):
    return {"name": "a", "detectors": {"d": {"plugin": "p", **settings}}, "rules": []}


def test_settings_of_a_mapping_may_hold_objects():
    one, other = object(), {1, 2}
    policy = load_mapping(mapping(some=[1, one, {"deep": (one, "text")}], kind=dict, more=other))
    settings = policy.detectors["d"].settings

    assert [1, one, {"deep": [one, "text"]}] == settings["some"]
    assert one is settings["some"][1]
    assert (dict, other) == (settings["kind"], settings["more"])
    assert other is settings["more"]


def test_the_revision_says_the_kinds_of_objects_and_not_which():
    revisions = [load_mapping(mapping(one=value)).revision for value in (object(), object(), {1})]

    assert revisions[0] == revisions[1] != revisions[2]


def test_a_limit_says_what_is_done_beyond_it():
    text = "name: a\nrules: []\nlimits: {n: {max: 2, otherwise: refuse}, top_k: {max: 9}}"
    limits = load_text(text, "p.yaml").limits
    schema = policy_schema()["properties"]["limits"]["properties"]["n"]

    assert ["refuse", "clamp"] == [limits[name].otherwise for name in ("n", "top_k")]
    assert [True, False, False] == [limits["n"].refuses(asked) for asked in (3, 2, 1)]
    assert not limits["top_k"].refuses(100)
    assert {"min", "max", "default", "otherwise"} == set(schema["properties"])
    assert ["clamp", "refuse"] == schema["properties"]["otherwise"]["enum"]


def test_the_schema_names_the_same_keys_as_the_loader():
    from tokenward.policy import loader

    schema = policy_schema()
    rule = schema["properties"]["rules"]["items"]

    assert set(loader.POLICY_KEYS) == set(schema["properties"])
    assert set(loader.RULE_KEYS) == set(rule["properties"])
    assert set(loader.LIMIT_KEYS) == set(schema["properties"]["limits"]["properties"])
    assert set(loader.MATCH_KEYS) == set(schema["properties"]["match"]["properties"])


def test_what_is_kept_of_requests_is_read_and_is_no_text_by_default():
    told = load_text("name: a\nrules: []\nrecord: {text: masked, sample: 0.1, text_days: 7}", "p")

    assert Recording("masked", 0.1, "hashed", 7) == told.record
    assert Recording("none", 1.0, "hashed", None) == load_text("name: a\nrules: []", "p").record


@pytest.mark.parametrize(
    ("record", "valid"),
    [
        ({"text": "masked", "sample": 0.5, "subject": "none", "text_days": 30}, True),
        ({}, True),
        ({"text": "plain"}, False),
        ({"sample": 0}, False),
        ({"sample": 1.5}, False),
        ({"text_days": 0}, False),
        ({"counterfactuals": 0.01}, True),
        ({"counterfactuals": 2}, False),
        ({"texts": "masked"}, False),
    ],
)
def test_editors_know_what_may_be_said_of_records(record, valid):
    policy = {"name": "a", "rules": [], "record": record}

    assert valid == jsonschema.Draft202012Validator(policy_schema()).is_valid(policy)
