from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenward.testing.plugin import examine_plugin
from tokenward.testing.work import steps
from tokenward.types import ScanContext
from tokenward_plugins import secrets
from tokenward_plugins.secrets.formats import FORMATS
from tokenward_plugins.secrets.plan import TYPES
from tokenward_plugins.secrets.runs import SHORTEST
from tokenward_plugins.secrets.window import CONTEXT, SLACK

calm = settings(deadline=None, max_examples=120)
PREFIXES = sorted({prefix for form in FORMATS for prefix in form.prefixes})
JOSE = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIi"
RANDOM = "aB3xK9mQ7wE2rT5y"
SENTENCE = "The quick brown fox jumps over the lazy dog, as ever; nobody knows why. "
PIECES = [
    " the ", "of", ". ", "\n", "\\n", "\\", '"', "'", " ", "  ", ":", "=", "=>", "://", "@", "/", "(",
    "-", "-----", "_", "|", ";", "&x=", "<", ">", "é", "漢", "😀", "\u2028", "Bearer ", 'r"', ",", "!",
    "password", "api_key = ", '"secret": "', "Authorization: ", "<token>", "curl -u bob", "sig=",
    "http://u:", "postgres://:", "p@ss", "Tr0ub4dor&3", "${X}", "your-key", JOSE, JOSE + ".", "%20",
    "-----BEGIN ", "-----BEGIN RSA PRIVATE KEY-----\n", "-----END RSA PRIVATE KEY-----", "=aB3d",
    "Proc-Type: 4,ENCRYPTED\n", RANDOM, RANDOM * 4 + "\n", "a" * 300, RANDOM * 40, " " * 700,
    "12345678901:AA", "12345678", ":AA", "123456789012345|", "abc8Q~", '" +\n "', "the password is ",
    "Das Passwort ist ", "la contraseña es ", "Xk9#mQ2p", "hunter!", "don't", "shouldn’t", "--token ",
    "--password", "IDENTIFIED BY '", "login bob password ", "mot de passe : ", "密码：", "Пароль: ",
    "```sh\n", "`", "**", "API key", "word", "is", "?", "Private-Lines: 8\n", "Private-MAC: ",
    "0123456789abcdef" * 3, "00DabcdefABCDEF", "name: API_KEY, value: ", "| password | ", '"d":"',
    "AccountKey=", ":*:", "sort_key", "SORT_KEY=", "<td>password</td><td>", "getenv('X_TOKEN', '",
    "Tr0{b(4}r)3", '("', "('", "!=", '" == password)', "orchid lantern ", "seven tides", "{", ")", "]",
    "BUNDLE_A__COM: ", "f3a91b:d04c77", "sumo_access_id=", "suW4mQ9xT2bL7c",
    "bedrock-api-", "key-YmVkcm9jay5hb", "hooks.slack", "İ", "K", SENTENCE, SENTENCE * 5,
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES) | st.sampled_from(PREFIXES), max_size=14).map("".join)
CUTS = st.lists(st.integers(0, 5000), max_size=12)
SOME = st.sets(st.sampled_from(sorted(TYPES)), min_size=1, max_size=12)


def cut(text, places):
    """Cuts a text at the places; equal ones leave empty chunks between them."""
    at = sorted(place % (len(text) + 1) for place in places)
    return [text[a:b] for a, b in zip([0, *at], [*at, len(text)], strict=True)]


def rows(found):
    return [(one.type, one.start, one.end, one.score, one.evidence) for one in found]


@calm
@given(text=TEXTS, places=CUTS, hold_back=st.sampled_from([1556, 4096]))
def test_detections_do_not_depend_on_chunking(find, text, places, hold_back):
    whole = rows(find(text, hold_back=hold_back))

    assert whole == rows(find(*cut(text, places), hold_back=hold_back))
    assert whole == rows(find(*text, hold_back=hold_back))


@calm
@given(text=TEXTS, types=SOME, places=CUTS)
def test_nor_do_they_when_few_types_are_asked_for(find, text, types, places):
    whole = rows(find(text, types=types))

    assert whole == rows(find(*cut(text, places), types=types))
    assert {kind for kind, *_ in whole} <= types


@calm
@given(text=TEXTS, places=CUTS)
def test_nor_on_calm_text_that_a_stream_does_not_show(find, stream, text, places):
    whole = rows(find(text))

    for chunks in ([text], cut(text, places), list(text)):
        assert whole == rows(stream(*chunks, plain=False))


@calm
@given(text=TEXTS, places=CUTS)
def test_nor_in_a_stream_that_undoes_disguise(stream, text, places):
    whole = rows(stream(text))

    assert whole == rows(stream(*cut(text, places))) == rows(stream(*text))


@pytest.mark.parametrize("size", [1, 5, 1000])
def test_a_disguised_key_is_found_whole(size, make, stream):
    key = make("AKIA{t16}")
    text = f"It is {key[:7]}\u200b{key[7:12]}\u00ad{key[12:]}, I think."
    found = stream(*[text[at : at + size] for at in range(0, len(text), size)])

    assert [("AWS_ACCESS_KEY", 6, 28)] == [(one.type, one.start, one.end) for one in found]


@calm
@given(
    words=st.lists(
        st.sampled_from(
            [
                "password", "is", "Bearer", "key", "shouldn't", "don’t", "token", "by", "Passwort",
                "identified", "xKdjEwPqRsAbZ", "lautet", "login", "contraseña", "пароль", "密码",
            ]
        )
        | st.text("abcXYZäéжñ'", min_size=1, max_size=15),
        max_size=30,
    ),
    between=st.sampled_from([" ", ", ", "! ", ' "', ". ", "\n", "。"]),
)  # fmt: skip
def test_no_value_is_found_in_calm_words(find, detector, words, between):
    assert detector.calm_words(TYPES) >= 15

    assert [] == find(between.join([*words, ""]))


