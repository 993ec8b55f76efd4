"""``tokenward plugins``: what is installed, and whether a plugin keeps the contract."""

from __future__ import annotations

import importlib.metadata
import json
import sys

import pytest
from typer.testing import CliRunner

from tokenward.cli.plugins import app
from tokenward.errors import PluginError, TokenwardError, UsageError

GOOD = '''
"""Counts a word."""

from dataclasses import dataclass

from tokenward.hookspecs import hookimpl
from tokenward.types import DetectorPlugin, Feature


@dataclass(frozen=True)
class Settings:
    word: str = "Monday"


class Share:
    unit, inline = "sentence", True

    def __init__(self, settings):
        self.word, self.types = settings.word, frozenset({"share"})

    def score(self, texts):
        return [{"share": min(1.0, text.count(self.word) / 4)} for text in texts]


@hookimpl
def register_detectors():
    types = frozenset({"share"})
    return [DetectorPlugin("share", lambda s, _: Share(s), Settings, types, "How often a word stands.")]


@hookimpl
def register_features():
    return [Feature("length", "number", len, "Characters of a text.")]
'''
BAD = GOOD.replace("min(1.0", "1 + min(1.0")
BROKEN = "import nothing_of_that_name\n"
TYPO = GOOD.replace("def register_features", "def register_feature")


def invoke(*arguments):
    result = CliRunner().invoke(app, list(arguments))
    if isinstance(result.exception, TokenwardError):
        raise result.exception
    return result


@pytest.fixture
def write(tmp_path, monkeypatch, installed):
    """Writes a module that can be imported; nothing else is installed."""
    monkeypatch.syspath_prepend(str(tmp_path))
    installed()

    def write(code, name="share_plugin"):
        monkeypatch.delitem(sys.modules, name, raising=False)
        path = tmp_path / f"{name}.py"
        path.write_text(code)
        return path

    return write


def test_list_shows_what_each_plugin_brings(write, installed):
    write(GOOD)
    point = importlib.metadata.EntryPoint("sharing", "share_plugin", "tokenward")
    installed(point)
    (row,) = json.loads(invoke("list", "--json").stdout)
    assert {
        "name": "sharing",
        "module": "share_plugin",
        "package": None,
        "version": None,
        "hooks": ["register_detectors", "register_features"],
        "detectors": [
            {
                "name": "share",
                "types": ["share"],
                "settings": ["word"],
                "description": "How often a word stands.",
            }
        ],
        "features": ["length"],
        "drift_methods": [],
        "policies": [],
    } == row
    assert "share     share  How often a word stands." in invoke("list").stdout


def test_check_passes_a_good_plugin_by_module_and_by_file(write):
    path = write(GOOD)
    for name in ("share_plugin", str(path)):
        result = invoke("check", name)
        assert result.exit_code == 0, result.output
        assert "detector 'share': 17 passed, 0 failed, 0 not measured" in result.stdout


def test_check_exits_1_where_the_contract_is_broken(write):
    write(BAD)
    result = invoke("check", "share_plugin", "--json")
    report = json.loads(result.stdout)
    failed = [c["name"] for r in report["reports"] for c in r["checks"] if c["outcome"] == "failed"]
    assert (1, False) == (result.exit_code, report["passed"])
    assert ["scores each type of each text in [0, 1]"] == failed


def test_a_hook_that_does_not_exist_is_a_broken_contract(write):
    write(TYPO)
    result = invoke("check", "share_plugin")
    assert (1, True) == (result.exit_code, "implements an unknown hook" in result.stdout)


def test_samples_and_settings_come_from_the_command_line(write, tmp_path):
    write(GOOD)
    samples = tmp_path / "samples.txt"
    samples.write_text("a fig\nno fruit\n")
    options = ("--samples", str(samples), "--settings")
    assert invoke("check", "share_plugin", *options, '{"word": "fig"}').exit_code == 0
    result = invoke("check", "share_plugin", *options, '{"word": "kiwi"}')
    assert (1, True) == (result.exit_code, "all 2 texts got the same scores" in result.stdout)


def test_one_detector_can_be_checked_alone(write):
    write(GOOD)
    result = invoke("check", "share_plugin", "--detector", "share", "--json")
    subjects = [report["subject"] for report in json.loads(result.stdout)["reports"]]
    assert ["plugin 'share_plugin'", "detector 'share'"] == subjects
    with pytest.raises(UsageError, match="no detector 'shore'; use one of: share"):
        invoke("check", "share_plugin", "--detector", "shore")


def test_a_detector_that_cannot_be_created_has_not_passed(write):
    write(GOOD.replace('word: str = "Monday"', "word: str"))
    result = invoke("check", "share_plugin")
    assert (1, True) == (result.exit_code, "not measured  is created" in result.stdout)


def test_a_module_that_does_not_import_says_why(write):
    write(BROKEN)
    with pytest.raises(PluginError, match="'share_plugin' does not load: ModuleNotFoundError"):
        invoke("check", "share_plugin")


@pytest.mark.parametrize("name", ["no_such_module", "no.such.module", "..", ""])
def test_a_name_that_stands_for_nothing_is_refused(write, name):
    with pytest.raises(UsageError, match="no plugin and no module is called"):
        invoke("check", name)


def test_a_file_that_is_not_there_is_refused(write):
    with pytest.raises(UsageError, match=r"no file 'gone\.py'; give a module"):
        invoke("check", "gone.py")
