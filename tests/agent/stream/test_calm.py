"""What is calm text, and that nothing leaves because it looked calm."""

from __future__ import annotations

import pytest
from tests.laws.driving import run

from tokenward.guard import Guard
from tokenward.stream.calm import CALM, LAST_WORD, LONGEST_WORD


def calm_part(text):
    """Returns the complete calm words at the start of a text, and the open one behind them."""
    match = CALM.match(text)
    return (text[: match.start(1)], match[1]) if match[1] is not None else (match[0], None)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("It is wa", ("It is ", "wa")),
        ("really? Yes", ("really? ", "Yes")),
        ("really?", ("", "really?")),
        ("really?!", ("", "really?!")),
        ("really?yes@", ("", None)),
        ("{so}", ("", None)),
        ("so} it", ("so} ", "it")),
        ('"so!" it', ('"so!" ', "it")),
        ("end. Th", ("end. ", "Th")),
        ("end.Th", ("", None)),
        ("see аnn there", ("see ", None)),
        ("обычные слова, и", ("обычные слова, ", "и")),
        ("σωστές λέξεις και", ("σωστές λέξεις ", "και")),
        ("x" * (LONGEST_WORD + 1) + " it", ("", None)),
    ],
)
def test_calm_words(text, part):
    assert part == calm_part(text)


@pytest.mark.parametrize("mark", [".", "?", "!", "}", "。", "?!"])
def test_behind_a_mark_no_empty_word_rests(mark):
    """The word before it may be one that is not calm, and go on."""
    assert LAST_WORD.search("x" * (LONGEST_WORD + 1) + mark) is None


@pytest.mark.parametrize(
    "address",
    [
        "abcdefghijklmnopqr.lee@example.com",
        "really?ann@example.com",
        "so!ann@example.com",
        "{so}ann@example.com",
        "аnn.lее@example.com",
        "annаnnannаnnannа.lee@example.com",
    ],
)
def test_what_looked_calm_is_held_with_the_address_it_begins(address, registry):
    guard = Guard.load("pii-secrets", registry=registry)
    text = f"see {address} now"
    whole = run(guard, [text])
    assert whole.released.endswith("<EMAIL_ADDRESS> now")
    assert whole == run(guard, text) == run(guard, [text[:6], text[6:]])
    guard.close()
