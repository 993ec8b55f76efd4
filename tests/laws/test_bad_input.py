"""What a policy or a text can hold that should not break anything."""

from __future__ import annotations

import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.laws.corpus import cut, places, texts
from tests.laws.driving import examples, guard_of, rule, run
from tests.laws.prose import PROSE
from tests.laws.prose import run as repeated

from tokenward.errors import UsageError
from tokenward.guard import Guard
from tokenward.redact.styles import REDACT_STYLES
from tokenward.testing.work import reachable

SANE_SECONDS = 30.0
EMAIL = "ann.lee@example.com"


# -- patterns that go wrong -------------------------------------------------------------------


def patterns(registry, pattern, on_error="block", **more):
    found = rule({"own": "all"}, "redact", on_error=on_error, message="stopped")
    mail = rule({"pii": ["EMAIL_ADDRESS"]}, "redact")
    own = {"plugin": "regex", "patterns": {"OWN": pattern}, **more}
    return guard_of(registry, found, mail, detectors={"own": own})


@pytest.mark.parametrize("pattern", ["(", "[", "(?<=a+)b", "(?P<1>a)", "\\", "*", "(?z)a"])
def test_a_pattern_that_does_not_compile_stops_the_policy(registry, pattern):
    with pytest.raises(UsageError, match="the pattern of 'OWN' is wrong at"):
        patterns(registry, pattern)


WILD = [
    (r"(?:a|a|aa)+b", "a" * 80 + "c "),
    (r"(a+)+$", "a" * 60 + "! "),
    (r"(?:x+x+)+y", "x" * 60 + " "),
    (r"(?:.*,){12}P", "1," * 60),
]


@pytest.mark.parametrize(("pattern", "run_"), WILD)
@pytest.mark.parametrize("on_error", ["block", "allow"])
def test_a_pattern_that_backtracks_is_stopped_and_said(
    registry, monkeypatch, pattern, run_, on_error
):
    """The search gets a bounded time; what it costs then is a failure of its detector."""
    monkeypatch.setattr("tokenward_plugins.spans.track.SECONDS", 0.05)
    guard = patterns(registry, pattern, on_error)
    began = time.process_time()
    done = run(guard, [run_ * 3, f"and {EMAIL} too."])

    assert time.process_time() - began < SANE_SECONDS
    if not done.decision["degraded"]:  # the engine saw through it
        assert done.released.endswith("and <EMAIL_ADDRESS> too.")
    elif on_error == "block":
        assert ("block", None) == (done.decision["action"], done.decision["text"])
        assert EMAIL not in done.released
    else:
        assert ["own"] == done.decision["degraded"]
        assert done.released.endswith("and <EMAIL_ADDRESS> too.")


def test_one_of_the_patterns_above_really_backtracks(registry, monkeypatch):
    """Or the test above would be about nothing."""
    monkeypatch.setattr("tokenward_plugins.spans.track.SECONDS", 0.05)
    degraded = [
        run(patterns(registry, pattern), [text * 3]).decision["degraded"] for pattern, text in WILD
    ]

    assert ["own"] in degraded


# -- a million words --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def million(tmp_path_factory):
    listed = tmp_path_factory.mktemp("words") / "million.txt"
    with listed.open("w", encoding="utf-8") as lines:
        for number in range(1_000_000):
            lines.write(f"w{number:06d}x\n")
        lines.write("Big Corp\nстаница\n")
    return str(listed)


@pytest.mark.slow
def test_a_deny_list_of_a_million_words_is_found_by(registry, million):
    guard = guard_of(
        registry,
        rule({"names": "all"}, "redact"),
        detectors={"names": {"plugin": "keywords", "files": {"NAME": million}}},
    )
    text = f"{PROSE['Latin']}So W000007X and w999999x, big\ncorp, w1000000x or Станица."
    expected = f"{PROSE['Latin']}So <NAME> and <NAME>, <NAME>, w1000000x or <NAME>."
    whole = run(guard, [text])

    assert expected == whole.released
    assert whole == run(guard, list(text))
    assert 0 == max(run(guard, PROSE["Latin"].split(" ")).held[:1])

    detector = guard.engine.compiled.detectors["names"]
    (book,) = detector._books.values()
    held = sum(map(sys.getsizeof, (book._codes, book._order, *book._order)))
    assert held < 160 * len(book)


