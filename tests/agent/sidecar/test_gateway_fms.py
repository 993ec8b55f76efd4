"""The detector API that orchestrators call: contents in, detections out."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.agent.marks import RULES, rule

from tokenward.gateways.looking import MOST_TEXTS
from tokenward.sidecar.config import read_settings
from tokenward.sidecar.settings import Limits
from tokenward.store.store import Store
from tokenward.stream.record import MAX_DETECTIONS

EXAMPLES = Path(__file__).parents[3] / "examples" / "sidecar"
PATH = "/api/v1/text/contents"
MAIL, STOP, WATCH, SWAP = "#mail1234#", "#stop1234#", "#watch1234#", "#swap1234#"


@pytest.fixture
def fms(serve):
    """Starts a sidecar that has no model server."""
    return lambda *policies, **more: serve("", *policies, gateway=("fms",), **more)


@pytest.fixture
def look(fms):
    """Sends contents to a detector of a sidecar's own, and returns the rows of each."""
    running = []

    def ask(*contents, detector="test", params=None):
        if not running:
            running.append(fms())
        body = {"contents": list(contents)} | ({"detector_params": params} if params else {})
        reply = running[0].post(body, PATH, detector_id=detector)
        assert reply.status == 200, reply.body
        return reply.json

    return ask


def spans(rows):
    return [(row["start"], row["end"], row["detection"]) for row in rows]


# -- shapes -----------------------------------------------------------------------------------


def test_a_detection_has_the_fields_that_the_protocol_names(look):
    [[row]] = look(f"to {MAIL}!")
    decision = row["metadata"].pop("decision_id")
    assert row == {
        "start": 3,
        "end": 13,
        "text": MAIL,
        "detection": "mail",
        "detection_type": "marks",
        "score": 1.0,
        "evidences": [],
        "metadata": {"rules": [{"id": "hide", "action": "redact", "mode": "enforce"}]},
    }
    assert len(decision) == 36


def test_each_content_has_a_list_of_its_own(look):
    rows = look(f"{MAIL} {SWAP}", "nothing", "", f"a {MAIL}")
    assert [spans(one) for one in rows] == [
        [(0, 10, "mail"), (11, 21, "swap")],
        [],
        [],
        [(2, 12, "mail")],
    ]


@pytest.mark.parametrize(
    "before", ["\U0001f600", "e\u0301", "\u4f60\u597d", "\U0001f468\u200d\U0001f469"]
)
def test_offsets_are_code_points(look, before):
    [[row]] = look(f"{before} {MAIL} {before}")
    assert (row["start"], row["end"]) == (len(before) + 1, len(before) + 11)
    assert row["text"] == MAIL


def test_what_stands_behind_a_block_is_reported_too(look):
    [rows] = look(f"{STOP} then {MAIL}")
    assert spans(rows) == [(0, 10, "stop"), (16, 26, "mail")]


def test_rules_that_only_look_are_reported_as_such(look):
    [[row]] = look(WATCH)
    assert row["metadata"]["rules"] == [{"id": "look", "action": "block", "mode": "monitor"}]


def test_a_detection_of_two_rules_comes_once(fms):
    policy = {"name": "two", "rules": [*RULES, rule("also", "input", {"marks": "mail"}, "flag")]}
    [[row]] = fms(policy).post({"contents": [MAIL]}, PATH, detector_id="two").json
    assert [one["id"] for one in row["metadata"]["rules"]] == ["hide", "also"]


def test_what_workers_find_for_a_rule_that_flags_is_waited_for(fms):
    policy = {"name": "flags", "rules": [rule("civil", "input", {"slow": "rude"}, "flag")]}
    [[row]] = fms(policy).post({"contents": ["a rude word"]}, PATH, detector_id="flags").json
    assert (row["start"], row["end"], row["detection"]) == (0, 11, "rude")


# -- policy and stage ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("detector", "params", "found"),
    [
        ("test", None, ["stop", "watch", "toolstop"]),
        ("test:input", None, ["stop"]),
        ("test:output", None, ["stop", "watch"]),
        ("test:tool_call", None, ["toolstop"]),
        ("test", {"stage": "tool_call"}, ["toolstop"]),
        ("test:input", {"stage": "output"}, ["stop", "watch"]),
    ],
)
def test_the_detector_names_a_policy_and_a_stage(look, detector, params, found):
    [rows] = look(f"{STOP} {WATCH} #toolstop1234#", detector=detector, params=params)
    assert [row["detection"] for row in rows] == found


