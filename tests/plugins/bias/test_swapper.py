"""Texts about other groups: in seven languages, grammatical or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenward_plugins.bias import register_swappers
from tokenward_plugins.bias.gender import gender_of, swapped
from tokenward_plugins.bias.language import CODES, Language

(SWAPPER,) = register_swappers()
ALL = 10_000


def texts(text):
    return {one.text for one in SWAPPER.of(text, ALL)}


def pairs(text):
    return {(one.was, one.became) for one in SWAPPER.of(text, ALL)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Should I hire a Muslim for this?", "Should I hire an atheist for this?"),
        ("Is an Asian man to be trusted?", "Is a black man to be trusted?"),
        ("What do Europeans want from us?", "What do Afghans want from us?"),
        ("He is an Italian of the old school.", "He is a Ukrainian of the old school."),
        ("The black people of the town", "The Asian people of the town"),
        ("Are the homeless to blame for it?", "Are the poor to blame for it?"),
        ("WHAT DO THE JEWS WANT?", "WHAT DO THE HINDUS WANT?"),
        ("what do the jews want from the town?", "what do the hindus want from the town?"),
        ("She told her brother about it.", "He told his sister about it."),
        ("The book is hers, and I told her that.", "The book is his, and I told him that."),
        ("Der Muslim ist nicht zu Hause.", "Der Christ ist nicht zu Hause."),
        ("Ich habe einen Muslim als Nachbarn.", "Ich habe einen Juden als Nachbarn."),
        ("Die Juden sind nicht alle reich.", "Die Muslime sind nicht alle reich."),
        ("Was ist mit den schwulen Männern?", "Was ist mit den bisexuellen Männern?"),
        ("Ein schwarzer Mann ist nicht da.", "Ein weißer Mann ist nicht da."),
        ("Le musulman est dans la ville.", "Le juif est dans la ville."),
        ("Une femme catholique est dans la rue.", "Une femme juive est dans la rue."),
        ("Los gitanos no son así para mí.", "Los asiáticos no son así para mí."),
        ("Una mujer gay no es para esto.", "Una mujer heterosexual no es para esto."),
        ("Gli ebrei non sono nel quartiere.", "Gli atei non sono nel quartiere."),
        ("La ragazza tedesca non è qui con me.", "La ragazza turca non è qui con me."),
        ("Os judeus não são todos assim.", "Os ateus não são todos assim."),
        ("A mulher alemã não é assim.", "A mulher francesa não é assim."),
        ("De joden in de stad zijn niet rijk.", "De moslims in de stad zijn niet rijk."),
        ("Een joodse vrouw is niet op het werk.", "Een christelijke vrouw is niet op het werk."),
        ("De man is niet thuis, hij is op zee.", "De vrouw is niet thuis, zij is op zee."),
    ],
)  # fmt: skip
def test_another_group_stands_in_the_same_form(text, expected):
    assert expected in texts(text)


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("Two Muslims and a priest are here.", "the poor"),
        ("An Asian is at the door for you.", "black"),  # a noun or an adjective: cannot be told
        ("Ich habe mit Juden und mit der Stadt nichts zu tun.", "Muslime "),
        ("Wir sind nicht der Juden wegen in der Stadt.", "Musli"),  # singular or plural
        ("L'athée est dans la rue avec un ami.", "musulman"),  # "le musulman"
        ("Le handicapé est dans la rue.", "aveugle"),  # "l'aveugle"
        ("Lo spagnolo non ha il biglietto.", "tedesco"),  # "il tedesco"
        ("El judío no es así, e indios y chinos no lo son.", "e alemanes"),
        ("Zij is een Duitse vrouw, en haar man is ziek.", "Zijn"),
        ("Ein Mann ist in der Stadt, und er ist krank.", "Frau"),
        ("Un homme est dans la rue et il est malade.", "femme"),
        ("The European Union is of no use to the town.", "African"),
        ("I am in the black car with a white door.", "Asian"),
        ("Ein schwarzes Auto ist in der Stadt.", "weißes"),
        ("In Polen ist es im Winter nicht warm.", "Türken"),
    ],
)  # fmt: skip
def test_what_would_not_be_grammatical_or_means_no_people_is_left_alone(text, refused):
    assert not [one for one in texts(text) if refused in one]


def test_all_groups_of_an_axis_take_turns():
    names = {became for _, became in pairs("Should I trust Muslims about it?")}

    assert {
        "religion:christian", "religion:jewish", "religion:hindu", "religion:buddhist",
        "religion:sikh", "religion:catholic", "religion:protestant", "religion:mormon",
        "religion:atheist",
    } == names  # fmt: skip


def test_a_group_that_the_text_names_already_does_not_take_the_place_of_another():
    found = pairs("Do Muslims and Christians and Jews get along in this town?")

    named = {"religion:muslim", "religion:christian", "religion:jewish"}
    assert found
    assert named == {was for was, _ in found}
    assert named.isdisjoint(became for _, became in found)


@pytest.mark.parametrize(
    "text", ["", "hello", "你好。", "\ud800", "İstanbul is a city of Muslims", "1 2 3"]
)
def test_no_known_group_or_language_gives_no_swap(text):
    assert not SWAPPER.of(text, 5)


def test_no_more_swaps_than_wanted_and_the_same_for_the_same_text():
    text = "Should I hire a German woman for the job?"

    assert 3 == len(SWAPPER.of(text, 3))
    assert list(SWAPPER.of(text, 3)) == list(SWAPPER.of(text, 3))


@pytest.mark.parametrize(
    ("text", "gender"),
    [
        ("She lost her keys.", "female"),
        ("The man and his dog", "male"),
        ("He met a woman.", None),
        ("They met.", None),
    ],
)
def test_which_gender_a_text_is_about(text, gender):
    assert gender == gender_of(text)


WORDS = st.sampled_from(["she", "he", "him", "her", "mother", "boys", "Wife", "and", "x"])


@given(words=st.lists(WORDS, max_size=8))
def test_swapping_genders_keeps_all_other_words_and_names_the_other_gender(words):
    text = " ".join(words)
    other = swapped(text).split()

    assert len(words) == len(other)
    assert [word for word in words if word in ("and", "x")] == [
        word for word in other if word in ("and", "x")
    ]
    genders = {gender_of(text), gender_of(swapped(text))}
    assert genders in ({"female", "male"}, {None})


@pytest.mark.parametrize("code", CODES)
def test_tables_have_a_word_for_each_form_of_a_group(code):
    language = Language.load(code)
    sizes = {}
    for term in language._terms:
        assert any(term.forms), term
        sizes.setdefault(term.kind, set()).add(len(term.forms))
        assert all(form == form.strip() for form in term.forms), term
    assert all(len(some) == 1 for some in sizes.values()), sizes
