"""Values in disguise are found by the real detectors behind ``Plain``, and nothing else is."""

from __future__ import annotations

import random
import unicodedata

import pytest
from tests.agent.stream.plainly import EVERYWHERE, OF_ADDRESSES, OF_NUMBERS
from tests.laws.keys import KEY_MAKERS
from tests.laws.prose import CODE, JSON, LOG, MARKDOWN, PROSE, TABLE

from tokenward.stream.plain import Plain
from tokenward.types import ScanContext

LEAST = 0.4
LONGEST_WHOLE = 200
"""A longer value that is all escapes is found in part: that is what bounds the stretch."""

VALUES = {
    "EMAIL_ADDRESS": ("Write to ", "ann.lee@example.com"),
    "CREDIT_CARD": ("Her card is ", "4111 1111 1111 1111"),
    "IBAN_CODE": ("The account is ", "GB29 NWBK 6016 1331 9268 19"),
    "US_SSN": ("My SSN is ", "536-90-4399"),
    "PHONE_NUMBER": ("Please call ", "+1 415 555 2671"),
    "IP_ADDRESS": ("The host is ", "192.168.10.77"),
}
KEYS = ("OPENAI_API_KEY", "GITHUB_TOKEN", "JWT", "AWS_ACCESS_KEY", "STRIPE_KEY")
MARKS_BEHIND = {"accents": 1, "accents and keycaps": 2}


@pytest.fixture(scope="module")
def detectors(registry):
    return [registry.build(name, {}, "a test") for name in ("pii", "secrets")]


def found(detectors, text, *, plain=True, size=0):
    """Returns type, start and end of what is found, by detectors that see plain text or not."""
    chunks = [text[at : at + size] for at in range(0, len(text), size)] if size else [text]
    spans = set()
    for detector in detectors:
        scan = detector.open(ScanContext("d", "output", detector.types))
        map_ = Plain()
        for chunk in [*chunks, None]:
            fed = (map_.finish() if chunk is None else map_.feed(chunk)) if plain else chunk or ""
            some, settled = scan.feed(fed) if fed else ((), None)
            last = scan.finish() if chunk is None else ()
            spans |= {
                (one.type, map_.original_start(one.start), map_.original_end(one.end))
                if plain
                else (one.type, one.start, one.end)
                for one in (*some, *last)
                if one.score >= LEAST
            }
            if plain and settled is not None:
                map_.forget(settled)
    return spans


def check(detectors, kind, before, value, disguise, name):
    """Finds the value as it is, and disguised in the same extent, whole and cut."""
    assert (kind, len(before), len(before) + len(value)) in found(detectors, f"{before}{value}, ok")
    hidden = disguise(value)
    text = f"{before}{hidden}, ok"
    end = len(before) + len(hidden)
    if name in MARKS_BEHIND and unicodedata.category(text[end - 1]) in ("Mn", "Me"):
        end -= MARKS_BEHIND[name]  # a mark over the last character is not part of the value
    start = len(before)
    if hidden.startswith(("**", "`")):  # signs around the value are not, either
        start, end = (
            start + len(hidden) - len(hidden.lstrip("*`")),
            len(before) + len(hidden.rstrip("*`")),
        )
    elif hidden.endswith("**"):
        end -= 2
    whole = found(detectors, text)
    assert (kind, start, end) in whole
    assert whole == found(detectors, text, size=1) == found(detectors, text, size=7)


@pytest.mark.parametrize("name", EVERYWHERE)
@pytest.mark.parametrize("kind", VALUES)
def test_personal_data_in_disguise_is_found_whole(detectors, kind, name):
    before, value = VALUES[kind]
    check(detectors, kind, before, value, EVERYWHERE[name], name)


@pytest.mark.parametrize("name", OF_NUMBERS)
@pytest.mark.parametrize("kind", ["CREDIT_CARD", "IBAN_CODE", "PHONE_NUMBER", "US_SSN"])
def test_a_number_in_disguise_is_found_whole(detectors, kind, name):
    if kind != "CREDIT_CARD" and name in ("raised digits", "circled digits", "bold half"):
        return  # a run of fewer than three may be anything, and so may signs between letters
    before, value = VALUES[kind]
    check(detectors, kind, before, value, OF_NUMBERS[name], name)


@pytest.mark.parametrize("name", OF_ADDRESSES)
def test_an_address_in_disguise_is_found_whole(detectors, name):
    check(detectors, "EMAIL_ADDRESS", "Write to ", "ann@example.com", OF_ADDRESSES[name], name)


@pytest.mark.parametrize("name", EVERYWHERE)
@pytest.mark.parametrize("kind", KEYS)
def test_a_key_in_disguise_is_found_whole(detectors, kind, name):
    before, value = KEY_MAKERS[kind](random.Random(7))
    stretch = len(EVERYWHERE[name](value)) / len(value)
    if len(value) <= LONGEST_WHOLE or stretch <= 2:
        check(detectors, kind, before, value, EVERYWHERE[name], name)


def test_a_longer_key_that_is_all_escapes_is_not_let_by(detectors):
    before, value = KEY_MAKERS["JWT"](random.Random(1))
    value += "x" * 700
    text = before + EVERYWHERE["percent"](value)
    (span,) = (one for one in found(detectors, text) if one[0] == "JWT")
    assert span[1] == len(before)
    assert span[2] - span[1] > 1500


