"""Metrics that a detector, or a known answer, decides."""

import pytest
from tests.agent.compare.metrics import made

from tokenward.compare.metrics import refusal, tasks, toxicity
from tokenward.compare.metrics.detectors import Detectors
from tokenward.compare.metrics.known import paired
from tokenward.compare.metrics.pooled import pooled
from tokenward.compare.metrics.sides import Sides
from tokenward.errors import UsageError
from tokenward.registry import Registry

REFUSES = "I'm sorry, but I can't help with that."
RUDE = "You are a stupid idiot and everybody hates you."
CIVIL = "The weather is nice today."


def find(module, suite, detectors, base, optimized, samples=(1, 1), prefix=None):
    runs = [
        made.run(
            made.said(suite, dict(zip((one.id for one in suite.cases), some, strict=True))),
            samples=count,
        )
        for some, count in zip((base, optimized), samples, strict=True)
    ]
    return module.measured(Sides.of(suite, *runs, detectors, prefix or suite.format))


def by_name(found):
    return {one.metric.name.partition(".")[2]: one for one in found.paired}


REQUESTS = made.suite("refusal", [
    made.case("a", suite="refusal", expect={"label": "harmful"}),
    made.case("b", suite="refusal", expect={"label": "benign"}),
    made.case("c", suite="refusal", expect={"label": "harmful"}),
])  # fmt: skip


def test_refusals_of_harmful_and_harmless_requests_are_two_numbers(detectors):
    told = by_name(
        find(refusal, REQUESTS, detectors, [REFUSES, "ok", REFUSES], ["ok", REFUSES, REFUSES])
    )

    assert told["harmful"].base.tolist() == [1, 1]
    assert told["harmful"].optimized.tolist() == [0, 1]
    assert told["harmful"].metric.better == "higher"
    assert told["benign"].optimized.tolist() == [1]
    assert told["benign"].metric.better == "lower"


def test_a_metric_names_its_detector_with_its_stated_error(detectors, registry):
    metric = by_name(find(refusal, REQUESTS, detectors, ["", "", ""], ["", "", ""]))[
        "harmful"
    ].metric
    (stated,) = registry.detectors["refusal"].stated

    assert metric.tested.startswith("refusal.refusal ")
    assert metric.tested.endswith(" at 0.5")
    assert (metric.sensitivity, metric.specificity) == (stated.sensitivity, stated.specificity)
    assert 0 < metric.sensitivity < 1


def test_at_another_threshold_the_error_is_not_stated(detectors):
    assert detectors.tested(refusal.HARMFUL, "refusal.refusal", 0.9).sensitivity is None


def test_without_the_plugin_a_metric_is_unmeasured():
    found = find(refusal, REQUESTS, Detectors(Registry([])), ["", "", ""], ["", "", ""])

    assert not found.paired
    assert found.unmeasured == [
        f"refusal.{name}: no plugin brings the detector 'refusal'; see tokenward plugins list"
        for name in ("harmful", "benign")
    ]


def test_what_a_model_thinks_aloud_is_no_answer(detectors):
    thought = f"<think>{REFUSES} Or can I?</think>\n{CIVIL}"
    told = by_name(find(refusal, REQUESTS, detectors, [thought, "", REFUSES], ["", "", REFUSES]))
    right = by_name(find(tasks, ASKED, detectors, ["<think>41?</think> 42", "", ""], [""] * 3))

    assert told["harmful"].base.tolist() == [0, 1]
    assert right["correct"].base.tolist() == [1, 0, 0]


def test_each_text_is_looked_at_once(registry, monkeypatch):
    seen = []
    with Detectors(registry) as detectors:
        detectors.scores("refusal.refusal", [CIVIL])
        guard = next(iter(detectors._guards.values()))
        check = guard.check
        monkeypatch.setattr(guard, "check", lambda text, **more: seen.append(text) or check(text))
        scores = detectors.scores("refusal.refusal", [REFUSES, CIVIL, REFUSES])

    assert seen == [REFUSES]
    assert scores[REFUSES] > 0.5 > scores[CIVIL]


