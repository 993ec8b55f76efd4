"""Disguise, vocabulary, windows and batches."""

from __future__ import annotations

import random
import string
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenward.errors import UsageError
from tokenward_plugins.encoder.train import vocabulary
from tokenward_plugins.encoder.train.batches import SHORT, Sampler, Variety
from tokenward_plugins.encoder.train.disguise import DISGUISES, disguised, hidden, look_alike, wide
from tokenward_plugins.encoder.train.labels import HARMLESS, LABELS
from tokenward_plugins.encoder.train.swapping import Swapper
from tokenward_plugins.encoder.windows import SIZE, Tail, windows
from tokenward_plugins.linear.normalise import plain
from tokenward_plugins.linear.train.rows import Row

TEXT = "You are a stupid and lazy creature, go away from here"
PIECES = ["ab", "##cd", "abcd", "play", "##ing", "##er", "player", "hello", "gay", "gays"]
LETTERS = [*string.ascii_lowercase, *(f"##{letter}" for letter in string.ascii_lowercase), "."]
TOKENS = [*vocabulary.SPECIAL, "[unused1]", *LETTERS, *PIECES]


# -- disguise -----------------------------------------------------------------------------------


@pytest.mark.parametrize("disguise", DISGUISES)
def test_a_disguise_changes_the_text_and_keeps_its_words_apart(disguise):
    changed = {disguise(TEXT, random.Random(seed)) for seed in range(20)}
    assert len(changed) > 5
    assert all(len(text) >= len(TEXT) - 8 for text in changed)
    assert disguise(TEXT, random.Random(3)) == disguise(TEXT, random.Random(3))


@pytest.mark.parametrize("disguise", [wide, hidden, look_alike])
def test_disguises_of_single_characters_are_undone_by_reading(disguise):
    text = "stupid creatures without respect"  # no word that is another script's as a whole
    changed = [disguise(text, random.Random(seed)) for seed in range(20)]
    assert len({text, *changed}) > 10
    assert {plain(some) for some in changed} == {text}


@given(st.text(max_size=60), st.integers(0, 1000))
def test_any_text_can_be_disguised(text, seed):
    assert isinstance(disguised(text, random.Random(seed)), str)


# -- vocabulary ---------------------------------------------------------------------------------


def test_special_tokens_come_first_and_single_characters_stay():
    kept = vocabulary.kept(TOKENS, [TOKENS.index("player")], len(LETTERS) + 6)
    tokens = [TOKENS[at] for at in kept]
    assert tokens[:4] == list(vocabulary.SPECIAL)
    assert set(LETTERS) < set(tokens)
    assert "player" in tokens
    assert "[unused1]" not in tokens
    assert len(tokens) == len(set(tokens)) == len(LETTERS) + 6


@given(
    st.text(alphabet="abcdeghilnoprsy .", max_size=80),
    st.sets(st.sampled_from(PIECES)),
)
def test_words_whose_pieces_are_kept_are_cut_as_before(text, dropped):
    before = vocabulary.wordpiece(TOKENS)
    tokens = [token for token in TOKENS if token not in dropped]
    after = vocabulary.wordpiece(tokens)
    for word in text.split():
        pieces = before.encode(word).tokens
        if dropped.isdisjoint(pieces):
            assert after.encode(word).tokens == pieces
        assert vocabulary.UNKNOWN not in after.encode(word).tokens


def test_needed_ids_are_those_that_texts_use_most_often_first():
    found = vocabulary.counted(TOKENS, ["Hello player.", "hello"], least=2)
    assert [TOKENS[at] for at in found] == ["hello"]
    found = vocabulary.counted(TOKENS, ["HELLO player", "h\u0435llo"], least=1)
    assert [TOKENS[at] for at in found] == ["hello", "player"]


def test_a_folder_without_a_vocabulary_is_told(tmp_path):
    with pytest.raises(UsageError, match=r"vocab\.txt is not there"):
        vocabulary.read(tmp_path)


# -- windows ------------------------------------------------------------------------------------