# -- text that looks like what the guard writes itself -----------------------------------------

OURS = (
    "<EMAIL_ADDRESS>", "<CREDIT_CARD>", "<AWS_ACCESS_KEY>", "<PERSON>", "<EMAIL_ADDRESS_k3x9q2wv>",
    "<EMAIL_ADDRESS:3f9a1c2b7d8e>", "<SECRET_ASSIGNMENT:0123456789ab>", "<JWT:0123456789ab>", "[EMAIL_1]", "<EMAIL",
    "EMAIL_ADDRESS>", "<>", "<<EMAIL_ADDRESS>>", "**** **** **** 1111", "***-**-4399", "********",
    "<A>", "</EMAIL_ADDRESS>", "&lt;EMAIL_ADDRESS&gt;", "\\u003cEMAIL_ADDRESS\\u003e",
)  # fmt: skip


@pytest.mark.parametrize("shown", OURS)
def test_what_looks_like_our_own_work_passes_as_it_is(registry, shown):
    guard = Guard.load("default", registry=registry)
    text = f"They wrote {shown} in it, and api_key = {shown} too."
    whole = run(guard, [text])

    assert text == whole.released
    assert whole == run(guard, list(text))


@pytest.mark.parametrize(
    "style", [one for one in REDACT_STYLES if one in ("tag", "hash", "pseudonym")]
)
@pytest.mark.parametrize("shown", OURS)
def test_what_was_never_issued_does_not_come_back(registry, style, shown):
    """Unless it is the very placeholder that the session gave out, which nobody can guess."""
    taken = {"redact": {"style": style, "restore": True}}
    guard = guard_of(registry, rule({"pii": "all"}, taken, stage=["input"]))
    session = guard.session()
    session.check(f"I am {EMAIL}, card 4111 1111 1111 1111", stage="input")
    text = f"They wrote {shown} in it."

    assert text == "".join(session.iter(list(text)))


@examples(60)
@given(text=texts(), positions=places(), data=st.data())
def test_a_text_with_placeholders_in_it_is_decided_the_same_in_any_chunks(
    registry, text, positions, data
):
    pieces = data.draw(st.lists(st.sampled_from(OURS), min_size=1, max_size=4))
    mixed = "".join(f"{one}{text}" for one in pieces)
    guard = guard_of(registry, rule({"pii": "all", "secrets": "all"}, "redact"))

    assert run(guard, [mixed]) == run(guard, cut(mixed, positions))


# -- texts ------------------------------------------------------------------------------------

STRANGE = {
    "lone surrogates": "\ud800 a\udfff@b.co \ud83d",
    "nulls": "\x00".join("ann@example.com"),
    "every control character": "".join(map(chr, range(32))) + EMAIL,
    "right to left": f"\u202e{EMAIL}\u202c",
    "combining without end": "e" + "\u0301" * 2_000,
    "joiners without end": "\u200d" * 2_000,
    "beyond the basic plane": "\U0001f469\u200d\U0001f4bb" * 200 + "\U0010ffff",
    "one long word": "w" * 20_000,
    "only white space": " \t\r\n\u2028\u3000" * 300,
}


@pytest.mark.parametrize("name", STRANGE)
@pytest.mark.parametrize("policy", ["default", "strict", "private"])
def test_strange_texts_are_decided_and_the_same_in_any_chunks(registry, policy, name):
    guard = Guard.load(policy, registry=registry)
    text = f"so: {STRANGE[name]} it was"
    whole = run(guard, [text])

    assert [] == whole.decision["degraded"]
    assert whole == run(guard, [text[at : at + 5] for at in range(0, len(text), 5)])


def test_nothing_of_a_text_stays_with_the_guard(registry):
    """Two texts share a guard, and nothing else."""
    guard = guard_of(registry, rule({"pii": "all", "secrets": "all"}, "redact"))
    marker = "zqxjvw"
    for _ in range(3):
        run(
            guard,
            list(f"I am {marker}@{marker}.com, key sk_live_{marker * 5} {repeated(marker, 300)}"),
        )

    kept = [
        item
        for item in reachable(guard.engine.compiled.detectors["secrets"])
        if isinstance(item, str)
    ]
    assert not any(marker in item for item in kept)
