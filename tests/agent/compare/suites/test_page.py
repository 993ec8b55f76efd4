"""The page on suites says what the code has."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from tokenward.compare.suites.cases import KEYS, MARKS, NEEDED
from tokenward.compare.suites.known import OWN, formats, own_suite

PAGE = (files("tokenward.compare.suites") / "README.md").read_text(encoding="utf-8")
COUNTED = {
    name: (int(cases), int(clusters))
    for name, cases, clusters in re.findall(r"^\| `([\w-]+)` \| (\d+) \| (\d+) \|", PAGE, re.MULTILINE)
}  # fmt: skip


def section(title):
    return re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)[1]


@pytest.mark.parametrize("name", [name for name in OWN if name != "memorised"])
def test_the_table_has_the_counts_of_each_suite(name):
    suite = own_suite(name)
    assert COUNTED[name] == (len(suite.cases), suite.clusters)


def test_each_suite_has_its_paragraph():
    told = re.findall(r"^\*\*`([\w-]+)`\*\*", section("The project's own"), re.MULTILINE)
    assert sorted(told) == sorted(OWN)


def test_the_keys_of_a_case_and_of_expect_are_all_there():
    words = set(re.findall(r"`(\w+)`", section("Your own")))
    needed = {key for groups in NEEDED.values() for keys in groups for key in keys}
    assert {*KEYS, *MARKS, *needed} <= words


def test_the_formats_are_all_there_and_no_others():
    first = [
        line.split("|")[1] for line in section("Formats").splitlines() if line.startswith("| `")
    ]
    assert sorted(re.findall(r"`([\w-]+)`", " ".join(first))) == sorted(formats())
