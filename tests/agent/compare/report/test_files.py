"""The folder of a report: every form of an outcome, each whole."""

from __future__ import annotations

import json

import pytest
from defusedxml import ElementTree
from tests.agent.compare.report import made

from tokenward.compare.report.files import write_report
from tokenward.compare.report.page import to_page
from tokenward.errors import UsageError


def test_every_form_is_written_and_nothing_else_stays(tmp_path):
    folder = tmp_path / "deep" / "report"
    for _ in range(2):
        paths = write_report(folder, [made.failing()])
    names = ["compare.html", "compare.json", "compare.md", "compare.prom", "junit.xml"]
    assert (
        names
        == sorted(path.name for path in paths)
        == sorted(path.name for path in folder.iterdir())
    )
    assert to_page([made.failing()]) == (folder / "compare.html").read_text("utf-8")
    assert "fail" == json.loads((folder / "compare.json").read_text("utf-8"))["result"]
    assert "1" <= ElementTree.parse(folder / "junit.xml").getroot().get("failures")


def test_a_name_that_no_file_can_hold_is_still_written(tmp_path):
    write_report(tmp_path, [made.comparison(name="half \ud800 of a pair")])
    assert "half \N{REPLACEMENT CHARACTER} of a pair" in (tmp_path / "compare.html").read_text(
        "utf-8"
    )


def test_a_folder_that_cannot_be_written_to_says_so(tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(UsageError, match="give --report a folder to write"):
        write_report(file / "report", [made.comparison()])
