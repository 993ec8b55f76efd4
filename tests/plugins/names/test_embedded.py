"""Names by the model that ships: what it finds, what it promises, and how it fails."""

from __future__ import annotations

import hashlib
import itertools
import json
import random
import subprocess
import sys
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.benchmarks.names_quality import counts, own, rates

from tokenward import Guard
from tokenward.errors import ModelMissing, UsageError
from tokenward.testing import assert_chunking_law, check_detector
from tokenward_plugins.names import NamesSettings, embedded, register_detectors
from tokenward_plugins.names.chain import KINDS, LABELS, allowed, marginals, starts
from tokenward_plugins.names.clues import CLUES, clues, lists
from tokenward_plugins.names.cut import tokens

TEXTS = [
    "My name is Anna Weber and I work for Siemens in Berlin. She left on Monday! Nobody knows.",
    "Dear Peter,\nthe parcel is in Lisbon.\n- Lisbon\n- Acme Ltd",
    "我在東京。Anna Weber 也在東京！",
    'She said: "Ask Mr. Miller." (In London?) 😀 \ud800 é e\u0301',
    "Anna Weber " * 60,
    "",
]


def make(**settings):
    (plugin,) = register_detectors()
    return plugin.create(NamesSettings(**settings), None)


@pytest.fixture(scope="module")
def tagger():
    return make()


def found(tagger, text):
    return [(text[tag.start : tag.end], tag.type) for tag in tagger.tag([text])[0]]


def guard(**settings):
    rule = {"id": "names", "stage": "output", "detect": {"names": "all"}, "action": "redact"}
    return Guard.load(
        {"name": "t", "detectors": {"names": {"plugin": "names", **settings}}, "rules": [rule]}
    )


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("My name is Anna Weber.", [("Anna Weber", "PERSON")]),
        ("Mr. Miller lives in London.", [("Miller", "PERSON"), ("London", "LOCATION")]),
        ("Ich heiße Jonas Becker und wohne in Hamburg.",
         [("Jonas Becker", "PERSON"), ("Hamburg", "LOCATION")]),
        ("I work for Acme Ltd.", [("Acme Ltd", "ORGANIZATION")]),
        ("She moved from New York City to Sri Lanka.",
         [("New York City", "LOCATION"), ("Sri Lanka", "LOCATION")]),
        ("The European Commission fined Google.",
         [("European Commission", "ORGANIZATION"), ("Google", "ORGANIZATION")]),
        ("However, the API returns JSON on Linux.", []),
        ("Please reset my password.", []),
        ("Thanks for the quick answer!", []),
        ("東京 и Москва", []),
        ("「東京」", []),
        ("JOHN SMITH LIVES IN LONDON.", [("JOHN SMITH", "PERSON"), ("LONDON", "LOCATION")]),
        ("", []),
        ("...", []),
    ],
)  # fmt: skip
def test_plain_names_are_found_and_plain_words_are_not(tagger, text, names):
    assert names == found(tagger, text)


def test_without_settings_a_policy_redacts_names():
    with guard() as one:
        decision = one.check("My name is Anna Weber and I live in Berlin.")

    assert "My name is <PERSON> and I live in <LOCATION>." == decision.text
    assert () == decision.degraded


def test_of_sentences_it_was_not_trained_on_it_finds_most():
    tagger = make()
    total = np.zeros(4, dtype=int)
    for rows in own().values():
        for row in rows:
            tags = [(t.start, t.end, t.type, t.score) for t in tagger.tag([row.text])[0]]
            for kind in KINDS:
                total += counts(tags, row, kind, exact=False)
    precision, recall = rates(total)[:2]

    assert precision > 0.7
    assert recall > 0.7


def test_the_laws_of_streams_hold():
    with guard() as one:
        assert_chunking_law(one, [text for text in TEXTS if text])


def test_the_detector_conforms():
    (plugin,) = register_detectors()

    assert check_detector(plugin, TEXTS[:3], {}).passed


@given(st.lists(st.text(max_size=60), max_size=6))
def test_tags_are_in_order_inside_the_text_and_the_same_in_any_batch(texts):
    tagger = make()
    batch = tagger.tag(texts)

    assert [tagger.tag([text])[0] for text in texts] == batch
    for text, tags in zip(texts, batch, strict=True):
        assert all(0 <= tag.start < tag.end <= len(text) for tag in tags)
        assert all(a.end <= b.start for a, b in itertools.pairwise(tags))
        assert all(0.3 <= tag.score <= 1 and tag.type in KINDS for tag in tags)
        assert all(any(map(str.isalpha, text[tag.start : tag.end])) for tag in tags)


