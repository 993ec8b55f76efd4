"""Which page answers, what a form must bring, and what no page ever holds."""

from __future__ import annotations

import json
import re
from urllib.parse import urlencode

import pytest
from tests.agent.dashboard.conftest import NOW, column, finished, interaction

from tokenward.dashboard.messages import FORM, JSON, LONGEST_BODY, POLICY
from tokenward.errors import UsageError
from tokenward.store.beside.online_states import Kept

PAGES = ["", "decisions", "drift", "reports", "playground"]
API = ["api/now", "api/decisions", "api/drift", "api/reports"]


@pytest.fixture
def site(make, full, tmp_path):
    finished(
        full, "daily", 0, [column("action.block", 0.3), column("score", None, part="language=de")]
    )
    return make(full, out=tmp_path)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_a_whole_one(site, path):
    page = site.page(path)
    assert page.html.count("<h1") == page.html.count("<main") == 1
    assert 'aria-current="page"' in page.html


@pytest.mark.parametrize("path", [*PAGES, *API])
def test_every_page_is_guarded(site, path):
    headers = dict(site.get(path).headers)
    assert headers["content-security-policy"] == POLICY
    assert "unsafe" not in POLICY
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", PAGES)
def test_a_page_without_records_says_what_to_do(make, store, path):
    for known in (None, store):
        site = make(known)
        answer = site.get(path)
        assert answer.status in (200, 404)
        assert answer.status == 200 or known is None
        assert b"store" in answer.body or path == "playground"


@pytest.mark.parametrize("name", ["style.css", "page.js", "icon.svg"])
def test_files_need_nothing_from_elsewhere(site, name):
    answer = site.get(name)
    assert answer.status == 200
    text = answer.body.decode().replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?:|//\w+\.|@import|url\(", text)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "nothing", 404),
        ("GET", "decisions/", 404),
        ("GET", "decisions/unknown", 404),
        ("GET", "decisions/a/b", 404),
        ("GET", "drift/daily", 404),
        ("GET", "drift/daily/unknown", 404),
        ("GET", "drift/other/action.block", 404),
        ("GET", "reports/x", 404),
        ("GET", "alarms", 405),
        ("GET", "style.css/..", 404),
        ("GET", "../healthz", 404),
        ("GET", "api/nothing", 404),
        ("POST", "decisions", 405),
        ("PUT", "playground", 405),
        ("DELETE", "", 405),
    ],
)
def test_what_is_not_there_is_told(site, method, path, status):
    answer = site.get(path, method=method)
    assert answer.status == status
    if path.startswith("api"):
        assert json.loads(answer.body)["error"]


def test_paths_that_are_no_text_are_not_there(site):
    for path in ("decisions/%00", "decisions/%ff%fe", "drift/%2e%2e/%2e%2e", "reports/a/b/%2e%2e"):
        assert site.get(path).status == 404


def test_a_name_of_a_column_may_hold_anything(make, store):
    finished(store, "daily", 0, [column('a/b "<c>"', 0.3)])
    page = make(store).page("drift")
    (link,) = {one for one in page.links if one.startswith("/tokenward/drift/")}
    assert 'a/b "<c>"' in make(store).page(link.removeprefix("/tokenward/")).text


def test_the_head_of_a_page_may_be_asked_for(site):
    assert site.get("", method="HEAD").status == 200


# -- forms ----------------------------------------------------------------------------------


def body(site, **fields):
    return urlencode({"token": site.token(), "text": "hi", **fields}).encode()


def test_a_form_of_ours_is_taken(site):
    assert site.post("playground", body(site), origin="http://127.0.0.1").status == 200
    assert site.post("playground", body(site), **{"sec-fetch-site": "same-origin"}).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "http://127.0.0.1.evil.example"},
        {"origin": "http://127.0.0.1:8080"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
@pytest.mark.parametrize("path", ["playground", "playground/case", "alarms", "api/playground"])
def test_a_form_of_others_is_refused(site, path, headers):
    kind = JSON if path.startswith("api") else FORM
    assert site.post(path, body(site), kind, **headers).status == 403


def test_a_form_needs_the_token_of_this_process(site, make):
    for token in ("", "x", make().token(), "é"):
        answer = site.post("playground", urlencode({"token": token, "text": "hi"}).encode())
        assert answer.status == 403
        assert b"before a restart" in answer.body
    assert site.post("playground", b"").status == 403


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("playground", JSON),
        ("playground", "multipart/form-data"),
        ("api/playground", FORM),
        ("api/playground", "text/plain"),
    ],
)
def test_what_is_sent_is_of_its_kind(site, path, kind):
    assert site.post(path, body(site), kind).status == 415


def test_a_long_body_is_refused(site):
    assert site.post("playground", b"text=" + b"x" * LONGEST_BODY).status == 413


# -- alarms ---------------------------------------------------------------------------------


@pytest.fixture
def alarmed(full):
    from tokenward.store.beside.alerts import Subject

    seen = {
        Subject("daily", "action.block", "model_label=*"): "drift",
        Subject("daily", "score"): "drift",
    }
    full.alerts.take(seen, lambda changes: {"report": "daily", "changes": changes}, NOW)
    return full


def alarm(site, do, **fields):
    told = {"source": "daily", "column": "score", "slice": "", "who": "Ann", **fields}
    return site.post("alarms", body(site, do=do, **told))


