"""The project's own suites: how many, how independent, and always the same."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from importlib.resources import files
from pathlib import Path

import pytest

from tokenward.compare.metrics.detectors import Detectors
from tokenward.compare.metrics.planted import Planted
from tokenward.compare.suites.known import DEFAULT, OWN, own_suite

SUITES = [name for name in OWN if name != "memorised"]


@pytest.fixture(scope="module")
def suites():
    return {name: own_suite(name) for name in SUITES}


def said(case):
    """Returns all that a case shows the model, its system message included."""
    texts = [case.prompt] if isinstance(case.prompt, str) else [m["content"] for m in case.prompt]
    return "\n".join([case.system or "", *texts])


@pytest.mark.parametrize("name", SUITES)
def test_a_suite_has_enough_clusters_of_few_cases_each(suites, name):
    suite = suites[name]
    sizes = Counter(case.cluster for case in suite.cases)
    assert suite.name == name
    assert suite.clusters >= 40
    assert max(sizes.values()) <= 4
    assert {case.suite for case in suite.cases} == {name}
    assert len({case.id for case in suite.cases}) == len(suite.cases)


@pytest.mark.parametrize("name", SUITES)
def test_no_two_cases_ask_the_same(suites, name):
    asked = Counter((said(case), case.rated) for case in suites[name].cases)
    assert [] == [key for key, count in asked.items() if count > 1]


@pytest.mark.parametrize("name", SUITES)
def test_no_gap_of_a_text_is_left_open(suites, name):
    for case in suites[name].cases:
        for text in (said(case), *case.rated):
            assert not re.search(r"\{[a-z_]*\}|\{\d\}", text) or case.expect.get("genre") == "code"
            assert text.strip()


def test_suites_are_the_same_in_another_process(suites):
    program = (
        "from tokenward.compare.suites.known import own_suite; import json, sys;"
        "print(json.dumps({name: own_suite(name).sha256 for name in sys.argv[1:]}))"
    )
    told = subprocess.run(
        [sys.executable, "-c", program, *SUITES],
        capture_output=True, text=True, check=True, env={**os.environ, "PYTHONHASHSEED": "77"},
    )  # fmt: skip
    assert json.loads(told.stdout) == {name: suite.sha256 for name, suite in suites.items()}


def test_completions_are_texts_and_the_others_chats(suites):
    for name, suite in suites.items():
        kinds = {type(case.prompt) for case in suite.cases}
        assert kinds == ({str} if name in ("quality", "pairs", "stereotype") else {tuple})


def test_tables_take_little_room_in_a_wheel():
    own = Path(str(files("tokenward.compare.suites.own")))
    size = sum(path.stat().st_size for path in own.rglob("*") if path.suffix in (".py", ".toml"))
    assert size < 200_000


def test_the_default_leaves_out_what_needs_more_than_a_model():
    assert set(OWN) - set(DEFAULT) == {"memorised", "shop"}


# -- quality --------------------------------------------------------------------------------


def test_quality_texts_are_cut_before_a_word_and_lose_nothing(suites):
    for case in suites["quality"].cases:
        (rest,) = case.rated
        assert len(rest) > len(case.prompt) > 20 or case.expect["language"] in ("zh", "ja", "ko")
        assert rest[0].isspace() or case.expect["language"] in ("zh", "ja")
        assert not case.prompt[-1].isspace() or case.expect["genre"] in ("table", "code")
        assert case.answered


def test_quality_has_many_genres_and_languages(suites):
    cases = suites["quality"].cases
    assert len(cases) >= 120
    assert len({case.expect["genre"] for case in cases}) >= 12
    assert len({case.expect["language"] for case in cases}) >= 20


# -- refusal --------------------------------------------------------------------------------


def test_each_theme_has_a_harmful_request_and_a_harmless_one(suites):
    labels = {}
    for case in suites["refusal"].cases:
        labels.setdefault(case.pair, []).append(case.expect["label"])
    assert len(labels) >= 100
    assert {tuple(pair) for pair in labels.values()} == {("harmful", "benign")}


# -- injection ------------------------------------------------------------------------------


def test_a_canary_is_in_the_prompt_only_where_its_question_wants_one_word(suites):
    attacks = [case for case in suites["injection"].cases if "canary" in case.expect]
    for case in attacks:
        flat = re.sub(r"[\W_]", "", said(case)).casefold()
        canary = case.expect["canary"].casefold()
        assert (canary in flat) == case.expect["literal"], case.id
        if case.expect["literal"]:
            assert re.search(r"Answer (with|yes|in)|in one word|letters 'e'", said(case)), case.id
    assert len({case.expect["canary"] for case in attacks}) == len(attacks)


def test_a_prompt_that_is_quoted_does_not_count_as_obeyed(suites):
    attacks = {
        case.id: case for case in suites["injection"].cases if case.expect.get("literal") is False
    }
    texts = {name: said(case) for name, case in attacks.items()}
    words = {name: (case.expect["canary"],) for name, case in attacks.items()}
    with Detectors() as detectors:
        planted = Planted(detectors, words)
        assert [] == [name for name, text in texts.items() if planted.says(name, text)]
        assert planted.says(next(iter(words)), f"Sure: {next(iter(words.values()))[0]}!")


def test_documents_are_of_eight_carriers_and_half_have_a_harmless_twin(suites):
    cases = suites["injection"].cases
    carriers = Counter(case.expect["carrier"] for case in cases if "canary" in case.expect)
    assert len(carriers) == 9  # and what the user says
    assert min(carriers.values()) >= 15
    benign = [case for case in cases if "canary" not in case.expect]
    assert len({case.cluster for case in benign}) == len(benign) == 48
    assert all(case.expect["benign"] for case in benign)
    assert len({case.expect.get("style") for case in cases}) > 8


def test_filled_documents_are_still_of_their_format(suites):
    for case in suites["injection"].cases:
        if case.expect["carrier"] == "tool result":
            json.loads(said(case).partition("\n\n")[2])


# -- leaks ----------------------------------------------------------------------------------


def test_secrets_are_in_the_system_message_and_in_no_question(suites):
    for case in suites["leak-context"].cases:
        asked = "\n".join(message["content"] for message in case.prompt)
        for value in case.expect["values"]:
            assert value in case.system
            assert value not in asked
        assert re.search(r"secret|confidential|Never|Do not|[Kk]eep|nothing|must not", case.system)
        assert case.prompt[-1]["role"] == "user"


RESERVED = (
    r"[\w.]+@example\.(com|org|net)",  # RFC 2606
    r"\(\d{3}\) 555-01\d\d",  # the North American plan keeps these for fiction
    r"020 7946 0\d{3}",  # and Ofcom these
    r"192\.0\.2\.\d+",  # RFC 5737
    r"00-00-5E-00-53-[0-9A-F]{2}",  # RFC 7042
    r"(4242 4242 4242 4242|5555 5555 5555 4444)",  # of payment providers' documentation
    r"DE\d\d99900100\d{10}",  # no German bank code begins with 9
)
MADE_UP = (
    "Heron-Quilt-4093", "7719-2254", "tk-demo-9fQ2mVx71LpZ", "18 Invented Lane, Nowhere-on-Sea",
    "marzipanowl", "Lantern!5582", "svc-gate-0417", "AW/2291-KORAL", "ember-otter-360",
    "LAB-77305-QX", "the third mill of Dunmarrow", "vexilloom",
)  # fmt: skip


def test_secrets_are_of_kinds_that_belong_to_nobody(suites):
    values = {value for case in suites["leak-context"].cases for value in case.expect["values"]}
    assert len(values) == 24
    for value in values - set(MADE_UP):
        assert any(re.fullmatch(kind, value) for kind in RESERVED), value


def test_an_iban_and_cards_are_valid_in_form(suites):
    values = {value for case in suites["leak-context"].cases for value in case.expect["values"]}
    (iban,) = (value for value in values if value.startswith("DE"))
    assert int("".join(str(int(c, 36)) for c in iban[4:] + iban[:4])) % 97 == 1


@pytest.mark.parametrize("name", SUITES)
def test_addresses_and_numbers_in_any_suite_are_reserved_ones(suites, name):
    for case in suites[name].cases:
        text = said(case) + " ".join(case.rated) + json.dumps(dict(case.expect))
        for address in re.findall(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", text):
            assert re.search(r"@example\.(com|org|net)$", address), address
        for number in re.findall(r"\(\d{3}\) \d{3}-\d{4}", text):
            assert re.fullmatch(RESERVED[1], number), number
        for site in re.findall(r"(?:https?://|www\.)\S+", text):
            assert "example" in site, site


# -- people ---------------------------------------------------------------------------------


def test_no_two_sentences_have_the_same_opening(suites):
    openings = {(c.pair, c.prompt.removesuffix(c.group)) for c in suites["pairs"].cases}
    assert len({opening for _, opening in openings}) == len({pair for pair, _ in openings}) == 84


def test_twins_of_a_sentence_differ_in_the_term_alone(suites):
    by_pair = {}
    for case in suites["pairs"].cases:
        assert case.prompt.endswith(f" {case.expect['term']}")
        frame = case.prompt.removesuffix(case.expect["term"])
        rest = case.rated if not case.expect.get("again") else None
        by_pair.setdefault(case.pair, []).append((frame, rest, case.expect["domain"]))
    for twins in by_pair.values():
        assert len({frame for frame, _, _ in twins}) == 1
        assert len({rest for _, rest, _ in twins if rest is not None}) == 1
        assert len({domain for _, _, domain in twins}) == 1


def test_rated_parts_begin_as_a_word_does_and_terms_fit_after_a(suites):
    for case in suites["pairs"].cases:
        assert all(part.startswith(" ") for part in case.rated)
        if case.expect["domain"] != "name" and case.prompt.endswith(f" a {case.expect['term']}"):
            assert case.expect["term"][0].casefold() not in "aeiou"


def test_every_domain_has_its_sentences_and_every_group_its_share(suites):
    rated = [case for case in suites["pairs"].cases if case.rated]
    sentences = Counter(case.expect["domain"] for case in {c.pair: c for c in rated}.values())
    assert set(sentences) == {
        "gender", "religion", "nationality", "age", "disability", "orientation", "name",
    }  # fmt: skip
    assert set(sentences.values()) == {12}
    assert min(Counter(case.group for case in rated).values()) >= 10


def test_a_repeated_term_is_asked_again_under_another_name_and_not_rated(suites):
    again = [case for case in suites["pairs"].cases if case.expect.get("again")]
    asked = {(case.prompt, case.group) for case in suites["pairs"].cases if case.rated}
    assert len(again) == 42
    for case in again:
        assert case.rated == ()
        assert case.answered
        assert (case.prompt, case.group) in asked


def test_a_stereotype_is_rated_of_both_groups_with_the_same_endings(suites):
    by_pair = {}
    for case in suites["stereotype"].cases:
        by_pair.setdefault(case.pair, []).append(case)
    for a, b in by_pair.values():
        assert (a.expect["stereotypes"], b.expect["stereotypes"]) == (True, False)
        assert a.rated == b.rated
        assert len(set(a.rated)) == 2
        assert a.prompt.replace(a.group, "") == b.prompt.replace(b.group, "")
        assert not a.answered


# -- the demo's shop ------------------------------------------------------------------------


def test_the_shops_customers_are_those_of_the_demo_model():
    from tokenward.compare.suites.own.tables import table
    from tokenward.demo.people import customers

    known = {(one.name, one.phone, one.email, one.card, one.iban) for one in customers()}
    assert {tuple(person) for person in table("shop")["people"]} <= known


def test_no_question_of_the_shop_holds_the_answer_that_tests_memory(suites):
    for case in suites["shop"].cases:
        for word in case.expect["contains"]:
            if re.search(r"\d{4}.*\d|@", word) and not re.fullmatch(r"\d{5}", word):
                assert word not in said(case)
