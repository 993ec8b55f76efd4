"""Calibration and measures, against textbook values and plain definitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from tokenward_plugins.encoder.train import calibrate, measure, passages
from tokenward_plugins.encoder.train.evaluate import fewer
from tokenward_plugins.encoder.train.everyday import UTTERANCES
from tokenward_plugins.encoder.train.gaps import gaps
from tokenward_plugins.encoder.train.labels import HARMLESS, LABELS
from tokenward_plugins.encoder.train.scale import RATE, scales
from tokenward_plugins.encoder.train.score import Logits, score
from tokenward_plugins.encoder.train.vocabulary import SPECIAL, Cutter
from tokenward_plugins.linear.train.rows import Row

scored = st.lists(st.tuples(st.integers(-5, 5), st.booleans()), min_size=2, max_size=60).filter(
    lambda pairs: len({truth for _, truth in pairs}) == 2
)


def drawn(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Logits whose true chances are known: the sigmoid of half of them."""
    draw = np.random.default_rng(seed)
    logits = draw.normal(0, 4, count)
    return logits, draw.random(count) < 1 / (1 + np.exp(-logits / 2))


@given(scored)
def test_auc_is_what_others_compute(pairs):
    scores, truth = np.array([float(s) for s, _ in pairs]), np.array([t for _, t in pairs])
    assert measure.auc(scores, truth) == pytest.approx(roc_auc_score(truth, scores))


def test_recall_and_threshold_let_no_more_pass_than_they_say():
    draw = np.random.default_rng(0)
    scores = np.concatenate([draw.normal(0, 1, 1000), draw.normal(2, 1, 500)])
    truth = np.arange(1500) >= 1000
    for rate in (0.01, 0.05):
        threshold = measure.threshold_for(scores[~truth], rate)
        assert rate - 0.0011 <= (scores[~truth] >= threshold).mean() <= rate
        recall = measure.recall_at(scores, truth, rate)
        assert recall == pytest.approx((scores[truth] >= threshold).mean(), abs=0.005)
    assert measure.recall_at(scores, truth, 0.01) < measure.recall_at(scores, truth, 0.05)


def test_an_interval_holds_the_auc_and_shrinks_with_more_texts():
    found = []
    for count in (60, 2000):
        logits, truth = drawn(count)
        quality = measure.quality(logits, truth)
        assert quality.low < quality.auc < quality.high
        assert quality.positives + quality.negatives == count
        found.append(quality.high - quality.low)
    assert found[0] > 3 * found[1]
    assert measure.quality(np.arange(20.0), np.arange(20) < 3) is None


def test_length_tells_nothing_among_texts_of_like_lengths():
    draw = np.random.default_rng(1)
    lengths = np.concatenate([draw.integers(20, 400, 3600), draw.integers(200, 3000, 1600)])
    truth = np.arange(5200) >= 3600
    assert measure.auc(lengths.astype(float), truth) > 0.9
    chosen = measure.like_lengths(lengths.tolist(), truth)
    assert truth[chosen].mean() == 0.5
    assert len(chosen) > 100
    assert measure.auc(lengths[chosen].astype(float), truth[chosen]) == pytest.approx(0.5, abs=0.06)


def test_calibration_error_of_chances_that_are_right_and_wrong():
    logits, truth = drawn(20000)
    right, wrong = 1 / (1 + np.exp(-logits / 2)), 1 / (1 + np.exp(-2 * logits))
    assert measure.calibration_error(right, truth) < 0.015
    assert measure.calibration_error(wrong, truth) > 0.1
    assert measure.calibration_error(np.array([1.0, 0.0]), np.array([True, False])) == 0


def test_change_and_flips_of_swapped_texts():
    before, after = np.array([0.2, 0.6, 0.9]), np.array([0.3, 0.4, 0.9])
    mean, flips = measure.swap_change(before, after, 0.5)
    assert mean == pytest.approx(0.1)
    assert flips == pytest.approx(1 / 3)


@pytest.mark.parametrize("how", [calibrate.sigmoid, calibrate.isotonic])
def test_curves_give_chances_that_are_right_on_other_texts(how):
    logits, truth = drawn(4000)
    curve = how(logits, truth, np.ones(4000))
    others, true = drawn(8000, seed=1)
    assert measure.calibration_error(curve(others), true) < 0.03
    places = np.linspace(-12, 12, 200)
    assert (np.diff(curve(places)) > 0).all()
    assert 0 < curve(places).min() < 0.05
    assert 0.95 < curve(places).max() < 1
    assert measure.auc(curve(others), true) == pytest.approx(measure.auc(others, true), abs=0.002)


def test_chances_are_those_of_the_stated_mixture():
    logits, truth = drawn(6000)
    share = 0.1
    curve = calibrate.curve(logits, truth, share)
    weight = calibrate.mixture(truth, share)
    assert weight[truth].sum() / weight.sum() == pytest.approx(share)
    assert np.average(curve(logits), weights=weight) == pytest.approx(share, abs=0.02)


# -- texts with their logits --------------------------------------------------------------------


def test_the_highest_window_counts_and_all_windows_are_seen():
    tokens = [*SPECIAL, "a", "b"]
    needle = tokens.index("b")
    widths = []

    def forward(ids, mask):
        widths.append(ids.shape)
        assert ((ids != 0) == (mask == 1)).all()
        return np.repeat((ids == needle).any(axis=1)[:, None], len(LABELS), 1).astype(np.float32)

    texts = ["a", "a " * 500 + "b", "b " + "a " * 500, "a " * 200, ""]
    found = score(forward, Cutter(tokens), texts)
    assert found.highest[:, 0].tolist() == [0, 1, 1, 0, 0]
    assert found.counts.tolist() == [1, 8, 8, 3, 1]
    assert max(width for _, width in widths) == 98


