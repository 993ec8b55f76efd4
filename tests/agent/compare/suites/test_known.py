"""What a user may call a suite, and what is said where there is none of the name."""

from __future__ import annotations

import json

import pytest

from tokenward.compare.suites.formats import FORMATS
from tokenward.compare.suites.known import OWN, formats, load_suites
from tokenward.errors import UsageError

ROWS = [{"id": str(n), "prompt": "2 + 2 =", "expect": {"exact": "4"}} for n in range(3)]


@pytest.fixture
def write(tmp_path):
    def write(rows, name="mine.jsonl"):
        path = tmp_path / name
        lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
        path.write_text("\n".join(lines), encoding="utf-8")
        return path

    return write


def test_names_come_back_in_their_order():
    assert [suite.name for suite in load_suites(["pairs", "tasks"])] == ["pairs", "tasks"]


def test_a_file_is_called_as_it_is_called(write):
    (suite,) = load_suites([str(write(ROWS))])
    assert (suite.name, suite.format, suite.clusters) == ("mine", "tasks", 3)


def test_a_stated_format_goes_before_what_the_file_looks_like(write):
    rows = [{**row, "expect": {"exact": "4", "label": "benign"}} for row in ROWS]
    assert load_suites([f"refusal={write(rows)}"])[0].format == "refusal"
    assert load_suites([str(write(rows))])[0].format == "tasks"


@pytest.mark.parametrize(
    ("row", "format_"),
    [
        ({"expect": {"schema": {}}}, "tasks"),
        ({"expect": {"contains": ["4"]}}, "tasks"),
        ({"expect": {"label": "harmful"}}, "refusal"),
        ({"expect": {"canary": "PLOVER4711"}}, "injection"),
        ({"expect": {"values": ["4711"]}}, "leak-context"),
        ({"expect": {"term": "man", "domain": "gender"}, "rated": " x", "pair": "p", "group": "m"}, "pairs"),
        ({"expect": {"occupation": "nurse", "stereotypes": True}, "rated": [" a", " b"]}, "stereotype"),
        ({"rated": " and so on"}, "quality"),
        ({"canary": "12-34", "format": "##-##"}, "memorised"),
        ({"rest": "to the sea"}, "memorised"),
    ],
)  # fmt: skip
def test_a_file_tells_its_format_by_what_it_expects(write, row, format_):
    rows = [{"id": str(n), "prompt": "They went", **row} for n in range(2)]
    assert load_suites([str(write(rows))])[0].format == format_


@pytest.mark.parametrize("name", ["tusks", "Tasks", ""])
def test_an_unknown_name_is_refused_with_all_that_there_are(name):
    with pytest.raises(UsageError, match="unknown suite") as caught:
        load_suites([name])
    for word in (*OWN, *formats()):
        assert word in str(caught.value)


def test_an_unknown_format_is_refused_with_all_that_there_are(write):
    with pytest.raises(UsageError, match="unknown format 'mmlu'") as caught:
        load_suites([f"mmlu={write(ROWS)}"])
    for word in formats():
        assert word in str(caught.value)


@pytest.mark.parametrize("name", ["tasks=nowhere.jsonl", "nowhere.jsonl", "bbq=nowhere"])
def test_a_file_that_is_not_there_is_told_by_its_name(name):
    with pytest.raises(UsageError, match="no file 'nowhere"):
        load_suites([name])


def test_two_suites_of_one_name_are_refused(write):
    with pytest.raises(UsageError, match="suite 'tasks' comes twice"):
        load_suites(["tasks", str(write(ROWS, "tasks.jsonl"))])


def test_memorised_without_a_list_says_how_to_make_one():
    with pytest.raises(UsageError, match=r"memorised=FILE.*python -m tokenward\.compare\.suites"):
        load_suites(["memorised"])


def test_formats_of_others_do_not_hide_our_own():
    assert not set(FORMATS) & {*OWN, "cases"}
    assert set(FORMATS) < set(formats())
