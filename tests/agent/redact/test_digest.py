from __future__ import annotations

import hashlib
import hmac
import re

from hypothesis import given
from hypothesis import strategies as st

from tokenward.redact.digest import digest, hash_tag

KEY, OTHER = b"k" * 32, b"o" * 32


def test_it_is_hmac_sha256_of_texts_with_their_lengths():
    assert hmac.new(KEY, b"4:hash2:ab", hashlib.sha256).digest() == digest(KEY, "hash", "ab")


@given(st.text(), st.text())
def test_a_value_has_one_tag_under_a_key_and_another_under_another(one, other):
    assert hash_tag(KEY, "T", one) == hash_tag(KEY, "T", one)
    assert hash_tag(KEY, "T", one) != hash_tag(OTHER, "T", one)
    assert (hash_tag(KEY, "T", one) == hash_tag(KEY, "T", other)) == (one == other)
    assert re.fullmatch(r"<T:[0-9a-f]{12}>", hash_tag(KEY, "T", one))


def test_the_type_is_only_the_tags_name():
    """So that a value can be followed where one detector calls it so and another so."""
    assert hash_tag(KEY, "A", "x")[3:] == hash_tag(KEY, "B", "x")[3:]


@given(st.lists(st.text(max_size=3), max_size=3), st.lists(st.text(max_size=3), max_size=3))
def test_two_lists_of_texts_never_run_together(some, others):
    assert (digest(KEY, *some) == digest(KEY, *others)) == (some == others)


def test_half_a_surrogate_pair_is_a_value_too():
    assert hash_tag(KEY, "T", "\ud800") != hash_tag(KEY, "T", "\ud801")
