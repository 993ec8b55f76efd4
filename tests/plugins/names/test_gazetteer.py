"""The lists of well-known names: how they are written, and where a sentence holds them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenward_plugins.names.cut import tokens
from tokenward_plugins.names.gazetteer import Gazetteer, gazetteer, table

KNOWN = gazetteer()
SMALL = Gazetteer({"new": [(("york", "times"), "f"), (("york",), "c")], "york": [((), "c")]})


@pytest.mark.parametrize(
    ("words", "marks"),
    [
        ("in new york", ["", "C", "c"]),
        ("the new york times", ["", "F", "f", "f"]),
        ("new york new york", ["C", "c", "C", "c"]),
        ("york", ["C"]),
        ("a new", ["", ""]),
        ("", []),
    ],
)
def test_the_longest_name_counts(words, marks):
    assert marks == SMALL.marks(words.split())


def test_every_name_is_found_whole_where_it_stands_alone():
    for lists in table().values():
        for names in lists.values():
            for name in names:
                marks = KNOWN.marks([name[a:b].lower() for a, b in tokens(name)])

                assert marks[0].isupper(), name
                assert all(mark == marks[0].lower() for mark in marks[1:]), name


def test_a_name_of_two_kinds_has_the_letters_of_both():
    (mark,) = KNOWN.marks(["santander"])

    assert 2 == len(mark)


def test_no_list_is_empty_nor_holds_a_name_twice():
    for lists in table().values():
        for names in lists.values():
            assert all(names)
            assert len(names) == len(set(names))


@given(st.lists(st.sampled_from(["new", "york", "times", "in", "the", "of", "united"]), max_size=9))
def test_every_word_has_one_mark(words):
    marks = KNOWN.marks(words)

    assert len(words) == len(marks)
    assert all(not mark or mark.isalpha() for mark in marks)