# -- precision ------------------------------------------------------------------------------

MORE = {
    "French": "L'été dernier, Zoé a déjà mangé à la crêperie « Chez Noë » ; c'était délicieux. ",
    "Vietnamese": unicodedata.normalize("NFD", "Ủy ban họp vào buổi sáng để nói về bến cảng mới. "),
    "Polish": unicodedata.normalize("NFD", "Żółte liście spadły w nocy, a łódź odpłynęła. "),
    "Russian with Latin": "Файл PDF-отчёта и SMS-ка: 3D-принтер, 10 кг, 25 м², 5-й дом, USB-порт. ",
    "Greek with Latin": "Το PC έχει 16 GB μνήμης και το Wi-Fi είναι 2,4 GHz με αντίσταση 3 kΩ. ",
    "Chinese with Latin": "我用Python和Node.js。版本是3.11，时间：10：30，比分3：2，见README。Then we go. ",
    "Hindi": "साल २०२४ में १२ लोग आए, और उन्होंने ५०० रुपये दिए। ",
    "Arabic": "في عام ٢٠٢٤ وصل ١٢ شخصا ودفعوا ٥٠٠ دينار. ",
    "notes": "As shown before¹², in 2019³ the value was 10² m², or 1½ of CO₂ (x₁₂₃). ① one ② two ",
    "emoji": "👩‍💻 works, 👍🏽 fine, 1️⃣ first 2️⃣ second, 🏴󠁧󠁢󠁥󠁮󠁧󠁿 won, ❤️ it. ",
    "HTML": '<a href="/a?x=1&amp;y=2">Tom &amp; Jerry&nbsp;&copy; 1940&ndash;1958</a> &lt;tag&gt; ',
    "URL": "GET /a%20b/%E4%BD%A0/caf%C3%A9?q=50%25&r=%7B%22a%22%3A1%7D HTTP/1.1 ",
    "regex": r"re.compile(r'^[\w.+-]+@[\w-]+\.[\w.]+$|(?:\d{1,3}\.){3}\d{1,3}|\x41\u0042\/') ",
    "Windows": r"C:\Users\ann\.config\app\_cache\2024\x86 and \\server\share\-old ",
    "powers": "x ** 2 + y**3 == 2**31 - 1; a*b*c; f(*args, **kwargs); __name__; ~mask; 10**-3 ",
    "masks": "card 4111 **** **** 1111 or ************1111, phone 138****8888, key sk-***...*** ",
    "LaTeX": r"\section{A\_b} $10^{-3}$ \& \% \# $\alpha_1 \approx 3\,\mathrm{m}^2$ \url{x} ",
    "format": 'print("%d%% of %s: %5.2f %-10s %02x" % (n, name, share, kind, code)) ',
}  # fmt: skip
"""Sentences and code of which parts are undone, but which hold no value."""


@pytest.mark.parametrize("name", MORE)
def test_clean_text_gains_no_detection(detectors, name):
    text = MORE[name] * 3
    assert found(detectors, text) <= found(detectors, text, plain=False)


@pytest.mark.parametrize("name", [*PROSE, "JSON", "CODE", "LOG", "MARKDOWN", "TABLE"])
def test_ordinary_text_has_the_same_detections(detectors, name):
    others = {"JSON": JSON, "CODE": CODE, "LOG": LOG, "MARKDOWN": MARKDOWN, "TABLE": TABLE}
    text = {**PROSE, **others}[name]
    assert found(detectors, text) == found(detectors, text, plain=False)


def test_a_url_with_escapes_stays_one_url(detectors):
    text = "see https://example.com/a%20b/caf%C3%A9?next=https%3A%2F%2Fexample.org%2Fx%3Fy&z=1 now"
    spans = [text[start:end] for kind, start, end in found(detectors, text) if kind == "URL"]
    assert [text[4:-4]] == spans


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("q=DE89%203704%200044%200532%200130%2000&x", "IBAN_CODE", slice(2, 39)),
        ("https://a.com/x?p=%2B49%2030%20901820&y=1", "PHONE_NUMBER", slice(18, 37)),
        ("see https://a.com/My%20File%20now/x.html now", "URL", slice(4, 40)),
    ],
)
def test_an_encoded_space_groups_a_number_and_ends_no_url(detectors, text, kind, value):
    spans = [text[start:end] for type_, start, end in found(detectors, text) if type_ == kind]
    assert [text[value]] == spans


def test_a_password_that_is_percent_encoded_for_its_url_stays_one(detectors):
    text = "postgres://app:p%40ss%2Fw0rd%3A7@db.example.org/main"
    spans = {text[start:end] for kind, start, end in found(detectors, text)}
    assert "p%40ss%2Fw0rd%3A7" in spans


def test_the_slashes_of_json_do_not_cut_a_url(detectors):
    text = r'{"url":"https:\/\/example.com\/a\/b?c=1"}'
    spans = [text[start:end] for kind, start, end in found(detectors, text) if kind == "URL"]
    assert [r"https:\/\/example.com\/a\/b?c=1"] == spans
