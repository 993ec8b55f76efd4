"""What the model is trained on besides data sets: phrases that are filled, the same each time."""

from __future__ import annotations

import tomllib
from importlib.resources import files

import pytest

from tokenward_plugins.injection.train.composed import HOLE, KEYS, LABELS
from tokenward_plugins.injection.train.varied import DOCUMENTS, EACH, varied

FOLDER = files("tokenward_plugins.injection.train")
VARIED = tomllib.loads(FOLDER.joinpath("varied.toml").read_text("utf-8"))
DOCUMENT = tomllib.loads(FOLDER.joinpath("documents.toml").read_text("utf-8"))
CASES = ("en", "de", "fr", "es", "it", "pt", "nl", "ru", "zh", "ja", "ar", "hi")


@pytest.fixture(scope="module")
def rows():
    return varied(3)


def test_every_hole_is_filled_and_the_same_seed_gives_the_same_texts(rows):
    assert not [row.text for row in rows if HOLE.search(row.text)]
    assert varied(3) == rows
    assert [row.text for row in varied(4)] != [row.text for row in rows]


def test_each_language_and_each_kind_of_document_has_its_share(rows):
    assert len(CASES) * sum(EACH.values()) + sum(DOCUMENTS.values()) == len(rows)
    assert set(CASES) == set(VARIED)


def test_only_documents_tell_of_orders_in_documents(rows):
    told = [row.labels["indirect"] for row in rows if "indirect" in row.labels]

    assert sum(DOCUMENTS.values()) == len(told)
    assert DOCUMENTS["attack"] == sum(told)
    assert all(set(row.labels) <= set(LABELS) for row in rows)


@pytest.mark.parametrize("table", [*VARIED.values(), DOCUMENT])
def test_no_filler_is_without_use(table):
    text = " ".join(phrase for some in table.values() for phrase in some)
    used = {KEYS.get(hole, hole) for hole in HOLE.findall(text)} | {"task"}

    assert set(table) - used - set(EACH) - set(DOCUMENTS) == set()