def test_several_policies_are_several_detectors(fms):
    other = {"name": "other", "rules": [rule("swap", "input", {"marks": "swap"}, "block")]}
    sidecar = fms({"name": "test", "rules": RULES[:1]}, other)
    body = {"contents": [f"{MAIL} {SWAP}"]}
    found = [sidecar.post(body, PATH, detector_id=name).json for name in ("test", "other")]
    assert [[row["detection"] for row in rows[0]] for rows in found] == [["mail"], ["swap"]]


@pytest.mark.parametrize(("threshold", "found"), [(0, 2), (0.5, 1), (1, 1)])
def test_a_threshold_leaves_out_what_is_below(fms, threshold, found):
    civil = rule("civil", "input", {"rude": "rude"}, "flag", when="score >= 0")
    body = {"contents": ["a rude word. a kind one."], "detector_params": {"threshold": threshold}}
    [rows] = fms({"name": "t", "rules": [civil]}).post(body, PATH, detector_id="t").json
    assert [row["score"] for row in rows] == [1.0, 0.0][:found]


# -- errors -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "detector", "status", "words"),
    [
        ({"contents": ["x"]}, None, 422, "detector-id is missing"),
        ({"contents": ["x"]}, "nobody", 404, "detector-id names no policy"),
        ({"contents": ["x"]}, "test:upside", 404, "detector-id names no policy"),
        ({"contents": ["x"]}, "test:", 404, "detector-id names no policy"),
        ({}, "test", 422, "contents must be a list of strings"),
        ({"contents": "x"}, "test", 422, "contents must be a list of strings"),
        ({"contents": [1]}, "test", 422, "contents must be a list of strings"),
        ({"contents": []}, "test", 422, "contents is empty"),
        ({"contents": ["x"], "detector_params": []}, "test", 422, "must be an object"),
        ({"contents": ["x"], "detector_params": {"a": 1}}, "test", 422, "use one of: stage"),
        ({"contents": ["x"], "detector_params": {"stage": "no"}}, "test", 422, "use one of: input"),
        ({"contents": ["x"], "detector_params": {"threshold": 2}}, "test", 422, "in [0, 1]"),
        (b'{"contents": ["secret"]', "test", 422, "not valid JSON"),
        (b'{"contents": ["secret"], "contents": []}', "test", 422, "twice"),
    ],
)
def test_bad_calls_are_told_what_is_wrong(fms, body, detector, status, words):
    headers = {"detector_id": detector} if detector is not None else {}
    reply = fms().post(body, PATH, **headers)
    assert reply.status == status
    assert set(reply.json) == {"code", "message"}
    assert reply.json["code"] == status
    assert words in reply.json["message"]
    assert "secret" not in reply.json["message"]


def test_more_texts_than_have_a_state_each_are_refused(fms):
    reply = fms().post({"contents": ["x"] * (MOST_TEXTS + 1)}, PATH, detector_id="test")
    assert (reply.status, reply.json["code"]) == (413, 413)


def test_detections_that_are_not_kept_are_never_left_out_silently(fms):
    sidecar = fms()
    some = sidecar.post({"contents": [MAIL * MAX_DETECTIONS]}, PATH, detector_id="test")
    assert len(some.json[0]) == MAX_DETECTIONS
    more = sidecar.post({"contents": [MAIL * (MAX_DETECTIONS + 1)]}, PATH, detector_id="test")
    assert more.status == 413
    assert "smaller pieces" in more.json["message"]


def test_bodies_have_a_limit(fms):
    sidecar = fms(limits=Limits(body_bytes=100))
    assert sidecar.post({"contents": ["x" * 200]}, PATH, detector_id="test").status == 413


