from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenward.errors import UsageError
from tokenward.testing.plugin import examine_plugin
from tokenward.types import ScanContext
from tokenward_plugins import secrets
from tokenward_plugins.secrets import SecretsSettings, create
from tokenward_plugins.secrets.detector import TYPES
from tokenward_plugins.secrets.formats import FORMATS

calm = settings(deadline=None, max_examples=150)
PREFIXES = sorted({prefix for form in FORMATS for prefix in form.prefixes})
JOSE = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIi"
PIECES = [
    " the ", "of", ". ", "\n", "\\n", "\\", '"', "'", " ", "  ", ":", "=", "=>", "://", "@", "/",
    "-", "-----", "_", "|", ";", "&x=", "<", ">", "é", "漢", "😀", "\u2028", "Bearer ", 'r"',
    "password", "api_key = ", '"secret": "', "Authorization: ", "<token>", "curl -u bob",
    "http://u:", "postgres://:", "p@ss", "Tr0ub4dor&3", "${X}", "your-key", JOSE, JOSE + ".",
    "-----BEGIN ", "-----BEGIN RSA PRIVATE KEY-----\n", "-----END RSA PRIVATE KEY-----", "=aB3d",
    "Proc-Type: 4,ENCRYPTED\n", "aB3xK9mQ7wE2rT5y", "aB3xK9mQ7wE2rT5y" * 4 + "\n", "a" * 300,
    "aB3xK9mQ7wE2rT5y" * 40, " " * 1100, "12345678901:AA", "abc8Q~", '" +\n "',
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES) | st.sampled_from(PREFIXES), max_size=14).map("".join)
CUTS = st.lists(st.integers(0, 5000), max_size=12)


def cut(text, places):
    """Cuts a text at the places; equal ones leave empty chunks between them."""
    at = sorted(place % (len(text) + 1) for place in places)
    return [text[a:b] for a, b in zip([0, *at], [*at, len(text)], strict=True)]


def rows(found):
    return [(one.type, one.start, one.end, one.score) for one in found]


@calm
@given(text=TEXTS, places=CUTS, hold_back=st.sampled_from([2048, 16384]))
def test_detections_do_not_depend_on_chunking(find, text, places, hold_back):
    whole = rows(find(text, hold_back=hold_back))

    assert whole == rows(find(*cut(text, places), hold_back=hold_back))
    assert whole == rows(find(*text, hold_back=hold_back))


@calm
@given(text=TEXTS, types=st.sets(st.sampled_from(sorted(TYPES)), max_size=12), places=CUTS)
def test_nor_do_they_when_few_types_are_asked_for(find, text, types, places):
    whole = rows(find(text, types=types))

    assert whole == rows(find(*cut(text, places), types=types))
    assert {kind for kind, *_ in whole} <= types


@calm
@given(text=TEXTS)
def test_detections_of_a_type_do_not_overlap(find, text):
    found = sorted(find(text, hold_back=2048), key=lambda one: (one.type, one.start))

    for one, two in itertools.pairwise(found):
        assert one.type != two.type or one.end <= two.start


def scan_of(types=TYPES, hold_back=16384):
    return create(SecretsSettings(hold_back), None).open(ScanContext("s", "output", types))


PROSE = (
    "The harbour was quiet when Kate and Marc arrived in Glasgow. Two boats lay at the pier; a man "
    "in a blue coat mended a net, slowly, and hummed. He asked where they came from and went on "
    "with his work. Later the ghost ships of Ostend were the talk of the night, as ever. "
) * 20


def test_prose_is_released_at_once():
    scan, length, held = scan_of(), 0, []
    for at in range(0, len(PROSE), 4):
        length += len(PROSE[at : at + 4])
        held.append(length - scan.feed(PROSE[at : at + 4])[1])

    assert max(held) <= 4
    assert sum(held) / len(held) < 0.5


def test_text_without_spaces_is_released_at_once():
    for text in ("我们在花园里看到了很多客户的订单。" * 50, "iVBORw0KGgoAAAANSUhEUgAAAAUA" * 50):
        scan = scan_of()
        held = [at + 1 - scan.feed(character)[1] for at, character in enumerate(text)]
        assert max(held) <= 1


HEADER = "eyJhbGciOiJIUzI1NiJ9"
RUNS = [
    "a", " ", "-", "sk-", "ghp_", "eyJ.", HEADER + ".a.", HEADER + ".", '"' + HEADER, "=", ":",
    "password=", 'password="', "password: ", "token:x1 ", "-----BEGIN ", "://", "a://b:c@", "|",
    "-----BEGIN PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----\nProc-Type: ", ":AA", "Q~", "\\",
    "<password>", "curl -u a:b ", "hooks.slack.com/", '{"password": "x", "token": [1]}, ',
]  # fmt: skip


@pytest.mark.parametrize("run", RUNS)
def test_work_is_linear_in_a_run_of_anything(run):
    def seconds(size):
        scan, begin = scan_of(), time.process_time()
        scan.feed(run * (size // len(run)))
        scan.finish()
        return time.process_time() - begin

    assert seconds(200_000) < 10 * seconds(50_000) + 0.2  # 16 times, were it quadratic


@pytest.mark.parametrize("run", RUNS)
def test_single_characters_keep_memory_bounded(run):
    text = run * (20_000 // len(run))
    scan = scan_of(hold_back=2048)
    for at, character in enumerate(text):
        _, settled = scan.feed(character)
        assert at + 1 - settled <= 2048

    assert len(scan.window.text) < 5000
    assert len(scan.ledger.pending) < 100


def test_the_plugin_keeps_the_contract(make):
    key = f"Use {make('AKIA{t16}')} or password='Tr0ub4dor&3'."
    reports = examine_plugin("secrets", secrets, [key])

    assert [] == [(report.subject, report.failures) for report in reports if not report.passed]


@pytest.mark.parametrize("hold_back", [0, 2047, True, "many", None, 1e5])
def test_a_hold_back_that_is_too_short_or_no_number_is_refused(hold_back):
    with pytest.raises(UsageError, match=r"secrets: hold_back is .*; use a whole number of at"):
        create(SecretsSettings(hold_back), None)


def test_two_texts_share_nothing(make):
    one, two = scan_of(), scan_of()
    key = make("AKIA{t16}")
    one.feed(key[:9])

    assert ([], 0) == (list(two.finish()), two.ledger.settled)
    assert 1 == len([*one.feed(key[9:])[0], *one.finish()])
