"""Sentences of many scripts, the same in any chunking, at a bounded cost."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenward.stream.marks import LINE_BREAKS
from tokenward.stream.segment import (
    LEAST_OF_CODE,
    MAX_CONTEXT,
    MAX_SENTENCE,
    Context,
    Segmenter,
)


def units(*chunks):
    segmenter = Segmenter()
    found = [unit for chunk in chunks for unit in segmenter.feed(chunk)]
    return [*found, *segmenter.finish()]


def sentences(*chunks):
    return [text for _, text in units(*chunks)]


SCRIPTS = {
    "english": ["The bus is late.", "Is it?", "It is!", "Tea, then."],
    "german": ["Das ist gut.", "„Ja.“", "Dann ging er, d. h. er lief.", "Ende"],
    "french": ["Il a dit « Non. »", "Puis il est parti.", "M. Petit rit !", "Et alors ?"],
    "spanish": ["¿Qué tal?", "¡No!", "El Sr. Ruiz vive aquí.", "Sí"],
    "russian": ["Это т.е. так.", "А. С. Пушкин жил здесь.", "Да?", "Нет"],
    "arabic": ["مرحبا.", "كيف حالك؟", "أنا بخير!", "شكرا"],
    "urdu": ["یہ گھر ہے۔", "کیا یہ ٹھیک ہے؟", "ہاں"],
    "hindi": ["नमस्ते।", "आप कैसे हैं?", "मैं ठीक हूँ॥", "अच्छा"],
    "armenian": ["Բարեւ։", "Ինչպե՞ս ես։", "Լավ"],
    "amharic": ["ሰላም።", "እንዴት ነህ፧", "ደህና"],
    "khmer": ["សួស្តី។", "អ្នកសុខសប្បាយទេ?", "បាទ"],
    "burmese": ["မင်္ဂလာပါ။", "နေကောင်းလား။", "ဟုတ်"],
    "tibetan": ["བཀྲ་ཤིས།", "བདེ་ལེགས།", "ལེགས"],
    "korean": ["안녕하세요.", "네.", "그렇습니다.", "끝"],
    "thai": [
        "คณะกรรมการประชุมในเช้าวันฝนตกเพื่อหารือ",
        "ไม่มีใครอ่านรายงานยาวนั้นแต่ทุกคนมีความเห็น",
        "พรุ่งนี้เจอกัน",
    ],
}


@pytest.mark.parametrize("script", SCRIPTS)
def test_sentences_end_at_the_marks_of_each_script(script):
    expected = SCRIPTS[script]

    assert expected == sentences(" ".join(expected))


@pytest.mark.parametrize(
    "expected",
    [
        ["你好。", "再见！", "好"],
        ["“好。”", "“不。”", "他说"],
        ["「はい。」", "と言った。", "終"],
        ["真的吗?", "是的!", "好……我知道。", "走"],
        ["値は３．５です．", "次へ"],
        ["สวัสดีครับ ผมชื่อสมชาย"],
    ],
)
def test_scripts_without_spaces_need_none(expected):
    assert expected == sentences("".join(expected))


@pytest.mark.parametrize(
    "sentence",
    [
        "It costs 3.5 million, e.g. in Rome.",
        "Dr. Lee met Mrs. A. B. Jones vs. J.R.R. Tolkien.",
        "See No. 5, fig. 2 and Jan. 3.",
        "At 5 p.m. we left, i.e. late.",
        "Acme Inc. sells cups etc. and more.",
        "Wait... what?",
        "Well… maybe.",
        '"Stop!" he cried.',
        "example.com/a.b?c=d!e is a link.",
        "Am 3. oktober er det fri.",
        "What?!",
    ],
)
def test_what_looks_like_an_end_and_is_none(sentence):
    assert [sentence, "Next one."] == sentences(f"{sentence} Next one.")


@pytest.mark.parametrize(
    "expected",
    [
        ["No.", "That is all."],
        ["It was I.", "You know."],
        ["We go etc.", "Then we rest."],
        ["In the U.K.", "They drive."],
        ["Wait...", "What?"],
        ['He said "no."', "Then he left."],
        ["(It is late.)", "Go."],
        ["**Really.**", "Yes."],
        ["hello there.", "how are you?", "fine"],
        ["It was 2024.", "Then came rain."],
        ["Oh no!!!", "Run."],
    ],
)
def test_an_end_belongs_to_its_sentence_with_what_it_closes(expected):
    assert expected == sentences(" ".join(expected))


@pytest.mark.parametrize("line_break", [*LINE_BREAKS, "\r\n", "\n\n", "\n \t\n", "\u2028\n"])
def test_a_line_break_ends_a_sentence(line_break):
    assert ["# Head of", "- a b", "1. c", "ii. d", "| e | f |"] == sentences(
        line_break.join(["# Head of", "- a b", "1. c", "ii. d", "| e | f |", ""])
    )


def test_the_number_of_a_list_item_is_no_sentence():
    assert ["1. Go.", "Then rest.", "12. Sleep"] == sentences("1. Go. Then rest.\n  12. Sleep")


# -- code ---------------------------------------------------------------------------------------

LINE = "value = source.read(3.5). Rest"


def test_code_is_cut_at_lines_and_not_at_marks():
    code = "\n".join([LINE] * 6)
    text = f"Look. Here:\n```python\n{code}\n```\nDone. Bye."

    found = sentences(text)

    assert ["Look.", "Here:", "```python"] == found[:3]
    assert ["Done.", "Bye."] == found[-2:]
    assert ["\n".join([LINE] * 3), "\n".join([LINE] * 3), "```"] == found[3:-2]
    assert len(found[3]) - len(LINE) <= LEAST_OF_CODE <= len(found[3])


def test_a_blank_line_ends_a_unit_of_code():
    for end in ("\n", "\r\n"):
        code = end.join(["~~~", "a = 1", "b = 2", "", "c = 3", "~~~", "Go. On."])

        assert [
            "~~~",
            end.join(["a = 1", "b = 2"]),
            end.join(["c = 3", "~~~"]),
            "Go.",
            "On.",
        ] == sentences(code)


@pytest.mark.parametrize("closing", ["```", "~~~~", "`````x", "a ````"])
def test_a_fence_is_closed_by_its_like_only(closing):
    assert f"a. B\n{closing}\nc. D" == sentences(f"````\na. B\n{closing}\nc. D\n````")[1][:-5]


def test_code_within_a_line_opens_nothing():
    assert ["```a. b``` c. D", "Eat.", "Fly."] == sentences("```a. b``` c. D\nEat. Fly.")


# -- the maximum --------------------------------------------------------------------------------


def test_a_sentence_without_end_is_cut_at_white_space():
    found = sentences("word " * 200)

    assert {"word"} == {word for sentence in found for word in sentence.split()}
    assert MAX_SENTENCE - 5 <= len(found[0]) <= MAX_SENTENCE


def test_a_run_without_white_space_is_cut_at_the_limit():
    assert [MAX_SENTENCE, MAX_SENTENCE, 200] == [len(s) for s in sentences("x" * 1000)]


def test_a_run_with_clauses_is_cut_behind_one():
    assert all(s.endswith(("，", "港")) for s in sentences("委员会讨论新港，" * 100 + "港"))


@pytest.mark.parametrize("mark", ["\u0301", "\u200d👩", "\ufe0f", "\U0001f3fd", "\udc00"])
def test_what_is_drawn_together_is_not_cut(mark):
    base = "\ud800" if mark == "\udc00" else "👩"
    for before in range(len(mark) + 2):
        for sentence in sentences("x" * before + (base + mark) * 300):
            assert not unicodedata.category(sentence[0]).startswith(("M", "Cf"))
            assert sentence[0] not in "\u200d\U0001f3fd\udc00"
            assert not sentence.endswith("\u200d")


def test_marks_that_never_stop_are_cut_as_well():
    assert len(units("?" * 10_000)) == 10_000 / MAX_SENTENCE


# -- laws ---------------------------------------------------------------------------------------

PIECES = st.one_of(
    st.sampled_from(
        """a B word Dr. e.g. No. 5 3.5 J. K. etc. U.S. « » “ ” " ' ) * … ... . ! ? ?! 。 ！ 「 」 ． ３
        । ؟ ។ ་ ก ข ไทย ``` ~~~~ ` x=a.b(c) 1. iv. - | # 👩 \u200d \u0301 \ud800""".split()
    ),
    st.sampled_from([" ", " ", " ", "  ", "\xa0", "\u202f", "\t", *LINE_BREAKS, "\r\n", "\n\n"]),
    st.sampled_from(["w" * 90, "ก" * 31 + " ก", " " * 30, "!" * 20, "。" * 20, "a.b," * 40]),
)
TEXTS = st.lists(PIECES, max_size=60).map("".join)


