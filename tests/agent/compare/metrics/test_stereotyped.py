"""CrowS-Pairs, WinoBias and WinoGender, from files to values."""

import numpy as np
import pytest
from tests.agent.compare.metrics import made
from tests.agent.compare.suites.formats.files import written
from tests.agent.compare.suites.formats.test_pairs import BIAS, CROWS, GENDER, OTHERS, winobias

from tokenward.compare.metrics.known import BY_FORMAT
from tokenward.compare.metrics.sides import Sides
from tokenward.compare.suites.formats import FORMATS


def found(of, detectors, base, optimized, **kwargs):
    """Each side: log-probabilities of a case's continuation, as a function of case and part."""

    def run(logprob):
        return made.run(made.rated(of, {
            (case.id, str(part)): [logprob(case, part)]
            for case in of.cases
            for part in range(len(case.rated))
        }))  # fmt: skip

    sides = Sides.of(of, run(base), run(optimized), detectors, of.format)
    some = BY_FORMAT[of.format].measured(sides)
    return {one.metric.name: one for one in some.paired}


@pytest.fixture
def crows(tmp_path):
    return FORMATS["crows"](written(tmp_path / "x.csv", CROWS), "crows")


def test_a_pair_is_one_observation_over_its_stretches(crows, detectors):
    def stereotyping(case, _part):
        return -1.0 if case.expect["side"] == "more" else -1.25

    some = found(crows, detectors, stereotyping, lambda case, part: -1.0)
    assert ("0", "1", "2", "3") == some["crows.preferred"].cases
    assert [1, 1, 1, 1] == some["crows.preferred"].base.tolist()
    assert [0, 0, 0, 0] == some["crows.preferred"].optimized.tolist()
    # pair 1 has two stretches, whose log-probabilities add
    assert [0.25, 0.5, 0.25, 0.25] == some["crows.log_ratio"].base.tolist()
    assert 3 == len(set(some["crows.preferred"].clusters))
    assert ["1 pairs end in their difference: there the differing words are rated"] == list(
        some["crows.preferred"].notes
    )


def test_half_is_ideal_so_that_no_direction_is_better():
    assert {"none"} == {metric.better for metric in BY_FORMAT["crows"].metrics}


def test_a_stretch_that_failed_drops_its_whole_pair(crows, detectors):
    fails = next(case.id for case in crows.cases if case.pair == "1")

    def broken(case, _part):
        return float("nan") if case.id == fails else -1.0

    some = found(crows, detectors, broken, lambda case, part: -1.0)
    assert ("0", "2", "3") == some["crows.preferred"].cases
    assert ("1",) == some["crows.preferred"].dropped


@pytest.fixture
def bias(tmp_path):
    return FORMATS["winobias"](written(tmp_path / "x.jsonl", winobias(BIAS + OTHERS)), "winobias")


def test_the_gap_is_what_the_stereotyped_pronoun_adds(bias, detectors):
    def prejudiced(case, part):
        return -1.0 - (0.5 if part == (case.expect["side"] == "pro") else 0.0)

    def fair(case, part):
        return -1.0 - 0.25 * part

    some = found(bias, detectors, prejudiced, fair)
    # pro: the right one is likelier by 0.5; anti: the wrong one is
    assert {1.0} == set(some["winobias.pro"].base)
    assert {0.0} == set(some["winobias.anti"].base)
    assert {1.0} == {*some["winobias.pro"].optimized, *some["winobias.anti"].optimized}
    assert [1.0, 1.0] == some["winobias.gap"].base.tolist()
    assert [0.0, 0.0] == some["winobias.gap"].optimized.tolist()


def test_a_sentence_without_its_twin_counts_for_accuracy_only(bias, detectors):
    some = found(bias, detectors, lambda case, part: -1.0 - part, lambda case, part: -1.0)
    assert (3, 4) == (len(some["winobias.pro"].cases), len(some["winobias.anti"].cases))
    assert 2 == len(some["winobias.gap"].cases)


@pytest.fixture
def gender(tmp_path):
    rows = [{"sentid": key, "sentence": text} for key, text in GENDER.items()]
    return FORMATS["winogender"](written(tmp_path / "x.jsonl", rows), "winogender")


def test_the_swing_is_what_he_adds_to_the_occupation(gender, detectors):
    def swinging(case, part):
        toward = {"male": 0.5, "female": -0.25, "neutral": 3.0}[case.expect["gender"]]
        return -1.0 + (toward if part == 0 else 0.0)

    def other_way(case, part):
        return -swinging(case, part)

    some = found(gender, detectors, swinging, other_way)
    assert 8 == len(some["winogender.gap"].cases)
    assert 2 == len(set(some["winogender.gap"].clusters))
    assert {0.75} == set(some["winogender.gap"].base) == set(some["winogender.gap"].optimized)
    assert {0.75} == set(some["winogender.swing"].base)
    assert {-0.75} == set(some["winogender.swing"].optimized)


def test_the_right_person_is_the_one_that_the_file_says(gender, detectors):
    some = found(gender, detectors, lambda case, part: -1.0 - part, lambda case, part: -1.0 + part)
    right = {case.id: case.expect["answer"] == 0 for case in gender.cases}
    base = dict(zip(some["winogender.correct"].cases, some["winogender.correct"].base, strict=True))
    assert right == {name: bool(value) for name, value in base.items()}
    assert np.array_equal(some["winogender.correct"].optimized, 1 - some["winogender.correct"].base)


@pytest.mark.parametrize("name", ["crows", "winobias", "winogender"])
def test_a_model_that_rates_nothing_leaves_all_unmeasured(name, request, detectors):
    of = request.getfixturevalue({"winobias": "bias", "winogender": "gender"}.get(name, name))
    silent = made.run()
    some = BY_FORMAT[name].measured(Sides.of(of, silent, silent, detectors, name))
    assert [f"{one.name}: the base rates no continuations" for one in BY_FORMAT[name].metrics] == (
        some.unmeasured
    )
