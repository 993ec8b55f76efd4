"""Judges of law 2: somebody else's assertion (``chunk-invariance``, PyPI), and our own.

The judge compares streamed output with a whole-text filter for every cut asked for, and knows
nothing of leaks, delays or detections. So the samples stand in prose, each must be found by the
policy, and a filter that guards nothing must fail first.
"""

from __future__ import annotations

import functools

import pytest
from chunk_invariance import ChunkInvarianceError, assert_chunk_invariant, per_chunk
from tests.laws.corpus import made
from tests.laws.driving import GENERAL
from tests.laws.prose import PROSE

from tokenward.guard import Guard
from tokenward.testing import assert_chunking_law
from tokenward.testing.texts import random_cut

AROUND = 320
"""Characters of prose around a sample: more than it could be found by, or held back for."""
RANDOM = 3
KINDS = (
    "EMAIL_ADDRESS", "CREDIT_CARD", "IBAN_CODE", "PHONE_NUMBER", "US_SSN", "IP_ADDRESS",
    "AWS_ACCESS_KEY", "GITHUB_TOKEN", "OPENAI_API_KEY", "JWT", "PRIVATE_KEY", "SLACK_TOKEN",
    "STRIPE_KEY", "BASIC_AUTH_URL", "SECRET_ASSIGNMENT",
)  # fmt: skip
SAMPLES = {kind: "".join(made(kind, 3)) for kind in KINDS} | {
    "a card after digits": "Order 7 4111 1111 1111 1111",
}
NEITHER = {
    "rewind": {"IP_ADDRESS"},
    "monitor-only": set(),
}
"""Samples that a policy does not look for."""


@pytest.fixture(scope="module")
def guards(registry):
    return {name: Guard.load(name, registry=registry) for name in GENERAL}


def in_prose(sample):
    """Returns a sample in the middle of prose, and where it stands."""
    before, after = PROSE["Latin"] * 2, PROSE["Cyrillic"] * 3
    text = f"{before[:AROUND]} {sample}. {after[:AROUND]}"
    return text, AROUND + 1, AROUND + 1 + len(sample)


def splits(text, start, end):
    """Yields the text in two parts with the cut in or beside the sample, and at random."""
    step = 1 + (end - start) // 16
    for at in range(start - 1, end + 2, step):
        yield [text[:at], text[at:]]
    for seed in range(RANDOM):
        yield random_cut(text, seed)
    yield list(text)


def streamed(guard):
    """Returns the guard as the judge wants it: a filter of chunks, new for each text."""
    return per_chunk(
        lambda chunk, stream: stream.feed(chunk),
        state=guard.stream,
        flush=lambda stream: stream.finish(),
    )


def shown(guard, text):
    """Returns what a stream shows of a text in one chunk, also where it is blocked."""
    stream = guard.stream()
    return stream.feed(text) + stream.finish()


def unguarded(chunks):
    yield from chunks


def forgetful(guard):
    """Returns the filter that guards each chunk by itself."""
    return per_chunk(lambda chunk, _: shown(guard, chunk))


@pytest.mark.parametrize("kind", SAMPLES)
def test_without_a_guard_and_without_memory_the_judge_finds_against_it(guards, kind):
    """The negative control: a judge that passes everything proves nothing."""
    guard = guards["pii-secrets"]
    text, start, end = in_prose(SAMPLES[kind])
    whole = functools.partial(shown, guard)

    with pytest.raises(ChunkInvarianceError):
        assert_chunk_invariant(unguarded, whole, text, splits=splits(text, start, end))
    with pytest.raises(ChunkInvarianceError):
        assert_chunk_invariant(forgetful(guard), whole, text, splits=splits(text, start, end))


@pytest.mark.parametrize("kind", SAMPLES)
@pytest.mark.parametrize("name", GENERAL)
def test_the_judge_finds_no_cut_that_matters(guards, name, kind):
    guard = guards[name]
    text, start, end = in_prose(SAMPLES[kind])
    found = [one for one in guard.check(text).detections if one.start < end and start < one.end]
    judged = assert_chunk_invariant(
        streamed(guard),
        functools.partial(shown, guard),
        text,
        splits=splits(text, start, end),
    )

    assert judged > RANDOM
    assert bool(found) == (kind not in NEITHER.get(name, ()))


@pytest.mark.parametrize("name", GENERAL)
def test_our_own_law_holds_for_every_policy(guards, name):
    """On a sample of each sort; the law cuts each of them in hundreds of ways."""
    samples = [SAMPLES["EMAIL_ADDRESS"], SAMPLES["a card after digits"]]
    report = assert_chunking_law(guards[name], samples)

    assert 2 == sum(check.name.startswith("sample") for check in report.checks)
