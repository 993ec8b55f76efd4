"""Checks that are done faster than in Presidio have its answers."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tokenward_plugins.pii import checks, suffixes
from tokenward_plugins.pii.gates import GATES, SHAPES
from tokenward_plugins.pii.presidio import Presidio
from tokenward_plugins.pii.signatures import USUAL, may_hold, signature
from tokenward_plugins.pii.suffixes import Suffixes, rules


@pytest.fixture(scope="module")
def presidio():
    return Presidio()


def written(pattern):
    return st.from_regex(pattern, fullmatch=True)


@given(value=written(r"[0-9]{4}([ -]?[0-9]{3,4}){2}[ -]?[0-9]{3,5}"))
@settings(deadline=None)
def test_cards_are_checked_as_in_presidio(presidio, value):
    assert checks.card(value) == presidio.load("CREDIT_CARD")().validate_result(value)


@given(value=written(r"[0-9]{3}[- .]?[0-9]{2}[- .]?[0-9]{4}"))
@example(value="123-45-6789")
@example(value="111111111")
@example(value="666-12-3456")
@settings(deadline=None)
def test_social_security_numbers_are_refused_as_in_presidio(presidio, value):
    assert checks.no_ssn(value) == bool(presidio.load("US_SSN")().invalidate_result(value))


@given(value=written(r"([0-9]{1,3}\.){3}[0-9]{1,3}(/[0-9]{1,2})?"))
@settings(deadline=None)
def test_addresses_are_refused_as_in_presidio(presidio, value):
    octets = value.partition("/")[0].split(".")
    if all(int(octet) < 256 for octet in octets) and int(value.partition("/")[2] or 0) <= 32:
        theirs = bool(presidio.load("IP_ADDRESS")().invalidate_result(value))
        assert checks.no_address(value) == theirs


ACCOUNTS = ("DE89 3704 0044 0532 0130 00", "GB82 WEST 1234 5698 7654 32", "BE68 5390 0754 7034")


@given(
    account=st.sampled_from(ACCOUNTS) | written(r"(DE|FR|XX|NO)[0-9]{2}( ?[A-Z0-9]{4}){2,6}"),
    more=written(r"([ -]?[A-Z0-9]{1,4}){0,3}"),
    packed=st.booleans(),
)
@settings(deadline=None)
def test_the_ends_of_an_account_are_those_that_presidio_accepts(presidio, account, more, packed):
    text = (account.replace(" ", "") if packed else account) + more
    recognizer = presidio.load("IBAN_CODE")()
    ends = checks.accounts(checks.countries(recognizer), text, 0, len(text))
    expected = [len(text), *(at for at in range(len(text) - 1, 11, -1) if text[at] in " -")]
    theirs = [at for at in expected if recognizer.validate_result(text[:at])]
    assert ends == theirs


@given(
    labels=st.lists(
        st.sampled_from(
            "com co uk jp kobe city ck www example xn--p1ai xn--mnchen-3ya nom br".split()
        )
        | written("[a-z0-9]{1,8}"),
        min_size=1,
        max_size=5,
    ),
    upper=st.booleans(),
)
@example(labels=["city", "kobe", "jp"], upper=False)
@example(labels=["пример", "рф"], upper=False)
@settings(deadline=None)
def test_names_are_registered_as_tldextract_says(labels, upper):
    from tldextract import TLDExtract

    domain = ".".join(labels)
    domain = domain.upper() if upper else domain
    extract = TLDExtract(suffix_list_urls=(), cache_dir=None)
    assert SUFFIXES.registered(domain) == (extract(domain).fqdn != "")


SUFFIXES = Suffixes()


def test_the_list_is_the_one_that_tldextract_reads():
    from tldextract import TLDExtract

    known = TLDExtract(suffix_list_urls=(), cache_dir=None).tlds
    assert len(known) > 5_000
    assert set(rules()) == set(known)


def test_without_a_file_the_list_is_asked_for(monkeypatch):
    monkeypatch.setattr(suffixes, "LIST", "no-such-file")
    assert rules() == []
    assert Suffixes().registered("shop.co.uk")
    assert not Suffixes().registered("co.uk")


@given(
    kind=st.sampled_from(sorted(SHAPES)),
    sign=st.sampled_from(USUAL),
    digits=st.text("0123456789", min_size=40, max_size=40),
)
@settings(max_examples=1000, deadline=None)
def test_a_signature_says_of_all_digits_what_a_type_may_be_in(kind, sign, digits):
    fill = iter(digits)
    text = "".join(next(fill) if character == "0" else character for character in sign)
    assert signature(text) == sign
    least, shape = GATES[kind]
    if sign.count("0") >= least and shape.search(text):
        assert may_hold(kind, sign)
