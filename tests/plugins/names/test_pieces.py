"""Pieces of words become words, and words become names, whatever the scheme of marks."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenward.types import Tag
from tokenward_plugins.names.labels import USUAL, split_label, types_of
from tokenward_plugins.names.pieces import Piece, encodable, names, trimmed, united, words


def pieces(text, *some):
    """Makes pieces of words of a text, each written 'word:MARK-KIND' or 'word'."""
    made, at = [], 0
    for one in some:
        word, _, label = one.partition(":")
        start = text.index(word, at)
        at = start + len(word)
        mark, kind = split_label(label) if label else ("", "")
        made.append(Piece(start, at, mark, kind, 0.8))
    return made


def found(text, *some):
    return [
        (text[tag.start : tag.end], tag.type)
        for tag in names(text, list(words(text, pieces(text, *some))))
    ]


@pytest.mark.parametrize(
    "labels",
    [
        ["Ana:B-PER", "Roy:I-PER", "met", "Lena:B-PER"],
        ["Ana:I-PER", "Roy:I-PER", "met", "Lena:I-PER"],
        ["Ana:B-PER", "Roy:E-PER", "met", "Lena:S-PER"],
        ["Ana:B-PER", "Roy:L-PER", "met", "Lena:U-PER"],
        ["Ana:PER", "Roy:PER", "met", "Lena:PER"],
        ["Ana:B_PER", "Roy:I_PER", "met", "Lena:B_PER"],
    ],
    ids=["BIO", "IO", "BIOES", "BILOU", "plain", "underscores"],
)
def test_every_scheme_of_marks_gives_the_same_names(labels):
    assert [("Ana Roy", "PER"), ("Lena", "PER")] == found("Ana Roy met Lena", *labels)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (["Ana:B-PER", "Roy:B-PER"], [("Ana", "PER"), ("Roy", "PER")]),
        (["Ana:S-PER", "Roy:S-PER"], [("Ana", "PER"), ("Roy", "PER")]),
        (["Ana:B-PER", "Roy:I-LOC"], [("Ana", "PER"), ("Roy", "LOC")]),
        (["Ana:E-PER", "Roy:I-PER"], [("Ana", "PER"), ("Roy", "PER")]),
    ],
    ids=["two that begin", "two single ones", "another kind", "after an end"],
)
def test_neighbours_stay_apart_where_the_marks_say_so(labels, expected):
    assert expected == found("Ana Roy", *labels)


def test_a_word_is_called_what_its_first_piece_is_called():
    text = "Tanaka lives"
    some = [
        Piece(0, 2, "B", "PER", 0.9),
        Piece(2, 4, "", "", 0.9),
        Piece(4, 6, "B", "LOC", 0.9),
        Piece(7, 12, "", "", 0.9),
    ]

    assert [Tag("PER", 0, 6, 0.9)] == names(text, list(words(text, some)))


@pytest.mark.parametrize(
    ("text", "some"),
    [
        ("Jean-Luc O'Neil", ["Jean:B-PER", "-", "Luc:I-PER", "O:I-PER", "'", "Neil:I-PER"]),
        ("Jean-Luc O’Neil", ["Jean:B-PER", "-", "Luc:B-PER", "O:I-PER", "’", "Neil:B-PER"]),
        ("Jean-Luc O'Neil", ["Jean:B-PER", "-", "Luc:E-PER", "O:B-PER", "'", "Neil:E-PER"]),
    ],
)
def test_hyphens_and_apostrophes_do_not_cut_names(text, some):
    assert set(text.split()) >= {name for name, _ in found(text, *some)} or [
        (text, "PER")
    ] == found(text, *some)
    assert "Neil" not in [name for name, _ in found(text, *some)]
    assert "Luc" not in [name for name, _ in found(text, *some)]


def test_a_hyphen_between_names_of_two_kinds_joins_nothing():
    assert [("Ana", "PER"), ("Porto", "LOC")] == found("Ana-Porto", "Ana:B-PER", "-", "Porto:B-LOC")


def test_a_hyphen_after_a_name_is_not_part_of_it():
    assert [("Ana", "PER")] == found("Ana- so", "Ana:B-PER", "-", "so")
    assert [("Ana", "PER")] == found("Ana-", "Ana:B-PER", "-")


def test_scripts_without_spaces_are_not_one_word():
    text = "田中さんは東京"
    some = [
        Piece(0, 1, "B", "PER", 0.9), Piece(1, 2, "I", "PER", 0.9), Piece(2, 5, "", "", 0.9),
        Piece(5, 6, "B", "LOC", 0.7), Piece(6, 7, "I", "LOC", 0.9),
    ]  # fmt: skip

    tags = names(text, list(words(text, some)))

    assert [(0, 2, "PER"), (5, 7, "LOC")] == [(t.start, t.end, t.type) for t in tags]
    assert pytest.approx(0.8) == tags[1].score


def test_bytes_of_one_character_are_one_piece():
    text = "x 😀y"
    some = [Piece(0, 1, "", "", 1.0), *[Piece(2, 3, "B", "PER", 0.5)] * 3, Piece(3, 4, "", "", 1.0)]

    assert [(2, 3)] == [(tag.start, tag.end) for tag in names(text, list(words(text, some)))]


def test_pieces_of_white_space_are_left_out_and_names_are_trimmed():
    text = "in  Porto "
    some = [Piece(2, 4, "B", "LOC", 0.9), Piece(3, 10, "I", "LOC", 0.9)]

    assert [Tag("LOC", 4, 9, 0.9)] == names(text, list(words(text, some)))


MARKED = st.sampled_from(["", *(f"{m}-{k}" for m in "BIESLU" for k in ("PER", "LOC")), "PER"])


@given(st.text(alphabet="ab '-é中 ", max_size=30), st.data())
def test_names_are_trimmed_ordered_and_apart(text, data):
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=12)))
    some = []
    for start, end in itertools.pairwise(cuts):
        mark, kind = split_label(data.draw(MARKED))
        some.append(Piece(start, end, mark, kind, data.draw(st.floats(0, 1))))

    tags = names(text, list(words(text, some)))

    for tag in tags:
        assert 0 <= tag.start < tag.end <= len(text)
        assert (tag.start, tag.end) == trimmed(text, tag.start, tag.end)
        assert 0 <= tag.score <= 1
    for one, other in itertools.pairwise(tags):
        assert one.end <= other.start


def test_overlapping_parts_of_one_type_are_united():
    tags = [Tag("A", 4, 9, 0.4), Tag("A", 0, 5, 0.6), Tag("B", 3, 6, 0.9), Tag("A", 9, 12, 0.5)]

    assert [(0, 9, "A", 0.6), (3, 6, "B", 0.9), (9, 12, "A", 0.5)] == [
        (t.start, t.end, t.type, t.score) for t in united(tags)
    ]


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=20))
def test_an_encodable_text_has_the_same_length(text):
    other = encodable(text)
    assert len(text) == len(other)
    other.encode()


def test_usual_labels_are_told_in_any_case():
    labels = ["per", "GPE", "Organization", "NORP", "MISC", "DATE"]

    assert {
        "per": "PERSON", "GPE": "LOCATION", "Organization": "ORGANIZATION", "NORP": "NRP",
    } == types_of(labels, {})  # fmt: skip
    assert {"MISC": "THING", "per": "PERSON"} == types_of(["MISC", "per"], {"misc": "THING"})
    assert {"GPE": "LOCATION"} == types_of(["GPE", "NORP"], {"NORP": None})


def test_no_label_has_two_types():
    words_ = [label for labels in USUAL.values() for label in labels.split()]
    assert len(words_) == len(set(words_))
