"""Rewinding: what a model says that says the same again ends as the rule's fallback, in any chunks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.laws.corpus import cut, places, texts
from tests.laws.driving import MARK, examples, guard_of, rule, run

FALLBACKS = {"replace": {"replace": MARK}, "redact": "redact", "flag": "flag", "block": "block"}
DETECT = {"pii": "all", "secrets": "all"}


def insisting(guard, chunks):
    """Drives a stream as a generating loop would, with a model that says the same after a rewind.

    Returns what left at last, the decision's text apart from it, and how often it was rewound.
    """
    engine, text = guard.engine, "".join(chunks)
    stream, out, rewinds, waiting = engine.open("output", rewind=True), "", 0, list(chunks)
    sent = ""
    while True:
        if waiting:
            stream.feed(waiting.pop(0))
            engine.settle(stream)
            out += stream.release()
            last = False
        else:
            stream.finish()
            engine.settle(stream)
            out += stream.release()
            last = True
        if stream.rewind_to is not None:
            sent, rewinds, kept = max(sent, out, key=len), rewinds + 1, stream.rewind_to
            stream, out, waiting = stream.rewound(), "", [text[:kept], text[kept:]]
            continue
        if len(out) >= len(sent):
            assert out.startswith(sent)  # nothing that was sent is taken back
        if last or stream.blocked:
            return out, rewinds


@pytest.fixture(scope="module")
def guards(registry):
    """For each fallback, a guard that rewinds first, and one that does not."""
    return {
        name: (
            guard_of(registry, rule(DETECT, {"rewind": {"attempts": 2, "otherwise": action}})),
            guard_of(registry, rule(DETECT, action)),
        )
        for name, action in FALLBACKS.items()
    }


@examples(30)
@given(text=texts(), positions=places())
@pytest.mark.parametrize("fallback", FALLBACKS)
def test_a_model_that_insists_ends_as_the_fallback(guards, fallback, text, positions):
    rewinding, plain = guards[fallback]
    expected = run(plain, [text])
    out, rewinds = insisting(rewinding, cut(text, positions))

    assert expected.released == out
    assert (2 if expected.decision["rules"] else 0) == rewinds


@examples(30)
@given(data=st.data(), positions=places())
def test_without_a_way_back_the_fallback_applies_at_once(guards, data, positions):
    rewinding, plain = guards[data.draw(st.sampled_from(sorted(FALLBACKS)))]
    text = data.draw(texts())

    assert run(plain, [text]).released == run(rewinding, cut(text, positions)).released
