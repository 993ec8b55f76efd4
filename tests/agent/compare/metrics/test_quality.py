"""How far a model moved: divergences, perplexities, and what it says."""

import math
from dataclasses import replace

import numpy as np
import pytest
from tests.agent.compare.metrics import made

from tokenward.compare.metrics.detectors import Detectors
from tokenward.compare.metrics.quality import CAP, measured
from tokenward.compare.metrics.sides import Sides

SUITE = made.suite("quality", [made.case(name, rated=("rest",)) for name in "abc"])
TEXT = {(name, "0"): [-1.0, -2.0, -3.0] for name in "abc"}


def find(base, optimized, suite=SUITE):
    found = measured(Sides.of(suite, base, optimized, Detectors(), "quality"))
    return {one.metric.name.partition(".")[2]: one for one in found.paired}, dict(
        line.removeprefix("quality.").split(": ", 1) for line in found.unmeasured
    )


def rated(logprobs, **more):
    return made.run(made.rated(SUITE, logprobs, **more))


def shifted(logprobs, by):
    return {key: [value - by for value in values] for key, values in logprobs.items()}


def test_a_perplexity_is_a_quotient_of_sums_over_tokens():
    longer = {**TEXT, ("c", "0"): [-1.0] * 30}
    found, _ = find(rated(longer), rated(shifted(longer, 0.1)))
    ratio = found["ppl_ratio"]

    assert ratio.metric.log
    assert ratio.metric.kind == "ratio"
    assert ratio.weights.tolist() == [3, 3, 30]
    assert (ratio.optimized - ratio.base).sum() / ratio.weights.sum() == pytest.approx(0.1)
    assert found["nll"].optimized - found["nll"].base == pytest.approx(0.1)
    assert found["bits_per_byte"].weights.tolist() == [12, 12, 120]
    assert found["bits_per_byte"].base[0] == pytest.approx(6 / math.log(2))


def test_texts_of_people_and_drawn_ones_are_apart():
    drawn = {(name, "drawn"): [-0.5, -0.5] for name in "ab"}
    found, _ = find(rated(TEXT | drawn), rated(TEXT | shifted(drawn, 0.25)))

    assert found["drawn_nll"].cases == ("a", "b")
    assert found["drawn_nll"].optimized == pytest.approx(0.75)
    assert found["nll"].optimized == pytest.approx(found["nll"].base)
    assert found["ppl_ratio"].weights.tolist() == [3, 3, 3]


def test_divergence_is_of_what_the_base_drew_where_it_drew():
    both = TEXT | {("a", "drawn"): [-1.0, -1.0]}
    kl = {**{key: [0.5, 0.5, 0.5] for key in TEXT}, ("a", "drawn"): [0.1, 0.3]}
    agree = {**{key: [1, 1, 0] for key in TEXT}, ("a", "drawn"): [1, 0]}
    found, _ = find(rated(both), rated(both, kl=kl, agree=agree, entropy=kl))

    assert not found["kl"].base.any()
    assert dict(zip(found["kl"].cases, found["kl"].optimized, strict=True)) == {
        "a": pytest.approx(0.2)
    }
    assert found["top1"].optimized.tolist() == [0.5]
    assert found["kl"].extra["origin"] == "drawn"
    assert found["kl"].extra["tail"]["max"] == 0.3
    assert found["kl"].extra["llama.cpp"]["Mean KLD"] == pytest.approx(0.5)


def test_without_drawn_texts_divergence_is_of_texts_of_people():
    kl = {("a", "0"): [0.1, 0.3, 0.2], ("b", "0"): [0.4] * 3, ("c", "0"): [0.0] * 3}
    agree = {key: [1, 1, 0] for key in TEXT}
    found, _ = find(rated(TEXT), rated(TEXT, kl=kl, agree=agree, entropy=kl))

    assert found["kl"].optimized == pytest.approx([0.2, 0.4, 0.0])
    assert found["top1"].optimized == pytest.approx([1 / 3] * 3)
    assert found["kl"].extra["origin"] == "texts"
    assert found["kl"].extra["llama.cpp"]["Same top p"] == pytest.approx(2 / 3)
    assert found["kl"].extra["llama.cpp"]["Mean ln(PPL(Q)/PPL(base))"] == 0


def test_a_broken_case_is_not_the_mean():
    kl = dict.fromkeys(TEXT, [400.0] * 3)
    found, _ = find(rated(TEXT), rated(TEXT, kl=kl, agree=dict.fromkeys(TEXT, [0] * 3)))

    assert found["kl"].optimized.tolist() == [CAP] * 3
    assert found["kl"].extra["tail"]["max"] == 400.0


def test_a_case_whose_divergence_is_unknown_is_dropped():
    rows = made.rated(SUITE, TEXT, kl=dict.fromkeys(TEXT, [0.1] * 3))
    bare = made.rated(SUITE, TEXT)
    found, _ = find(rated(TEXT), made.run([*rows[:2], bare[2]]))

    assert found["kl"].cases == ("a", "b")
    assert found["kl"].dropped == ("c",)
    assert "no number" in found["kl"].notes[0]


