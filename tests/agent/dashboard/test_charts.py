"""Drawings: their words, their gaps, and what may stand in them."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenward.dashboard.charts import Frame, level, runs, shares, sparkline

NUMBERS = st.none() | st.floats(allow_nan=True, allow_infinity=True)


@given(st.lists(NUMBERS, max_size=40), st.none() | st.floats(0, 1e9))
def test_any_series_is_drawn_within_its_frame(values, threshold):
    drawn = ET.fromstring(sparkline(values, "what", threshold=threshold, width=100, height=30))
    assert drawn.attrib["aria-label"] == "what"
    told = "".join(part.attrib.get("d", "") for part in drawn)
    assert "nan" not in told and "inf" not in told
    for dot in drawn.findall("circle"):
        assert 0 <= float(dot.attrib["cx"]) <= 100
        assert 0 <= float(dot.attrib["cy"]) <= 30


def test_a_gap_stays_a_gap():
    drawn = ET.fromstring(sparkline([1.0, 2.0, None, 3.0, math.nan, 5.0], "x"))
    lines = [part for part in drawn if part.attrib["class"] == "line"]
    assert len(lines) == 3 == len(list(runs([1.0, 2.0, None, 3.0, None, 5.0])))


def test_a_threshold_is_shown_and_what_is_over_it():
    drawn = ET.fromstring(sparkline([0.1, 0.5], "x", threshold=0.2))
    assert [part.attrib["class"] for part in drawn] == ["area", "line", "limit", "dot over"]
    assert "over" not in sparkline([0.5, 0.1], "x", threshold=0.2)


def test_what_is_said_of_a_drawing_is_escaped():
    evil = '"><script>alert(1)</script>'
    for drawn in (sparkline([1.0], evil), shares({evil: 1.0}, evil), level(0.5, evil)):
        assert "<script>" not in drawn
        ET.fromstring(drawn)


def test_a_drawing_without_words_is_for_the_eye_alone():
    assert ET.fromstring(level(0.5, "")).attrib["aria-hidden"] == "true"


def test_parts_fill_their_bar():
    drawn = ET.fromstring(shares({"allow": 3.0, "flag": 0.0, "block": 1.0}, "x", width=100))
    assert [(part.attrib["class"], part.attrib["width"]) for part in drawn] == [
        ("part allow", "75.00"),
        ("part block", "25.00"),
    ]
    assert list(ET.fromstring(shares({}, "x"))) == []


@pytest.mark.parametrize(("value", "kind"), [(0.79, "fill"), (0.8, "fill over")])
def test_a_level_changes_at_its_limit(value, kind):
    assert ET.fromstring(level(value, "x", limit=0.8))[0].attrib["class"] == kind


def test_a_frame_of_equal_values_has_a_height():
    assert Frame.around([0.0, 0.0], 10, 10).high == 1.0
