from __future__ import annotations

import pytest

REDACT = {"detect": {"words": ["BAD"]}, "action": "redact"}
BLOCK = {"detect": {"digits": ["NUMBER"]}, "action": "block", "message": "no numbers"}


def test_text_that_no_rule_can_match_leaves_with_its_chunk(make_guard):
    stream = make_guard(REDACT).stream()

    assert "plain words " == stream.feed("plain words ")
    assert "" == stream.feed("open")
    assert "open " == stream.feed(" ")


def test_without_rules_everything_leaves_at_once(make_guard):
    assert "anything" == make_guard().stream().feed("anything")


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("redact", "so <BAD> x"),
        ({"redact": "tag"}, "so <BAD> x"),
        ({"redact": "mask"}, "so ***** x"),
        ({"redact": "remove"}, "so  x"),
        ({"replace": "[gone]"}, "so [gone] x"),
        ("flag", "so badly x"),
        ("allow", "so badly x"),
    ],
)
def test_what_each_action_releases(make_guard, action, expected):
    decision = make_guard({"detect": {"words": ["BAD"]}, "action": action}).check("so badly x")

    assert expected == decision.text
    assert (action if isinstance(action, str) else next(iter(action))) == decision.action


def test_block_releases_what_stands_before_the_span_and_nothing_after(make_guard):
    stream = make_guard(BLOCK).stream()

    released = stream.feed("fine text 12345 more ") + stream.feed("and more") + stream.finish()

    assert "fine text " == released
    assert stream.blocked
    assert ("block", None, "no numbers") == (
        stream.decision.action,
        stream.decision.text,
        stream.decision.message,
    )


def test_an_earlier_redaction_still_applies_before_a_block(make_guard):
    stream = make_guard(REDACT, BLOCK).stream()

    assert "a <BAD> b " == stream.feed("a badly b 123 c") + stream.finish()


def test_overlapping_spans_are_removed_as_one_by_the_strongest_rule(make_guard):
    guard = make_guard(
        {"detect": {"digits": ["NUMBER"]}, "action": "redact"},
        {"detect": {"digits": ["MIXED"]}, "action": {"replace": "#"}},
    )

    assert "see # end" == guard.check("see 1234abc end").text


def test_monitor_mode_counts_and_holds_nothing_back(make_guard):
    stream = make_guard({**BLOCK, "mode": "monitor"}).stream()

    assert "open 123" == stream.feed("open 123")
    stream.finish()
    (rule,) = stream.decision.rules
    assert ("allow", "block", "monitor") == (stream.decision.action, rule.action, rule.mode)


def test_flag_only_rules_hold_nothing_back(make_guard):
    stream = make_guard({"detect": {"words": ["BAD"]}, "action": "flag"}).stream()

    assert "badl" == stream.feed("badl")


def test_a_watched_type_of_an_enforcing_detector_does_not_hold_more_back(make_guard):
    stream = make_guard({"detect": {"words": ["BAD"]}, "action": "flag"}, BLOCK).stream()

    stream.feed("a bad ")
    stream.finish()

    assert "flag" == stream.decision.action


def test_a_sentence_is_held_until_its_classifier_has_decided(make_guard):
    guard = make_guard({"detect": {"rude": ["rude"]}, "when": "score > 0.8", "action": "block"})
    stream = guard.stream()

    assert "" == stream.feed("You are ")
    assert "You are nice. " == stream.feed("nice. You")
    assert "" == stream.feed(" idiot") + stream.finish()
    assert stream.blocked


def test_scores_are_the_highest_over_the_text_whether_or_not_a_rule_fired(make_guard):
    decision = make_guard(
        {"detect": {"rude": "all"}, "when": "score > 0.95", "action": "block"}
    ).check("One! Two!! Three.")

    assert {"rude.angry": pytest.approx(2 / 3), "rude.rude": 0.1} == decision.scores
    assert () == decision.rules


def test_a_detector_that_raises_blocks_where_its_rule_says_so(make_guard):
    decision = make_guard({"detect": {"broken": "all"}, "action": "redact"}).check("text")

    assert ("block", None, ("broken",)) == (decision.action, decision.text, decision.degraded)


@pytest.mark.parametrize("detector", ["broken", "broken_rude"])
def test_a_detector_that_raises_is_passed_over_where_its_rule_says_so(make_guard, detector):
    rule = {"detect": {detector: "all"}, "action": "block", "on_error": "allow"}

    decision = make_guard(rule).check("some text")

    assert ("allow", "some text", (detector,)) == (
        decision.action,
        decision.text,
        decision.degraded,
    )


def test_a_failed_monitor_rule_never_blocks(make_guard):
    rule = {"detect": {"broken_rude": "all"}, "action": "block", "mode": "monitor"}

    decision = make_guard(rule).check("some text")

    assert ("allow", ("broken_rude",)) == (decision.action, decision.degraded)


def test_a_stream_takes_no_text_after_its_end(make_guard):
    stream = make_guard(REDACT).stream()
    stream.finish()

    with pytest.raises(ValueError, match="the stream is finished"):
        stream.feed("more")


@pytest.mark.parametrize("text", ["", "\x00", "\ud800 bad", "a" * 100_000, "\n" * 1000])
def test_odd_texts_pass_as_they_are_but_for_what_is_removed(make_guard, text):
    assert text.replace("bad", "<BAD>") == make_guard(REDACT).check(text).text


def test_detections_beyond_the_kept_ones_are_counted(make_guard):
    (rule,) = make_guard(REDACT).check("bad " * 1200).rules

    assert (1000, 1200) == (len(rule.detections), rule.count)
    assert 1200 == rule.as_dict()["count"]


class OutOfBounds:
    """A scan that reports text which it had called settled."""

    def __init__(self, context):
        self.context, self.seen = context, 0

    def feed(self, text):
        from tokenward.types import Detection

        self.seen += len(text)
        return [Detection(self.context.detector, "BAD", 0, 1, 1.0)], self.seen

    def finish(self):
        return []


def test_a_detection_in_text_that_may_have_left_is_a_failure_of_the_detector(make_guard):
    guard = make_guard(REDACT)
    guard.engine.compiled.detectors["words"].open, kept = (
        OutOfBounds,
        guard.engine.compiled.detectors["words"].open,
    )
    try:
        stream = guard.stream()
        stream.feed("a")
        stream.feed("b")
        stream.finish()
    finally:
        guard.engine.compiled.detectors["words"].open = kept

    assert ("block", ("words",)) == (stream.decision.action, stream.decision.degraded)


@pytest.mark.parametrize("chunks", [1, 7, None])
def test_a_value_that_comes_in_touching_pieces_gets_one_label(registry, chunks):
    from tokenward import Guard

    address = "a" * 3000 + "@example.com"
    text = f"to {address} and {address} now"
    guard = Guard.load("pii-secrets", registry=registry)

    stream = guard.stream()
    pieces = [
        text[at : at + (chunks or len(text))] for at in range(0, len(text), chunks or len(text))
    ]
    released = "".join([stream.feed(piece) for piece in pieces] + [stream.finish()])

    assert "to <EMAIL_ADDRESS> and <EMAIL_ADDRESS> now" == released
    assert sum(rule.count for rule in stream.decision.rules) > 2  # in pieces, all the same


def test_neighbours_of_two_types_or_rules_keep_their_labels(make_guard):
    digits = {"detect": {"digits": ["NUMBER"]}, "action": "redact"}
    both = make_guard(digits, {"detect": {"words": ["BAD"]}, "action": {"replace": "~"}})

    assert "<NUMBER>~ 7" == both.check("123bad 7").text  # one figure is no number here
