"""Floor files: what they may say, what they compare, and clear errors."""

from __future__ import annotations

import pytest

from tokenward.errors import UsageError
from tokenward.evaluation.floors import judge, read_floors


def estimate(value):
    return {"value": value, "low": value - 0.1, "high": value + 0.1}


TOLD = {
    "auc": estimate(0.8), "average_precision": estimate(0.7), "recall_at_1pct_fpr": None,
    "at_threshold": {"false_positive_rate": estimate(0.15), "recall": estimate(0.5)},
    "calibration": {"expected_calibration_error": 0.03},
    "spans": {"exact": {"f1": estimate(0.9), "precision": None}, "overlapping": None},
    "identity": {"power_means": {"bpsn_auc": 0.66}},
    "slices": {"language": [
        {"value": "de", "auc": estimate(0.6)}, {"value": "en", "auc": estimate(0.9)},
    ]},
}  # fmt: skip


@pytest.fixture
def read(tmp_path):
    def read(text):
        path = tmp_path / "floor.yaml"
        path.write_text(text)
        return read_floors(path)

    return read


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("auc: 0.7", [(0.7, True)]),
        ("auc: 0.75", [(0.7, False)]),
        ("at: point\nauc: 0.75", [(0.8, True)]),
        ("auc: {least: 0.75, at: point}", [(0.8, True)]),
        ("at: point\nauc: {least: 0.75, at: lower}", [(0.7, False)]),
        ('{"auc": 0.7, "average_precision": 0.9}', [(0.7, True), (0.6, False)]),
        ("false_positive_rate: {most: 0.2}", [(0.25, False)]),
        ("false_positive_rate: {most: 0.2, at: point}", [(0.15, True)]),
        ("expected_calibration_error: {most: 0.03}", [(0.03, True)]),
        ("exact_f1: 0.8", [(0.8, True)]),
        ("identity_bpsn_auc: 0.7", [(0.66, False)]),
        ("slices: {language: {de: {auc: 0.5}}}", [(0.5, True)]),
        ("slices: {language: {'*': {auc: 0.6}}}", [(0.5, False), (0.8, True)]),
    ],
)
def test_what_is_compared_is_the_worse_end_or_the_point(read, text, expected):
    found = [(one.found, one.passed) for one in judge(read(text), TOLD)]
    assert [(pytest.approx(found), passed) for found, passed in expected] == found


@pytest.mark.parametrize(
    "text",
    [
        "recall_at_1pct_fpr: 0.1", "exact_precision: 0.1", "overlapping_f1: 0",
        "identity_bnsp_auc: 0.1", "slices: {language: {fr: {auc: 0.1}}}",
        "slices: {other: {'*': {auc: 0}}}",
    ],
)  # fmt: skip
def test_what_was_not_measured_has_not_passed(read, text):
    (one,) = judge(read(text), TOLD)
    assert (None, False) == (one.found, one.passed)


MISTAKES = [
    ("", "the file is empty; write a floor, such as auc: 0.85"),
    ("at: point", "no floor in it; use one of: auc, average_precision"),
    ("accuracy: 0.9", "floor.yaml:1:1: unknown key 'accuracy'; use one of: at, slices, auc"),
    ("auc: high", "floor.yaml:1:6: expected the least auc as a number"),
    ("auc: 85", "the least auc is 85; it must lie in [0, 1]"),
    ("auc: .nan", "the least auc is nan"),
    ("auc: {most: 0.9}", "unknown key 'most'; use one of: least, at"),
    ("false_positive_rate: 0.01", "is better the lower it is; write {most: 0.02}"),
    ("at: middle\nauc: 0.5", "unknown what is compared 'middle'; use one of: lower, point"),
    ("slices: {language: {de: {exact_f1: 0.5}}}", "unknown key 'exact_f1'"),
    ("slices: [a]", "expected a mapping of keys to values, found a list"),
    ("auc: 0.5\nauc: 0.6", "key 'auc' comes twice"),
    ("auc: [", "not valid YAML"),
]


@pytest.mark.parametrize(("text", "message"), MISTAKES)
def test_a_mistake_says_where_what_and_the_allowed_words(read, text, message):
    with pytest.raises(UsageError) as raised:
        read(text)
    assert message in str(raised.value)


def test_a_file_that_is_not_there_or_not_text(tmp_path):
    with pytest.raises(UsageError, match=r"--floor .*none\.yaml: cannot be read: No such file"):
        read_floors(tmp_path / "none.yaml")
    (tmp_path / "bytes.yaml").write_bytes(b"\xff")
    with pytest.raises(UsageError, match="not UTF-8 at byte 0"):
        read_floors(tmp_path / "bytes.yaml")