@given(text=TEXTS, places=st.lists(st.integers(0, 4000), max_size=12))
def test_the_same_sentences_come_out_of_any_chunking(text, places):
    cuts = sorted(place % (len(text) + 1) for place in places)
    chunks = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]

    whole = units(text)

    assert whole == units(*chunks)
    assert whole == units(*text)


@given(text=TEXTS)
def test_sentences_are_in_order_and_leave_out_white_space_only(text):
    at = 0
    for start, sentence in units(text):
        assert text[start : start + len(sentence)] == sentence
        assert "" == text[at:start].strip()
        assert sentence == sentence.strip()
        assert 0 < len(sentence) <= MAX_SENTENCE
        at = start + len(sentence)
    assert "" == text[at:].strip()


@given(chunks=st.lists(TEXTS, max_size=6))
def test_what_is_open_begins_where_the_segmenter_says(chunks):
    segmenter = Segmenter()
    text, ends = "", [0]
    for chunk in chunks:
        ends += [start + len(sentence) for start, sentence in segmenter.feed(chunk)]
        text += chunk
        assert ends[-1] <= segmenter.start <= len(text)
        assert "" == text[ends[-1] : segmenter.start].strip()
        assert not text[segmenter.start : segmenter.start + 1].isspace()


@pytest.mark.parametrize(
    "text",
    [
        "x" * 5000,
        " " * 5000,
        "a. " * 2000,
        "?" * 5000,
        "ก " * 2000,
        "`" * 5000,
        "```\n" + "x" * 5000,
    ],
)
def test_the_state_does_not_grow(text):
    segmenter = Segmenter()
    for character in text:
        segmenter.feed(character)
        kept = [getattr(segmenter, name) for name in Segmenter.__slots__]
        assert sum(len(value) for value in kept if isinstance(value, str)) < 3 * MAX_SENTENCE


