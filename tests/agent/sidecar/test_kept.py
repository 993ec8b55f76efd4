"""Texts that a policy keeps with the records of the sidecar, and records that it leaves out."""

from __future__ import annotations

from functools import partial

import pytest

import tokenward
from tokenward.errors import StoreError
from tokenward.policy.facts import facts_of
from tokenward.policy.loader import load_mapping
from tokenward.registry import Registry
from tokenward.sidecar.policies import Policies, load_known
from tokenward.store.store import Store
from tokenward.testing.echo import Answer, EchoUpstream

MAIL, CARD = "ann@example.org", "4111 1111 1111 1111"
POLICY = {
    "name": "keeps",
    "record": {"text": "masked"},
    "rules": [
        {
            "id": "mails",
            "stage": ["input", "output"],
            "detect": {"pii": ["EMAIL_ADDRESS"]},
            "action": {"redact": "tag"},
        },
        {"id": "cards", "stage": "input", "detect": {"pii": ["CREDIT_CARD"]}, "action": "flag"},
        {"id": "keys", "stage": ["input", "output"], "detect": {"secrets": "all"}, "action": "block"},
    ],
}  # fmt: skip
KEY = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"


@pytest.fixture
def kept(serve, tmp_path):
    """Sends requests through a sidecar; returns the texts that are kept, and the records."""

    def run(answer, *bodies, policy=POLICY):
        url = f"sqlite:///{tmp_path}/records.db"
        with EchoUpstream(answer) as upstream:
            sidecar = serve(upstream.url, policy, store=url, plugins=Registry.load())
            for body in bodies:
                sidecar.post(body)
            sidecar.end()
        with Store.open(url, read_only=True) as store:
            rows = list(store.interactions())
            texts = store.texts.of([one.decision_id for one in rows])
            told = [
                [(one.stage, one.text, one.whole) for one in texts.get(row.decision_id, ())]
                for row in rows
            ]
            return told, rows, store.policies.all()

    return run


@pytest.mark.parametrize("stream", [False, True])
def test_prompt_and_answer_are_kept_as_they_were_let_through(kept, ask, stream):
    [told], _, policies = kept(f"ask {MAIL}, then", ask(f"I am {MAIL}", stream=stream))

    assert [
        ("input", "I am <EMAIL_ADDRESS>", False),
        ("output", "ask <EMAIL_ADDRESS>, then", False),
    ] == told
    assert [facts_of(load_mapping(POLICY)) | {"version": tokenward.__version__}] == policies


@pytest.mark.parametrize("stream", [False, True])
def test_a_text_with_nothing_in_it_is_kept_whole(kept, ask, stream):
    messages = [{"role": "system", "content": "be nice"}, {"role": "user", "content": "hello"}]
    [told], _, _ = kept("a nice day", ask(messages=messages, stream=stream))

    assert [
        ("input", "be nice", True),
        ("input", "hello", True),
        ("output", "a nice day", True),
    ] == told


def test_what_is_only_flagged_is_let_through_and_not_kept(kept, ask):
    [told], [row], _ = kept("thanks", ask(f"my card {CARD}"))

    assert ("flag", ("input", "my card <CREDIT_CARD>", False)) == (row.action, told[0])


@pytest.mark.parametrize("stream", [False, True])
def test_of_a_blocked_request_nothing_is_kept_and_of_a_blocked_answer_what_was_let_out(
    kept, ask, stream
):
    answer = Answer(pieces=["All is well. ", "Take ", KEY, " and go"])
    blocked, cut = kept(answer, ask(f"use {KEY}", stream=stream), ask("hello", stream=stream))[0]

    assert [] == blocked
    assert ("input", "hello", True) == cut[0]
    assert not any(KEY[4:] in text or whole for _, text, whole in cut[1:])


def test_nothing_is_kept_where_the_policy_does_not_say_so(kept, ask, tmp_path):
    silent = {key: value for key, value in POLICY.items() if key != "record"}
    told, rows, _ = kept("a nice day", ask("hello there"), policy=silent)

    assert ([[]], 1) == (told, len(rows))
    assert b"hello there" not in b"".join(path.read_bytes() for path in tmp_path.glob("records*"))


def test_a_share_of_what_tells_nothing_is_recorded(kept, ask):
    bodies = [ask(f"I am {MAIL}" if number % 10 == 0 else "hello") for number in range(60)]
    _, rows, _ = kept("fine", *bodies, policy={**POLICY, "record": {"sample": 0.5}})
    weights = {
        row.action: {one.sample_weight for one in rows if one.action == row.action} for row in rows
    }

    assert {"redact": {1.0}, "allow": {2.0}} == weights
    assert 6 == sum(row.action == "redact" for row in rows)
    assert 10 < sum(row.action == "allow" for row in rows) < 45


def test_a_store_that_fails_does_not_stop_policies_from_being_loaded(caplog):
    class Broken:
        class policies:  # noqa: N801  # an attribute of a store
            @staticmethod
            def keep(facts):
                raise StoreError("no space left for the store")

    load = partial(Policies.load, [POLICY], Registry.load())
    loaded = load_known(load, Broken, ())

    assert ["keeps"] == [one.policy.name for one in loaded.loaded]
    assert "policies are not kept with the records: no space left" in caplog.text
    loaded.close()
