from __future__ import annotations

import copy
import pickle
import re
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenward.redact.placeholders import LOOKS_LIKE
from tokenward.redact.styles import RESTORABLE, Redaction
from tokenward.redact.vault import Vault

KEY = b"k" * 32
RESTORING = {style: Redaction(style, restore=True) for style in RESTORABLE}
VALUES = [
    "ann@corp.com",
    "bob@corp.com",
    "4111 1111 1111 1111",
    "x",
    "",
    "\ud800",
    "你好",
    "a" * 500,
]


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def put(vault, value, style="pseudonym", type_="EMAIL_ADDRESS", *, restores=True):
    return vault.put(RESTORING[style], type_, value, restores=restores)


def tokens(vault):
    issued = vault.issued()
    return {text: issued._tokens[text].value for text in issued._tokens}


@pytest.mark.parametrize("style", RESTORABLE)
def test_a_value_is_given_the_same_again_and_another_value_something_else(style):
    vault = Vault()
    given_ = {value: put(vault, value, style) for value in VALUES}

    assert len(VALUES) == len(set(given_.values()))
    assert given_ == {value: put(vault, value, style) for value in VALUES}
    assert {text: value for value, text in given_.items()} == tokens(vault)


@pytest.mark.parametrize("style", RESTORABLE)
def test_two_sessions_give_different_things_and_know_nothing_of_each_other(style):
    one, other = Vault(), Vault()

    first = put(one, "ann@corp.com", style)

    assert {} == tokens(other)
    assert first not in (put(other, "ann@corp.com", style), put(other, "bob@corp.com", style))


@given(key=st.binary(min_size=16, max_size=16), values=st.lists(st.text(max_size=12), max_size=8))
@pytest.mark.parametrize("style", RESTORABLE)
def test_with_one_key_the_same_values_are_given_the_same(style, key, values):
    vaults = Vault(key=key), Vault(key=key)

    assert [put(vaults[0], v, style) for v in values] == [put(vaults[1], v, style) for v in values]


def test_what_does_not_come_back_is_not_kept():
    vault = Vault()

    assert "<T>" == vault.put(Redaction("tag"), "T", "x", restores=True)
    assert "<T>" == put(vault, "x", "tag", "T", restores=False)
    assert re.fullmatch(r"<T:[0-9a-f]{12}>", put(vault, "x", "hash", "T", restores=False))
    assert 0 == len(vault)


def test_a_pseudonym_of_an_answer_is_the_same_again_and_does_not_come_back():
    vault = Vault()

    made = put(vault, "ann@corp.com", restores=False)

    assert {} == tokens(vault)
    assert ["ann@corp.com"] == [t.value for t in vault.issued(restores=False).at(made, 0)]
    assert made == put(vault, "ann@corp.com", restores=False)
    assert made == put(vault, "ann@corp.com")
    assert {made: "ann@corp.com"} == tokens(vault)


def test_a_vault_of_a_single_text_gives_nothing_back():
    vault = Vault(keeps=False)

    assert "<T>" == put(vault, "x", "tag", "T")
    assert put(vault, "ann@corp.com") == put(vault, "ann@corp.com")
    assert {} == tokens(vault)


def test_a_hash_with_a_key_of_its_own_is_the_same_in_every_session():
    redaction = Redaction("hash", key=KEY)

    tags = {Vault().put(redaction, "T", "x", restores=False) for _ in range(3)}

    assert 1 == len(tags)


@pytest.mark.parametrize("style", RESTORABLE)
def test_a_full_vault_gives_a_plain_tag_and_says_so(style):
    vault = Vault(limit=2)
    first, second = put(vault, "a@corp.com", style), put(vault, "b@corp.com", style)

    assert "<EMAIL_ADDRESS>" == put(vault, "c@corp.com", style)
    assert (2, 1) == (len(vault), vault.refused)
    assert {first: "a@corp.com", second: "b@corp.com"} == tokens(vault)
    assert first == put(vault, "a@corp.com", style)