def test_an_alarm_is_acknowledged_by_somebody(make, alarmed):
    site = make(alarmed)
    assert "2 alarms nobody has acknowledged" in site.page("drift").text
    assert alarm(site, "acknowledge", note="<b>known</b>").status == 303
    page = site.page("drift")
    assert "1 alarm nobody has acknowledged" in page.text
    assert "Ann" in page.text
    assert "<b>known</b>" in page.text  # as text, for the page is escaped
    told = json.loads(site.get("api/drift").body)["alarms"]
    assert {one["column"]: one["acknowledged_by"] for one in told} == {
        "score": "Ann",
        "action.block": None,
    }


def test_a_pattern_is_no_name(make, alarmed):
    assert alarm(make(alarmed), "acknowledge", column="*").status == 409
    assert (
        alarm(make(alarmed), "acknowledge", column="action.block", slice="model_label=*").status
        == 303
    )


def test_a_silence_is_made_and_ended(make, alarmed):
    site = make(alarmed)
    assert alarm(site, "8 h", note="a test").status == 303
    (silence,) = json.loads(site.get("api/drift").body)["silences"]
    assert (silence["who"], silence["why"]) == ("Ann", "a test")
    assert silence["until"] - silence["since"] == pytest.approx(8 * 3600, abs=60)
    assert "silenced" in site.page("drift").text
    assert site.post("alarms", body(site, do="unsilence", id=silence["id"])).status == 303
    assert json.loads(site.get("api/drift").body)["silences"] == []


@pytest.fixture
def watched(full):
    """A store in which a stream that is watched online is in alarm, and others are not."""
    full.alarms.raise_(
        "online",
        "writer",
        "score.pii",
        method="rank",
        statistic=50.0,
        threshold=41.0,
        since=NOW,
        now=NOW,
    )
    told = {
        "kind": "number",
        "method": "rank",
        "n": 900,
        "since": NOW,
        "reference_n": 10_000,
        "alarm": None,
        "note": "",
        "slice": "",
    }
    rows = [
        Kept("words", "", NOW, None, {"told": {**told, "column": "words", "state": "watching", "statistic": 4.0, "threshold": 41.0}}),
        Kept("score.pii", "", NOW, None, {"told": {**told, "column": "score.pii", "state": "alarm", "statistic": 50.0, "threshold": 41.0}}),
        Kept("new", "", NOW, None, {"told": {**told, "column": "new", "state": "learning", "statistic": None, "threshold": None, "note": "learning: 3 of 10,000 rows"}}),
        Kept("", "", NOW, None, {"budget": {}}),
    ]  # fmt: skip
    full.online.write("writer", rows)
    return full


def test_what_is_watched_online_is_shown(make, watched):
    page = make(watched).page("drift")
    assert "1 stream of 3" in page.text
    assert page.text.index("score.pii") < page.text.index("words")
    assert "learning: 3 of 10,000 rows" in page.text
    told = json.loads(make(watched).get("api/drift").body)["online"]
    assert [one["column"] for one in told] == ["score.pii", "words", "new"]


@pytest.mark.parametrize(
    ("do", "state"), [("acknowledge", "acknowledged"), ("dismiss", "dismissed")]
)
def test_an_alarm_seen_online_is_a_new_normal_or_no_change(make, watched, do, state):
    site = make(watched)
    assert alarm(site, do, source="online", column="score.pii").status == 303
    (one,) = watched.alarms.recent()
    assert (one.state, one.acknowledged_by) == (state, "Ann")
    assert alarm(site, "dismiss", source="online", column="score.pii").status == 409


@pytest.mark.parametrize(
    ("do", "fields", "status"),
    [
        ("acknowledge", {"who": " "}, 400),
        ("acknowledge", {"column": "gone"}, 409),
        ("9 h", {}, 400),
        ("", {}, 400),
        ("unsilence", {"id": "x"}, 400),
    ],
)
def test_what_cannot_be_done_is_told(make, alarmed, do, fields, status):
    assert alarm(make(alarmed), do, **fields).status == status


# -- what fails -----------------------------------------------------------------------------


def test_a_store_that_fails_is_told(make, full):
    site = make(full)
    file = full.path
    full.close()
    file.write_bytes(b"not a database" * 1000)
    for path in ("decisions", "drift", "reports"):
        answer = site.get(path)
        assert answer.status == 503
        assert b"damaged" in answer.body or b"not a tokenward store" in answer.body
    assert "error" in json.loads(site.get("api/decisions").body)


def test_a_policy_that_cannot_be_loaded_is_told(make, policies):
    site = make()

    def fail(name):
        raise UsageError("no such model; pull it")

    policies.engine = fail
    answer = site.post("playground", body(site))
    assert answer.status == 400
    assert b"pull it" in answer.body


def test_numbers_that_are_none_do_not_break_a_page(make, store):
    store.append(
        [
            interaction(
                1, timings={}, features={}, labels={}, policy=None, model_label=None, route=None
            )
        ]
    )
    finished(store, "daily", 0, [{**column("a", None), "threshold": None, "note": None}])
    site = make(store)
    for path in PAGES:
        site.page(path)
    site.page("drift/daily/a")
    site.page(f"decisions/{1:032x}")
