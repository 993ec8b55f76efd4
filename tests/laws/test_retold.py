"""Answers told again through the sidecar: as a fresh scan of what was said in the end, in any chunks."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.agent.wire.retelling import script, talk
from tests.laws.corpus import texts
from tests.laws.driving import MARK, examples, guard_of, rule, run

from tokenward.engine.compile import compile_policy
from tokenward.engine.engine import Engine
from tokenward.engine.find import find_policy
from tokenward.wire.loaded import Loaded
from tokenward.wire.protocols.openai import CHAT_COMPLETIONS
from tokenward.wire.request import Request

DETECT = {"pii": "all", "secrets": "all"}
FALLBACKS = {"replace": {"replace": MARK}, "redact": "redact", "flag": "flag", "block": "block"}


def rules(action):
    """One detector takes back, the other one redacts: they meet in the same texts."""
    return [
        rule({"pii": "all"}, action, message="-"),
        rule({"secrets": "all", "toxicity": "all"}, "redact", id="hide"),
    ]


@pytest.fixture(scope="module")
def guards(registry):
    def load(action):
        named = [{**one, "id": f"{one['id']}{at}"} for at, one in enumerate(rules(action))]
        policy = find_policy({"name": "law", "rules": named}, registry)
        return Loaded.of(Engine(compile_policy(policy, registry)))

    return {
        name: (
            load({"rewind": {"attempts": 2, "otherwise": action}}),
            guard_of(registry, *rules(action)),
        )
        for name, action in FALLBACKS.items()
    }


def request_of(body):
    return Request(b"POST", b"/", [], json.dumps(body).encode())


SIZES = st.lists(st.integers(1, 12), min_size=1, max_size=3)


@examples(25)
@given(answers=st.lists(texts(), min_size=3, max_size=3), sizes=SIZES)
@pytest.mark.parametrize("fallback", FALLBACKS)
def test_what_was_told_again_is_guarded_as_if_it_had_been_said_at_once(
    guards, fallback, answers, sizes
):
    loaded, plain = guards[fallback]
    # the bytes of a stream are UTF-8: half pairs do not get there
    answers = [one.encode("utf-8", "replace").decode() for one in answers]
    told = talk(CHAT_COMPLETIONS, loaded, request_of, script(*answers), sizes)
    at_once = talk(CHAT_COMPLETIONS, loaded, request_of, script(*answers), (100_000,))
    expected = run(plain, [told.raw])

    assert (told.text, told.finish, told.rewinds) == (at_once.text, at_once.finish, at_once.rewinds)
    assert all(told.text.startswith(before) for before in told.sent)
    if expected.decision["blocked"]:
        assert told.text == expected.released + "-"
    else:
        assert told.text == expected.released
