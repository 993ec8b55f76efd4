"""Taking the features of a text: those that share a preparation, and those that fail."""

from __future__ import annotations

from tokenward.decisions.features import FeatureTaker
from tokenward.types import Feature


class Prepare:
    """Splits a text and counts how often; it has no hash, as little as a plugin's object need."""

    __hash__ = None

    def __init__(self):
        self.calls = 0

    def __call__(self, text):
        self.calls += 1
        return text.split()


def number(name, of, prepare=None):
    return Feature(name, "number", of, "", prepare=prepare)


def test_what_features_share_is_prepared_once_a_text():
    prepare, other = Prepare(), Prepare()
    take = FeatureTaker([number("words", len, prepare), number("length", len),
                         number("longest", lambda words: max(map(len, words)), prepare),
                         number("first", lambda words: len(words[0]), other)])  # fmt: skip

    assert {"answer.words": 2, "answer.length": 9, "answer.longest": 5, "answer.first": 3} == take(
        "answer", "two words"
    )
    assert {"prompt.words": 1, "prompt.length": 3, "prompt.longest": 3, "prompt.first": 3} == take(
        "prompt", "one"
    )
    assert (2, 2) == (prepare.calls, other.calls)


def test_a_text_that_is_not_there_is_not_prepared():
    prepare = Prepare()

    assert {} == FeatureTaker([number("words", len, prepare)])("prompt", None)
    assert 0 == prepare.calls


def test_a_preparation_that_fails_costs_its_own_features_only(caplog):
    def fail(text):
        raise ValueError(text)

    take = FeatureTaker(
        [number("a", len, fail), number("b", len, fail), number("c", len, Prepare())]
    )

    assert {"prompt.c": 2.0} == take("prompt", "hidden words")
    assert {"a": 1, "b": 1} == take.errors
    assert "hidden" not in caplog.text


def test_a_feature_alone_prepares_for_itself():
    assert 2 == number("words", len, Prepare()).take("two words")
    assert 9 == number("length", len).take("two words")


def many(name, of, at_once, prepare=None):
    return Feature(name, "number", of, "", prepare=prepare, many=at_once)


def test_of_several_texts_a_feature_is_taken_at_once():
    def alone(text):
        raise AssertionError(text)

    take = FeatureTaker([many("length", alone, lambda texts: list(map(len, texts)))])

    assert [{"prompt.length": 3.0}, {}, {"prompt.length": 0.0}] == take.together(
        [("prompt", "one"), ("prompt", None), ("prompt", "")]
    )
    assert {} == take.errors


def test_a_text_that_fails_among_several_costs_its_own_value_only():
    take = FeatureTaker(
        [
            number("share", lambda text: 1 / len(text)),
            many("first", lambda text: ord(text[0]), lambda texts: [ord(one[0]) for one in texts]),
            number("words", len, lambda text: text.split() if text else 1 / 0),
            number("always", lambda words: 1.0, lambda text: text.split() if text else 1 / 0),
        ]
    )

    whole = {"a.share": 0.5, "a.first": 97.0, "a.words": 1.0, "a.always": 1.0}
    assert [whole, {}, whole] == take.together([("a", "ab"), ("a", ""), ("a", "ab")])
    assert {"share": 1, "first": 1, "words": 1, "always": 1} == take.errors


def test_one_value_for_several_texts_is_not_taken_for_all_of_them():
    take = FeatureTaker([many("length", len, lambda texts: [7.0])])

    assert [{"a.length": 3.0}, {"b.length": 2.0}] == take.together([("a", "one"), ("b", "ab")])