def test_scales_come_from_benign_texts_and_labels_without_positives_have_none():
    draw = np.random.default_rng(0)
    rows = [Row("plain", str(at), HARMLESS) for at in range(2000)]
    rows += [Row("bad", str(at), {"hate": 1}) for at in range(100)]
    highest = draw.normal(-4, 1, (2100, len(LABELS)))
    highest[2000:] += 6
    found = scales(Logits(highest, np.ones(2100, int)), rows)
    assert found["threat"].curve is None
    hate = found["hate"]
    column = highest[:, LABELS.index("hate")]
    assert (column[:2000] >= hate.threshold).mean() <= RATE
    assert (column[2000:] >= hate.threshold).mean() > 0.95
    chances = hate.score(column, np.ones(2100, int))
    assert chances[:2000].mean() < 0.02
    assert chances[2000:].mean() > 0.8
    # the same logit in a document of many windows is worth less
    assert hate.score(np.array([-0.5]), np.array([20])) < hate.score(
        np.array([-0.5]), np.array([1])
    )


def test_default_threshold_asks_for_what_is_more_likely_so_than_not():
    draw = np.random.default_rng(1)
    rows = [Row("plain", str(at), HARMLESS) for at in range(2000)]
    rows += [Row("coarse", str(at), {"obscene": 0}) for at in range(500)]
    rows += [Row("worse", str(at), {"obscene": 1}) for at in range(300)]
    highest = draw.normal(-6, 0.5, (2800, len(LABELS)))  # nothing benign comes near
    highest[2000:2500] += 5
    highest[2500:] += 7
    obscene = scales(Logits(highest, np.ones(2800, int)), rows)["obscene"]
    column = highest[:, LABELS.index("obscene")]
    assert obscene.chance(np.array([obscene.threshold]))[0] == pytest.approx(0.5)
    assert (column[2000:2500] >= obscene.threshold).mean() < 0.1
    assert (column[2500:] >= obscene.threshold).mean() > 0.9


def test_orders_in_documents_are_told_from_documents_and_not_from_posts():
    draw = np.random.default_rng(0)
    rows = [Row("posts", str(at), HARMLESS) for at in range(2000)]
    rows += [Row(passages.SOURCE, str(at), HARMLESS) for at in range(60)]
    rows += [Row("bad", str(at), {"indirect": 1, "direct": 1}) for at in range(50)]
    highest = draw.normal(-4, 0.5, (2110, len(LABELS)))
    highest[2000:2060] += 2
    highest[2060:] += 6
    found = scales(Logits(highest, np.ones(2110, int)), rows)
    assert found["indirect"].threshold > found["direct"].threshold + 0.5
    column = highest[:, LABELS.index("indirect")]
    assert (column[2000:2060] >= found["indirect"].threshold).mean() == 0
    doubtful = np.array([-2.0])
    assert found["indirect"].chance(doubtful) < found["direct"].chance(doubtful)


def test_rows_are_thinned_by_source_and_the_same_each_time():
    rows = [Row("many", str(at), {}) for at in range(100)] + [Row("few", "x", {})]
    chosen = fewer(rows, most=10)
    assert len(chosen) == 11
    assert chosen == fewer(rows, most=10)


def test_gaps_tell_a_score_that_holds_a_group_against_its_texts():
    draw = np.random.default_rng(0)
    texts = [f"{word} number {at}" for at in range(200) for word in ("muslims", "trees")]
    truth = draw.random(400) < 0.5
    fair = truth + draw.normal(0, 0.3, 400)
    unfair = fair + np.array([0.9, 0.0] * 200)
    one, other = (gaps(texts, scores, truth) for scores in (fair, unfair))
    assert set(one) == {"muslim"}
    assert one["muslim"]["positives"] + one["muslim"]["negatives"] == 200
    assert one["muslim"]["bpsn"] > 0.95
    assert other["muslim"]["subgroup"] == pytest.approx(one["muslim"]["subgroup"])
    assert other["muslim"]["bpsn"] < 0.75
    assert other["muslim"]["bnsp"] > one["muslim"]["bnsp"]
    assert gaps(texts, fair, np.zeros(400, bool)) == {}


def test_short_talk_counts_no_more_than_its_share_where_a_threshold_is_set():
    draw = np.random.default_rng(3)
    texts = [f"text {number}" for number in range(900)]
    rows = [Row("posts", text, HARMLESS) for text in texts]
    rows += [Row("hateful", text, {**HARMLESS, "toxicity": 1}) for text in texts[:60]]
    said = [Row(UTTERANCES, text, HARMLESS) for text in texts[:400]]
    quiet, loud = draw.normal(-4, 1, 900), draw.normal(4, 1, 60)

    def threshold(talk: np.ndarray) -> float:
        highest = np.concatenate([quiet, loud, talk])[:, None].repeat(len(LABELS), 1)
        counts = np.ones(len(highest), int)
        some = [*rows, *said[: len(talk)]]
        return scales(Logits(highest, counts), some)["toxicity"].threshold

    # four hundred have a tenth of the mass, a quarter of a text each: twenty make the 0.5 %
    talk = np.concatenate([np.full(18, 2.0), np.full(382, -5.0)])
    assert threshold(talk) < 1.5
    assert threshold(np.concatenate([np.full(40, 2.0), np.full(360, -5.0)])) > 2
    assert threshold(np.array([])) < 1.5