def steps(chunks):
    """Counts the calls of Python functions that a text costs."""
    count = 0

    def note(_frame, event, _arg):
        nonlocal count
        count += event == "call"

    segmenter = Segmenter()
    before = sys.getprofile()
    sys.setprofile(note)
    try:
        for chunk in chunks:
            segmenter.feed(chunk)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("text", ["plain words only ", "委员会讨论新港", "ภาษาไทย", "0123456789"])
def test_a_character_that_ends_nothing_costs_one_call(text):
    text = (text * 400)[: MAX_SENTENCE - 1]

    assert steps(text) <= len(text) + 10


@pytest.mark.parametrize("text", ["a. ", "a.b", "?", "。", "\n", "ก ", "3.", '."', "```\n"])
def test_work_is_linear_whatever_the_text(text):
    short, long = steps(text * 1000), steps(text * 4000)

    assert long <= 4.1 * short


# -- windows ------------------------------------------------------------------------------------


def test_a_window_shows_whole_earlier_sentences_only():
    context = Context()
    context.window("a" * 200)
    context.window("b" * 150)

    assert "b" * 150 + " " + "c" == context.window("c")


@given(st.lists(st.integers(1, MAX_SENTENCE), max_size=30))
def test_a_window_shows_no_more_than_its_maximum(lengths):
    context = Context()
    for length in lengths:
        assert len(context.window("x" * length)) <= MAX_CONTEXT + length
