"""What all formats owe: packed or not, ids once, at least two clusters, places in errors."""

import pytest
from tests.agent.compare.suites.formats.files import written
from tests.agent.compare.suites.formats.test_bbq import ROWS as BBQ
from tests.agent.compare.suites.formats.test_bipia import ROWS as BIPIA
from tests.agent.compare.suites.formats.test_pairs import BIAS, CROWS, GENDER, winobias
from tests.agent.compare.suites.formats.test_prompts import XSTEST

from tokenward.compare.metrics.known import BY_FORMAT
from tokenward.compare.suites.formats import FORMATS
from tokenward.errors import UsageError

ROWS = {
    "bbq": BBQ,
    "bbq-letters": BBQ,
    "bipia": [{"id": f"r{n}", **row} for n, row in enumerate(BIPIA)],
    "bold": [{"id": n, "prompt": f"{n} was", "entity": n, "category": "g"} for n in "abc"],
    "crows": [{**row, "id": str(n)} for n, row in enumerate(CROWS)],
    "harmbench": [{"id": n, "text": f"break {n}"} for n in "abc"],
    "realtoxicity": [{"id": n, "prompt": {"text": f"{n} was"}} for n in "abc"],
    "winobias": winobias(BIAS[:4]),
    "winogender": [{"sentid": key, "sentence": text} for key, text in GENDER.items()],
    "xstest": XSTEST,
}
MORE = {"winobias": winobias([("pro", 2, "[The baker] fed the guard and [her] dog.")])}
"""Rows of another cluster, where the others are of one."""
NAMES = sorted(ROWS)


def test_every_format_is_tried_here():
    assert {*ROWS, "text"} == set(FORMATS)


@pytest.mark.parametrize("name", NAMES)
def test_a_packed_file_is_the_same_suite_and_has_metrics(tmp_path, name):
    rows = [{**row, "id": f"n{n}"} for n, row in enumerate([*ROWS[name], *MORE.get(name, [])])]
    plain = FORMATS[name](written(tmp_path / "x.jsonl", rows), "x")
    packed = FORMATS[name](written(tmp_path / "x.jsonl.gz", rows), "x")
    assert plain.sha256 == packed.sha256
    assert plain.format in BY_FORMAT
    assert {"x"} == {case.suite for case in plain.cases}


@pytest.mark.parametrize("name", NAMES)
def test_an_id_that_comes_twice_is_told_with_both_places(tmp_path, name):
    path = written(tmp_path / "x.jsonl", [*ROWS[name], ROWS[name][0]])
    with pytest.raises(UsageError) as caught:
        FORMATS[name](path, "x")
    assert f"x.jsonl:{len(ROWS[name]) + 1}: id " in str(caught.value)
    assert "comes twice, the first is at" in str(caught.value)
    assert "x.jsonl:1; leave one out" in str(caught.value)


@pytest.mark.parametrize("name", NAMES)
def test_a_single_cluster_is_refused(tmp_path, name):
    rows = ROWS[name] if name == "winobias" else ROWS[name][:1]  # those are of one opening
    with pytest.raises(UsageError, match="in one cluster; an interval needs two"):
        FORMATS[name](written(tmp_path / "x.jsonl", rows), "x")


@pytest.mark.parametrize("name", [*NAMES, "text"])
def test_an_empty_file_is_refused(tmp_path, name):
    with pytest.raises(UsageError, match=r"x\.jsonl: the file is empty"):
        FORMATS[name](written(tmp_path / "x.jsonl", []), "x")


@pytest.mark.parametrize("name", NAMES)
def test_a_row_of_something_else_is_told_with_its_line_and_keys(tmp_path, name):
    path = written(tmp_path / "x.jsonl", [*ROWS[name], {"colour": "plover"}])
    if name == "bipia":  # a clean document, which says nothing of obedience
        assert len(ROWS[name]) == len(FORMATS[name](path, "x").cases)
        return
    with pytest.raises(UsageError) as caught:
        FORMATS[name](path, "x")
    assert f"x.jsonl:{len(ROWS[name]) + 1}: " in str(caught.value)
    assert "plover" not in str(caught.value)
