"""What ``Plain`` undoes and what it leaves, and where its offsets lead."""

from __future__ import annotations

import pytest
from tests.agent.stream.plainly import (
    EVERYWHERE,
    OF_ADDRESSES,
    OF_NUMBERS,
    plain_of,
    undone,
)

from tokenward.stream.plain import Plain, stretched
from tokenward.stream.plain.hidden import SLACK

ADDRESS, CARD = "ann.lee@example.com", "4111 1111 1111 1111"

# -- what is undone -------------------------------------------------------------------------


@pytest.mark.parametrize("disguise", EVERYWHERE)
def test_a_disguise_of_any_value_is_undone(disguise):
    for value in (ADDRESS, CARD, "sk-Ab_9", "GB29 NWBK 6016"):
        assert f"it is {value}, yes" == plain_of(f"it is {EVERYWHERE[disguise](value)}, yes")


@pytest.mark.parametrize("disguise", OF_ADDRESSES)
def test_a_disguise_of_an_address_is_undone(disguise):
    address = "n@example.com"
    assert f"to {address} now" == plain_of(f"to {OF_ADDRESSES[disguise](address)} now")


@pytest.mark.parametrize(
    "disguise",
    ["Arabic digits", "Devanagari digits", "Thai digits", "raised digits", "circled digits"],
)
def test_digits_of_any_form_are_undone(disguise):
    assert f"no. {CARD}, yes" == plain_of(f"no. {OF_NUMBERS[disguise](CARD)}, yes")


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("4111**1111**1111", "411111111111"),
        ("4111 **1111** 1111", "4111 1111 1111"),
        ("4111-`1111`-1111", "4111-1111-1111"),
        ("4111 __1111__ 1111", "4111 1111 1111"),
        ("4111~~1111~~1111", "411111111111"),
        ("GB29 **NWBK** 6016", "GB29 NWBK 6016"),
        ("ann@exa**mple**.com", "ann@example.com"),
        ("ann@*example*.com", "ann@example.com"),
        ("ann@example.**com**", "ann@example.com**"),
        ("**ann@example.com** is", "**ann@example.com** is"),
        ("**ann@example.com**and", "**ann@example.com**and"),
        (r"192\.168\.0\.1", "192.168.0.1"),
        (r"555\-123\-4567", "555-123-4567"),
        (r"ann\\_lee", "ann_lee"),
        (r"https:\/\/example.com\/a", "https://example.com/a"),
        ("https：／／example．com／a", "https://example.com/a"),
        ("密码Password：hunter２", "密码Password:hunter2"),
        ("example。com", "example.com"),
        ("my\u2011host.com", "my-host.com"),
        ("Ａ＋１", "A+1"),
        ("ѕk-live", "sk-live"),
        ("АКІА", "АКІА"),
        ("АКІАX7", "AKIAX7"),
        ("pаураl", "paypal"),
        ("SMSка", "SMSka"),
        ("ann@example.сом", "ann@example.com"),
        ("411З1", "41131"),
        ("4О1б2", "40162"),
        ("a%EF%BC%A0b", "a@b"),
        ("a%E2%80%8Bb", "ab"),
        ("a&#65312;b", "a@b"),
        ("a&#8203;b&shy;c&ZeroWidthSpace;d", "abcd"),
        ("1&nbsp;2", "1\u00a02"),
        ("?a=1&amp;b=2", "?a=1&b=2"),
        ("a&#64b", "a@b"),
        ("a&#0000064;b", "a@b"),
        ("\U000e0061\U000e006e\U000e006e\U000e0040\U000e0062", "ann@b"),
        ("😀\U000e0151\U000e015e\U000e015e\U000e0130", "😀ann@"),
        ("4\ufe0f\u20e31\ufe0f\u20e3", "41"),
    ],
)
def test_undone(text, plain):
    assert plain == plain_of(text)


# -- what is left ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "m² and 10² and x₁₂₃ and CO₂ and ½ and 1½ and E = mc²",
        "a note.¹ Another¹² and 2019¹",
        "① first, ② second",
        "A**B, a**b, x ** 2, snake__case, __init__, *args, **kwargs, 2*3, ~5",
        "**Bold** and *this*, `code`, ~~gone~~, __this__; **Note**that",
        "4111 **** **** 1111, 4111****1111, 138****8888, *** 12",
        r"C:\Users\ann\.aws\config, C:\new\table, \\server\share, \section{a}, \\\_",
        r"^[\w.+-]+@[\w-]+\.[\w.]+$",
        "100% of 50 %, %d %s %02d, %7E, %zz, 5%",
        "https://example.com/a_b?q=caf%C3%A9&x=%E4%BD%A0",
        "postgres://user:p%40ss%2Fw%3Ard@host/db",
        "AT&T, R&D, a & b, &lt;b&gt;, &quot;, &#; &#x; &#9; &copy; &unknown;",
        r"\n \t \" \\ \u00e9 \u4f60 \ud83d\ude00 \x0a \u002",
        "col·lecció, paral·lel, 玛丽·居里, novel·la",
        "我用Python。Java也用。",
        "电话：一三八，时间：十点",
        "Η γη είναι στρογγυλή, Москва слезам не верит, Հայաստան",
        "example.comсобралась и ключsk-key, файлtest",
        "рост цен, карта мира, томат, ресторан",
        "résumé, naïve, Straße, Việt Nam, Łódź, İstanbul, ısı",
        "й в NFD: и\u0306, ё: е\u0308",
        "ann@почта.рф и ann@пример.рф",
        "3 ** 4, 5 * 6, 7 - ** 8",
    ],
)
def test_left_alone(text):
    assert text == plain_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "The committee met on a rainy morning; nobody had read the long report.",
        "Утром комиссия собралась у реки, чтобы поговорить о новом мосте.",
        "Το πρωί έβρεχε και η επιτροπή μίλησε για το νέο λιμάνι.",
        "اجتمعت اللجنة صباحا لتتحدث عن الميناء الجديد، ولم يقرأ أحد التقرير.",
        "समिति बरसात की सुबह नए बंदरगाह के बारे में बात करने के लिए मिली।",
        "委员会在一个下雨的早晨开会，讨论新港口的事。没有人读过报告！",
        "雨の朝、委員会は新しい港について話し合うために集まった。「また来週」",
        "คณะกรรมการประชุมกันในเช้าวันฝนตกเพื่อพูดคุยเรื่องท่าเรือใหม่",
        "Ủy ban họp vào một buổi sáng mưa để nói về bến cảng mới.",
        "위원회는 비 오는 아침에 모여 새 항구에 대해 이야기했다.",
    ],
)
def test_prose_is_let_by(text):
    assert text == plain_of(text)


