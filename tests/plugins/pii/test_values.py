"""Which values are found, where they begin and end, and what is none."""

from __future__ import annotations

import pytest

CARD, MAIL, PHONE, IBAN = "CREDIT_CARD", "EMAIL_ADDRESS", "PHONE_NUMBER", "IBAN_CODE"
LONG = "firstname.middlename.lastname" * 2 + "@department.subdivision.example-company.com"

FOUND = [
    ("Pay with 4111 1111 1111 1111 now", [(CARD, "4111 1111 1111 1111")]),
    ("Pay with 4111-1111-1111-1111.", [(CARD, "4111-1111-1111-1111")]),
    ("Amex 3782 822463 10005, please", [(CARD, "3782 822463 10005")]),
    ("Order 7 4111 1111 1111 1111", [(CARD, "4111 1111 1111 1111")]),
    ("Order 1234 4111 1111 1111 1111", [(CARD, "4111 1111 1111 1111")]),
    ("Card 2223003122003222 is new", [(CARD, "2223003122003222")]),
    ("Card 4111\u00a01111\u00a01111\u00a01111 ok", [(CARD, "4111\u00a01111\u00a01111\u00a01111")]),
    ("Card 4111\u20111111\u20111111\u20111111 ok", [(CARD, "4111\u20111111\u20111111\u20111111")]),
    ("Write to jane.doe@example.com.", [(MAIL, "jane.doe@example.com")]),
    ("<jane+tag@mail.example.co.uk>", [(MAIL, "jane+tag@mail.example.co.uk")]),
    ("mailto:jane@example.com?subject=x", [(MAIL, "jane@example.com")]),
    ('{"to":"jane@example.com","n":1}', [(MAIL, "jane@example.com")]),
    ("a@example.com,b@example.com", [(MAIL, "a@example.com"), (MAIL, "b@example.com")]),
    ("Ask jane@example.com.Please do", [(MAIL, "jane@example.com")]),
    ("Ask ops@db.internal today", [(MAIL, "ops@db.internal")]),
    (f"Long: {LONG}!", [(MAIL, LONG)]),
    ("IBAN DE89370400440532013000 is", [(IBAN, "DE89370400440532013000")]),
    ("IBAN DE89370400440532013000is", [(IBAN, "DE89370400440532013000")]),
    ("DE89 3704 0044 0532 0130 00 and more", [(IBAN, "DE89 3704 0044 0532 0130 00")]),
    ("GB82 WEST 1234 5698 7654 32.", [(IBAN, "GB82 WEST 1234 5698 7654 32")]),
    ("AT61 1904 3002 3457 3201 PLEASE", [(IBAN, "AT61 1904 3002 3457 3201")]),
    ("call (212) 555-0143.", [(PHONE, "(212) 555-0143")]),
    ("call 212-555-0143 ext. 12 now", [(PHONE, "212-555-0143 ext. 12")]),
    ("call 212.555.0143x7", [(PHONE, "212.555.0143x7")]),
    ("at 555-0143 tonight", [(PHONE, "555-0143")]),
    ("(555) 010-1234 is made up", [(PHONE, "(555) 010-1234")]),
    ("ring +49 (0)30 1234567 or", [(PHONE, "+49 (0)30 1234567")]),
    ("ring +44 20 7946 0958.", [(PHONE, "+44 20 7946 0958")]),
    ("Tel:+491701234567", [(PHONE, "+491701234567")]),
    ("My mobile: 723 813 26 61", [(PHONE, "723 813 26 61")]),
    ("ISBN 212-555-0143 is none", [(PHONE, "212-555-0143")]),
    ("You can call 9469 9966 now", [(PHONE, "9469 9966")]),  # digits of a region, but not valid
    ("They are not answering at (88) 684-334.", [(PHONE, "(88) 684-334")]),
    ("Telefon: 469 34 883", [(PHONE, "469 34 883")]),
    ("电话：9747 6578", [(PHONE, "9747 6578")]),
    ("office 001-668-155-8670 or", [(PHONE, "001-668-155-8670")]),
    ("fax 001-668-040-8670x1711.", [(PHONE, "001-668-040-8670x1711")]),
    ("Card 213175197796454 is new", [(CARD, "213175197796454")]),
    ("my credit card number is 675984103431", [(CARD, "675984103431")]),
    ("card no. 5038 6729 7114, please", [(CARD, "5038 6729 7114")]),
    (
        "4111 1111 1111 1111(212) 555-0143",
        [(CARD, "4111 1111 1111 1111"), (PHONE, "(212) 555-0143")],
    ),
    ("SSN 457-55-5462.", [("US_SSN", "457-55-5462")]),
    ("SSN 123-45-6789, the usual example", [("US_SSN", "123-45-6789")]),
    ("tax id 912-73-1234", [("US_ITIN", "912-73-1234"), ("US_SSN", "912-73-1234")]),
    ("on 00:1A:2B:3C:4D:5E.", [("MAC_ADDRESS", "00:1A:2B:3C:4D:5E")]),
    ("on aa-bb-cc-dd-ee-ff", [("MAC_ADDRESS", "aa-bb-cc-dd-ee-ff")]),
    ("from 192.168.10.25.", [("IP_ADDRESS", "192.168.10.25")]),
    ("from fe80::1ff:fe23:4567:890a, yes", [("IP_ADDRESS", "fe80::1ff:fe23:4567:890a")]),
    ("from 2001:db8::8a2e:370:7334", [("IP_ADDRESS", "2001:db8::8a2e:370:7334")]),
    ("to 16Yeky6GMjeNkAiNcBY7ZhrLoMSgg1BoyZ.", [("CRYPTO", "16Yeky6GMjeNkAiNcBY7ZhrLoMSgg1BoyZ")]),
    (
        "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
        [("CRYPTO", "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq")],
    ),
    ("born 12/05/1987 in", [("DATE_TIME", "12/05/1987")]),
    ("born 31.12.1999.", [("DATE_TIME", "31.12.1999")]),
    ("in Jan-2024 or", [("DATE_TIME", "Jan-2024")]),
    ("id 550e8400-e29b-41d4-a716-446655440000", [("UUID", "550e8400-e29b-41d4-a716-446655440000")]),
    ("certificate BB1388568", [("MEDICAL_LICENSE", "BB1388568")]),
    ("passport A12345678", [("US_PASSPORT", "A12345678")]),
    ("driver license B1234567", [("US_DRIVER_LICENSE", "B1234567")]),
    ("bank account 94545678765", [("US_BANK_NUMBER", "94545678765")]),
    ("NHS 943-476-5919", [(PHONE, "943-476-5919"), ("UK_NHS", "943-476-5919")]),
    ("see https://example.com/a,b?c=d#e.", [("URL", "https://example.com/a,b?c=d#e")]),
    ('"https://example.com/a"', [("URL", "https://example.com/a")]),
    ("(see www.example.org)", [("URL", "www.example.org")]),
    ("https://box.corp:8443/reset?token=x", [("URL", "https://box.corp:8443/reset?token=x")]),
    ("https://例え.jp/パス。次", [("URL", "https://例え.jp/パス")]),
    ("请联系jane@example.com谢谢。", [(MAIL, "jane@example.com")]),
    ("卡号是4111111111111111，谢谢", [(CARD, "4111111111111111")]),
    ("โทร212-555-0143ครับ", [(PHONE, "212-555-0143")]),
    ("jane@例え.jp です", [(MAIL, "jane@例え.jp")]),
]

