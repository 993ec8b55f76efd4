"""A text that is tried: what fired where, how it left, and that nothing stays of it."""

from __future__ import annotations

import json
import logging
import string
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenward import Guard
from tokenward.dashboard.messages import JSON, Fault, Fields
from tokenward.dashboard.playground import (
    LONGEST,
    Found,
    Trying,
    asked_of,
    attempt,
    because,
    checked,
    pieces,
)

TEXT = "so badly done, call 12345 now. You idiot!"


def tried(engine, text=TEXT, **more):
    return attempt(engine, Trying(text, ("sample",), **more), "sample")


def test_it_leaves_as_traffic_would(engine):
    one = tried(engine, "badly done, call 12345 now. Fine.", chunk=5)
    assert one.decision.action == "redact"
    assert (
        "".join(step.released for step in one.steps)
        == one.decision.text
        == "<BAD> done, call 12345 now. Fine."
    )
    assert "".join(step.chunk for step in one.steps) == "badly done, call 12345 now. Fine."
    assert one.steps[-1].chunk == ""
    assert one.steps[-1].held == 0
    assert one.longest_held >= max(step.held for step in one.steps) > 0


def test_a_block_ends_it(engine):
    one = tried(engine, TEXT + " And more." * 20)
    assert one.decision.action == "block"
    assert one.decision.text is None
    assert one.steps[-1].at == len(TEXT + " And more." * 20)
    assert sum(len(step.chunk) for step in one.steps) < len(TEXT + " And more." * 20)


def test_what_fired_is_numbered_in_order_of_the_text(engine):
    one = tried(engine)
    assert [(found.number, found.rule, found.mode) for found in one.found] == [
        (1, "no-bad-words", "enforce"),
        (2, "no-numbers", "monitor"),
        (3, "civil", "enforce"),
    ]
    assert [(piece.text, piece.numbers) for piece in one.pieces if piece.action] == [
        ("badly", (1,)),
        ("12345", (2,)),
        ("You idiot!", (3,)),
    ]


@given(
    st.text(max_size=30), st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=6)
)
def test_the_pieces_are_the_text(text, spans):
    rows = [{"start": min(a, b, len(text)), "end": min(max(a, b), len(text))} for a, b in spans]
    found = [Found(at, "r", "flag", "enforce", row) for at, row in enumerate(rows, 1)]
    parts = list(pieces(text, found))
    assert "".join(part.text for part in parts) == text
    ends = [number for part in parts for number in part.numbers]
    assert sorted(ends) == [one.number for one in found if one.row["start"] < one.row["end"]]


def test_a_policy_may_have_nothing_at_a_stage(engine):
    one = tried(engine, "badly 12345", stage="tool_result")
    assert (one.decision.action, one.found) == ("allow", ())
    assert [rule["state"] for rule in one.explained["rules"]] == ["other stage"] * 3


def test_an_empty_text_is_a_text(engine):
    one = tried(engine, "")
    assert one.decision.text == ""
    assert len(one.steps) == 1


# -- the form -------------------------------------------------------------------------------


def ask(**fields):
    return asked_of(Fields.of(urlencode(fields, doseq=True)), ["sample", "lenient"])


def test_the_form_is_read():
    assert ask(text=" a\r\nb ", policy=["lenient"], stage="input", chunk="3") == Trying(
        " a\nb ", ("lenient",), "input", 3
    )
    assert ask(text="a") == Trying("a", ("sample",), "output", 8)


def test_what_the_text_answers_is_read():
    trying = ask(text="a", question="When?", documents=["In\r\n1912.", " ", "Else."])
    assert (trying.question, trying.documents) == ("When?", ("In\n1912.", "Else."))
    assert trying.given.context.documents == trying.documents
    assert ask(text="a", documents=" ").given is None