def test_a_value_is_forgotten_some_time_after_it_was_last_met():
    clock = Clock()
    vault = Vault(ttl=10, clock=clock)
    first, second = put(vault, "a@corp.com"), put(vault, "b@corp.com")
    clock.now = 8
    assert first == put(vault, "a@corp.com")
    clock.now = 11

    assert {first: "a@corp.com"} == tokens(vault)
    assert second not in tokens(vault)
    clock.now = 30
    assert {} == tokens(vault)
    assert 0 == len(vault)


def test_room_comes_back_with_time():
    clock = Clock()
    vault = Vault(limit=1, ttl=10, clock=clock)
    put(vault, "a@corp.com")
    assert "<EMAIL_ADDRESS>" == put(vault, "b@corp.com")
    clock.now = 11

    assert "<EMAIL_ADDRESS>" != put(vault, "b@corp.com")


def test_what_was_looked_up_stays_as_it_was():
    """A stream counts on it: neither time nor other requests change it in the middle of an answer."""
    clock = Clock()
    vault = Vault(ttl=10, clock=clock)
    made = put(vault, "a@corp.com")
    issued = vault.issued()
    clock.now = 99
    put(vault, "b@corp.com")

    assert ["a@corp.com"] == [token.value for token in issued.at(made, 0)]
    assert 1 == len(issued)


def test_clearing_forgets_everything():
    vault = Vault()
    put(vault, "a@corp.com")
    vault.clear()

    assert (0, {}) == (len(vault), tokens(vault))


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("TICKET", "T-2"),  # too short to be told from other text
        ("PERSON", "Agent 47"),
        ("PRIVATE_KEY", "-----BEGIN KEY-----\n" + "a1" * 100),
        ("PERSON", "J."),
    ],
)
def test_a_value_that_cannot_be_imitated_gets_a_placeholder(type_, value):
    vault = Vault()
    made = put(vault, value, type_=type_)

    assert LOOKS_LIKE.fullmatch(made)
    assert {made: value} == tokens(vault)
    assert f"<{type_}>" == Vault().put(Redaction("pseudonym"), type_, value, restores=True)


def test_when_no_pseudonym_is_left_there_are_placeholders():
    """There are 762 addresses of IPv4 for documentation."""
    vault = Vault(limit=900)
    made = [put(vault, f"10.0.{n // 250}.{n % 250}", type_="IP_ADDRESS") for n in range(900)]

    assert 900 == len(set(made))
    assert any(LOOKS_LIKE.fullmatch(one) for one in made)
    assert 600 < sum(one.startswith(("192.0.2.", "198.51.100.", "203.0.113.")) for one in made)


def test_a_pseudonym_is_no_value_of_the_session():
    key, first = KEY, put(Vault(key=KEY), "ann@corp.com")
    vault = Vault(key=key)

    other = put(vault, first)  # the user has the very address that would be the pseudonym

    assert first not in (other, put(vault, "ann@corp.com"))


def test_a_type_too_long_for_a_placeholder_gets_a_plain_tag():
    assert f"<{'T' * 130}>" == put(Vault(), "x", "tag", "T" * 130)


@pytest.mark.parametrize("style", RESTORABLE)
def test_representations_hold_no_values(style):
    vault = Vault()
    made = put(vault, "ann@corp.com", style)
    shown = repr(vault) + repr(vault.issued()) + repr(list(vault.issued().at(made, 0)))

    assert "Vault(1 of 1000 values, 0 refused)" in shown
    assert "ann@corp.com" not in shown
    assert made not in shown


def test_keys_are_not_shown():
    assert "kkkk" not in repr(Redaction("hash", key=KEY)) + repr(Vault(key=KEY))


@pytest.mark.parametrize("taken", [pickle.dumps, copy.deepcopy])
def test_a_vault_cannot_be_carried_away(taken):
    with pytest.raises(TypeError):
        taken(Vault())


def test_threads_agree():
    vault, results = Vault(), []

    def work():
        results.append([put(vault, f"{n}@corp.com") for n in range(200)])

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [results[0]] * 8 == results
    assert 200 == len(vault) == len(set(results[0]))
