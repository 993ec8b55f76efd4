"""What the embedded tagger is trained on: addresses that are cut, and sentences that are filled."""

from __future__ import annotations

import random

import pytest

from tokenward_plugins.names.clues import persons
from tokenward_plugins.names.train.addresses import apart, like
from tokenward_plugins.names.train.rows import ADDRESS, Row
from tokenward_plugins.names.train.texts import KINDS, PLAIN, SLOT, Filler, Table, filled


class Maker:
    """Makes up the same address again and again."""

    def street_address(self):
        return "5 Mill Lane"

    def street_name(self):
        return "Mill Lane"

    def postcode(self):
        return "AB 12"


def test_an_address_is_cut_at_commas_and_at_the_ends_of_lines():
    text = "At 5 Mill Lane, \n Galle, nan by Ann"
    row = Row(text, ((3, text.index(" by"), ADDRESS), (len(text) - 3, len(text), "PERSON")))

    parts = [(text[a:b], kind) for a, b, kind in apart(row).spans]

    expected = [("5 Mill Lane", ADDRESS), ("Galle", ADDRESS), ("nan", ADDRESS), ("Ann", "PERSON")]
    assert expected == parts


@pytest.mark.parametrize(
    "text", ["12", "5 High St", "Apt. 7", "Leeds", "5 High St\nApt. 2\nLeeds\nUK"]
)
def test_a_made_up_address_has_the_form_of_the_other(text):
    made = like(text, Maker(), "Galle", random.Random(3))

    assert text.isdecimal() == made.isdecimal()
    assert any(map(str.isdecimal, text)) == any(map(str.isdecimal, made))
    assert ("\n" in text) == ("\n" in made)


def test_every_place_in_own_sentences_is_filled():
    pytest.importorskip("faker")
    table = Table.read()
    filler = Filler(table, 3)
    for language, some in table.languages.items():
        for sentence in [*some["names"], *some["none"]]:
            row = filled(sentence, language, filler)
            slots = SLOT.findall(sentence)

            assert "{" not in row.text
            assert [KINDS[one] for one in slots if one in KINDS] == [kind for *_, kind in row.spans]
            assert all(row.text[a:b].strip() for a, b, _ in row.spans)
            assert all(one in KINDS or one in PLAIN or one == "D" for one in slots)


def test_sentences_without_names_have_no_place_for_one():
    for some in Table.read().languages.values():
        assert not [one for one in some["none"] if set(SLOT.findall(one)) & set(KINDS)]


def test_lists_of_persons_hold_each_name_once_in_small_letters():
    for words in persons().values():
        names = words.split()

        assert len(names) == len(set(names))
        assert all(name == name.lower() and len(name) > 1 for name in names)
