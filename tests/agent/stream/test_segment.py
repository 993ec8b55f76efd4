from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenward.stream.segment import MAX_SENTENCE, Context, Segmenter


def sentences(*chunks):
    segmenter = Segmenter()
    found = [s for chunk in chunks for s in segmenter.feed(chunk)]
    return [text for _, text in found + segmenter.finish()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two", ["One.", " Two"]),
        ("3.5 percent", ["3.5 percent"]),
        ('He said "no." Then left.', ['He said "no."', " Then left."]),
        ("你好。再见！好", ["你好。", "再见！", "好"]),
        ("「好。」他说", ["「好。」", "他说"]),
        ("नमस्ते। कैसे", ["नमस्ते।", " कैसे"]),
        ("a\nb\n", ["a\n", "b\n"]),
        ("Wait... what?", ["Wait...", " what?"]),
        ("example.com/a.b", ["example.com/a.b"]),
        ("", []),
    ],
)
def test_cuts_at_sentence_ends_of_any_script(text, expected):
    assert expected == sentences(text)


def test_cuts_a_sentence_without_end_at_white_space():
    text = "word " * 200

    found = sentences(text)

    assert text == "".join(found)
    assert all(len(sentence) <= MAX_SENTENCE for sentence in found)
    assert all(sentence.startswith(" ") for sentence in found[1:])


def test_cuts_a_run_without_white_space_at_the_limit():
    assert [MAX_SENTENCE, MAX_SENTENCE, 200] == [len(s) for s in sentences("x" * 1000)]


ALPHABET = st.text(st.sampled_from("ab .!?。”」\n)…x "), max_size=60)


@given(st.lists(ALPHABET, max_size=20))
def test_the_same_sentences_come_out_of_any_chunking(chunks):
    assert sentences("".join(chunks)) == sentences(*chunks)


@given(st.text(st.sampled_from("ab.。 ”"), min_size=300, max_size=1300), st.data())
def test_long_sentences_are_cut_the_same_in_any_chunking(text, data):
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    chunks = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]

    assert sentences(text) == sentences(*chunks)
    assert sentences(text) == sentences(*text)


def test_a_window_shows_whole_earlier_sentences_only():
    context = Context()
    context.window("a" * 200)
    context.window("b" * 150)

    assert "b" * 150 + "c" == context.window("c")
