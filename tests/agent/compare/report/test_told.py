"""A comparison as plain data: its schema, what is no number, and several at once."""

from __future__ import annotations

import json
import math
from dataclasses import fields, replace

import jsonschema
import numpy as np
import pytest
from tests.agent.compare.report import made

from tokenward.compare.ranking import Rank
from tokenward.compare.report.told import all_told, schema, to_told, worst_of
from tokenward.compare.result import Comparison, MetricResult, MustPass

ALL = [made.comparison(), made.failing(), made.unclear()]


def names(kind):
    return {field.name for field in fields(kind)}


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.result)
def test_what_is_told_has_the_schema(one):
    jsonschema.validate(json.loads(json.dumps(to_told(one), allow_nan=False)), schema())


@pytest.mark.parametrize(
    ("kind", "definition"), [(Comparison, "comparison"), (MetricResult, "metric"), (Rank, "rank")]
)
def test_the_schema_knows_every_field(kind, definition):
    assert names(kind) == set(schema()["$defs"][definition]["properties"])


def test_the_schema_knows_every_field_of_a_must_pass_case():
    cases = schema()["$defs"]["must_pass"]["properties"]["cases"]
    assert names(MustPass) == set(cases["items"]["properties"])


@pytest.mark.parametrize(
    "change",
    [
        {"result": "maybe"},
        {"metrics": [{"name": "a.b"}]},
        {"unmeasured": [1]},
        {"must_pass": []},
    ],
)
def test_the_schema_refuses_another_shape(change):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**to_told(made.comparison()), **change}, schema())


def test_what_is_no_finite_number_is_none():
    one = made.comparison(
        metrics=(
            made.metric(difference=math.nan, high=math.inf, p=np.float64("nan"), n=np.int64(3)),
        ),
        cost={"base": {"energy": math.inf, "all": np.array([1.5, np.nan])}},
        seconds=math.nan,
    )
    told = to_told(one)
    metric = told["metrics"][0]
    assert [None, None, None, 3] == [metric[key] for key in ("difference", "high", "p", "n")]
    assert {"energy": None, "all": [1.5, None]} == told["cost"]["base"]
    assert told["seconds"] is None
    json.dumps(told, allow_nan=False)


def test_texts_are_there_only_where_they_were_asked_for():
    texts = {"q-1": {"base": "yes", "optimized": "no"}}
    assert "texts" not in to_told(made.comparison())
    assert texts == to_told(replace(made.comparison(), texts=texts))["texts"]


def test_must_pass_says_whether_all_passed():
    assert to_told(made.comparison())["must_pass"]["passed"] is True
    told = to_told(made.failing())["must_pass"]
    assert (False, 1) == (told["passed"], len(told["cases"]))


def test_one_comparison_stands_alone_and_several_are_ranked():
    assert to_told(ALL[0]) == all_told(ALL[:1])
    told = all_told(ALL)
    jsonschema.validate(json.loads(json.dumps(told, allow_nan=False)), schema())
    assert "fail" == told["result"]
    assert ["support-int8", "support-int6", "support-int4"] == [
        one["name"] for one in told["ranking"]
    ]
    assert told["pareto"] == [one["name"] for one in told["ranking"] if not one["dominated_by"]]
    assert list(map(to_told, ALL)) == told["comparisons"]


def test_the_worst_of_several_is_told_and_of_none_nothing():
    assert ["inconclusive", "pass"] == [worst_of([ALL[0], ALL[2]]), worst_of(ALL[:1])]
    with pytest.raises(ValueError, match="no comparison"):
        all_told([])
