"""Two models timed in turns, in processes of their own."""

from __future__ import annotations

import io
import itertools
import json

import pytest
from tests.agent.compare.backends.speaking import chats, streamed
from tests.agent.upstream import Said, Upstream

from tokenward.compare import timed
from tokenward.compare.asked import Side
from tokenward.compare.backends import opened
from tokenward.compare.backends.base import Identity
from tokenward.compare.case import Case
from tokenward.compare.interleaved import Bounds, Interleaved, chosen, interleave
from tokenward.compare.sampling import Sampling
from tokenward.compare.suites.suite import Suite
from tokenward.compare.timing import opening, replies
from tokenward.errors import UpstreamError, UsageError

SAMPLING = Sampling(max_new_tokens=8, system="Be brief.")
BOUNDS = Bounds(seconds=60, blocks=8, prompts=3, warm_up=2)


def suite_of(count, name="tasks", **more):
    cases = [
        Case(f"c{n}", name, f"cluster {n // 2}", ({"role": "user", "content": f"Q{n}"},), **more)
        for n in range(count)
    ]
    return Suite.of(name, name, cases, "test")


def side(upstream, model, **options):
    return Side(model, f"{upstream.url}/v1#{model}", {"rate": False, **options}, SAMPLING)


def raced(say, bounds=BOUNDS, **options):
    """Returns what was found of two models at one server, and what that was asked."""
    with Upstream(chats(say)) as upstream:
        sides = [side(upstream, name, **options) for name in ("base", "optimized")]
        found = interleave(*sides, [suite_of(6)], bounds)
    chat = [asked.json for asked in upstream.asked if asked.path.endswith("/chat/completions")]
    return found, chat


@pytest.fixture(scope="module")
def both():
    return raced(streamed("a", "b"))


def test_the_order_changes_from_block_to_block(both):
    found, asked = both
    models = [body["model"] for body in asked]

    warm = 2 * 2 * BOUNDS.warm_up
    turns = [name for name, _ in itertools.groupby(models[warm:])]
    blocks = [models[at : at + 3] for at in range(warm, len(models), 3)]

    assert all(len(set(block)) == 1 for block in blocks)
    assert [block[0] for block in blocks][:4] == ["base", "optimized", "optimized", "base"]
    assert len(turns) == BOUNDS.blocks + 1
    assert len(found.base) == len(found.optimized) == BOUNDS.blocks


def test_warming_up_is_not_counted(both):
    found, asked = both

    counted = sum(len(turn.seconds) for turn in (*found.base, *found.optimized))

    assert counted == len(asked) - 2 * 2 * BOUNDS.warm_up


def test_no_server_finds_the_beginning_of_a_prompt_again(both):
    firsts = [body["messages"][0]["content"] for body in both[1]]

    assert len({first[:9] for first in firsts}) == len(firsts)
    assert {first[9:] for first in firsts} == {"Be brief."}
    assert {body["messages"][1]["content"] for body in both[1]} == {"Q0", "Q2", "Q4"}


def test_a_turn_tells_seconds_first_token_and_tokens_of_each_request(both):
    turn = both[0].base[0]

    assert (len(turn.seconds), turn.tokens) == (3, (2, 2, 2))
    assert all(0 < first <= taken for first, taken in zip(turn.first, turn.seconds, strict=True))


def test_a_server_is_timed_by_the_wall_and_its_energy_is_not_known(both):
    found, _ = both

    assert (found.clock, found.energy_measured) == ("wall", False)
    assert found.energy == "the model runs elsewhere"


def test_it_can_be_kept_in_a_file(both):
    assert Interleaved.of(json.loads(json.dumps(both[0].as_dict()))) == both[0]


def test_a_block_with_a_failed_request_is_lost_on_both_sides():
    counter = itertools.count()

    def say(_):
        return Said({}, status=400) if next(counter) == 20 else streamed("a")

    found, _ = raced(say)

    assert (found.lost, len(found.base), len(found.optimized)) == (1, 7, 7)


def test_there_is_no_more_time_than_was_given():
    found, asked = raced(streamed("a"), Bounds(seconds=1e-9, blocks=8, prompts=3, warm_up=2))

    assert len(found.base) < 8
    assert len(asked) < 2 * 2 * 2 + 8 * 2


def test_a_server_that_fails_as_a_whole_ends_it():
    with pytest.raises(UpstreamError, match=r"#base: status 404"):
        raced(Said({}, status=404))


def test_a_process_that_is_ended_from_outside_is_told_as_such(monkeypatch):
    monkeypatch.setattr(timed.sys, "executable", "/bin/false")
    with pytest.raises(UpstreamError, match="its process for timing ended with code 1"):
        raced(streamed("a"))


class Broken:
    identity = Identity("transformers", "m")

    def generate(self, asks, sampling):
        raise KeyError(asks[0].prompt)


def test_what_foreign_code_raises_is_told_without_its_words(monkeypatch):
    monkeypatch.setattr(opened, "open_backend", lambda *_: Broken())
    asks = [{"key": [0, "c", 0], "prompt": "secret words"}]
    lines = io.StringIO(f"{opening('m', {}, SAMPLING)}\n{json.dumps(asks)}\n")

    _, told = replies(lines)

    assert told["exit_code"] == 3
    assert told["error"].startswith("the model failed: KeyError at test_interleaved.py:")


def test_a_mistake_of_the_user_is_told_as_such():
    with pytest.raises(UsageError, match="option retries is 99"):
        raced(streamed("a"), retries=99)


def test_cases_come_from_all_suites_and_from_other_clusters_first():
    other = Suite.of("refusal", "refusal", [Case("r", "refusal", "r", "text")], "test")
    rated = suite_of(3, "rated", rated=("x",), answered=False)

    found = chosen([suite_of(6), rated, other], 5)

    assert [case.id for case in found] == ["c0", "r", "c2", "c4", "c1"]
    with pytest.raises(UsageError, match="no case of the suites is answered"):
        chosen([rated], 5)


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_models_in_process_take_turns_by_processor_time_where_one_thread_decodes():
    sides = [Side(name, "demo", {"threads": "1"}, SAMPLING) for name in ("base", "same")]

    found = interleave(*sides, [suite_of(2)], Bounds(seconds=8, blocks=8, prompts=2, warm_up=1))

    assert found.clock == "cpu"
    assert all(count for turn in found.base for count in turn.tokens)
    assert [turn.tokens for turn in found.base] == [turn.tokens for turn in found.optimized]
