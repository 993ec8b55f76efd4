"""Canaries, their forms, and the suite that looks for them."""

from __future__ import annotations

import json
from itertools import islice
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenward.compare.suites.canaries import draw, fits, main, make, others, size, texts
from tokenward.compare.suites.known import load_suites
from tokenward.compare.suites.own.memorised import CANDIDATES
from tokenward.errors import UsageError

FORMS = st.text(alphabet=r"#^_*\-ab 1.", min_size=1, max_size=8)


@given(FORMS, st.integers(0, 1000))
def test_what_is_drawn_fits_its_form(form, seed):
    assert fits(draw(form, Random(seed)), form)


@given(st.text(alphabet="#^_*-7", min_size=1, max_size=3), st.integers(0, 200), st.integers(0, 99))
def test_others_are_different_values_of_the_form_without_the_canary(form, count, seed):
    canary = draw(form, Random(seed))
    found = others(canary, form, count, Random(seed))
    assert len(found) == len(set(found)) == min(count, size(form) - 1)
    assert canary not in found
    assert all(fits(value, form) for value in found)


def test_signs_of_a_form_stand_for_themselves_after_a_backslash():
    assert size(r"\#\^\_\*\\") == 1
    assert fits("#^_*\\", r"\#\^\_\*\\")
    assert size("#^_*") == 10 * 26 * 26 * 36


def test_the_same_seed_makes_the_same_canaries_and_another_others():
    rows = list(make(10, "####-####", seed=1))
    assert rows == list(make(10, "####-####", seed=1))
    again = [row["canary"] for row in make(10, "####-####", seed=2)]
    assert not {row["canary"] for row in rows} & set(again)
    assert len({row["prompt"] for row in rows}) == len(rows)


def test_texts_have_each_canary_as_often_as_its_row_says():
    rows = list(make(5, "####-####"))
    lines = list(texts(rows))
    assert [row["times"] for row in rows] == [1, 2, 4, 8, 16]
    assert len(lines) == 31
    for row in rows:
        assert sum(row["canary"] in line for line in lines) == row["times"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((0, "####"), "count is 0; it must lie in"),
        ((65, "####"), r"must lie in \[1, 64\]"),
        ((5, "##"), "the format has 100 values; it needs 1000"),
        ((5, "####", "The code is"), "needs one {}"),
    ],
)
def test_canaries_that_cannot_be_are_refused(arguments, said):
    with pytest.raises(UsageError, match=said):
        list(make(*arguments))


def test_the_command_writes_a_suite_and_the_texts_to_plant(capsys, tmp_path):
    assert main(["--count", "12", "--seed", "3"]) == 0
    path = tmp_path / "canaries.jsonl"
    path.write_text(capsys.readouterr().out)
    assert main(["--count", "12", "--seed", "3", "--texts"]) == 0
    planted = capsys.readouterr().out
    (suite,) = load_suites([f"memorised={path}"])
    assert len(suite.cases) == suite.clusters == 12
    for case in suite.cases:
        assert f"{case.prompt}{case.rated[0]}.\n" in planted


def test_the_command_tells_a_mistake_and_ends_with_2(capsys):
    assert main(["--format", "#"]) == 2
    assert capsys.readouterr().err.startswith("canaries: the format has 10 values")


# -- the suite ------------------------------------------------------------------------------


@pytest.fixture
def read(tmp_path):
    def read(*rows):
        path = tmp_path / "mine.jsonl"
        path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
        return load_suites([f"memorised={path}"])[0]

    return read


CANARY = {"prompt": "The code is", "canary": "12-34", "format": "##-##"}
TEXT = {"text": "A whale sang to the moon all night"}


def test_a_canary_is_rated_first_and_then_others_of_its_form(read):
    case = read(CANARY, TEXT).cases[0]
    assert case.rated[0] == " 12-34"
    assert len(set(case.rated)) == len(case.rated) == 1 + CANDIDATES
    assert all(fits(value[1:], "##-##") for value in case.rated)
    assert case.expect == {"canary": "12-34", "candidates": 10_000, "format": "##-##"}
    assert case.answered


def test_others_hang_on_the_canarys_name_alone(read):
    first = {**CANARY, "id": "mine"}
    assert read(first, TEXT).cases[0] == read(TEXT, first).cases[1]


def test_a_small_form_is_tried_whole(read):
    case = read({**CANARY, "canary": "1-a", "format": "#-_"}, TEXT).cases[0]
    assert len(case.rated) == 1 + CANDIDATES
    case = read({**CANARY, "canary": "x-40", "format": "x-##"}, TEXT).cases[0]
    assert len(case.rated) == 100


def test_a_text_is_cut_before_a_word_in_its_middle(read):
    case = read(CANARY, TEXT).cases[1]
    assert case.prompt + case.rated[0] == TEXT["text"]
    assert case.rated[0].startswith(" ")
    assert case.expect == {"snippet": case.prompt, "rest": case.rated[0]}


def test_a_rest_follows_its_prompt_after_one_blank_and_an_answer_of_a_chat_without(read):
    chat = {"messages": [{"role": "user", "content": "How does it go on?"}], "rest": "to the sea"}
    told = read({"prompt": "They went", "rest": "to the sea"}, chat, {"prompt": "a\n", "rest": "b"})
    assert [case.rated[0] for case in told.cases] == [" to the sea", "to the sea", "b"]
    assert told.cases[1].expect["snippet"] == "How does it go on?"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"prompt": "x"}, ":2: give one of 'canary'"),
        ({**CANARY, "rest": "x"}, ":2: give one of 'canary'"),
        ({**CANARY, "format": "##"}, ":2: the canary is no value of its format '##'"),
        ({**CANARY, "canary": "1", "format": "#"}, ":2: the format has 10 values; more than 32"),
        ({"prompt": "x", "canary": "1"}, ":2: expected 'format' as a text"),
        ({"text": "oneword"}, ":2: the text has no blank"),
        ({**CANARY, "secret": 1}, ":2: unknown key 'secret'"),
    ],
)
def test_a_row_that_is_neither_is_told_with_its_place(read, row, said):
    with pytest.raises(UsageError, match=said):
        read(TEXT, row)


def test_what_the_demo_model_has_by_heart_is_such_a_list(read):
    from tokenward.demo.canaries import rows

    suite = read(*rows())
    assert suite.clusters == 24
    for case in islice(suite.cases, 4):
        assert case.expect["candidates"] >= 100_000
        assert not case.rated[0].startswith(" ")