def test_labels_rename_and_leave_out_types():
    tagger = make(labels={"LOCATION": "CITY", "PERSON": None})

    assert frozenset({"CITY", "ORGANIZATION"}) == tagger.types
    assert [("Berlin", "CITY")] == found(tagger, "Anna Weber lives in Berlin.")


def test_min_score_leaves_out_what_is_not_sure():
    texts = [row.text for rows in own().values() for row in rows]
    few = make(min_score=0.9).tag(texts)
    many = make(min_score=0.0).tag(texts)

    assert all(tag.score >= 0.9 for tags in few for tag in tags)
    assert [[tag for tag in tags if tag.score >= 0.9] for tags in many] == few
    assert any(tag.score < 0.9 for tags in many for tag in tags)


@pytest.mark.parametrize("settings", [{"device": "cuda"}, {"backend": "spacy"}])
def test_settings_of_other_models_are_refused(settings):
    with pytest.raises(UsageError, match="leave out 'backend' and 'device'"):
        make(**settings)


def test_damaged_weights_are_refused(monkeypatch, tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "weights.npz").write_bytes(b"torn")
    manifest = {"sha256": 64 * "0", "scale": 1.0, "calibration": {}}
    (tmp_path / "model" / "model.json").write_text(json.dumps(manifest))
    monkeypatch.setattr(embedded, "files", lambda _: tmp_path)

    with pytest.raises(ModelMissing, match="the embedded model is damaged"):
        make()


def test_the_card_tells_the_weights_that_ship():
    folder = files("tokenward_plugins.names") / "model"
    card = (folder / "MODEL_CARD.md").read_text(encoding="utf-8")
    data = (folder / "weights.npz").read_bytes()

    assert f"`{hashlib.sha256(data).hexdigest()}`" in card
    assert f"{len(data):,} bytes" in card


def test_it_needs_nothing_but_numpy():
    code = (
        "import sys\nfrom tokenward_plugins.names import NamesSettings, register_detectors\n"
        "(p,) = register_detectors()\nassert 'numpy' not in sys.modules\n"
        "p.create(NamesSettings(), None).tag(['Anna Weber'])\n"
        "print({'spacy', 'torch', 'transformers', 'sklearn', 'scipy', 'faker'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "set()" == done.stdout.strip()


@pytest.mark.parametrize("length", [1, 2, 4])
def test_marginals_are_sums_over_all_labellings(length):
    generator = np.random.default_rng(length)
    emitted = generator.normal(size=(length, len(LABELS))) * 2
    moves = generator.normal(size=(len(LABELS), len(LABELS)))
    factors = np.exp(moves) * allowed()
    shares, counted = np.zeros_like(emitted), np.zeros_like(moves)
    for path in itertools.product(range(len(LABELS)), repeat=length):
        weight = float(starts()[path[0]]) * np.exp(sum(emitted[at, x] for at, x in enumerate(path)))
        weight *= np.prod([factors[a, b] for a, b in itertools.pairwise(path)])
        shares[range(length), path] += weight
        for a, b in itertools.pairwise(path):
            counted[a, b] += weight
    total = shares[0].sum()

    ours, moved = marginals(emitted, factors)

    assert np.allclose(ours, shares / total)
    assert np.allclose(moved, counted / total)


def test_marginals_are_numbers_whatever_the_weights():
    emitted = np.full((5, len(LABELS)), -1e4)
    emitted[np.arange(5), [0, 2, 4, 6, 2]] = 1e4

    shares, _ = marginals(emitted, allowed().astype(float))

    assert np.isfinite(shares).all()


def test_clues_are_the_same_again_and_inside_the_table():
    text = "Anna Weber's flat"
    rows = clues(text, tokens(text), lists(), embedded.BITS)

    assert (4, CLUES) == rows.shape
    assert 0 <= rows.min() <= rows.max() < 1 << embedded.BITS
    assert (rows == clues(text, tokens(text), lists(), embedded.BITS)).all()


def test_a_long_sentence_is_linear_and_whole():
    source = random.Random(4)
    text = " ".join(source.choice(["Anna", "in", "Berlin", "and"]) for _ in range(4000))

    (tags,) = make().tag([text])

    assert tags[-1].end > len(text) * 0.99