@calm
@given(text=TEXTS)
def test_detections_of_a_type_do_not_overlap(find, text):
    found = sorted(find(text, hold_back=1556), key=lambda one: (one.type, one.start))

    for one, two in itertools.pairwise(found):
        assert one.type != two.type or one.end <= two.start


@pytest.fixture
def scan(detector):
    return detector.open(ScanContext("s", "output", TYPES))


def held(scan, text, size):
    """Returns how many characters wait after each chunk."""
    ends = [min(at + size, len(text)) for at in range(0, len(text), size)]
    return [end - scan.feed(text[at:end])[1] for at, end in itertools.pairwise([0, *ends])]


def test_of_prose_only_the_open_word_waits(scan):
    text = SENTENCE * 50
    waiting = held(scan, text, 1)

    for at, count in enumerate(waiting):
        assert count <= len(text[: at + 1].rpartition(" ")[2].rpartition(",")[2])


@pytest.mark.parametrize(
    "text",
    [
        "我们在花园里看到了很多客户的订单。" * 50,
        "สวัสดีชาวโลก" * 50,
        "==== ((( ]]] " * 50,
        "😀" * 200,
    ],
)
def test_what_no_key_can_hold_leaves_at_once(scan, text):
    assert {0} == set(held(scan, text, 1))


@pytest.mark.parametrize(
    ("text", "most"),
    [
        ('{"id":4711,"tags":["a","b"],"price":12.5,"name":"Blue chair","parts":[{"n":1}]},' * 30, SHORTEST),
        ("0.4711\n123456.25\n17\n" * 100, SHORTEST),
        ("def total(self, items: list[Item]) -> float:\n    return sum(i.price for i in items)\n" * 20, SHORTEST),
        ("iVBORw0KGgoAAAANSUhEUgAAAAUAQjZxK9" * 60, 100),
    ],
)  # fmt: skip
def test_little_of_other_text_waits(scan, text, most):
    waiting = held(scan, text, 4)

    assert max(waiting) <= most
    assert sum(waiting) / len(waiting) < 12


HEADER = "eyJhbGciOiJIUzI1NiJ9"
RUNS = [
    "a", " ", "-", "sk-", "ghp_", "eyJ.", "eyJeyJeyJ", HEADER + ".a.", HEADER + ".", '"' + HEADER,
    "=", ":", "password=", 'password="', "password: ", "token:x1 ", "-----BEGIN ", "://", "|", "\\",
    "a://b:c@", "a://a:a:a:", "-----BEGIN PRIVATE KEY-----", "xoxb-xoxb-", ":AA", "Q~", "'", "s.",
    "-----BEGIN PRIVATE KEY-----\nProc-Type: ", "<password>", "curl -u a:b ", "hooks.slack.com/",
    '{"password": "x", "token": [1]}, ', "12345678:AA ", "password is ", "Private-Lines: 8\n", "key ",
    "| password | ", "name: API_KEY, value: ", '("password",', "```", "密码：", "/sk-", "%20", "00D",
    RANDOM + "aB3x/",
]  # fmt: skip


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("size", [1, 100_000])
def test_work_is_linear_in_a_run_of_anything(run, size, detector):
    def work(length):
        scan = detector.open(ScanContext("s", "output", TYPES))
        text = run * (length // len(run))
        for at in range(0, len(text), size):
            scan.feed(text[at : at + size])
        scan.finish()

    work(500)  # what is compiled on demand
    some, more = steps(lambda: work(4_000)), steps(lambda: work(16_000))

    assert more < 6 * some + 2_000  # 16 times, were it quadratic


@pytest.mark.parametrize("run", RUNS)
def test_a_megabyte_of_anything_ends(run, detector):
    """No counter sees the time inside of a call of C: squared work would take an hour here."""
    scan = detector.open(ScanContext("s", "output", TYPES))
    begun = time.process_time()
    scan.feed(run * (1_000_000 // len(run)))
    scan.finish()

    assert time.process_time() - begun < 60


@pytest.mark.parametrize("run", RUNS)
def test_single_characters_keep_memory_bounded(run, detector):
    text = run * (20_000 // len(run))
    scan = detector.open(ScanContext("s", "output", TYPES))
    for at, character in enumerate(text):
        _, settled = scan.feed(character)
        assert at + 1 - settled <= detector.hold_back
        assert len(scan.text) <= detector.hold_back + CONTEXT + SLACK + 1

    assert len(scan.ledger.pending) < 100


def test_an_open_text_costs_the_same_at_its_end_as_at_its_beginning(detector):
    chunks = [(SENTENCE + '{"n": [4711, "x-y"]}, ')[at : at + 4] for at in range(0, 88, 4)]

    def work(scan):
        for chunk in chunks:
            scan.feed(chunk)

    young, old = (detector.open(ScanContext("s", "output", TYPES)) for _ in range(2))
    old.feed(SENTENCE * 1400)

    assert abs(steps(lambda: work(young)) - steps(lambda: work(old))) <= 2


def test_the_plugin_keeps_the_contract(make):
    key = f"Use {make('AKIA{t16}')} or password='Tr0ub4dor&3'."
    reports = examine_plugin("secrets", secrets, [key])

    assert [] == [(report.subject, report.failures) for report in reports if not report.passed]


def test_two_texts_share_nothing(make, detector):
    one, two = (detector.open(ScanContext("s", "output", TYPES)) for _ in range(2))
    key = make("AKIA{t16}")
    one.feed(key[:9])

    assert ([], 0) == (list(two.finish()), two.ledger.settled)
    assert 1 == len([*one.feed(key[9:])[0], *one.finish()])