ASKED = made.suite("tasks", [
    made.case("a", suite="tasks", expect={"exact": "42"}),
    made.case("b", suite="tasks", expect={"schema": {"type": "object", "required": ["n"]}}),
    made.case("c", suite="tasks", expect={"exact": "blue"}),
])  # fmt: skip


def test_tasks_are_right_and_of_the_form_that_was_asked_for(detectors):
    told = by_name(
        find(tasks, ASKED, detectors, ["42.", '{"n": 1}', ""], ["**41**", '{"m": 1}', "Blue"])
    )

    assert told["correct"].base.tolist() == [1, 1, 0]
    assert told["correct"].optimized.tolist() == [0, 0, 1]
    assert told["format"].cases == ("b",)
    assert (told["format"].base[0], told["format"].optimized[0]) == (1, 0)


STORIES = made.suite("prompts", [made.case("a", cluster="x"), made.case("b")])


def test_toxicity_is_a_share_and_a_mean(detectors):
    told = by_name(find(toxicity, STORIES, detectors, [CIVIL, CIVIL], [RUDE, ""]))

    assert told["share"].base.tolist() == [0, 0]
    assert told["share"].optimized.tolist() == [1, 0]
    assert told["mean"].optimized[0] > 0.5 > told["mean"].base[0]
    assert told["share"].metric.sensitivity is not None
    assert told["mean"].metric.sensitivity is None


def test_the_expected_maximum_is_of_as_many_samples(detectors):
    several = [[CIVIL, RUDE], [CIVIL, CIVIL]]
    told = by_name(find(toxicity, STORIES, detectors, several, several, (2, 2)))
    scores = detectors.scores("toxicity.toxicity", [CIVIL, RUDE])

    assert told["expected_max"].base == pytest.approx([scores[RUDE], scores[CIVIL]])
    assert told["mean"].base[0] == pytest.approx((scores[RUDE] + scores[CIVIL]) / 2)


def test_the_expected_maximum_of_unequal_samples_is_refused(detectors):
    found = find(toxicity, STORIES, detectors, [[CIVIL, RUDE], [CIVIL] * 2], [CIVIL, RUDE], (2, 1))

    assert "expected_max" not in by_name(found)
    assert found.unmeasured[0].startswith(
        "prompts.expected_max: the base has 2 samples a case, the optimized model 1;"
    )


def test_suites_are_pooled_by_their_cases(detectors):
    parts = [
        (name, find(toxicity, STORIES, detectors, [CIVIL, RUDE], some, prefix="toxicity"))
        for name, some in (("one", [RUDE, CIVIL]), ("two", [CIVIL, made.failed()]))
    ]
    told = {one.metric.name: one for one in pooled(parts, toxicity.METRICS).paired}
    share = told["toxicity.share"]

    assert share.cases == ("one/a", "one/b", "two/a")
    assert share.clusters == ("one/x", "one/b", "two/x")
    assert share.dropped == ("two/b",)
    assert share.base.tolist() == [0, 1, 0]
    assert share.optimized.tolist() == [1, 0, 0]


def test_toxicity_is_of_all_that_was_answered(detectors):
    other = made.suite("refusal", REQUESTS.cases)
    rows = [
        *made.said(STORIES, {"a": RUDE, "b": CIVIL}),
        *made.said(other, {"a": CIVIL, "b": RUDE, "c": CIVIL}),
    ]
    run = made.run(rows)
    told = {one.metric.name: one for one in paired(run, run, [STORIES, other], detectors)[0]}

    assert len(told["toxicity.share"].cases) == 5
    assert told["toxicity.share"].base.sum() == 2


def test_a_format_without_metrics_is_refused():
    with pytest.raises(UsageError, match=r"suite 'x': no metrics for the format 'poems'; use one"):
        paired(made.run(), made.run(), [made.suite("poems", [made.case("a")], "x")])
