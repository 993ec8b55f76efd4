"""Recognizers in streams: the laws hold, failures are decisions, and nothing is written anywhere."""

from __future__ import annotations

import hashlib
import itertools
import logging
import threading
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from presidio_analyzer import (
    AnalyzerEngine,
    Pattern,
    PatternRecognizer,
    RecognizerRegistry,
    RecognizerResult,
    pattern_recognizer,
)
from presidio_analyzer.predefined_recognizers import (
    CreditCardRecognizer,
    EmailRecognizer,
    IbanRecognizer,
    PhoneRecognizer,
    UsSsnRecognizer,
)

from tokenward import Guard
from tokenward.errors import DetectorError
from tokenward.registry import Registry
from tokenward.testing import assert_chunking_law, check_detector
from tokenward_plugins import recognizers
from tokenward_plugins.recognizers import RecognizersSettings, register_detectors
from tokenward_plugins.recognizers.quiet import silenced

OWN = (CreditCardRecognizer, EmailRecognizer, IbanRecognizer, PhoneRecognizer, UsSsnRecognizer)
TEXTS = [
    "The ticket is T-1234. Dr. No has 4111 1111 1111 1111, T-1.",
    "your issue:\nT-1234\nT-123\n4111111111111111",
    "票 T-1234。T-9999！",
]
PARTS = st.sampled_from(
    [
        "T-1234", "T-", "12", "4111 1111 1111 1111", "the ticket is ", "Dr. ", "Prof.", ". ", "。",
        "a@example.com", "your credit card ", "078-05-1120", "social security ", "\n", " ", "! ",
    ]
)  # fmt: skip


def guard(*entries, on_error="block", **values):
    rule = {
        "id": "own", "stage": "output", "detect": {"own": "all"}, "action": "redact",
        "when": "score >= 0.3", "on_error": on_error, "deadline_ms": 60_000,
    }  # fmt: skip
    detectors = {"own": {"plugin": "presidio", "recognizers": list(entries), **values}}
    policy = {"name": "t", "detectors": detectors, "rules": [rule]}
    return Guard.load(policy, registry=Registry([("presidio", recognizers)]))


def tagger_of(*entries, **values):
    (plugin,) = register_detectors()
    return plugin.create(RecognizersSettings(recognizers=entries, **values), None)


# -- the laws -----------------------------------------------------------------------------------


def test_the_laws_of_streams_hold(file):
    with guard(file) as one:
        assert_chunking_law(one, TEXTS)


@pytest.fixture(scope="module")
def own():
    with guard(*OWN) as one:
        yield one


@given(st.lists(PARTS, max_size=15).map("".join), st.data())
@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
def test_any_chunking_is_the_whole_text(own, text, data):
    places = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=8)))
    chunks = [text[a:b] for a, b in itertools.pairwise([0, *places, len(text)])]
    expected = own.check(text)
    stream = own.stream()
    released = "".join(map(stream.feed, chunks)) + stream.finish()

    assert expected.text == released == stream.decision.text
    assert expected.rules == stream.decision.rules
    assert expected.scores == stream.decision.scores
    assert () == expected.degraded == stream.decision.degraded


@pytest.fixture(scope="module")
def engines():
    """A tagger over some recognizers, and Presidio's own engine over the same, and the same words."""
    tagger = tagger_of(*OWN)
    registry = RecognizerRegistry(recognizers=[kind() for kind in OWN])
    analyzer = AnalyzerEngine(registry=registry, nlp_engine=tagger._words._engine)
    return SimpleNamespace(tagger=tagger, analyzer=analyzer)


@given(st.lists(PARTS, max_size=12).map("".join))
@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.too_slow])
def test_a_sentence_gets_what_presidio_says_of_it(engines, text):
    expected = sorted(
        (found.start, found.end, found.entity_type, pytest.approx(found.score))
        for found in engines.analyzer.analyze(text, language="en")
    )
    (tags,) = engines.tagger.tag([text])

    assert expected == sorted((tag.start, tag.end, tag.type, tag.score) for tag in tags)


def test_the_detector_conforms(file):
    (plugin,) = register_detectors()

    assert check_detector(plugin, TEXTS, {"recognizers": [file]}).passed


def test_values_are_redacted_where_they_stand(file):
    with guard(file) as one:
        decision = one.check("Your ticket is T-1234. Dr. No is out.")

    assert "Your ticket is <TICKET>. <TITLE> No is out." == decision.text
    assert [("own", "TICKET", 15, 21, 0.75), ("own", "TITLE", 23, 26, 1.0)] == [
        (d.detector, d.type, d.start, d.end, d.score) for d in decision.detections
    ]


def test_an_object_in_a_policy_is_the_object_that_runs(kinds):
    words = kinds["Words"]()
    with guard(words) as one:
        assert "a <WORD>" == one.check("a secret").text
        assert words is one.engine.compiled.detectors["own"]._recognizers[0]
    assert (
        guard(words).engine.compiled.policy.revision == guard(words).engine.compiled.policy.revision
    )


# -- failures are decisions ---------------------------------------------------------------------


def result(*values, **more):
    return lambda text: [RecognizerResult(*values, **more)] if "bad" in text else []