def test_a_detector_that_fails_is_an_error_where_its_rule_blocks_for_that(fms):
    broken = {"name": "broken", "rules": [rule("r", "input", {"broken": "x"}, "block")]}
    reply = fms(broken).post({"contents": ["text"]}, PATH, detector_id="broken")
    assert (reply.status, reply.json["code"]) == (503, 503)
    assert "'broken' did not run" in reply.json["message"]
    assert reply.headers["x-tokenward-degraded"] == "broken"


def test_a_detector_that_fails_is_told_where_its_rule_allows_it(fms):
    more = rule("r", "input", {"broken": "x"}, "block", on_error="allow")
    reply = fms({"name": "b", "rules": [*RULES, more]}).post(
        {"contents": [MAIL]}, PATH, detector_id="b"
    )
    assert reply.status == 200
    assert spans(reply.json[0]) == [(0, 10, "mail")]
    assert reply.headers["x-tokenward-degraded"] == "broken"


def test_a_guard_that_fails_says_nothing_of_the_text(fms, broken_plan, caplog):
    sidecar = fms()
    broken_plan()
    reply = sidecar.post({"contents": ["secret"]}, PATH, detector_id="test")
    assert (reply.status, reply.json["code"]) == (500, 500)
    assert "secret" not in reply.body.decode()
    assert "secret" not in caplog.text


# -- the port -----------------------------------------------------------------------------------


def test_without_being_switched_on_there_is_no_such_path(serve):
    sidecar = serve("http://127.0.0.1:9")
    assert sidecar.post({"contents": ["x"]}, PATH, detector_id="test").status == 404


def test_without_a_model_server_there_is_nothing_else(fms):
    sidecar = fms()
    reply = sidecar.post({"model": "m", "messages": []})
    assert reply.status == 404
    assert PATH in reply.error["message"]
    assert "/v1/chat/completions" not in reply.error["message"]


def test_the_example_is_one_that_works():
    settings = read_settings({}, EXAMPLES / "gateways.yaml")
    assert (settings.gateway, settings.upstream) == (("fms", "litellm"), "")
    assert settings.policies == ("default",)


def test_health_is_that_of_the_detector(fms):
    sidecar = fms()
    assert sidecar.get("/health").status == 200
    assert sidecar.request("POST", "/health", b"", {}).status == 405
    assert sidecar.request("GET", PATH, None, {}).headers["allow"] == "POST"
    assert sidecar.get("/readyz", admin=True).status == 200


# -- afterwards -----------------------------------------------------------------------------------


def test_a_call_gives_one_record_that_names_the_gateway(fms, tmp_path):
    url = f"sqlite:///{tmp_path}/records.db"
    sidecar = fms(store=url, model_label="int8")
    reply = sidecar.post(
        {"contents": [f"a {MAIL}", MAIL]},
        PATH,
        detector_id="test:output",
        x_tokenward_subject="ann",
    )
    sidecar.end()
    with Store.open(url, read_only=True) as store:
        [one] = list(store.interactions())
    assert one.decision_id == reply.headers["x-tokenward-decision-id"]
    assert {row["metadata"]["decision_id"] for rows in reply.json for row in rows} == {
        one.decision_id
    }
    assert (one.source, one.route, one.policy, one.action) == ("fms", PATH, "test", "redact")
    assert one.subject is not None
    [decision] = one.decisions
    assert (decision.stage, decision.rules[0].count) == ("output", 2)


def test_calls_of_many_threads_do_not_see_each_other(fms):
    sidecar = fms()

    def ask(number):
        text = "x" * number + MAIL
        reply = sidecar.post({"contents": [text, "", text]}, PATH, detector_id="test")
        return [spans(rows) for rows in reply.json]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(64)))
    for number, answer in enumerate(answers):
        assert answer == [[(number, number + 10, "mail")], [], [(number, number + 10, "mail")]]


def test_no_text_reaches_the_log(fms, caplog):
    caplog.set_level("INFO", "tokenward")
    sidecar = fms(log_format="json")
    sidecar.post({"contents": [f"hello {MAIL}"]}, PATH, detector_id="test")
    sidecar.end()
    [line] = [json.loads(r.getMessage()) for r in caplog.records if "path" in r.getMessage()]
    assert (line["path"], line["action"], line["rules"]) == (PATH, "redact", ["hide"])
    assert "hello" not in caplog.text
    assert MAIL not in caplog.text
