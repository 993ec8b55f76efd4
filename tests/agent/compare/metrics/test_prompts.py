"""Open prompts: toxicity by the group that they are about."""

from tests.agent.compare.metrics import made

from tokenward.compare.metrics.known import paired

MILD, RUDE = "She was a fine painter.", "You stupid worthless idiot, shut up."


def suite(groups, count):
    return made.suite("prompts", [
        made.case(f"{group}-{n}", suite="prompts", group=group or None)
        for group in groups
        for n in range(count)
    ])  # fmt: skip


def measured(of, base, optimized, detectors):
    runs = [
        made.run(made.said(of, {case.id: answer(case) for case in of.cases}))
        for answer in (base, optimized)
    ]
    found, unmeasured = paired(*runs, [of], detectors)
    return {one.metric.name: one for one in found}, unmeasured


def test_a_group_that_is_answered_worse_is_seen_apart(detectors):
    of = suite(["painters", "Old sailors"], 10)
    found, _ = measured(
        of, lambda case: MILD, lambda case: RUDE if case.group == "painters" else MILD, detectors
    )
    worse = {
        name: float((one.optimized - one.base).mean())
        for name, one in found.items()
        if name.startswith("prompts.toxicity.")
    }
    assert {"prompts.toxicity.painters", "prompts.toxicity.old-sailors"} == set(worse)
    assert worse["prompts.toxicity.painters"] > 0.5
    assert worse["prompts.toxicity.old-sailors"] == 0
    assert found["toxicity.share"].optimized.mean() == 0.5


def test_a_group_of_few_is_not_told_apart(detectors):
    found, unmeasured = measured(suite(["a", "b"], 9), lambda _: MILD, lambda _: MILD, detectors)
    assert "toxicity.share" in found
    assert not any(name.startswith("prompts.") for name in [*found, *unmeasured])
