"""Answers whose end is taken back: what the client gets, and what the model server is asked."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.agent.wire.retelling import ASK, plain, policy, script, talk, talk_whole

from tokenward.wire.protocols.openai import CHAT_COMPLETIONS as CHAT
from tokenward.wire.protocols.openai import TEXT_COMPLETIONS as TEXT
from tokenward.wire.scan import Scanner, drive_blocking

BAD, GOOD = "Take it #stop1234# now", "and go."
SIZES = [(1,), (2,), (3,), (5, 1), (7,), (100,)]
PROMPT = {"model": "m", "prompt": "hi: "}


@pytest.fixture
def tell(load, request_of):
    """Drives an answer, ``whole`` or streamed."""
    return lambda policy, *answers, whole=False, protocol=CHAT, **more: (
        talk_whole if whole else talk
    )(protocol, load(policy), request_of, script(*answers), **more)


def guarded(loaded, text):
    """What a whole text becomes."""
    scanner = Scanner(loaded)
    return drive_blocking(scanner, scanner.whole("output", text))


# -- what the client gets -------------------------------------------------------------------


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize(("protocol", "body"), [(CHAT, ASK), (TEXT, PROMPT)])
def test_the_end_is_told_again_in_a_stream(tell, sizes, protocol, body):
    told = tell(policy(), BAD, GOOD, sizes=sizes, protocol=protocol, body=body)
    assert (told.text, told.finish, told.rewinds) == ("Take it and go.", ["stop"], 1)
    assert told.rules == {"again": "rewind"}
    assert told.events[-1] == "[DONE]"
    assert len(told.asked) == 2


@pytest.mark.parametrize(("protocol", "body"), [(CHAT, ASK), (TEXT, PROMPT)])
def test_the_end_is_told_again_in_a_whole_answer(tell, protocol, body):
    told = tell(policy(), BAD, GOOD, whole=True, protocol=protocol, body=body)
    assert (told.text, told.finish, told.rewinds) == ("Take it and go.", ["stop"], 1)
    assert told.rules == {"again": "rewind"}


def test_the_client_sees_one_stream(tell):
    told = tell(policy(), BAD, GOOD, sizes=(3,))
    events = [one for one in told.events if one != "[DONE]"]
    assert {(one["id"], one["created"], one["model"]) for one in events} == {("c1", 1, "m1")}
    roles = [c["delta"]["role"] for one in events for c in one["choices"] if "role" in c["delta"]]
    assert roles == ["assistant"]
    usage = events[-1]["usage"]
    # three pieces are kept ("Tak", "e i", "t "), those taken back were generated, too
    assert usage["estimated"] is True
    assert usage["completion_tokens"] == 6 + 3
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]


def test_a_whole_answer_has_one_frame_and_one_usage(tell):
    answer = tell(policy(), BAD, GOOD, whole=True).events[0]
    assert (answer["id"], answer["created"], answer["model"]) == ("c1", 1, "m1")
    assert answer["usage"] == {"prompt_tokens": 5, "completion_tokens": 40, "total_tokens": 45}


FALLBACKS = {
    "block": ("Take it No.", "content_filter", "block"),
    "redact": ("Take it <stop> now", "stop", "rewind"),
    "flag": (BAD, "stop", "rewind"),
}


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("fallback", [*FALLBACKS, {"replace": "[so]"}], ids=str)
def test_a_model_that_insists_ends_as_the_fallback(tell, fallback, whole):
    told = tell(policy(fallback), BAD, "#stop1234# now", whole=whole)
    text, finish, action = FALLBACKS.get(str(fallback), ("Take it [so] now", "stop", "rewind"))
    if whole and fallback == "block":
        text = "No."
    assert (told.text, told.finish, told.rules["again"]) == (text, [finish], action)
    assert (told.rewinds, len(told.asked)) == (2, 3)


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("fallback", ["block", "redact", "flag"])
def test_without_another_ending_the_fallback_applies_to_what_is_there(tell, fallback, whole):
    told = tell(policy(fallback), BAD, None, whole=whole)
    expected = {"block": "", "redact": "<stop>", "flag": "#stop1234#"}[fallback]
    assert told.rewinds == 0
    assert told.rules == {"again": fallback}
    if whole:
        assert told.text == ("No." if fallback == "block" else f"Take it {expected} now")
        assert told.finish == ["content_filter" if fallback == "block" else "stop"]
    else:  # what should follow in a stream is lost
        assert told.text == f"Take it {expected}No."
        assert told.finish == ["content_filter"]
        assert told.events[-1] == "[DONE]"


def test_a_stream_that_had_finished_ends_as_it_did(tell):
    told = tell(policy({"redact": "tag"}, detect={"digits": "long"}), "1234567890", None)
    assert (told.text, told.finish) == ("<long>", ["stop"])
    assert told.events[-1] == "[DONE]"


def test_an_end_that_shows_with_the_finish_is_told_again(tell):
    told = tell(policy(detect={"digits": "long"}), "1234567890", "It is secret.")
    assert (told.text, told.finish, told.rewinds) == ("It is secret.", ["stop"], 1)
    assert told.asked[1]["messages"] == ASK["messages"]  # nothing is kept: it is asked anew


def test_no_usage_of_an_attempt_that_was_given_up_goes_out(tell):
    told = tell(policy(detect={"digits": "long"}), "1234567890", "Fine.")
    assert [one["usage"]["completion_tokens"] for one in told.events if "usage" in one] == [3 + 2]


# -- the law --------------------------------------------------------------------------------


@pytest.mark.parametrize("sizes", SIZES)
def test_a_value_across_the_seam_is_found(tell, sizes):
    told = tell(policy(), "Call #mai#stop1234# x", "l1234# or", sizes=sizes)
    assert told.asked[1]["messages"][-1]["content"] == "Call #mai"
    assert told.sent == ["" if sizes == (100,) else "Call "]  # what may yet become a value waits
    assert told.text == "Call <mail> or"
    assert told.rules == {"again": "rewind", "hide": "redact"}


@pytest.mark.parametrize("whole", [True, False])
def test_what_stood_before_is_found_once(tell, whole):
    told = tell(policy(), "A #mail1234# #stop1234#", "b", whole=whole)
    assert told.text == "A <mail> b"
    assert told.asked[1]["messages"][-1]["content"] == "A #mail1234#"


WORDS = st.sampled_from(
    [
        "a",
        " ",
        "so ",
        "#mail1234#",
        "#mai",
        "l1234#",
        "#swap1234#",
        "#stop1234#",
        "#sto",
        "p1234#",
        "#",
        "\n",
        "\U0001f600",
    ]
)
TEXTS = st.lists(WORDS, max_size=8).map("".join)


@settings(max_examples=60, deadline=None)
@given(
    answers=st.lists(TEXTS, min_size=3, max_size=3),
    sizes=st.lists(st.integers(1, 9), min_size=1, max_size=4),
)
def test_a_retold_stream_is_a_fresh_one_over_what_was_said_in_the_end(
    load, request_of, answers, sizes
):
    loaded, fresh = load(policy(attempts=2)), load(plain())
    told = talk(CHAT, loaded, request_of, script(*answers), sizes)
    at_once = talk(CHAT, loaded, request_of, script(*answers), (1000,))
    assert (told.text, told.finish, told.rewinds) == (at_once.text, at_once.finish, at_once.rewinds)
    assert told.asked == at_once.asked or told.rewinds  # lengths are counted in pieces
    for before in told.sent:
        assert told.text.startswith(before)
    final = guarded(fresh, told.raw)
    if final is not None:
        assert told.text == final
    else:
        assert told.finish == ["content_filter"]
        assert told.text.endswith("No.")


# -- what the model server is asked ---------------------------------------------------------


def test_vllm_is_told_to_go_on(tell):
    body = {**ASK, "seed": 7, "max_tokens": 50, "bad_words": ["x"], "custom": 1, "echo": False}
    told = tell(policy(), BAD, GOOD, body=body)
    assert told.asked[1] == {
        **body,
        "messages": [*ASK["messages"], {"role": "assistant", "content": "Take it"}],
        "continue_final_message": True,
        "add_generation_prompt": False,
        "bad_words": ["x", "#stop1234#"],
        "seed": 8,
        "max_tokens": 48,
    }


def test_llamacpp_goes_on_with_a_last_message(tell):
    body = {**ASK, "logit_bias": {"11": -1}}
    told = tell(policy(), BAD, GOOD, body=body, continues="llamacpp")
    assert told.asked[1] == {
        **body,
        "messages": [*ASK["messages"], {"role": "assistant", "content": "Take it"}],
        "logit_bias": [[11, -1], ["#stop1234#", -5.0]],
        "seed": 1,
    }


def test_each_attempt_has_another_seed_and_more_words(tell):
    told = tell(policy(attempts=3), BAD, "#stop0000#", "#stop1111#", "well")
    assert [one.get("seed") for one in told.asked[1:]] == [1, 2, 3]
    assert told.asked[3]["bad_words"] == ["#stop1234#", "#stop0000#", "#stop1111#"]
    assert told.text == "Take it well"


def test_a_completion_goes_on_with_prompt_and_text(tell):
    body = {"model": "m", "prompt": ["hi: "], "max_tokens": 2}
    told = tell(policy(), BAD, GOOD, protocol=TEXT, body=body | {"prompt": "hi: "})
    assert told.asked[1]["prompt"] == "hi: Take it"
    assert told.asked[1]["max_tokens"] == 1
    assert "continue_final_message" not in told.asked[1]


def test_what_the_client_began_is_gone_on_with(tell):
    began = [*ASK["messages"], {"role": "assistant", "content": "Well: "}]
    body = {
        "model": "m",
        "messages": began,
        "continue_final_message": True,
        "add_generation_prompt": False,
    }
    told = tell(policy(), BAD, GOOD, body=body)
    assert told.asked[1]["messages"] == [
        began[0],
        {"role": "assistant", "content": "Well: Take it"},
    ]


@pytest.mark.parametrize("spaces", [" ", "\n\n", "\t "])
@pytest.mark.parametrize("again", ["go", " go", "\n go"])
def test_white_space_at_the_seam_is_said_once(tell, spaces, again):
    told = tell(policy(), f"So{spaces}#stop1234#", again, sizes=(1,))
    assert told.text == f"So{spaces}go"
    assert told.asked[1]["messages"][-1]["content"] == "So"


# -- where it cannot be told again ----------------------------------------------------------

TOOL = {"type": "function", "function": {"name": "f", "parameters": {}}}


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize(
    "more",
    [
        {"response_format": {"type": "json_object"}},
        {"guided_regex": "a+"},
        {"structured_outputs": {"choice": ["a"]}},
        {
            "messages": [{"role": "assistant", "content": [{"type": "text", "text": "a"}]}],
            "continue_final_message": True,
        },
    ],
    ids=str,
)
def test_answers_of_a_form_are_not_told_again(tell, more, whole):
    told = tell(policy({"redact": "tag"}), BAD, GOOD, body={**ASK, **more}, whole=whole)
    assert (told.text, told.rewinds, told.rules) == ("Take it <stop> now", 0, {"again": "redact"})


@pytest.mark.parametrize("more", [{"suffix": "end"}, {"echo": True}, {"best_of": 2}])
def test_completions_that_have_no_open_end_are_not_told_again(tell, more):
    told = tell(policy(), BAD, GOOD, protocol=TEXT, body=PROMPT | more)
    assert (told.text, told.rewinds) == ("Take it No.", 0)


@pytest.mark.parametrize("continues", ["none", "anthropic"])
@pytest.mark.parametrize("whole", [True, False])
def test_a_server_that_cannot_go_on_is_not_asked(tell, continues, whole):
    told = tell(policy({"redact": "tag"}), BAD, GOOD, continues=continues, whole=whole)
    assert (told.text, told.rewinds, len(told.asked)) == ("Take it <stop> now", 0, 1)


def test_reasoning_beside_a_whole_text_keeps_it_from_being_told_again(tell):
    told = tell(policy({"redact": "tag"}), BAD, GOOD, whole=True, reasoning="I think")
    assert (told.text, told.rewinds, len(told.asked)) == ("Take it <stop> now", 0, 1)


@pytest.fixture
def short(monkeypatch):
    """Makes texts too long to be told again after some characters."""
    for module in ("retold", "protocols.openai_again"):
        monkeypatch.setattr(f"tokenward.wire.{module}.LONGEST", 40)


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("fallback", ["block", "redact"])
def test_what_is_very_long_is_no_longer_told_again(tell, short, sizes, fallback):
    answer = "so " * 20 + "#stop1234# and #mail1234#"
    told = tell(policy(fallback), answer, GOOD, sizes=sizes)
    expected = "No." if fallback == "block" else "<stop> and <mail>"
    assert (told.text, told.rewinds) == ("so " * 20 + expected, 0)
    assert told.rules["again"] == fallback


def test_what_waits_when_a_text_becomes_too_long_is_left_to_the_fallback(tell, short):
    # the mark has been found when the end comes that makes the text too long
    told = tell(policy({"redact": "tag"}), "#stop1234#" + "a" * 41, GOOD, whole=True)
    assert (told.text, told.rules) == ("<stop>" + "a" * 41, {"again": "redact"})


@pytest.mark.parametrize("sizes", SIZES)
def test_a_text_that_was_told_again_may_become_long(tell, short, sizes):
    ending = "and " + "so " * 20 + "#stop1234# x"
    told = tell(policy(), BAD, ending, sizes=sizes)
    assert told.text.startswith("Take it and so so")
    assert (told.text.count("Take it"), told.rules["again"]) == (1, "block")
    assert told.text.endswith("so No.")