def test_an_answer_is_judged_by_its_document():
    rule = {"id": "facts", "stage": "output", "action": "flag", "deadline_ms": 60_000}
    rule["detect"] = {"groundedness": ["UNSUPPORTED_NUMBER"]}
    engine = Guard.load({"name": "sample", "rules": [rule]}).engine
    text = "The museum has 77 paintings."
    for documents, fired in (((), 0), (("It has 1,250 paintings.",), 1), (("It has 77.",), 0)):
        one = attempt(engine, Trying(text, ("sample",), documents=documents), "sample")
        assert len(one.found) == fired
        assert len(one.decision.rules) == fired


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"policy": "other"}, "policies: use names"),
        ({"stage": "other"}, "stage: use one of"),
        ({"chunk": "0"}, "chunk: give a number"),
        ({"chunk": "x"}, "chunk: give a number"),
        ({"chunk": "²"}, "chunk: give a number"),
        ({"text": "x" * (LONGEST + 1)}, "text: give one of at most 10,000 characters"),
        ({"question": "x" * (LONGEST + 1)}, "question: give one of at most 10,000 characters"),
        ({"documents": ["x" * (LONGEST + 1)]}, "documents: give one of at most 10,000"),
    ],
)
def test_what_does_not_fit_is_refused_without_its_text(fields, words):
    with pytest.raises(Fault) as caught:
        ask(**fields)
    assert words in caught.value.words
    assert "xxx" not in str(caught.value)


@pytest.mark.parametrize(
    "value",
    [[], "x", None, {"texts": "a"}, {"text": 1}, {"policies": "sample"}, {"policies": [{}]}, {"chunk": True},
     {"chunk": 2.5}, {"stage": []}, {"text": "\ud800"}, {"policies": ["sample"] * 9}],
)  # fmt: skip
def test_data_that_does_not_fit_is_refused(value):
    with pytest.raises(Fault):
        checked(value, ["sample"])


def test_evidence_is_told_in_words():
    assert because({}) == ""
    assert because({"rule": "x", "none": None, "check": "Luhn"}) == "rule: x, check: Luhn"


# -- the page -------------------------------------------------------------------------------


def form(site, **fields):
    return urlencode({"token": site.token(), **fields}, doseq=True).encode()


def test_the_page_shows_all_of_it(make):
    site = make()
    answer = site.post("playground", form(site, text=TEXT, policy=["sample", "lenient"], chunk="4"))
    assert answer.status == 200
    html = answer.body.decode()
    assert '<mark class="redact">badly<sup>' in html
    assert '<mark class="block">12345<sup>' in html
    assert "would <span" in html
    assert "The text is blocked." in html
    assert "lenient: <span" in html
    assert "no-bad-words" in html


def test_the_text_is_escaped_everywhere(make):
    site = make()
    evil = "badly <script>alert(1)</script> '\"> {{ 777 * 777 }}"
    html = site.post("playground", form(site, text=evil)).body.decode()
    assert "<script>alert" not in html
    assert "{{ 777 * 777 }}" in html
    assert str(777 * 777) not in html


def test_a_link_may_name_a_policy_but_never_a_text(make):
    page = make().page("playground", "policy=lenient&text=secret&stage=input")
    assert "secret" not in page.html
    assert 'value="lenient" checked' in page.html


def test_nothing_of_a_text_stays(make, full, caplog, tmp_path):
    site = make(full, cases=tmp_path)
    word = "badly-" + string.ascii_lowercase
    with caplog.at_level(logging.DEBUG):
        assert site.post("playground", form(site, text=word)).status == 200
        body = json.dumps({"text": word}).encode()
        assert site.post("api/playground", body, JSON).status == 200
        refused = site.post("playground", form(site, text=word * 1000))
    assert refused.status == 413
    assert word not in refused.body.decode()
    assert word not in caplog.text
    full.close()
    for file in tmp_path.rglob("*"):
        assert word.encode() not in (file.read_bytes() if file.is_file() else b"")


def test_programs_get_the_same(make, engine):
    site = make()
    body = json.dumps({"text": TEXT, "policies": ["sample"], "chunk": 6}).encode()
    (told,) = json.loads(site.post("api/playground", body, JSON).body)["tried"]
    expected = tried(engine, chunk=6)
    assert told["policy"] == "sample"
    assert told["decision"]["action"] == "block"
    assert [one["released"] for one in told["chunks"]] == [one.released for one in expected.steps]
    assert [rule["id"] for rule in told["explain"]["rules"]] == [
        "no-bad-words",
        "no-numbers",
        "civil",
    ]


@pytest.mark.parametrize("body", [b"", b"[", b"[" * 100_000, b"\xff", b'{"text": 1}'])
def test_a_body_that_is_no_such_thing_is_told(make, body):
    answer = make().post("api/playground", body, JSON)
    assert answer.status == 400
    assert json.loads(answer.body)["error"]
