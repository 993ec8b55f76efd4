"""What the detector says of answers beside their documents."""

from __future__ import annotations

import json
import shutil

import pytest

from tokenward import Guard, RequestContext
from tokenward.errors import UsageError
from tokenward.testing import check_detector
from tokenward_plugins.groundedness import register_detectors, relations, trees
from tokenward_plugins.groundedness.dates import dates_of
from tokenward_plugins.groundedness.detector import Groundedness
from tokenward_plugins.groundedness.numbers import numbers_of
from tokenward_plugins.groundedness.settings import GroundednessSettings

DOCUMENT = (
    "The Harbour Museum in Ostend opened on 5 March 1912 and has 1,250 paintings. "
    "Anna Peeters has led it since 2019. About 12% of its 2.4 million visitors come from Italy. "
    "It is closed on Mondays, and dogs are not allowed. Entry costs twelve euros."
)
FACTS = ("UNSUPPORTED_NUMBER", "UNSUPPORTED_NAME", "UNSUPPORTED_DATE")


@pytest.fixture(scope="module")
def guard():
    types = ["unsupported", *FACTS]
    rules = [
        {
            "id": t.lower(),
            "stage": "output",
            "detect": {"groundedness": [t]},
            "action": "flag",
            "deadline_ms": 60_000,
        }
        for t in types
    ]
    with Guard.load({"name": "g", "rules": rules}) as loaded:
        yield loaded


def facts(guard, answer, context=DOCUMENT):
    found = guard.check(answer, context=[context]).detections
    return [(f.type, answer[f.start : f.end]) for f in found if f.type in FACTS]


def unsupported(guard, answer, context=DOCUMENT):
    return guard.check(answer, context=[context]).scores["groundedness.unsupported"]


@pytest.mark.parametrize(
    "answer",
    [
        "It has 1250 paintings.",
        "It has one thousand two hundred and fifty paintings.",
        "It was opened on March 5, 1912.",
        "It was opened on 1912-03-05.",
        "It opened in March 1912.",
        "12 percent are Italian.",
        "There were 2,400,000 visitors.",
        "Entry is 12 euros.",
        "Mrs. Peeters leads the museum.",
        "The Harbour Museum is in Ostend.",
    ],
)
def test_the_same_fact_in_another_form_is_borne_out(guard, answer):
    assert facts(guard, answer) == []


@pytest.mark.parametrize(
    ("answer", "type_", "found"),
    [
        ("It has 1,520 paintings.", "UNSUPPORTED_NUMBER", "1,520"),
        ("It has 1.25 million paintings.", "UNSUPPORTED_NUMBER", "1.25 million"),
        ("About 21% come from Italy.", "UNSUPPORTED_NUMBER", "21%"),
        ("Entry costs fifteen euros.", "UNSUPPORTED_NUMBER", "fifteen"),
        ("It opened on 6 March 1912.", "UNSUPPORTED_DATE", "6 March 1912"),
        ("It opened on May 5.", "UNSUPPORTED_DATE", "May 5"),
        ("Since 2019 Karel Maes has led it.", "UNSUPPORTED_NAME", "Karel Maes"),
        ("Many visitors come from Austria.", "UNSUPPORTED_NAME", "Austria"),
        ("They belong to UNESCO.", "UNSUPPORTED_NAME", "UNESCO"),
    ],
)
def test_a_fact_that_the_documents_lack_is_marked(guard, answer, type_, found):
    assert (type_, found) in facts(guard, answer)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("The museum is closed on Mondays.", "The museum was sold to a bank in Paris."),
        ("Dogs are not allowed.", "Cats and horses are welcome everywhere."),
        ("Anna Peeters has led it since 2019.", "Anna Peeters has led it since 2009."),
        ("Ostend", "Antwerp"),
    ],
)
def test_what_the_documents_say_scores_lower_than_what_they_do_not(guard, right, wrong):
    assert unsupported(guard, right) < unsupported(guard, wrong)


def test_any_cut_of_an_answer_gives_the_same_detections(guard):
    answer = "It opened on 6 March 1912. It has 1,520 paintings by Karel Maes. \U0001f600 21% more."
    whole = guard.check(answer, context=[DOCUMENT])
    assert len(whole.detections) > 3
    for size in (1, 2, 5, 17):
        stream = guard.stream(context=[DOCUMENT])
        for at in range(0, len(answer), size):
            stream.feed(answer[at : at + size])
        stream.finish()
        assert stream.decision.detections == whole.detections
        assert stream.decision.scores == whole.scores


def test_what_the_user_said_bears_an_answer_out_as_well(guard):
    context = RequestContext(question="I am Karel Maes. When?", documents=(DOCUMENT,))
    answer = "In 1912, Karel Maes."
    found = guard.check(answer, context=context).detections
    assert [f for f in found if f.type == "UNSUPPORTED_NAME"] == []


@pytest.mark.parametrize("context", [None, RequestContext(question="When?", system=("Be kind.",))])
def test_without_documents_nothing_is_measured_and_nothing_alarms(guard, context):
    decision = guard.check("It has 1,520 paintings.", context=context)

    assert decision.unmeasured == ("groundedness",)
    assert not decision.rules
    assert not any(name.startswith("groundedness") for name in decision.scores)


