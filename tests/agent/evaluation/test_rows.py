"""What is kept of rows: slices, repeats, the worst ones, samples."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenward.errors import UsageError
from tokenward.evaluation.collected import sample, taken
from tokenward.evaluation.labelled import Labelled, labelled_row
from tokenward.evaluation.members import Members
from tokenward.evaluation.repeats import Repeats
from tokenward.evaluation.slices import length, slicing
from tokenward.evaluation.survey import Survey
from tokenward.evaluation.worst import Worst
from tokenward.types import Feature

FEATURES = [
    Feature("shout", "category", lambda text: "loud" if text.isupper() else "calm", ""),
    Feature("words", "number", lambda text: len(text.split()), ""),
]


def row(text="a", **values):
    return labelled_row(text, values, "rows.jsonl:1", id_="i", file="rows.jsonl")


def keyed(key, one, rows=("lang", "kind"), labels=("kind", "hate")):
    return slicing(key, rows, labels, FEATURES).of(one)


def test_a_key_is_looked_for_in_rows_labels_and_features():
    one = row("HEY", lang="de", kind="r", labels={"kind": "l", "hate": 1})
    assert ["de"] == keyed("lang", one)
    assert ["r"] == keyed("kind", one) == keyed("row.kind", one)
    assert ["l"] == keyed("label.kind", one)
    assert ["1"] == keyed("hate", one)
    assert ["loud"] == keyed("shout", one) == keyed("feature.shout", one)
    assert ["rows.jsonl"] == keyed("file", one)
    assert ["under 32 characters"] == keyed("length", one)


@pytest.mark.parametrize("key", ["tone", "row.hate", "label.lang", "feature.words", "words"])
def test_a_key_that_nothing_has_is_a_mistake_with_the_allowed_words(key):
    with pytest.raises(UsageError, match="use one of: hate, kind, lang, length, file, shout"):
        keyed(key, row())


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (["a", "b", "a"], ["a", "b"]), ([], ["(none)"]), ("", ["(none)"]), (None, ["(none)"]),
        (True, ["True"]), (3, ["3"]), (2.5, ["2.5"]), (2.0, ["2"]),
    ],
)  # fmt: skip
def test_values_become_names_of_slices(value, expected):
    assert expected == keyed("lang", row(lang=value))


def test_a_mapping_is_no_slice():
    with pytest.raises(UsageError, match=r"rows\.jsonl:1: --slice lang: a mapping"):
        keyed("lang", row(lang={"a": 1}))


@pytest.mark.parametrize(
    ("size", "bucket"),
    [(0, "under 32"), (31, "under 32"), (32, "32-99"), (3199, "1000-3199"), (3200, "3200 ")],
)
def test_lengths_have_buckets(size, bucket):
    assert length(row("x" * size))[0].startswith(bucket)


def test_too_many_values_are_a_mistake():
    members = Members("--slice id", 3)
    with pytest.raises(UsageError, match="--slice id: more than 3 different values"):
        for place in range(4):
            members.add(place, [str(place)])


def test_repeats_are_counted_and_contradictions_among_them():
    repeats = Repeats()
    texts = [("Hello  you", 1), ("ｈello you", 0), ("hello you ", 1), ("bye", 0), ("BYE", -1)]
    for text, truth in texts:
        repeats.add(text, truth)
    assert (3, 1) == (repeats.rows, repeats.contradicting)
    assert repeats.note(5).startswith(
        "3 of 5 rows repeat an earlier text, 1 of them with another label"
    )
    assert Repeats().note(5) is None


@given(st.lists(st.tuples(st.sampled_from([0.1, 0.4, 0.9]), st.booleans())), st.integers(0, 4))
def test_the_worst_rows_are_those_of_a_sort(rows, number):
    worst = Worst(number)
    for place, (score, truth) in enumerate(rows):
        worst.add(Labelled("t", {}, None, f"r:{place}", place), score, truth=truth)
    told = worst.as_dict(0.5)
    negatives = sorted((-s, i) for i, (s, t) in enumerate(rows) if not t)[:number]
    positives = sorted((s, i) for i, (s, t) in enumerate(rows) if t)[:number]
    assert [i for _, i in negatives] == [one["id"] for one in told["highest_negatives"]]
    assert [i for _, i in positives] == [one["id"] for one in told["lowest_positives"]]
    assert all(one["wrong"] == (one["score"] >= 0.5) for one in told["highest_negatives"])
    assert all(one["wrong"] == (one["score"] < 0.5) for one in told["lowest_positives"])


def test_texts_of_the_worst_rows_are_kept_only_where_they_are_asked_for():
    for texts in (False, True):
        worst = Worst(1, texts=texts)
        worst.add(row("my diary"), 0.9, truth=False)
        assert texts == ("diary" in str(worst.as_dict(0.5)))
        assert "diary" not in repr(row("my diary", note="diary"))


def test_a_sample_is_drawn_in_order_and_the_same_each_time():
    survey = Survey(rows=1000)
    places = sample(survey, 50, 3)
    assert 50 == len(set(places.tolist()))
    assert sorted(places) == list(places) == list(sample(survey, 50, 3))
    assert list(places) != list(sample(survey, 50, 4))
    assert None is sample(survey, 1000, 3) is sample(survey, None, 3)
    assert places.tolist() == list(taken(range(1000), places))


@pytest.mark.parametrize(
    ("value", "expected"), [("one", ("one",)), (["a", "b"], ("a", "b")), ([], ())]
)
def test_documents_of_a_row(value, expected):
    found = labelled_row("t", {"doc": value}, "r:1", context="doc")
    assert expected == found.context
    assert None is labelled_row("t", {"doc": value}, "r:1").context


@pytest.mark.parametrize("values", [{}, {"doc": 3}, {"doc": ["a", 3]}])
def test_documents_that_are_none(values):
    with pytest.raises(UsageError, match="r:1: --context doc: the row has no text there"):
        labelled_row("t", values, "r:1", context="doc")