NONE = [
    "The order number 4111 1111 1111 1112 fails the check digits.",
    "Reference 1234567890123456 was closed.",
    "Version 1.2.3.4.5 came after 1.2.3.4.4 of the library.",
    "It costs $12.50, 1,234.56 or 99 cents.",
    "In 1999 there were 42 people, and 7 dogs in 2001.",
    "Pi is 3.14159265358979, and 0.4111111111111111 is a fraction.",
    "Chapter 12, pages 345-347, at 10:30.",
    "Order 675984103431 of 5038 6729 7114 pieces, no card.",
    "My card, which is a new one, is for order 675984103431.",
    "ISBN 0-306-40615-2 and ISBN-13: 978-0-306-40615-7; ISBN 0-8044-2957-X, ISBN: 0306406152",
    "On air 1945-1946, papers of 1800\u20131815.",
    "The rows 9469 9966 and 469 34 883 of the table.",
    "256.256.256.256 is no address, nor is jane@ or @example.",
    "Open main.python, then call std::vector of a.b.c.",
    "Areas 000-12-3456 and 666-12-3456 are never issued.",
    "The status of 123456789 is public.",
    "wallet 16Yeky6GMjeNkAiNcBY7ZhrLoMSgg1BoyY is mistyped",
    "今天天气很好，我们去公园散步。",
    "e.g. tea, i.e. no coffee, etc. and so on: x@y, a/b, +1, (2).",
]