def test_only_the_digits_of_other_scripts_change_in_their_prose():
    assert "في عام 2024 كتبنا" == plain_of("في عام ٢٠٢٤ كتبنا")
    assert "साल 2024 में" == plain_of("साल २०२४ में")


def test_accents_go_from_ascii_only_and_words_in_one_piece_stay():
    assert "Viet Nam and café" == plain_of("Vie\u0323\u0302t Nam and café")


# -- offsets --------------------------------------------------------------------------------


def test_a_span_covers_what_was_removed_inside_it_and_nothing_around():
    text = "\u200bto \u200ba\u200bnn&#64;b\u0301\u200b!"
    found = undone(text)
    start = found.text.index("ann@b")
    assert "to ann@b!" == found.text
    assert "a\u200bnn&#64;b" == text[slice(*found.original(start, start + 5))]


def test_an_escape_at_either_end_of_a_span_is_in_it():
    text = "<&#97;n%6E>"
    found = undone(text)
    assert "&#97;n%6E" == text[slice(*found.original(1, 4))]


def test_what_is_settled_is_never_behind_an_open_escape():
    plain = Plain()
    assert "ab" == plain.feed("ab&#6")
    assert (2, 3) == (plain.original_of_settled(2), plain.pending)
    assert "@" == plain.feed("4;")
    assert (7, 0) == (plain.original_of_settled(3), plain.pending)


def test_what_is_dropped_at_the_end_is_settled_with_what_is_before():
    plain = Plain()
    plain.feed("ab\u200b\u200b")
    assert 4 == plain.original_of_settled(2)
    assert "c" == plain.feed("c")
    assert (2, 4) == (plain.original_end(2), plain.original_start(2))


def test_offsets_go_on_after_the_map_before_them_is_dropped():
    plain = Plain()
    text = plain.feed("a\u200bb&#64;c\u00add" * 50)
    before = [plain.original_start(at) for at in range(len(text))]
    plain.forget(100)
    assert before[100:] == [plain.original_start(at) for at in range(100, len(text))]


def test_text_passed_by_counts_as_if_it_had_been_fed():
    words = "so many words, "
    fed, skipped = Plain(), Plain()
    for plain in (fed, skipped):
        plain.feed("a\u200bb ")
    fed.feed(words)
    skipped.skip(len(words), words)
    for plain in (fed, skipped):
        assert "ann@" == plain.feed("ann&#64;")
    assert fed.written == skipped.written
    assert all(fed.original_start(at) == skipped.original_start(at) for at in range(fed.written))


def test_text_without_disguise_comes_out_as_the_same_object():
    """It is not even copied."""
    plain = Plain()
    for text in ("some ", "слова, ", "汉字。", "snake_case ", "x % 3 \n", '"q" '):
        assert plain.feed(text) is text


# -- bounds ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "unit",
    ["\u200b", "a\u200b", "&#64;", "%41", "\\_", "1**", "a\u0301", "\u0301", "о", "aо", "²", "&#",
     "\U000e0041", "a\U000e0041", "\\", "*", "`1", "\\u0041", "%EF%BC%A0"],
)  # fmt: skip
def test_a_text_that_is_all_disguise_neither_waits_nor_piles_up(unit):
    plain = Plain()
    for _ in range(5000):
        plain.feed(unit)
        plain.forget(plain.written)
        assert plain.pending <= stretched(0)
        hidden, alike = plain._stages or ((), ())
        assert all(len(stage.offsets) <= 3 for stage in (hidden, alike) if stage)
    assert plain.original_start(plain.written) <= stretched(plain.written)


def test_more_disguise_than_there_is_room_for_ends_a_value():
    assert "ab" == plain_of("a" + "\u200b" * SLACK + "b")
    assert "a\u200bb" == plain_of("a" + "\u200b" * (SLACK + 1) + "b")
    assert "ab" == plain_of("x" * 5 + "a" + "\u200b" * SLACK + "b")[5:]


def test_one_invisible_character_a_letter_is_undone_for_ever():
    assert "k" * 5000 == plain_of("\u200b".join("k" * 5000))


def test_room_comes_back_with_text():
    hidden = "\u200b" * SLACK
    assert "\u200b" in plain_of(hidden + "word" + hidden + "end")
    assert "\u200b" not in plain_of(hidden + "word " * 300 + hidden + "end")


def test_the_stated_bound_is_near_what_is_reached():
    value = "&#120;" * 200
    assert "x" * 200 == plain_of(value)
    assert len(value) <= stretched(200) < 2 * len(value)