@pytest.mark.parametrize(("on_error", "action"), [("block", "block"), ("allow", "allow")])
def test_a_policy_may_want_documents(on_error, action):
    rule = {
        "id": "r", "stage": "output", "detect": {"strict": ["unsupported"]}, "action": "block",
        "on_error": on_error,
    }  # fmt: skip
    detectors = {"strict": {"plugin": "groundedness", "without_context": "fail"}}
    with Guard.load({"name": "s", "detectors": detectors, "rules": [rule]}) as strict:
        decision = strict.check("It rains.")

    assert decision.degraded == ("strict",)
    assert decision.action == action


@pytest.mark.parametrize("answer", ["", " \n", "...", "\U0001f600"])
def test_an_answer_without_words_is_no_alarm(guard, answer):
    assert guard.check(answer, context=[DOCUMENT]).rules == ()


@pytest.mark.parametrize("document", ["", "...", "\U0001f600"])
def test_documents_without_words_are_no_failure(guard, document):
    decision = guard.check("It has 1,520 paintings.", context=[document])
    assert decision.degraded == ()


def test_of_other_languages_facts_are_told_and_sentences_are_not(guard):
    document = "Das Museum wurde 1912 er\u00f6ffnet und zeigt 1250 Bilder von Malern aus Belgien."
    answer = "Das Museum besitzt heute insgesamt 1520 Bilder und wurde von der Stadt gebaut."
    decision = guard.check(answer, context=[document])

    assert ("UNSUPPORTED_NUMBER", "1520") in facts(guard, answer, document)
    assert decision.scores["groundedness.unsupported"] == 0.0


def test_of_a_megabyte_of_documents_the_facts_are_known_to_its_end():
    lines = [f"Entry {n} weighs {n * 7} grams and lies in hall {n % 40}." for n in range(25_000)]
    page = " ".join([*lines, "Karel Maes keeps the last 777123 of them."])
    assert len(page) > 1_000_000
    told = Groundedness(GroundednessSettings(), lambda _: True).for_request(
        RequestContext(documents=(page,))
    )
    known, unknown = told.tag(["Karel Maes keeps 777123.", "Anna Peeters keeps 888123."])

    assert {tag.type for tag in known} == {"unsupported"}
    assert {tag.type for tag in unknown} == {"unsupported", *FACTS} - {"UNSUPPORTED_DATE"}


def test_the_contract_is_kept():
    samples = ["It opened on 6 March 1912.", "Karel Maes paid 21% of it.", "It is closed."]
    assert check_detector(register_detectors()[0], samples=samples).passed


@pytest.mark.parametrize("setting", [{"without_context": "ask"}, {"max_context": 3}])
def test_settings_are_checked(setting):
    (name,) = setting
    with pytest.raises(UsageError, match=name):
        GroundednessSettings(**setting)


def test_only_so_much_of_a_request_is_read():
    settings = GroundednessSettings(max_context=1000)
    filler = "It rains in the valley. " * 50
    told = Groundedness(settings, lambda _: True).for_request(
        RequestContext(documents=(filler + "In 1912.",))
    )
    assert told.tag(["In 1913 hall 77."])[0][0].type == "UNSUPPORTED_NUMBER"


@pytest.mark.parametrize("name", ["relations", "trees"])
def test_a_file_that_was_not_shipped_is_refused(name, tmp_path, monkeypatch):
    shutil.copytree(relations.MODEL, tmp_path / "model")
    monkeypatch.setattr(relations, "MODEL", tmp_path / "model")
    about = tmp_path / "model" / name / "model.json"
    told = json.loads(about.read_text())
    about.write_text(json.dumps(told | {"sha256": "0" * 64}))
    with pytest.raises(UsageError, match="not the file"):
        relations.checked(name)


def test_a_score_lies_between_the_calibrated_ones_whatever_the_trees_say():
    tree = ([0, -1, -1], [2.5, -50.0, 50.0], [1, 0, 0], [2, 0, 0])
    one = trees.Trees(0.0, [tree], [-1.0, 1.0], [0.1, 0.9])
    assert [one.score([value]) for value in (0.0, 9.0)] == [0.1, 0.9]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("$3.5m in 2021", [3_500_000.0, 2021.0]),
        ("C2H5OH, v1.2.3", []),
        ("one hundred and five or a dozen", [105.0, 12.0]),
        ("the 21st, the third", [21.0, 3.0]),
        ("1844\u20131846", [1844.0, 1846.0]),
    ],
)
def test_numbers_are_read_as_they_are_written(text, values):
    assert [one.value for one in numbers_of(text)] == values


def test_a_date_with_day_and_month_in_doubt_may_be_either():
    (doubt,) = dates_of("03/04/2021")
    assert doubt.within(dates_of("3 April 2021"))
    assert doubt.within(dates_of("March 4, 2021"))
    assert not doubt.within(dates_of("5 April 2021"))