@given(st.lists(st.integers(), max_size=300), st.integers(1, 50), st.data())
def test_windows_cover_a_text_and_none_is_too_long(ids, size, data):
    stride = data.draw(st.integers(1, size))
    found = list(windows(ids, size, stride))
    assert all(len(some) <= size for some in found)
    assert found[0] == ids[:size]
    assert found[-1] == ids[max(0, len(ids) - size) :]
    covered = {start + at for start in range(0, len(ids), stride) for at in range(size)}
    assert set(range(len(ids))) <= covered
    assert len(found) == max(1, -(-(len(ids) - size) // stride) + 1)


@pytest.fixture(scope="module")
def tail():
    return Tail.of(np.random.default_rng(0).normal(-4, 1.5, 4000))


def test_a_tail_tells_the_share_of_benign_windows(tail):
    benign = np.random.default_rng(1).normal(-4, 1.5, 20000)
    for logit in (-5.0, -3.0, -1.5, -0.5):
        share = tail.share(np.array([logit]))[0]
        assert share == pytest.approx((benign >= logit).mean(), rel=0.35, abs=0.002)


@given(st.lists(st.floats(-7, 12), min_size=2, max_size=30))
def test_shares_fall_and_are_undone(logits):
    tail = Tail.of(np.random.default_rng(0).normal(-4, 1.5, 1000))
    ordered = np.sort(logits)
    shares = tail.share(ordered)
    assert (np.diff(shares) <= 1e-12).all()
    inner = ordered[(ordered > tail.logits[0]) & (shares > 1e-300)]
    assert tail.logit(tail.share(inner)) == pytest.approx(inner, abs=1e-3)


def test_one_threshold_holds_for_texts_of_all_lengths(tail):
    draw = np.random.default_rng(2)
    threshold = tail.logit(np.array([0.005]))[0]
    for count in (1, 4, 16, 40):
        highest = draw.normal(-4, 1.5, (6000, count)).max(axis=1)
        single = tail.single(highest, np.full(6000, count))
        assert (single >= threshold).mean() < 0.011
        assert (highest >= threshold).mean() > 0.002 * count or count == 1


def test_correction_keeps_order_and_never_raises_a_score(tail):
    highest = np.linspace(-6, 8, 100)
    for count in (1, 5, 30):
        single = tail.single(highest, np.full(100, count))
        assert (single <= highest + 1e-9).all()
        assert (np.diff(single) >= -1e-9).all()
    assert tail.single(highest, np.ones(100, int)) == pytest.approx(highest)
    # an attack is still one, however long the document round it
    assert tail.single(np.array([8.0]), np.array([30]))[0] > tail.logit(np.array([0.005]))[0]


# -- batches ------------------------------------------------------------------------------------


def rows_of(source: str, count: int, **labels: int) -> list[Row]:
    draw = random.Random(source)
    return [
        Row(source, " ".join(draw.choice(PIECES[3:9]) for _ in range(6)) + f" {n}", labels)
        for n in range(count)
    ]


def sampler(rows: list[Row], **variety: float) -> Sampler:
    still = {"disguised": 0.0, "swapped": 0.0, "inside": 0.0, "alone": 0.0, "harmless": 1.0}
    return Sampler(rows, vocabulary.Cutter(TOKENS), Variety(**(still | variety)), 7)


def first(batches: Sampler, count: int, size: int = 8) -> list:
    found = batches.batches(size)
    return [next(found) for _ in range(count)]


def test_sources_are_balanced_and_unknown_labels_masked():
    rows = [*rows_of("many", 900, toxicity=1), *rows_of("few", 9, threat=0)]
    batches = first(sampler(rows, power=0.5), 64)
    known = np.concatenate([batch.known for batch in batches])
    few = known[:, LABELS.index("threat")].mean()
    assert 0.05 < few < 0.15  # by chance one in a hundred, by roots of counts one in eleven
    assert (known.sum(axis=1) == 1).all()
    assert {int(batch.values.sum()) for batch in batches} <= set(range(9))


def test_batches_are_the_same_for_the_same_seed_and_padded():
    rows = [*rows_of("one", 50, hate=1), Row("two", "hello " * 300, HARMLESS)]
    one, other = (first(sampler(rows, disguised=0.5, inside=0.5), 20) for _ in range(2))
    for batch, same in zip(one, other, strict=True):
        assert (batch.ids == same.ids).all()
        assert batch.ids.shape[1] <= SIZE + 2
        assert (batch.ids[batch.mask == 0] == TOKENS.index(vocabulary.PADDING)).all()
        assert (batch.ids[:, 0] == TOKENS.index(vocabulary.FIRST)).all()


def test_a_window_of_a_long_text_shows_where_the_label_comes_from():
    before, after = "player " * 400, " hello" * 400
    text = f"{before}gays{after}"
    start = len(before)
    row = Row("document", text, {"hate": 1}, spans=((start, start + 4),))
    for batch in first(sampler([row]), 10, 4):
        for line in batch.ids:
            assert TOKENS.index("gays") in line


def test_swapped_texts_name_another_group_and_stereotypes_are_not_swapped():
    told = Row("told", "the gays sang hello", {"hate": 1, "stereotype": 0})
    held = Row("held", "the gays sang hello", {"stereotype": 1})
    one, other = (piece.row for piece in sampler([told], swapped=1.0)._unit(told))
    assert one == told
    assert "gays" not in other.text
    assert other.labels == {"hate": 1}
    assert [piece.row for piece in sampler([held], swapped=1.0)._unit(held)] == [held]


def test_pairs_stand_in_one_batch_and_are_told():
    rows = [*rows_of("one", 30, threat=0), Row("two", "the gays sang hello", {"hate": 0})]
    for batch in first(sampler(rows, swapped=1.0, power=0.1), 30, 5):
        assert 5 <= len(batch.ids) <= 6
        assert (batch.pairs[:, 1] - batch.pairs[:, 0] == 1).all()
        about_hate = np.flatnonzero(batch.known[:, LABELS.index("hate")])
        assert set(about_hate) <= set(batch.pairs.ravel())


def test_both_texts_of_a_long_pair_show_the_same_window():
    text = "hello " * 150 + "gays " + "player " * 150
    row = Row("long", text, {"hate": 0})
    for _ in range(10):
        one, other = (piece.ids for piece in sampler([row], swapped=1.0)._unit(row))
        assert max(len(one), len(other)) <= SIZE + 2
        assert one[1] == other[1]


@pytest.mark.parametrize(
    "text", ["Two Sikhs met a gay teacher.", "A jew and an asian", "JEWS came"]
)
def test_swapping_changes_groups_and_nothing_else(text):
    found = {Swapper(random.Random(seed)).swapped(text) for seed in range(40)}
    assert len(found) > 1
    for other in found:
        assert other != text
        assert " a a" not in other
        assert " an s" not in other
        assert other[:1].isupper() is text[:1].isupper()
    assert Swapper(random.Random(0)).swapped("a mother sang") == "a father sang"
    assert Swapper(random.Random(0)).swapped("no group at all") == "no group at all"


def test_a_text_inside_a_harmless_one_is_still_found_by_its_span():
    rows = [Row("one", "play the player", {"threat": 1}), *rows_of("two", 20, **HARMLESS)]
    batches = sampler(rows, inside=1.0)
    for _ in range(20):
        varied = batches._varied(rows[0])
        (low, high), *_ = varied.spans
        assert varied.text[low:high] == rows[0].text
        assert len(varied.text) < SHORT * 3


def test_a_sentence_stands_for_a_harmless_text_and_never_for_one_with_a_label():
    told = Row("told", "You came. The player sang\nhello.  Really?", {"hate": 0, "threat": 0})
    held = replace(told, labels={"hate": 0, "threat": 1})
    batches = sampler([told], alone=1.0)
    found = {batches._varied(told).text for _ in range(60)}
    assert found == {"You came.", "The player sang", "hello.", "Really?"}
    assert {batches._varied(held).text for _ in range(20)} == {told.text}
    assert batches._varied(replace(told, text=" \n ")).text == " \n "
