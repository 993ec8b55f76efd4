from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenward.redact.mask import LONG_ENOUGH, SHOWN, mask


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        ("4111 1111 1111 1111", "**** **** **** 1111"),
        ("4111-1111-1111-1111", "****-****-****-1111"),
        ("378282246310005", "***********0005"),
        ("DE89 3704 0044 0532 0130 00", "**** **** **** **** **30 00"),
        ("(212) 555-0147", "(***) ***-0147"),
        ("536-90-4399", "***-**-4399"),
        ("AKIAQYLPMN5HFIQR7XYA", "****************7XYA"),
        ("192.168.10.25", "***.***.10.25"),
        ("555-0147", "***-****"),  # seven digits: nothing stays
        ("T-1234567", "*-***4567"),
        ("Alexandra Moorecroft", "********* **********"),  # a name has no digits: nothing stays
        ("p@$$w0rd!x", "*@********"),
        ("line one 1\nline two 2", "**** *** *\n**** two 2"),
        ("٤١١١ ١١١١ ١١١١ ١١١١", "**** **** **** ١١١١"),
        ("你好12345678", "******5678"),
        ("", ""),
        ("7", "*"),
        (". ", "**"),  # nothing but signs
    ],
)
def test_the_last_four_letters_and_digits_stay_where_there_are_eight(value, masked):
    assert masked == mask(value)


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        ("ann.lee@example.com", "a**.***@example.com"),
        ("ann+news@mail.example.co.uk", "a**+****@mail.example.co.uk"),
        ("a@example.com", "*@example.com"),
        ("_x@example.com", "_*@example.com"),
        ("josé99@example.com", "j*****@example.com"),
    ],
)
def test_of_an_address_the_first_letter_and_the_domain_stay(value, masked):
    assert masked == mask(value)


@given(st.text())
def test_a_mask_is_as_long_as_the_value_and_shows_at_most_four_of_it(value):
    masked = mask(value)

    assert len(value) == len(masked)
    if "@" not in value:
        shown = [c for c in masked if c.isalnum()]
        assert len(shown) <= SHOWN
        assert not shown or sum(map(str.isalnum, value)) >= LONG_ENOUGH
