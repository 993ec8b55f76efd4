"""Dates of birth: dates behind a word that says so."""

from __future__ import annotations

import pytest

from tokenward.types import ScanContext

BIRTH, DATE = "DATE_OF_BIRTH", "DATE_TIME"

DATES = (
    *("1990-12-31", "1990/12/31", "12/31/1990", "31/12/1990", "31.12.1990", "31. 12. 1990"),
    *("12-31-1990", "1/5/87", "31 Dec 1990", "31 December 1990", "31st December 1990"),
    *("31st of December, 1990", "December 31, 1990", "Dec 31st 1990", "Dec. 31, 1990"),
    *("Dec-31-1990", "31-Dec-1990", "5. Mai 1990", "1er mai 1990", "5 de mayo de 1990"),
    *("5 maggio 1990", "5 de maio de 1990", "5 juin 1990", "5 mars 1990", "5 mei 1990"),
    *("1990年5月6日", "1990 年 5 月 6 日", "1990년 5월 6일"),
)
BEFORE = (
    *("born ", "She was born on ", "date of birth: ", "Date of Birth\n", "DOB ", "dob=", "D.O.B. "),
    *("birthday: ", "birthdate (", "geboren am ", "geb. ", "Geburtsdatum: ", "né le ", "née le "),
    *("né(e) le ", "date de naissance : ", "nacido el ", "nacida el ", "fecha de nacimiento: "),
    *("nato il ", "nata a Roma il ", "data di nascita: ", "nascido em ", "data de nascimento: "),
    *(
        "geboortedatum: ",
        "född ",
        "syntynyt ",
        "urodzona ",
        "doğum tarihi: ",
        "生年月日：",
        "出生日期",
    ),
    *("생년월일: ", "born in a small town near Leeds on ", "born in St. Louis, "),
)


def births(values, text, **options):
    return [value for kind, value in values(text, types=[BIRTH], **options)]


@pytest.mark.parametrize("date", DATES)
@pytest.mark.parametrize("around", ["born {}", "born {}.", "(born {}) and", "DOB: {}, as said"])
def test_a_date_of_birth_is_found_in_each_form(values, around, date):
    text = around.format(date)
    for size in (0, 1, 4):
        assert births(values, text, size=size) == [date]


@pytest.mark.parametrize("before", BEFORE)
def test_a_word_before_a_date_says_that_it_is_one_of_birth(values, before):
    for date in ("31.12.1990", "December 31, 1990"):
        for size in (0, 1, 5):
            assert births(values, f"{before}{date} and more", size=size) == [date]


@pytest.mark.parametrize(
    "text",
    [
        "on 12/31/1990 it rained",
        "December 31, 1990 was cold",
        "She was born. On 12/31/1990 it rained.",
        "Born free! 12/31/1990",
        "NATO met on 12/31/1990",
        "a stubborn 12/31/1990",
        "born into a family that then moved to the sea in the winter of 12/31/1990",
        "born 13/32/1990",
        "born 31.13.1990",
        "born in 1990",
        "born 12/31",
        "born 12/31/19901",
        "born 1990-12-31x",
        "born 4.12.31.1990",
        "born May 5",
    ],
)
def test_other_dates_and_numbers_are_none(values, text):
    for size in (0, 1):
        assert births(values, text, size=size) == []


def test_a_date_of_birth_is_a_date_all_the_same(find):
    found = find("born 12/31/1990, wed 1/2/2015", types=[BIRTH, DATE])
    assert [(one.type, one.start) for one in found] == [(BIRTH, 5), (DATE, 5), (DATE, 21)]
    birth, date, _ = found
    assert birth.score > date.score >= 0.6
    assert find("born 12/31/1990", types=[DATE]) == [date]


def test_a_month_is_held_only_behind_such_a_word(detector):
    def held(text):
        scan = detector.open(ScanContext("pii", "output", frozenset({BIRTH})))
        return [at + 1 - scan.feed(character)[1] for at, character in enumerate(text)]

    assert set(held("It was in December 31, 1990, they said, or in May.")) == {0}
    text = "She was born in December, it is known."
    begin = text.index("December")
    assert set(held(text)[:begin]) == {0}
    assert held(text)[begin + 8] == 9
    assert set(held(text)[begin + 12 :]) == {0}


def test_evidence_names_the_form_and_holds_no_text(find):
    (found,) = find("born 12/31/1990", types=[BIRTH])
    assert found.evidence == {"pattern": "month, day, year", "context": ""}