def test_the_floor_is_the_model_against_itself():
    again = made.rated(SUITE, shifted(TEXT, 0.2), kl=dict.fromkeys(TEXT, [0.4] * 3), repeat=1)
    first = made.rated(SUITE, TEXT, kl=dict.fromkeys(TEXT, [0.1] * 3))
    own = made.rated(SUITE, TEXT, kl=dict.fromkeys(TEXT, [0.03] * 3), repeat=1)
    found, _ = find(made.run(made.rated(SUITE, TEXT), own), made.run(first, again))

    assert found["kl"].floor == pytest.approx([0.3] * 3)
    assert found["kl"].base_floor == pytest.approx([0.03] * 3)
    assert found["ppl_ratio"].floor == pytest.approx([0.2] * 3)
    assert found["ppl_ratio"].base_floor == pytest.approx([0.0] * 3)


def test_other_tokenizers_leave_bits_a_byte_only():
    found, lacking = find(
        made.run(made.rated(SUITE, TEXT)), made.run(made.rated(SUITE, TEXT), tokenizer="other")
    )

    assert set(found) == {"bits_per_byte"}
    assert {"kl", "top1", "ppl_ratio", "nll", "drawn_nll"} <= set(lacking)
    assert "tokenizers differ" in lacking["ppl_ratio"]


def test_other_numbers_of_tokens_are_other_tokenizers():
    shorter = {**TEXT, ("b", "0"): [-6.0]}
    _, lacking = find(made.run(made.rated(SUITE, TEXT)), made.run(made.rated(SUITE, shorter)))

    assert "tokenizers differ" in lacking["ppl_ratio"]


def test_a_run_against_another_base_has_no_divergence_from_this_one():
    kl = dict.fromkeys(TEXT, (0.1,) * 3)
    base = replace(rated(TEXT), details={"id": "b"})
    optimized = rated(TEXT, kl=kl, agree=dict.fromkeys(TEXT, (1,) * 3))

    _, lacking = find(base, replace(optimized, details={"id": "o", "reference": "other"}))
    found, _ = find(base, replace(optimized, details={"id": "o", "reference": "b"}))

    assert "another base" in lacking["kl"]
    assert {"kl", "top1", "ppl_ratio"} <= set(found)


def test_a_model_that_rates_nothing_is_said_to():
    _, lacking = find(rated(TEXT), made.run(made.said(SUITE, dict.fromkeys("abc", "x"))))

    assert lacking["kl"] == "the optimized model rates no continuations"
    assert lacking["length"] == "the base answered nothing of the suite"


def answered(texts, **more):
    return made.run(made.said(SUITE, dict(zip("abc", texts, strict=True))), **more)


def test_what_answers_look_like():
    base = answered(["a b c d a b c d", "one two three", "x"])
    optimized = answered(["a b c d e f g h", "one two four", ""])
    found, _ = find(base, optimized)

    assert found["repetition"].base == pytest.approx([1 / 5, 0, 0])
    assert not found["repetition"].optimized.any()
    assert found["length"].base.tolist() == [8, 3, 1]
    assert found["flips"].optimized.tolist() == [1, 1, 1]
    assert found["empty"].optimized.tolist() == [0, 0, 1]
    assert found["first_divergence"].base.tolist() == [8, 3, 1]
    assert found["first_divergence"].optimized.tolist() == [4, 2, 0]


def test_tokens_count_where_all_answers_have_them():
    def run(*tokens):
        return answered([made.answer("a b", tokens=one) for one in tokens])

    found, _ = find(run((1, 2, 3), (4, 5), (6,)), run((1, 2, 9), (4, 5), (6, 7)))

    assert found["first_divergence"].base.tolist() == [3, 2, 1]
    assert found["first_divergence"].optimized.tolist() == [2, 2, 1]


def test_answers_that_were_cut_off_are_counted():
    base = answered([made.answer("a", finish=end) for end in ("length", "stop", "stop")])
    found, _ = find(base, base)

    assert found["truncated"].base.tolist() == [1, 0, 0]


def test_samples_are_averaged_by_case():
    base = answered([["a", "b c"], ["", "d"], ["e", "e"]], samples=2)
    optimized = answered([["a", "x"], ["", ""], ["e", "f"]], samples=2)
    found, _ = find(base, optimized)

    assert found["flips"].optimized == pytest.approx([0.5, 0.5, 0.5])
    assert found["empty"].base == pytest.approx([0, 0.5, 0])
    assert found["empty"].samples == 2


def test_unequal_samples_are_compared_as_far_as_both_go():
    base = answered([["a", "b"], ["c", "d"], ["e", "f"]], samples=2)
    found, _ = find(base, answered(["a", "c", "e"]))

    assert not found["flips"].optimized.any()
    assert found["flips"].samples == 1
    assert found["flips"].notes == ["unequal samples a case: the first 1 of both count"]


def test_the_floor_of_answers_compares_as_many_samples():
    texts = [["a b", "c"], ["a b", "c"], ["a b", "c"]]
    again = made.said(SUITE, dict.fromkeys("abc", "a x y"), repeat=1)
    run = made.run(made.said(SUITE, dict(zip("abc", texts, strict=True))), again, samples=2)
    found, _ = find(run, run)

    assert found["length"].floor == pytest.approx([1.0] * 3)
    assert found["flips"].floor == pytest.approx([1.0] * 3)
    assert found["first_divergence"].floor == pytest.approx([-1.0] * 3)


def test_of_cases_that_all_failed_nothing_is_measured():
    _, lacking = find(answered([made.failed()] * 3), answered(["a", "b", "c"]))

    assert lacking["flips"] == "3 cases without use in the base"


def test_the_sum_of_a_long_text_is_exact():
    many = {(name, "0"): [-0.1] * 10_000 for name in "abc"}
    found, _ = find(rated(many), rated(many))

    np.testing.assert_allclose(found["ppl_ratio"].base, 1000, rtol=1e-15)
