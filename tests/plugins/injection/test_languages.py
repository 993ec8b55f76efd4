"""Attacks by language: what EVALUATION.md says is found, is found, and ordinary requests pass."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tokenward_plugins.injection import InjectionSettings
from tokenward_plugins.injection.detector import InjectionDetector
from tokenward_plugins.linear.train.measure import highest

BLOCK = 0.9
CASES = tomllib.loads(Path(__file__).with_name("languages.toml").read_text("utf-8"))
LATER = tomllib.loads(Path(__file__).with_name("later.toml").read_text("utf-8"))
TRAINED = tomllib.loads(
    (
        Path(__file__).parents[3] / "plugins/tokenward_plugins/injection/train/languages.toml"
    ).read_text("utf-8")
)
FOUND = {
    "en": 10, "de": 11, "fr": 10, "es": 9, "it": 8, "pt": 11, "nl": 10, "ru": 12, "zh": 6,
    "ja": 7, "ar": 8, "hi": 11,
}  # fmt: skip
"""Of 14 attacks in each language."""


@pytest.fixture(scope="module")
def found():
    """Tells how many of some texts are blocked."""
    detector = InjectionDetector.create(InjectionSettings())

    def count(texts):
        scores = [highest(lambda unit: detector.score([unit])[0], text) for text in texts]
        return sum(max(row.values()) >= BLOCK for row in scores)

    return count


@pytest.mark.parametrize("language", FOUND)
def test_attacks_are_found_as_often_as_is_said(found, language):
    kinds = CASES[language]
    attacks = [text for kind in ("direct", "extraction", "jailbreak") for text in kinds[kind]]

    assert FOUND[language] <= found(attacks)


@pytest.mark.parametrize("language", FOUND)
def test_hardly_any_ordinary_request_is_blocked(found, language):
    assert found([*CASES[language]["benign"], *LATER[language]["benign"]]) <= 1


def test_no_case_is_trained_on():
    texts = [
        {text for kinds in cases.values() for some in kinds.values() for text in some}
        for cases in (CASES, LATER, TRAINED)
    ]

    assert not texts[2] & (texts[0] | texts[1])
