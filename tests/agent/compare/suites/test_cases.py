"""Users' cases in JSON lines: what is read, and the place and remedy of what cannot be."""

from __future__ import annotations

import json

import pytest

from tokenward.compare.suites.cases import read_cases
from tokenward.errors import UsageError

GOOD = {"id": "a", "prompt": "x", "expect": {"exact": "y"}}
OTHER = {"id": "b", "messages": [{"role": "user", "content": "x"}], "expect": {"exact": "y"}}


@pytest.fixture
def read(tmp_path):
    def read(*rows, format_=None):
        path = tmp_path / "mine.jsonl"
        path.write_text(
            "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows),
            encoding="utf-8",
        )
        return read_cases(path, "mine", format_)

    return read


def test_a_case_keeps_all_that_its_row_says(read):
    row = {
        "id": "a", "cluster": "c", "prompt": "They", "system": "Be kind.", "rated": [" sang", " ran"],
        "answered": True, "group": "old", "pair": "p", "expect": {"exact": "y", "note": 1},
    }  # fmt: skip
    case = read(row, OTHER).cases[0]
    assert (case.id, case.suite, case.cluster, case.prompt) == ("a", "mine", "c", "They")
    assert (case.system, case.rated, case.answered) == ("Be kind.", (" sang", " ran"), True)
    assert (case.group, case.pair, case.expect) == ("old", "p", {"exact": "y", "note": 1})


def test_a_case_without_a_cluster_is_one_of_its_own(read):
    assert [case.cluster for case in read(GOOD, OTHER).cases] == ["a", "b"]


def test_what_is_rated_is_not_answered_unless_it_says_so(read):
    rows = [{"id": "a", "prompt": "x", "rated": " y"}, {"id": "b", "prompt": "x"}]
    assert [(case.rated, case.answered) for case in read(*rows).cases] == [
        ((" y",), False),
        ((), True),
    ]


def test_blank_lines_and_unicode_line_separators_do_not_count(read):
    other = json.dumps({**OTHER, "id": "b\u2028c"}, ensure_ascii=False)
    suite = read(GOOD, "", "  ", other)
    assert [case.id for case in suite.cases] == ["a", "b\u2028c"]


def test_a_byte_order_mark_is_passed_over(tmp_path):
    path = tmp_path / "mine.jsonl"
    path.write_text(f"{json.dumps(GOOD)}\n{json.dumps(OTHER)}", encoding="utf-8-sig")
    assert len(read_cases(path, "mine").cases) == 2


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("no json", r":2: no JSON at column 1; expected an object"),
        ("[1]", ":2: expected an object, found a list"),
        ("[" * 100_000, ":2: no JSON"),
        ({"prompt": "x"}, ":2: expected 'id' as a text, found nothing"),
        ({"id": "", "prompt": "x"}, ":2: expected 'id' as a text, found an empty one"),
        ({"id": 3, "prompt": "x"}, ":2: expected 'id' as a text, found a number"),
        ({"id": "b"}, ":2: give either 'prompt'"),
        ({**OTHER, "prompt": "x"}, ":2: give either 'prompt'"),
        ({"id": "b", "prompt": ["x"]}, ":2: expected 'prompt' as a text, found a list"),
        ({"id": "b", "messages": []}, ":2: expected 'messages' as a list"),
        ({"id": "b", "messages": [{"role": "user"}]}, ":2: expected each message"),
        ({"id": "b", "messages": [{"role": "bot", "content": "x"}]}, "unknown role 'bot'; use one of"),
        ({"id": "b", "messages": [{"role": "user", "content": 3}]}, "'content' as a text, found a number"),
        ({**GOOD, "id": "b", "expected": {}}, ":2: unknown key 'expected'; use one of: id, cluster"),
        ({**GOOD, "id": "b", "rated": [""]}, ":2: expected 'rated' as a text or a list"),
        ({**GOOD, "id": "b", "rated": 3}, ":2: expected 'rated' as a text or a list"),
        ({**GOOD, "id": "b", "answered": "no"}, ":2: expected 'answered' as true or false"),
        ({**GOOD, "id": "b", "answered": False}, ":2: nothing to do"),
        ({**GOOD, "id": "b", "expect": ["y"]}, ":2: expected 'expect' as an object, found a list"),
        ({**GOOD, "id": "a"}, r":2: id 'a' comes twice; the first is at .*:1"),
        ({"id": "b", "prompt": "x"}, ":2: 'expect' of a tasks case needs 'exact' or 'schema' or 'contains'"),
    ],
)  # fmt: skip
def test_a_row_that_is_no_case_is_told_with_its_place(read, row, said):
    with pytest.raises(UsageError, match=said):
        read(GOOD, row)


def test_an_unknown_label_is_told_with_the_allowed_ones(read):
    with pytest.raises(UsageError, match=r":1: unknown label 'evil'; use one of: harmful, benign"):
        read({"id": "a", "prompt": "x", "expect": {"label": "evil"}}, format_="refusal")


def test_expect_that_tells_no_format_asks_for_one(read):
    with pytest.raises(
        UsageError, match=r"'expect' tells no format; use one of: exact.*FORMAT=FILE"
    ):
        read({"id": "a", "prompt": "x", "expect": {"right": "y"}})


@pytest.mark.parametrize("rows", [[], ["", "\n"]])
def test_an_empty_file_is_refused(read, rows):
    with pytest.raises(UsageError, match="the file is empty"):
        read(*rows)


def test_one_cluster_is_refused_with_the_remedy(read):
    with pytest.raises(UsageError, match=r"2 cases in one cluster.*give 'cluster' the name"):
        read({**GOOD, "cluster": "c"}, {**OTHER, "cluster": "c"})


def test_what_is_no_text_is_refused(tmp_path):
    path = tmp_path / "mine.jsonl"
    path.write_bytes(b'{"id": "\xff"}')
    with pytest.raises(UsageError, match="not UTF-8 at byte 8"):
        read_cases(path, "mine")
    with pytest.raises(UsageError, match="cannot be read"):
        read_cases(tmp_path, "mine")


def test_no_message_holds_a_prompt(read):
    secret = "my secret prompt"
    for row in ({"id": "b", "prompt": secret, "x": 1}, {"id": "b", "messages": [secret]}):
        with pytest.raises(UsageError) as caught:
            read(GOOD, row)
        assert secret not in str(caught.value)
