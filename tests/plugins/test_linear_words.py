"""What the linear models remember of words, and what a text is made of for them."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenward_plugins.linear import words
from tokenward_plugins.linear.features import RECENT, SHORT, known, read, recent, vector
from tokenward_plugins.linear.table import Table
from tokenward_plugins.linear.words import LONGEST, Calm, Memory, hashed, pairs_of

BITS = 16
LETTERS = "ab .!?'-_*1$é\u0131你好カ\ud800\u200b"
texts = st.text(st.sampled_from(LETTERS), max_size=60)
some_words = st.lists(st.text(st.sampled_from("abé你好\ud800"), min_size=1, max_size=9), max_size=6)


def counted(lines):
    return Counter(np.frombuffer(lines, np.uint32).tolist())


# -- hashing ----------------------------------------------------------------------------------


@given(some=some_words.filter(bool))
def test_a_word_has_the_same_features_alone_and_among_others(some):
    among = hashed(some)

    assert [hashed([word])[0] for word in some] == among


@pytest.mark.parametrize(
    ("word", "features"), [("a", 2), ("ab", 1 + 2 + 1), ("abc", 1 + 3 + 2 + 1), ("abcdefg", 19)]
)
def test_a_word_has_itself_and_its_runs_of_three_to_five_with_the_spaces_beside_it(word, features):
    assert features == len(hashed([word])[0].features) / 4


def test_a_run_that_comes_again_in_a_word_counts_once():
    short, long = (
        hashed([word])[0].features for word in ("4111111111111112", "4" + "1" * 30 + "2")
    )

    assert Counter(np.frombuffer(short, np.uint32).tolist()).most_common(1)[0][1] == 1
    assert len(short) == len(long)


def test_a_script_without_spaces_has_its_characters_and_their_pairs_too():
    latin, chinese = hashed(["abcd"])[0], hashed(["今日天气"])[0]

    assert 4 + 3 == (len(chinese.features) - len(latin.features)) / 4


def test_words_that_share_a_beginning_share_runs():
    friend, friends, other = (
        counted(word.features) for word in hashed(["friend", "friends", "zoo"])
    )

    assert (friend & friends).total() > 6
    assert not (friend & other)


def test_pairs_tell_which_word_is_first():
    forth, back = pairs_of(hashed(["dog", "bites"])), pairs_of(hashed(["bites", "dog"]))

    assert 1 == len(forth) == len(back)
    assert forth.tolist() != back.tolist()


def test_pairs_fill_buckets_evenly():
    some = hashed([f"w{number}" for number in range(300)])
    buckets = [pairs_of([one, other])[0] >> np.uint32(24) for one in some for other in some[:60]]
    counts = np.bincount(np.array(buckets), minlength=256)

    assert counts.var() < 2 * counts.mean()


# -- texts ------------------------------------------------------------------------------------


def test_a_word_and_a_pair_count_once_however_often_they_come():
    once, often = read("good day good day"), read("good day " * 40)

    assert list(once.words) == list(often.words) == ["good", "day"]
    assert 2 == len(once.pairs) == len(often.pairs)


def test_what_a_disguised_word_stands_for_is_read_as_well():
    assert ["you", "id1ot", "idiot", "idlot"] == sorted(
        set(read("You id1ot").words), key=["you", "id1ot", "idiot", "idlot"].index
    )


@given(text=texts)
def test_buckets_hold_every_feature_of_a_text(text):
    reading = read(text)
    buckets, values = vector(text, BITS)
    count = sum(len(word.features) // 4 for word in known.of(reading.words)) + len(reading.pairs)

    assert sorted(set(buckets.tolist())) == buckets.tolist()
    assert all(0 <= bucket < 1 << BITS for bucket in buckets.tolist())
    assert math.sqrt(count) == pytest.approx(float(values.sum()), abs=1e-3)


def test_only_some_short_texts_are_remembered():
    recent.clear()
    long = "word " * SHORT
    for text in (long, *(f"text {number}" for number in range(3 * RECENT))):
        read(text)

    assert len(recent) <= RECENT
    assert long not in recent


# -- memories ---------------------------------------------------------------------------------


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(words, "MOST", 4)


@given(lists=st.lists(st.lists(st.sampled_from("abcdefghij"), max_size=6), max_size=12))
def test_a_memory_gives_what_is_made_whatever_it_was_asked_before(lists):
    memory = Memory(lambda some: [word.upper() for word in some])
    for some in lists:
        assert [word.upper() for word in some] == memory.of(some)


def test_a_memory_makes_a_word_once_while_it_is_remembered(small):
    made = []
    memory = Memory(lambda some: made.extend(some) or some)
    for some in (["a", "b", "a"], ["b", "c"], ["d", "e"], ["c", "d"]):
        memory.of(some)

    assert ["a", "b", "c", "d", "e"] == made


def test_a_memory_is_bounded(small):
    made = []
    memory = Memory(lambda some: made.extend(some) or some)
    for number in range(100):
        memory.of([str(number)])
    memory.of([str(number) for number in range(100)])

    assert len(made) >= 100 + 100 - 2 * 4


def test_a_memory_does_not_keep_long_words():
    made = []
    memory = Memory(lambda some: made.extend(some) or some)
    for _ in range(2):
        memory.of(["a", "x" * 33])

    assert ["a", "x" * 33, "x" * 33] == made


@given(lists=st.lists(st.lists(st.sampled_from(["a", "b", "1", "2", "c"]), max_size=4), max_size=9))
def test_calm_is_what_a_check_has_nothing_against(lists):
    calm = Calm(str.isalpha)
    for some in lists:
        assert calm.is_all(some) == all(word.isalpha() for word in some)


def test_calm_forgets_where_it_is_full_and_tells_the_same(small):
    asked = []
    calm = Calm(lambda word: asked.append(word) or word != "9")
    told = [calm.is_all([str(number % 11)]) for number in range(44)]

    assert told == [number % 11 != 9 for number in range(44)]
    assert 11 < len(asked) <= 44


# -- scores -----------------------------------------------------------------------------------


@given(text=texts, before=st.lists(texts, max_size=3))
def test_scores_are_those_of_the_buckets_whatever_was_scored_before(text, before):
    draw = np.random.default_rng(0)
    weights = draw.integers(-127, 128, (1 << BITS, 2)).astype(np.int8)
    scale, bias = np.array([0.01, 0.002], np.float32), np.array([-1, 0.5], np.float32)
    table = Table(["one", "other"], weights, scale, bias)
    for other in before:
        table.scores(other)
    buckets, values = vector(text, BITS)
    logits = (values @ weights[buckets]) * scale + bias if len(buckets) else np.array([-np.inf] * 2)

    assert table.scores(text) == pytest.approx(
        dict(zip(["one", "other"], 1 / (1 + np.exp(-logits)), strict=True)), abs=1e-5
    )


def test_logits_out_of_all_bounds_are_scores_too():
    weights = np.full((1 << BITS, 2), 127, np.int8)
    table = Table(["no", "yes"], weights, np.array([-9e3, 9e3]), np.zeros(2))

    assert {"no": 0.0, "yes": 1.0} == table.scores("so it is")


def test_what_may_be_a_secret_is_not_remembered():
    sizes = Memory(lambda words: [len(word) for word in words])
    secret, long = "hunter2hunter2", "a" * (LONGEST + 1)
    assert sizes.of(["to", secret, long, "so"]) == [2, 14, LONGEST + 1, 2]
    assert sizes._new.keys() == {"to", "so"}
    calm = Calm(lambda word: word != "no")
    assert calm.is_all(["to", secret])
    assert calm._calm == {"to"}
