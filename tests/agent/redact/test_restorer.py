"""What was issued is found wherever it is cut, and nothing else is."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenward.redact.issued import Issued, Token, escape
from tokenward.redact.placeholders import LONGEST
from tokenward.redact.restorer import FILLER, MOST_WAITING, Restorer

TOKENS = {
    "<CODE_x2x2x2x2>": "s3cret",
    "<MAIL:0123456789ab>": "ann@corp.com",
    "hugo.lund@example.org": "bob@corp.com",
    "hugo.lund@example.org.example": "other",
    "192.0.2.1": "10.0.0.1",
    "192.0.2.17": "10.0.0.17",
    "(402) 555-0197": "(212) 736-5000",
    "Hugo Pembroke": "Ann Lee",
    "Hugo Pembroke Lund": "Ann Lee Moss",
    "Hugo": "Ann",
    "https://elm.example.org/a12": "https://intra.corp.com/x",
}
ISSUED = Issued({text: Token(text, value, "T") for text, value in TOKENS.items()})


def put_back(chunks, issued=ISSUED, **more):
    """Returns the text with the values in it, and what was found; checks that offsets fit."""
    restorer = Restorer(issued, **more)
    out = [restorer.feed(chunk) for chunk in chunks] + [restorer.finish()]
    filled, text, at, whole = "".join(out), "", 0, "".join(chunks)
    found = restorer.take()
    for one in found:
        assert FILLER * (one.end - one.start) == filled[one.start : one.end]
        if one.token is not None:
            assert one.token.text == whole[one.start : one.end]
        text += filled[at : one.start] + (one.token.value if one.token else "[?]")
        at = one.end
    return text + filled[at:], len(found)


@pytest.mark.parametrize(
    ("text", "restored"),
    [
        ("", ""),
        ("nothing here", "nothing here"),
        ("It is <CODE_x2x2x2x2>.", "It is s3cret."),
        ("a<CODE_x2x2x2x2>b<CODE_x2x2x2x2>", "as3cretbs3cret"),
        ("<CODE_x2x2x2x2", "<CODE_x2x2x2x2"),
        ("<<CODE_x2x2x2x2>>", "<s3cret>"),
        ("<code_x2x2x2x2>", "<code_x2x2x2x2>"),  # exact, or not at all
        ("<CODE_x2x2x2x3>", "<CODE_x2x2x2x3>"),
        ("<MAIL:0123456789ab>", "ann@corp.com"),
        ("Write to hugo.lund@example.org.", "Write to bob@corp.com."),
        ("Write to hugo.lund@example.org", "Write to bob@corp.com"),
        ("(hugo.lund@example.org)", "(bob@corp.com)"),
        ("mailto:hugo.lund@example.org?x", "mailto:bob@corp.com?x"),
        ("请写信给hugo.lund@example.org谢谢", "请写信给bob@corp.com谢谢"),
        ("Hugo.Lund@example.org", "Hugo.Lund@example.org"),
        ("x.hugo.lund@example.org", "x.hugo.lund@example.org"),
        ("xhugo.lund@example.org", "xhugo.lund@example.org"),
        ("hugo.lund@example.orgx", "hugo.lund@example.orgx"),
        ("hugo.lund@example.org.uk", "hugo.lund@example.org.uk"),
        ("hugo.lund@example.org.example", "other"),
        ("hugo.lund@example.org.. ", "bob@corp.com.. "),
        ("- hugo.lund@example.org - ", "- bob@corp.com - "),
        ("192.0.2.1", "10.0.0.1"),
        ("192.0.2.17", "10.0.0.17"),
        ("192.0.2.175", "192.0.2.175"),
        ("192.0.2.1.", "10.0.0.1."),
        ("192.0.2.1.5", "192.0.2.1.5"),
        ("192.0.2.1/24 and 192.0.2.1:80", "10.0.0.1/24 and 10.0.0.1:80"),
        ("call (402) 555-0197!", "call (212) 736-5000!"),
        ("call (402) 555-01975", "call (402) 555-01975"),
        ("Hugo Pembroke's car", "Ann Lee's car"),
        ("Hugo Pembroke Lund", "Ann Lee Moss"),
        ("Hugo Pembroke Lunds", "Ann Lee Lunds"),
        ("Hugo Pembrokes", "Ann Pembrokes"),
        ("Victor-Hugo, Hugo-like", "Victor-Ann, Ann-like"),
        ("Hugos", "Hugos"),
        ("Hugo", "Ann"),
        ("Hugo가 Hugo\u0301", "Ann가 Ann\u0301"),
        ("see https://elm.example.org/a12.", "see https://intra.corp.com/x."),
        ("see https://elm.example.org/a12/b", "see https://elm.example.org/a12/b"),
        (r'"one\nHugo" \u000aHugo \tHugo', r'"one\nAnn" \u000aAnn \tAnn'),
        (r"\n-hugo.lund@example.org", r"\n-bob@corp.com"),
        ("n-hugo.lund@example.org", "n-hugo.lund@example.org"),
    ],
)
def test_what_was_issued_comes_back_where_it_stands_alone(text, restored):
    assert restored == put_back([text])[0]
    assert restored == put_back(list(text))[0]
    for at in range(len(text) + 1):
        assert restored == put_back([text[:at], "", text[at:]])[0]


EDGES = (".", "-", " ", "\\n", "@", "/", "你", "\ud800", FILLER, "")
PIECES = st.sampled_from(
    [*TOKENS, *"Hugo Pem|hugo.lund@|192.0.2.|<CODE_|x2x2x2x2>|(402) |<|x|7".split("|"), *EDGES]
)


@given(pieces=st.lists(PIECES, max_size=14), places=st.lists(st.integers(0, 300), max_size=12))
@pytest.mark.parametrize("strict", [False, True])
def test_any_chunking_gives_what_the_whole_text_gives(strict, pieces, places):
    text = "".join(pieces)
    cuts = sorted(place % (len(text) + 1) for place in places)
    chunks = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]

    whole = put_back([text], strict=strict)

    assert whole == put_back(chunks, strict=strict)
    assert whole == put_back(list(text), strict=strict)


@given(pieces=st.lists(PIECES, max_size=14))
@pytest.mark.parametrize("strict", [False, True])
def test_only_what_may_still_become_something_waits(strict, pieces):
    restorer, text = Restorer(ISSUED, strict=strict), ""
    for character in "".join(pieces):
        text += character
        restorer.feed(character)
        waiting = text[len(text) - restorer.waiting :]
        opens = any(token.startswith(waiting.rstrip(".-@+_%/?#&=")) for token in TOKENS)
        assert not waiting or opens or (strict and waiting.startswith("<"))
        assert restorer.waiting <= MOST_WAITING


def test_what_is_complete_leaves_with_its_last_character():
    restorer = Restorer(ISSUED)

    assert FILLER * 15 == restorer.feed("<CODE_x2x2x2x2>")
    assert 0 == restorer.waiting


def test_without_anything_issued_nothing_waits():
    restorer = Restorer(Issued({}))

    assert "<CODE_" == restorer.feed("<CODE_")
    assert "" == restorer.feed("")
    assert "" == restorer.finish()


def test_work_does_not_grow_with_what_was_issued():
    """Counts what is looked up, not the time: twice for each place where a token may begin."""

    class Counting(dict):
        asked = 0

        def get(self, *key):
            Counting.asked += 1
            return super().get(*key)

    text = "Hugo and hand, 192 a9, <b>. " * 50
    asked = []
    for size in (10, 1000):
        some = {f"<T_{n:08d}>": Token(f"<T_{n:08d}>", "v", "T") for n in range(size)}
        some |= {
            f"h{n:08d}@example.org": Token(f"h{n:08d}@example.org", "v", "T") for n in range(size)
        }
        issued = Issued(some)
        issued._heads = Counting(issued._heads)
        Counting.asked = 0
        put_back([text], issued)
        asked.append(Counting.asked)

    assert asked[0] == asked[1] <= len(text)


# -- strictly -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "restored"),
    [
        ("<CODE_x2x2x2x2>", "s3cret"),
        ("<CODE_zzzzzzzz>", "[?]"),
        ("<MAIL:ffffffffffff>", "[?]"),
        ("<CODE>", "<CODE>"),
        ("<b>bold</b> 1 < 2", "<b>bold</b> 1 < 2"),
        ("<my_elements>", "<my_elements>"),  # a word: our endings have no vowels
        ("<CODE_zzzzzzzz", "<CODE_zzzzzzzz"),
        ("<", "<"),
        ("<<CODE_zzzzzzzz>", "<[?]"),
    ],
)
def test_strictly_what_looks_like_a_placeholder_and_is_none_is_found(text, restored):
    assert restored == put_back([text], strict=True)[0]
    assert restored == put_back(list(text), strict=True)[0]


def test_strictly_an_open_bracket_waits_no_longer_than_a_placeholder_can_be():
    restorer = Restorer(ISSUED, strict=True)
    restorer.feed("<" + "a" * 1000)

    assert restorer.waiting < LONGEST


# -- JSON -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value", ['say "hi"', "a\\b", "one\ntwo\t", "\x00\x1f\x7f", "😀 é", "</script>", "\u2028", ""]
)
def test_in_json_a_value_is_escaped(value):
    token = Token("<CODE_x2x2x2x2>", value, "CODE")
    issued = Issued({token.text: token}).returned("json")

    for spelt in (token.text, r"\u003cCODE_x2x2x2x2\u003e"):
        for chunks in ([f'{{"a": "<{spelt}>"}}'], list(f'{{"a": "<{spelt}>"}}')):
            assert {"a": f"<{value}>"} == json.loads(put_values(chunks, issued))


def put_values(chunks, issued):
    restorer = Restorer(issued)
    filled = "".join([restorer.feed(chunk) for chunk in chunks] + [restorer.finish()])
    for found in reversed(restorer.take()):
        filled = filled[: found.start] + found.token.value + filled[found.end :]
    return filled


@given(st.text())
def test_an_escaped_value_reads_as_the_value(value):
    assert value == json.loads(f'"{escape(value)}"')
    escape(value).encode()  # half a surrogate pair has no bytes of its own
