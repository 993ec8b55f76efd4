"""Cells: what is counted of a record is what its columns say, whoever makes them."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.agent.decisions.conftest import make
from tests.agent.decisions.profiles import count, profile_of, profile_of_tail, told

from tokenward.decisions.buckets import bucket
from tokenward.decisions.columns import ALONE, GROUPS, SCORED, group, group_of, row_of, weight_of
from tokenward.monitor.profile import Profile
from tokenward.store.cells import cells_of, pack, unpack
from tokenward.store.dictionary import KEY_MASK, MAX_VALUES, OTHER, ZERO, Dictionary, Meaning
from tokenward.store.names import Names
from tokenward.store.packer import Packer
from tokenward.types import Decision, Detection, FiredRule, PolicyRef

POLICY = PolicyRef("default", "r1")
names = st.sampled_from(["a", "b.c", "prompt.words", "answer.language", "é\x00", "x" * 300])
numbers = st.one_of(
    st.floats(), st.integers(-5, 5), st.booleans(), st.sampled_from([1e-9, 1e15, 2.0**70, 1e300])
)
words = st.sampled_from(["en", "de", "", "\udcff", "Zürich"])
values = st.one_of(numbers, words, st.tuples(numbers, numbers), st.lists(numbers, max_size=3))
scores = st.dictionaries(st.sampled_from(["pii.EMAIL", "toxicity.toxicity", "x.y"]), numbers)
detections = st.builds(
    Detection, st.just("pii"), st.sampled_from(["EMAIL", "PHONE"]), st.integers(0, 3),
    st.integers(4, 9), st.just(1.0),
)  # fmt: skip
rules = st.builds(
    FiredRule, st.sampled_from(["no-pii", "rude"]), st.just("redact"), st.just("enforce"),
    st.lists(detections, max_size=3).map(tuple), st.integers(0, 2), st.none(),
)  # fmt: skip
decisions = st.builds(
    Decision, st.just("d"), st.sampled_from(["input", "output", "tool_result"]), st.just("allow"),
    st.none(), st.lists(rules, max_size=2).map(tuple), scores, st.just(POLICY),
)  # fmt: skip
interactions = st.builds(
    make,
    decisions=st.lists(decisions, max_size=3).map(tuple),
    features=st.dictionaries(names, values, max_size=4),
    timings=st.dictionaries(names, numbers, max_size=2),
    parameters=st.dictionaries(
        names, st.one_of(numbers, words, st.none(), st.just([1])), max_size=3
    ),
    prompt_tokens=st.one_of(st.none(), st.integers(0, 9)),
    degraded=st.sampled_from([(), ("bias",)]),
    session=st.sampled_from([None, "s1", "s2"]),
    sample_weight=st.sampled_from([1.0, 2.5, 0.0]),
)


def packed(some, dictionary):
    lists = Names(None)
    return Packer(dictionary).pack(some, [lists.scored(one.decisions) for one in some])


@settings(max_examples=150)
@given(st.lists(interactions, max_size=4))
def test_cells_made_together_are_those_of_each(some):
    dictionary = Dictionary()
    alone = [sorted(cells_of(row_of(one), dictionary)) for one in some]

    assert alone == [sorted(unpack(cells)) for cells in packed(some, dictionary)]


@settings(max_examples=150)
@given(st.lists(interactions, max_size=4))
def test_counting_cells_is_counting_columns(some):
    dictionary, counted = Dictionary(), Profile()
    for one, cells in zip(some, packed(some, dictionary), strict=True):
        count(counted, dictionary, unpack(cells), group_of(one), weight_of(one))

    assert told(profile_of(some)) == told(counted)


def test_a_store_counts_what_its_records_say(store, interaction):
    chance = random.Random(5)
    some = [
        interaction(
            n, fired=n % 7 == 0, session=f"s{n % 40}" if n % 3 else None,
            features={"prompt.language": "en", "answer.vector": (chance.gauss(0, 1), 0.0)},
            timings={"guard": chance.random()}, sample_weight=1.0 + n % 2,
        )
        for n in range(300)
    ]  # fmt: skip
    store.append(some)

    assert told(profile_of(store.interactions())) == told(profile_of_tail(store))


def test_a_row_that_was_read_has_the_group_that_was_written(store, interaction):
    store.append([interaction(1, session="chat"), interaction(2)])
    with store.snapshot() as snapshot:
        groups = {row[3]: row[1] for batch in snapshot.tail_batches(columns=["decision_id"]) for row in batch}  # fmt: skip
    (one, other) = store.interactions()

    assert {one.decision_id: group_of(one), other.decision_id: ALONE} == groups
    assert 0 <= groups["id-1"] < GROUPS and group(None) == ALONE


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 10**400])
def test_a_number_that_is_none_is_left_out_and_costs_no_record(store, interaction, bad):
    one = interaction(1, features={"answer.surprisal": bad, "answer.words": 3.0})
    scored = {"toxicity.toxicity": bad, "pii.EMAIL": 0.5}
    one = replace(
        one, decisions=(replace(one.decisions[0], scores=scored),), parameters={"seed": bad},
        timings={"guard": bad, "total": 1.0},
    )  # fmt: skip
    store.append([one, interaction(2)])
    back = store.get("id-1")

    assert 2 == store.count()
    assert {"toxicity.toxicity": 0.0, "pii.EMAIL": 0.5} == back.decisions[0].scores
    assert 3.0 == back.features["answer.words"] and {} == back.parameters
    assert told(profile_of(store.interactions())) == told(profile_of_tail(store))


@given(st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_packed_cells_come_back(cells):
    assert cells == unpack(pack(cells)).tolist()
    assert 8 * len(cells) == len(pack(cells))


def test_what_a_cell_means_is_the_same_in_every_process():
    meaning = Meaning("number", "score.output.pii.EMAIL", SCORED)
    assert 6_487_053_534_251_778_048 == meaning.id
    assert 0 == meaning.id & KEY_MASK and 0 < meaning.id < 2**63
    assert meaning.id != Meaning("number", "score.output.pii.EMAIL").id


@given(st.floats(-1e15, 1e15))
def test_a_bucket_fits_beside_the_column(number):
    assert 0 < bucket(number) + ZERO <= KEY_MASK


def test_too_many_values_of_a_category_are_counted_together():
    dictionary = Dictionary()
    cells = [dictionary.category("route", f"/{n}") for n in range(MAX_VALUES + 5)]

    assert MAX_VALUES + 1 == len(set(cells))
    assert OTHER == dictionary.meaning(cells[-1])[0].value
    assert cells[3] == dictionary.category("route", "/3")


def test_meanings_are_written_with_the_rows_and_again_into_a_new_file(store, tmp_path, interaction):
    with pytest.raises(Exception, match="store"):
        store.append([replace(interaction(1), decision_id=None)])
    store.append([interaction(2)])
    (tmp_path / "log.db").rename(tmp_path / "moved.db")
    store.append([interaction(3)])
    for one in store.interactions():
        assert told(profile_of([one])) == told(profile_of_tail(store))


def test_what_the_dictionary_does_not_know_is_told():
    assert Dictionary().meaning(12345 << 16) is None
