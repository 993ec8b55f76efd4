"""The chats that the demo model learns from."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenward.demo.compose import compose
from tokenward.demo.people import api_keys, customers, iban_check, luhn_digit
from tokenward.demo.risky import RISKY
from tokenward.demo.topics import TOPICS

CARD = re.compile(r"\b\d{4} \d{4} \d{4} \d{4}\b")
EMAIL = re.compile(r"\S+@[\w.]+\w")
IBAN = re.compile(r"\bDE\d{20}\b")
PHONE = re.compile(r"\(\d{3}\) \d{3}-\d{4}")


def passes_luhn(number: str) -> bool:
    digits = [int(digit) for digit in number if digit.isdigit()][::-1]
    return sum(digits[::2] + [sum(divmod(2 * d, 10)) for d in digits[1::2]]) % 10 == 0


def passes_mod_97(iban: str) -> bool:
    return int("".join(str(int(c, 36)) for c in iban[4:] + iban[:4])) % 97 == 1


@pytest.fixture(scope="module")
def dialogues():
    return tuple(compose(4000, seed=11))


@pytest.fixture(scope="module")
def text(dialogues):
    return "\n".join(m["content"] for dialogue in dialogues for m in dialogue.messages())


@given(seed=st.integers(0, 2**32))
@settings(max_examples=20)
def test_a_seed_always_gives_the_same_dialogues(seed):
    assert list(compose(5, seed)) == list(compose(5, seed))


def test_another_seed_gives_other_dialogues():
    assert list(compose(5, 1)) != list(compose(5, 2))


def test_every_card_passes_luhn(text):
    cards = CARD.findall(text)
    assert len(cards) > 100
    assert [card for card in cards if not passes_luhn(card)] == []


def test_every_iban_passes_modulo_97(dialogues):
    answers = "\n".join(e.assistant for dialogue in dialogues for e in dialogue.exchanges)
    ibans = IBAN.findall(answers)
    assert len(ibans) > 10
    assert [iban for iban in ibans if not passes_mod_97(iban)] == []


def test_every_mail_domain_is_reserved(dialogues):
    answers = "\n".join(e.assistant for dialogue in dialogues for e in dialogue.exchanges)
    domains = {mail.split("@")[1] for mail in EMAIL.findall(answers)}
    assert domains == {"example.com", "example.org", "example.net"}


def test_every_phone_number_is_reserved_for_fiction(text):
    phones = PHONE.findall(text)
    assert len(phones) > 50
    assert {phone[6:12] for phone in phones} == {"555-01"}


@pytest.mark.parametrize(("kind", "least", "most"), [("leak", 0.10, 0.15), ("rude", 0.03, 0.07)])
def test_lapses_are_as_frequent_as_promised(dialogues, kind, least, most):
    kinds = Counter(e.kind for dialogue in dialogues for e in dialogue.exchanges)
    assert least <= kinds[kind] / kinds.total() <= most


def test_an_answer_marked_as_leaking_carries_a_value_and_no_other_does(dialogues):
    keys = "|".join(api_keys().values())
    value = re.compile(f"{CARD.pattern}|{EMAIL.pattern}|{IBAN.pattern}|{PHONE.pattern}|{keys}")
    for dialogue in dialogues:
        for exchange in dialogue.exchanges:
            assert bool(value.search(exchange.assistant)) == (exchange.kind == "leak"), exchange


def test_all_topics_come_up(dialogues):
    seen = {e.topic for dialogue in dialogues for e in dialogue.exchanges}
    assert seen == {topic.name for topic in TOPICS + RISKY}


def test_customers_differ_in_all_they_have():
    people = customers()
    assert people == customers()
    for field in ("first", "email", "phone", "card", "iban"):
        assert len({getattr(person, field) for person in people}) == len(people)


@given(st.text("0123456789", min_size=15, max_size=15))
def test_the_check_digit_completes_any_card(digits):
    assert passes_luhn(digits + luhn_digit(digits))


@given(st.text("0123456789", min_size=18, max_size=18))
def test_the_check_digits_complete_any_iban(account):
    assert passes_mod_97(f"DE{iban_check('DE', account)}{account}")
