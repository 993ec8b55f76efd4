"""Numbers whose digits are written apart: over lines, with odd marks, one by one."""

from __future__ import annotations

import pytest

CARD, SSN, IBAN, PHONE = "CREDIT_CARD", "US_SSN", "IBAN_CODE", "PHONE_NUMBER"
APART = [CARD, SSN, IBAN]

FOUND = [
    ("card 4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1.", CARD, "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1"),
    ("card 4-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1", CARD, "4-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1"),
    ("4111_1111_1111_1111", CARD, "4111_1111_1111_1111"),
    ("4111.1111.1111.1111", CARD, "4111.1111.1111.1111"),
    ("4111/1111/1111/1111", CARD, "4111/1111/1111/1111"),
    ("3782 822463\n10005", CARD, "3782 822463\n10005"),
    ("is 4111-1111-\n1111-1111.", CARD, "4111-1111-\n1111-1111"),
    ("is 4111 1111\n1111 1111 now", CARD, "4111 1111\n1111 1111"),
    ("> 4111 1111\r\n> 1111 1111", CARD, "4111 1111\r\n> 1111 1111"),
    ("4111 1111 **1111 1111**", CARD, "4111 1111 **1111 1111"),
    ("**4111** **1111** **1111** **1111**", CARD, "4111** **1111** **1111** **1111"),
    ("`4111` `1111` `1111` `1111`", CARD, "4111` `1111` `1111` `1111"),
    ("Order 7 4111 1111 1111 1111", CARD, "4111 1111 1111 1111"),
    ("12 4111111111111111 12", CARD, "4111111111111111"),
    ("457_55_5462", SSN, "457_55_5462"),
    ("457 - 55 - 5462", SSN, "457 - 55 - 5462"),
    ("457-55-\n5462", SSN, "457-55-\n5462"),
    ("SSN 4 5 7 5 5 5 4 6 2", SSN, "4 5 7 5 5 5 4 6 2"),
    ("to DE89 3704\n0044 0532 0130 00 now", IBAN, "DE89 3704\n0044 0532 0130 00"),
    ("DE89.3704.0044.0532.0130.00", IBAN, "DE89.3704.0044.0532.0130.00"),
    ("DE89_3704_0044_0532_0130_00", IBAN, "DE89_3704_0044_0532_0130_00"),
    ("call +1 646 555\n0128, and", PHONE, "+1 646 555\n0128"),
    ("call (312)\n555-0166, and", PHONE, "(312)\n555-0166"),
    ("GB82 WEST\n1234 5698 7654 32.", IBAN, "GB82 WEST\n1234 5698 7654 32"),
]

NONE = [
    "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 2",  # wrong check digit
    "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16",
    "4 5 7 5 5 5 4 6 2",  # nine digits, and no word that says what they are
    "Version 4111.1111.1111.1111.5 of it",
    "4111 1111\n1111 1111\n4123 1234",  # a table
    "2010 2011\n4111 1111\n1111 1111",
    "4111\n1111\n1111\n1111",  # a column
    "2024.01.15, 2024.02.16, 12.30.45, 10:30, 11:45, 12:00",
    "1,234.56 2,345.67 3,456.78 4,567.89",
    "| 4111 | 1111 | 1111 | 1111 |",
    "10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.4",
    "DE89 3704\nNothing else",
    "in 212 300\n4000 years",
]


@pytest.mark.parametrize(("text", "kind", "value"), FOUND, ids=[text for text, *_ in FOUND])
def test_digits_written_apart_are_found(values, text, kind, value):
    assert values(text, types=[*APART, PHONE]) == [(kind, value)]


@pytest.mark.parametrize(("text", "kind", "value"), FOUND, ids=[text for text, *_ in FOUND])
def test_the_same_is_found_character_by_character(find, text, kind, value):
    types = [*APART, PHONE, "EMAIL_ADDRESS"]
    assert find(text, size=1, types=types) == find(text, types=types)


@pytest.mark.parametrize("text", NONE)
def test_tables_dates_versions_and_lists_are_none(values, text):
    assert [kind for kind, _ in values(text, types=[*APART, PHONE])] == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("(212) 555-0147 12", "(212) 555-0147"),
        ("call (212) 555-0147 12 times", "(212) 555-0147"),
        ("call 212-555-0147 12/31", "212-555-0147"),
        ("call 212-555-0147.", "212-555-0147"),
        ("call 212-555-0147 ext. 12", "212-555-0147 ext. 12"),
    ],
)
def test_a_phone_number_takes_in_no_other_number(values, text, value):
    assert values(text, types=[PHONE]) == [(PHONE, value)]


def held(detector, text, types):
    from tokenward.types import ScanContext

    scan = detector.open(ScanContext("pii", "output", frozenset(types)))
    return [n + 1 - scan.feed(character)[1] for n, character in enumerate(text)]


def test_of_a_column_of_numbers_only_the_number_being_written_is_held(detector):
    column = "1234\n56789\n4111\n1111\n1111\n1111\n12345678\n1700000000\n"
    assert max(held(detector, column, [*APART, PHONE, "EMAIL_ADDRESS"])) <= 11