FAULTS = {
    "raises": {"error": ValueError("cannot take 'so bad'")},
    "past the end": {"results": result("WORD", 0, 99, 0.5)},
    "before the beginning": {"results": result("WORD", -1, 3, 0.5)},
    "backwards": {"results": result("WORD", 3, 1, 0.5)},
    "no whole numbers": {"results": result("WORD", 0.5, 3, 0.5)},
    "a score above 1": {"results": result("WORD", 0, 3, 1.5)},
    "a score below 0": {"results": result("WORD", 0, 3, -0.1)},
    "no number": {"results": result("WORD", 0, 3, float("nan"))},
    "no score": {"results": result("WORD", 0, 3, None)},
    "a type of its own": {"results": result("OTHER", 0, 3, 0.5)},
    "no result": {"results": lambda text: ["so bad"]},
    "no list": {"results": lambda text: 7},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_recognizer_that_fails_is_a_decision(kinds, fault):
    text = "This is so bad. And T-1234."
    for on_error, released in (("block", None), ("allow", text)):
        with guard(kinds["Words"](**FAULTS[fault]), on_error=on_error) as one:
            decision = one.check(text)
        assert (("own",), released) == (decision.degraded, decision.text)
        assert "block" == decision.action or on_error == "allow"


@pytest.mark.parametrize("fault", FAULTS)
def test_a_failure_names_the_recognizer_and_quotes_no_text(kinds, fault):
    tagger = tagger_of(kinds["Words"](**FAULTS[fault]))
    with pytest.raises(DetectorError, match="recognizer 'Words of ours'") as caught:
        tagger.tag(["This is so bad."])

    assert "so bad" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_an_empty_result_is_no_result(kinds):
    words = kinds["Words"](lambda text: [RecognizerResult("WORD", 2, 2, 0.5)])

    assert [[]] == tagger_of(words).tag(["This is so bad."])
    assert [[]] == tagger_of(kinds["Words"](lambda text: None)).tag(["This is so bad."])


def test_a_pattern_that_presidio_gives_up_is_a_failure(monkeypatch):
    monkeypatch.setattr(pattern_recognizer, "REGEX_TIMEOUT_SECONDS", 0.2)
    evil = PatternRecognizer("EVIL", name="evil", patterns=[Pattern("e", "(a|aa)+$", 0.5)])
    tagger = tagger_of(evil)

    assert [[]] == tagger.tag(["b!"])
    with pytest.raises(DetectorError, match=r"recognizer 'evil' took over 0\.2 s"):
        tagger.tag(["a" * 60 + "!"])


def test_other_threads_at_work_do_not_hide_that_a_pattern_was_given_up(monkeypatch):
    monkeypatch.setattr(pattern_recognizer, "REGEX_TIMEOUT_SECONDS", 0.2)
    evil = PatternRecognizer("EVIL", name="evil", patterns=[Pattern("e", "(a|aa)+$", 0.5)])
    ended = threading.Event()
    data = bytes(2**20)

    def work():
        while not ended.is_set():
            hashlib.sha256(data).digest()  # without the interpreter's lock

    thread = threading.Thread(target=work)
    thread.start()
    try:
        with pytest.raises(DetectorError, match=r"recognizer 'evil' took over 0\.2 s"):
            tagger_of(evil).tag(["a" * 60 + "!"])
    finally:
        ended.set()
        thread.join()


def test_a_late_recognizer_is_a_decision(monkeypatch):
    monkeypatch.setattr(pattern_recognizer, "REGEX_TIMEOUT_SECONDS", 1)
    evil = PatternRecognizer("EVIL", name="evil", patterns=[Pattern("e", "(a|aa)+$", 0.5)])
    rule = {
        "id": "own", "stage": "output", "detect": {"own": "all"}, "action": "redact", "deadline_ms": 50,
    }  # fmt: skip
    policy = {
        "name": "t",
        "detectors": {"own": {"plugin": "presidio", "recognizers": [evil]}},
        "rules": [rule],
    }
    one = Guard.load(policy, registry=Registry([("presidio", recognizers)]))
    decision = one.check("a" * 60 + "!")

    assert ("block", ("own",)) == (decision.action, decision.degraded)
    one.close()


# -- nothing is written -------------------------------------------------------------------------


def test_what_a_recognizer_logs_goes_nowhere(kinds, caplog, capfd):
    handler = logging.StreamHandler()
    logger = logging.getLogger("ours.8")
    logger.addHandler(handler)
    try:
        with caplog.at_level(logging.DEBUG), guard(kinds["Words"]()) as one:
            assert "a <WORD>" == one.check("a secret").text
    finally:
        logger.removeHandler(handler)

    assert "secret" not in caplog.text
    assert not [record for record in caplog.records if "secret" in str(vars(record))]
    assert ("", "") == capfd.readouterr()


def test_others_log_as_before(kinds, caplog):
    tagger_of(kinds["Words"]()).tag(["a secret"])
    with silenced():
        logging.getLogger("ours").error("within")
    logging.getLogger("ours").error("after %s", 1)

    assert ["after 1"] == [record.getMessage() for record in caplog.records]


def test_silence_is_for_one_thread(caplog):
    import threading

    with silenced():
        other = threading.Thread(target=logging.getLogger("ours").error, args=("elsewhere",))
        other.start()
        other.join()

    assert ["elsewhere"] == [record.getMessage() for record in caplog.records]
