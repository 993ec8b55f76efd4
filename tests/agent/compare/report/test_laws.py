"""Laws of all writers: they tell of any comparison, whatever its numbers and names are."""

from __future__ import annotations

import json
import string

import jsonschema
from defusedxml import ElementTree
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families
from tests.agent.compare.report.reading import Checked, rows

from tokenward.compare.report.junit import to_junit
from tokenward.compare.report.markdown import to_markdown
from tokenward.compare.report.page import to_page
from tokenward.compare.report.prometheus import to_prometheus
from tokenward.compare.report.told import all_told, schema
from tokenward.compare.result import Comparison, MetricResult, MustPass

VALIDATOR = jsonschema.Draft202012Validator(schema())
NUMBERS = st.floats() | st.sampled_from([0.0, -0.0, 1e-320, 1e300, -1e300])
MAYBE = st.none() | NUMBERS
WORDS = st.text(st.sampled_from(string.printable + "\0\x1b|`<>&{}é\ud800\u2028"), max_size=12)
NAMES = (
    st.sampled_from(
        [
            "quality.kl",
            "refusal.harmful",
            "pairs.gap",
            "cost.latency_p50",
            "cost.size",
            "cost.energy_per_1k",
            "",
            "odd",
        ]
    )
    | WORDS
)
PLAIN = st.none() | st.booleans() | st.integers() | NUMBERS | WORDS
TREES = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
MAPPINGS = st.dictionaries(
    st.sampled_from(["name", "source", "options", "alpha", "weights", "parameters", "sampling"])
    | WORDS,
    TREES,
    max_size=4,
)
COUNTS = st.integers(0, 10**9)


def listed(*keys):
    row = st.fixed_dictionaries({}, optional=dict.fromkeys(keys, TREES))
    return st.lists(row | TREES, max_size=4) | TREES


EXTRAS = st.fixed_dictionaries({}, optional={
    "churn": st.fixed_dictionaries(dict.fromkeys(("both_good", "worse", "better", "both_bad"), COUNTS | NUMBERS)) | TREES,
    "positions": listed("position", "value", "n"),
    "tail": st.dictionaries(WORDS, TREES, max_size=3) | TREES,
    "entropy": listed("low", "high", "value", "n"),
    "groups": listed("group", "base", "optimized", "low", "high"),
    "blocks": st.fixed_dictionaries({"base": st.lists(MAYBE, max_size=4), "optimized": st.lists(MAYBE, max_size=4)}) | TREES,
    "power": listed("n", "pass"),
    "tail_intervals": st.dictionaries(WORDS, st.lists(MAYBE, max_size=3) | TREES, max_size=2) | TREES,
    "llama.cpp": TREES,
    "detector": st.fixed_dictionaries({"name": WORDS}, optional={"sensitivity": MAYBE}) | TREES,
})  # fmt: skip
METRICS = st.builds(
    MetricResult,
    name=NAMES, unit=st.sampled_from(["", "nat", "s", "bytes", "%"]) | WORDS,
    kind=st.sampled_from(["binary", "bounded", "mean", "ratio", "value", "blocks"]),
    n=COUNTS, clusters=COUNTS, deff=NUMBERS, base=NUMBERS, optimized=NUMBERS, difference=NUMBERS,
    low=NUMBERS, high=NUMBERS, margin=MAYBE,
    result=st.sampled_from(["pass", "fail", "inconclusive", "skipped", "shown"]),
    p=MAYBE, q=MAYBE, floor=MAYBE, base_floor=MAYBE, mde=MAYBE, needed_n=st.none() | COUNTS,
    worse=COUNTS, better=COUNTS, method=WORDS, about=WORDS, reason=WORDS,
    warnings=st.lists(WORDS, max_size=2).map(tuple), implied_margin=MAYBE,
    worst=st.lists(WORDS, max_size=3).map(tuple), extra=EXTRAS,
    side=st.sampled_from(["above", "below", "both"]),
)  # fmt: skip
COMPARISONS = st.builds(
    Comparison,
    result=st.sampled_from(["pass", "fail", "inconclusive"]),
    base=MAPPINGS, optimized=MAPPINGS, comparable=MAPPINGS,
    metrics=st.lists(METRICS, max_size=4).map(tuple),
    must_pass=st.lists(
        st.builds(MustPass, case=WORDS, base=COUNTS, optimized=COUNTS, samples=COUNTS, passed=st.booleans()), max_size=2
    ).map(tuple),
    cost=MAPPINGS, unmeasured=st.lists(WORDS, max_size=2).map(tuple), dropped=MAPPINGS, gate=MAPPINGS,
    seconds=NUMBERS, command=WORDS, versions=st.dictionaries(WORDS, WORDS, max_size=2),
    texts=st.none() | st.dictionaries(WORDS, st.fixed_dictionaries({"base": st.none() | WORDS, "optimized": st.none() | WORDS}), max_size=2),
)  # fmt: skip


@settings(max_examples=40)
@given(st.lists(COMPARISONS, min_size=1, max_size=2))
def test_every_writer_tells_of_any_comparison(comparisons):
    """One law for all writers: most of the time goes into making comparisons."""
    VALIDATOR.validate(
        json.loads(json.dumps(all_told(comparisons), allow_nan=False, ensure_ascii=False).encode())
    )
    root = ElementTree.fromstring(to_junit(comparisons).encode())
    assert int(root.get("tests")) == len(list(root.iter("testcase")))
    list(text_string_to_metric_families(to_prometheus(comparisons).encode().decode()))
    check_markdown(to_markdown(comparisons).encode().decode(), comparisons)
    check_page(to_page(comparisons).encode().decode())


def check_markdown(text, comparisons):
    tables = rows(text)
    gated = sum(any(one.result != "shown" for one in each.metrics) for each in comparisons)
    assert len(tables) >= gated
    assert all(len(set(cells)) == 1 for cells in tables)
    assert text.count("<details>") == text.count("</details>")


def check_page(text):
    page = Checked(text)
    assert [] == page.wrong
    assert len(page.ids) == len(set(page.ids))
    assert not page.tags.keys() & {"script", "img"}
    drawn = "".join(part.partition('"')[0] for part in text.split(' d="')[1:])
    assert "nan" not in drawn
    assert "inf" not in drawn
