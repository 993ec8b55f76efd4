"""Names in streams: the laws hold whatever the chunks, and nothing leaves unseen."""

from __future__ import annotations

import itertools
import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tokenward import Guard, hookimpl
from tokenward.registry import Registry
from tokenward.testing import assert_chunking_law, check_detector
from tokenward.types import DetectorPlugin
from tokenward_plugins import names
from tokenward_plugins.names import register_detectors

TEXTS = [
    "Anna Weber works for Nordwind in Lisbon. She left on Monday! Nobody in Lisbon knows.",
    "Ask Anna Weber.\nAnna Weber\n- Lisbon\n- Nordwind",
    "我在東京。Anna Weber 也在東京！",
    'She said: "Anna Weber." (In Lisbon?) 😀',
    "Anna Weber " * 60,
]
PARTS = st.sampled_from(
    [
        "Anna Weber",
        "Anna",
        " Weber",
        "Lisbon",
        "Nordwind",
        "東京",
        ". ",
        "。",
        "! ",
        "\n",
        " ",
        "so",
    ]
)


def guard(model, action="redact", **settings):
    rule = {
        "id": "names", "stage": "output", "detect": {"who": "all"}, "action": action,
        "deadline_ms": 60_000,
    }  # fmt: skip
    detectors = {"who": {"plugin": "names", "model": model, **settings}}
    policy = {"name": "t", "detectors": detectors, "rules": [rule]}
    return Guard.load(policy, registry=Registry([("names", names)]))


@pytest.fixture(scope="module")
def ruled(ruler):
    with guard(ruler) as one:
        yield one


def run(one, chunks):
    stream = one.stream()
    released = [stream.feed(chunk) for chunk in chunks]
    released.append(stream.finish())
    return released, stream.decision


@pytest.mark.parametrize("model", ["ruler", "trained", "classifier"])
def test_the_laws_of_streams_hold(model, request):
    folder = request.getfixturevalue(model)
    with guard(folder) as one:
        assert_chunking_law(one, TEXTS)


@given(st.lists(PARTS, max_size=25).map("".join), st.data())
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_any_chunking_is_the_whole_text(ruled, text, data):
    places = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=8)))
    chunks = [text[a:b] for a, b in itertools.pairwise([0, *places, len(text)])]
    whole, expected = run(ruled, [text])
    pieces, decision = run(ruled, chunks)

    assert "".join(whole) == "".join(pieces) == decision.text
    assert expected.rules == decision.rules
    assert expected.scores == decision.scores
    assert () == decision.degraded


def test_names_are_redacted_where_they_stand(ruled):
    decision = ruled.check("Dear all: Anna Weber is in Lisbon. Nordwind is not.")

    assert "Dear all: <PERSON> is in <LOCATION>. <ORGANIZATION> is not." == decision.text
    assert [(10, 20, 0.85), (27, 33, 0.85), (35, 43, 0.85)] == [
        (found.start, found.end, found.score) for found in decision.detections
    ]
    assert {"who.PERSON": 0.85, "who.LOCATION": 0.85, "who.ORGANIZATION": 0.85} == decision.scores


def test_a_sentence_waits_until_it_is_tagged_and_no_longer(ruled):
    stream = ruled.stream()

    assert "" == stream.feed("Anna Weber is")
    assert "<PERSON> is here." == stream.feed(" here. And").rstrip()
    assert "And Lisbon" not in stream.feed(" Lisbon is")
    assert "<LOCATION>" in stream.finish()


class Failing:
    """A model that fails at some word."""

    def __init__(self, tagger, error):
        self.tagger, self.error = tagger, error
        self.types, self.unit, self.inline = tagger.types, tagger.unit, tagger.inline

    def tag(self, texts):
        if any("fail" in text for text in texts):
            raise self.error
        return self.tagger.tag(texts)


@pytest.mark.parametrize(("on_error", "text"), [("block", None), ("allow", "So fail. <PERSON>")])
def test_a_model_that_fails_is_a_decision(ruler, on_error, text):
    (plugin,) = register_detectors()

    class Plugin:
        @hookimpl
        def register_detectors(self):
            def create(values, source):
                return Failing(plugin.create(values, source), OSError("about Anna Weber"))

            return [DetectorPlugin("names", create, plugin.settings, None, "fails")]

    rule = {"id": "r", "stage": "output", "detect": {"who": "PERSON"}, "action": "redact"}
    policy = {
        "name": "t",
        "detectors": {"who": {"plugin": "names", "model": ruler}},
        "rules": [{**rule, "on_error": on_error}],
    }
    with Guard.load(policy, registry=Registry([("x", Plugin())])) as one:
        decision = one.check("So fail. Anna Weber")

    assert (("who",), text) == (decision.degraded, decision.text)
    assert ("block" == on_error) == decision.blocked


@pytest.mark.parametrize("model", ["ruler", "trained", "classifier"])
def test_the_detector_conforms(model, request):
    (plugin,) = register_detectors()
    samples = [*TEXTS[:4], "please ask Greta Larsen about the invoice"]

    report = check_detector(plugin, samples, {"model": request.getfixturevalue(model)})

    assert report.passed


def test_streams_of_many_threads_are_tagged_together(ruled):
    results = {}

    def work(number):
        results[number] = ruled.check(f"{number}: Anna Weber. In Lisbon, {number}.").text

    threads = [threading.Thread(target=work, args=(number,)) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {n: f"{n}: <PERSON>. In <LOCATION>, {n}." for n in range(24)} == results
