"""Reports: what is listed, and that no other file is ever served."""

from __future__ import annotations

import json

import pytest
from tests.agent.dashboard.conftest import column, finished

from tokenward.dashboard.reports import SANDBOX


@pytest.fixture
def out(tmp_path):
    folder = tmp_path / "out" / "daily" / "20261118T093320Z"
    folder.mkdir(parents=True)
    for name in ("report.html", "evidently.json", "report.md", "notes.txt", ".hidden.html"):
        (folder / name).write_text(f"this is {name}")
    (tmp_path / "secret.html").write_text("secret")
    (tmp_path / "out" / "top.html").write_text("secret")
    return tmp_path / "out"


@pytest.fixture
def listed(store, out):
    """A store with a run whose files are in the folder, but for one, and some that are elsewhere."""
    names = ["report.html", "evidently.json", "report.md", "gone.json", "notes.txt"]
    files = [str(out / "daily" / "20261118T093320Z" / name) for name in names]
    finished(
        store,
        "daily",
        0,
        [column("a", 0.9), column("b", None)],
        [*files, "../../secret.html", "/etc/passwd"],
    )
    return store


def test_files_that_are_there_are_linked(make, listed, out):
    site = make(listed, out=out)
    page = site.page("reports")
    links = [link for link in page.links if "/reports/" in link]
    assert [link.rpartition("/")[2] for link in links] == [
        "report.html",
        "evidently.json",
        "report.md",
    ]
    for link in links:
        assert site.get(link.removeprefix("/tokenward/")).body.decode().startswith("this is ")
    assert "1 of 1" in page.text
    assert "gone.json" in page.text


def test_programs_get_the_same(make, listed, out):
    (told,) = json.loads(make(listed, out=out).get("api/reports").body)["runs"]
    assert told["artifacts"]["report.html"] == "daily/20261118T093320Z/report.html"
    assert (
        told["artifacts"]["gone.json"]
        is told["artifacts"]["passwd"]
        is told["artifacts"]["secret.html"]
        is None
    )
    assert (told["columns"], told["drifted"]) == (1, 1)


def test_a_report_is_shut_in(make, listed, out):
    answer = make(listed, out=out).get("reports/daily/20261118T093320Z/report.html")
    headers = dict(answer.headers)
    assert headers["content-security-policy"] == SANDBOX
    assert SANDBOX.startswith("sandbox ")
    assert "allow-same-origin" not in SANDBOX
    assert "connect-src" not in SANDBOX  # what nobody allows is what default-src says: nothing
    assert "default-src 'none'" in SANDBOX
    assert headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    "path",
    [
        "daily/20261118T093320Z/notes.txt",
        "daily/20261118T093320Z/.hidden.html",
        "daily/20261118T093320Z/gone.json",
        "daily/20261118T093320Z",
        "top.html",
        "x/../top.html",
        "../secret.html",
        "daily/../../secret.html",
        "daily/%2e%2e/%2e%2e%2fsecret.html",
        "daily/20261118T093320Z/..%2f..%2f..%2fsecret.html",
        "daily/20261118T093320Z/%2fetc%2fpasswd",
        "daily/20261118T093320Z/report.html%00.html",
        "daily/20261118T093320Z/report.html/",
        "daily//report.html",
        "daily/20261118T093320Z/" + "a" * 5000 + ".html",
    ],
)
def test_nothing_else_is_served(make, listed, out, path):
    answer = make(listed, out=out).get(f"reports/{path}")
    assert answer.status == 404
    assert b"secret" not in answer.body


def test_a_link_that_leads_out_is_not_followed(make, listed, out, tmp_path):
    (out / "daily" / "20261118T093320Z" / "way.html").symlink_to(tmp_path / "secret.html")
    (tmp_path / "away" / "x").mkdir(parents=True)
    (tmp_path / "away" / "x" / "far.html").write_text("secret")
    (out / "other").symlink_to(tmp_path / "away")
    for path in ("daily/20261118T093320Z/way.html", "other/x/far.html"):
        assert make(listed, out=out).get(f"reports/{path}").status == 404


def test_without_a_folder_nothing_is_served(make, listed, out):
    for given in (None, out / "gone"):
        site = make(listed, out=given)
        assert "not served here" in site.page("reports").text
        assert site.get("reports/daily/20261118T093320Z/report.html").status == 404


def test_a_very_long_file_is_told(make, listed, out, monkeypatch):
    monkeypatch.setattr("tokenward.dashboard.reports.MOST_BYTES", 3)
    assert make(listed, out=out).get("reports/daily/20261118T093320Z/report.html").status == 413