@pytest.mark.parametrize(("text", "expected"), FOUND, ids=[text for text, _ in FOUND])
def test_a_value_is_found_exactly(values, text, expected):
    assert values(text) == expected


@pytest.mark.parametrize("text", NONE)
def test_what_only_looks_like_a_value_is_left_alone(values, text):
    assert values(text) == []


@pytest.mark.parametrize(("text", "expected"), FOUND, ids=[text for text, _ in FOUND])
def test_the_same_is_found_character_by_character(find, text, expected):
    assert find(text, size=1) == find(text)


def test_only_the_types_asked_for_are_found(values):
    text = "jane@example.com, 4111 1111 1111 1111, https://example.com"
    assert values(text, types=[CARD]) == [(CARD, "4111 1111 1111 1111")]
    assert values(text, types=["URL"]) == [("URL", "example.com"), ("URL", "https://example.com")]
    assert values(text, types=[]) == []


def test_a_phone_number_in_a_card_or_an_address_is_none_even_if_only_phones_are_asked_for(values):
    text = "4111 1111 1111 1111, 192.168.10.25, 2024-01-15T10:00:00Z"
    assert values(text, types=[PHONE]) == []


def test_check_digits_make_a_score_of_one(find):
    found = find("4111 1111 1111 1111 jane@example.com DE89370400440532013000")
    assert [(one.type, one.score) for one in found] == [(CARD, 1.0), (MAIL, 1.0), (IBAN, 1.0)]


def test_a_word_before_the_value_raises_its_score(find):
    (bare,) = find("the value 457-55-5462")
    (named,) = find("the SSN is 457-55-5462")
    assert (bare.score, named.score) == (0.5, 0.85)
    assert named.evidence["context"] == "ssn"


@pytest.mark.parametrize("size", [0, 1, 4])
@pytest.mark.parametrize("before", ["", "Plain words come first. " * 300])
def test_words_before_a_value_count_wherever_it_is_in_the_text(find, before, size):
    text = before + "Her security, as everybody could have seen with their own eyes: 457-55-5462"
    assert find(text, size=size)[-1].score == 0.85


def test_words_further_away_than_five_do_not_count(find):
    (found,) = find("Her security, tall trees, green hills, small birds: 457-55-5462")
    assert found.score == 0.5


def test_a_short_context_word_must_be_a_whole_word(values):
    assert values("the status is 123456789") == []
    assert ("US_PASSPORT", "123456789") in values("a US document 123456789")


def test_a_number_in_the_shape_of_a_phone_number_scores_higher_than_mere_digits(find):
    (shaped,) = find("or (212) 456-7890", types=[PHONE])
    (digits,) = find("or 2124567890", types=[PHONE])
    assert (shaped.score, digits.score) == (0.6, 0.4)


def test_evidence_names_patterns_and_holds_no_text(find):
    for one in find("card 4111 1111 1111 1111, mail jane@example.com, call (212) 555-0143"):
        assert not any("4111" in str(v) or "jane" in str(v) for v in one.evidence.values())
        assert one.evidence["pattern"]
