"""Decisions: found by what is known of them, page by page, each with its explanation."""

from __future__ import annotations

import itertools
import json
from urllib.parse import urlencode

import pytest
from tests.agent.dashboard.conftest import HOUR, NOW, decision, fired, interaction

from tokenward.dashboard.filters import wanted
from tokenward.dashboard.messages import Fault, Fields
from tokenward.decisions.record import KeptText
from tokenward.store.browse import Browse, Periods
from tokenward.store.query import Place, Query

ALL = [f"{number:032x}" for number in reversed(range(100))]


def ids(site, **fields):
    answer = site.get("api/decisions", urlencode(fields))
    assert answer.status == 200, answer.body
    return [one["decision_id"] for one in json.loads(answer.body)["decisions"]]


@pytest.mark.parametrize(
    ("fields", "numbers"),
    [
        ({"action": "block"}, [10]),
        ({"action": "redact", "model_label": "fp16"}, [20]),
        ({"action": "redact", "model_label": "int8"}, []),
        ({"degraded": "yes"}, [30]),
        ({"rule": "no-bad-words"}, [20, 10]),
        ({"rule": "No-bad-words"}, []),
        ({"rule": "try"}, [40]),
        ({"rule": 'x","action":"redact'}, []),
        ({"language": "de"}, [50]),
        ({"route": "/v1/responses"}, [50]),
        ({"source": "hook"}, []),
    ],
)
def test_they_are_found_by_what_is_known_of_them(make, kept, fields, numbers):
    assert ids(make(kept), **fields) == [f"{number:032x}" for number in numbers]


def test_times_are_in_utc_and_half_open(make, kept):
    from datetime import UTC, datetime

    def told(seconds):
        return datetime.fromtimestamp(NOW + seconds, UTC).replace(tzinfo=None).isoformat()

    assert ids(make(kept), start=told(3), end=told(6)) == [f"{n:032x}" for n in (5, 4, 3)]


def test_the_last_hour_is_of_now(make, full, monkeypatch):
    monkeypatch.setattr("tokenward.dashboard.filters.time.time", lambda: NOW + HOUR + 97.5)
    assert len(ids(make(full), last="1h")) == 2
    assert len(ids(make(full), last="24h", size=200)) == 100


@pytest.mark.parametrize("narrow", [{}, {"model": "llama"}, {"degraded": "no"}])
def test_pages_lead_there_and_back(make, kept, narrow):
    site = make(kept)
    expected = [one for one in ALL if not narrow.get("degraded") or int(one, 16) != 30]
    seen, field, pages = [], {}, 0
    while field is not None:
        told = json.loads(
            site.get("api/decisions", urlencode({**narrow, **field, "size": 25})).body
        )
        seen += [one["decision_id"] for one in told["decisions"]]
        last, field, pages = told, told["older"], pages + 1
    assert seen == expected
    assert pages == 4
    back = []
    field = last["newer"]
    while field is not None:
        told = json.loads(
            site.get("api/decisions", urlencode({**narrow, **field, "size": 25})).body
        )
        back = [one["decision_id"] for one in told["decisions"]] + back
        assert told["older"] is not None
        field = told["newer"]
    assert back == expected[: len(back)]
    assert len(back) >= 74


def test_equal_times_are_told_apart(make, store):
    store.append([interaction(number, time=NOW) for number in range(60)])
    site = make(store)
    first = json.loads(site.get("api/decisions", "size=25").body)
    second = ids(site, size=25, **first["older"])
    third = ids(
        site,
        size=25,
        before=json.loads(
            site.get("api/decisions", urlencode({"size": 25, **first["older"]})).body
        )["older"]["before"],
    )
    told = [one["decision_id"] for one in first["decisions"]] + second + third
    assert sorted(told) == sorted(f"{number:032x}" for number in range(60))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ("action=explode", "action: unknown word"),
        ("source=x", "source: unknown word"),
        ("degraded=maybe", "degraded: unknown word"),
        ("last=1y", "last: unknown word"),
        ("start=yesterday", "start: no time"),
        ("end=0001-13-01", "end: no time"),
        ("before=x", "before: no place"),
        ("after=nan_3", "after: no place"),
        ("after=1_99999999999999999999999", "after: no place"),
        ("size=7", "size: use one of"),
    ],
)
def test_fields_that_are_wrong_are_told(make, full, fields, words):
    site = make(full)
    with pytest.raises(Fault) as caught:
        wanted(Fields.of(fields))
    assert words in caught.value.words
    assert site.get("decisions", fields).status == 400


def test_the_page_keeps_its_filters(make, full):
    page = make(full).page("decisions", "model=llama&size=25&start=2020-01-01T00:00")
    older = next(link for link in page.links if "before=" in link)
    assert "model=llama" in older and "size=25" in older and "start=2020" in older
    assert 'value="2020-01-01T00:00"' in page.html


def test_an_id_leads_to_its_decision(make, full):
    site = make(full)
    answer = site.get("decisions", urlencode({"id": f" {10:032x} "}))
    assert dict(answer.headers)["location"] == f"/tokenward/decisions/{10:032x}"
    assert "%2F" in dict(site.get("decisions", "id=a/../b").headers)["location"]


def test_nothing_found_says_what_to_do(make, full, store):
    site = make(full)
    assert "No decision fits" in site.page("decisions", "source=hook").text
    assert "holds no record yet" not in site.page("decisions", "source=hook").text


def test_an_empty_store_says_so(make, store):
    assert "holds no record yet" in make(store).page("decisions").text


# -- one of them ----------------------------------------------------------------------------


def test_a_decision_is_explained(make, kept):
    page = make(kept).page(f"decisions/{10:032x}")
    for words in (
        "no-bad-words",
        "words.BAD",
        "3f9c2a71",
        "rude.rude",
        "400 µs",
        "tenant",
        "acme",
        "temperature",
        "prompt.words",
    ):
        assert words in page.text
    assert "2 other types looked for" in page.text
    assert "Stored text" not in page.text


def test_what_did_not_run_is_told_first(make, full):
    assert "rude did not run to the end" in make(full).page(f"decisions/{30:032x}").text


def test_programs_get_the_same(make, full):
    told = json.loads(make(full).get(f"api/decision/{10:032x}").body)
    (stage,) = told["stages"]
    assert (stage["stage"], stage["action"], stage["scores"]) == (
        "input",
        "block",
        {"rude.rude": 0.1},
    )
    (rule,) = stage["rules"]
    assert rule["count"] == 3 == len(rule["detections"])
    assert told["texts"] == []
    assert json.loads(make(full).get("api/decision/gone").body)["error"]


def test_many_detections_are_counted(make, store):
    store.append([interaction(1, decisions=(decision("flag", [fired("flag", 80)]),))])
    assert "30 more detections" in make(store).page(f"decisions/{1:032x}").text


def test_a_stored_text_is_shown_as_a_text(make, store):
    evil = "masked <script>alert(1)</script>"
    store.append(
        [interaction(1, texts=(KeptText("input", evil, False), KeptText("output", "fine", True)))]
    )
    page = make(store).page(f"decisions/{1:032x}")
    assert evil in "".join(page.texts)
    assert page.text.count("Stored text") == 2
    told = json.loads(make(store).get(f"api/decision/{1:032x}").body)
    assert [one["text"] for one in told["texts"]] == [evil, "fine"]


def test_feedback_is_shown(make, full):
    full.feedback.give(f"{10:032x}", "bad")
    assert "rating" in make(full).page(f"decisions/{10:032x}").text


def test_names_of_clients_are_escaped(make, store):
    evil = '"><script>alert(1)</script>'
    store.append(
        [interaction(1, route=evil, model=evil, model_label=evil, labels={evil: evil}, policy=evil)]
    )
    site = make(store)
    for path in ("", "decisions", f"decisions/{1:032x}"):
        assert "<script>alert" not in site.page(path).html


# -- how it is searched ---------------------------------------------------------------------


def test_the_database_goes_by_its_index(full):
    queries = [
        Query(backward=True),
        Query(backward=True, place=Place(NOW, 7)),
        Query(
            place=Place(NOW, 7), where={"action": "block", "policy": "p"}, start=NOW, end=NOW + 9
        ),
        Query(backward=True, rule="r", degraded=True, end=NOW),
    ]
    shard = full._shard
    with shard.reading() as connection:
        for query in queries:
            statement = query.select(shard.present(connection), "sqlite").limit(50)
            told = statement.compile(connection, compile_kwargs={"literal_binds": True})
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {told}").fetchall()
            plan = " ".join(row[-1] for row in rows)
            assert "USING INDEX interactions_time" in plan
            assert "TEMP B-TREE" not in plan


def searched(query, first, last, quick=True):
    """Returns the periods that a search goes through."""
    periods, found = Periods(query, (first, last)), []
    while (part := periods.next()) is not None:
        found.append((part.start, part.end))
        periods.widen(quick=quick)
        assert len(found) < 1000
    assert periods.reached is None
    return found


@pytest.mark.parametrize("backward", [True, False])
@pytest.mark.parametrize(
    "limits",
    [{}, {"start": NOW + 5 * HOUR}, {"end": NOW + 50 * HOUR}, {"place": Place(NOW + 20 * HOUR, 3)}],
)
def test_periods_cover_all_that_is_looked_for(backward, limits):
    query = Query(backward=backward, **limits)
    found = searched(query, NOW, NOW + 100 * HOUR)
    if backward:
        found = [pair[::-1] for pair in found]
    assert found[0][0] == (limits.get("end") if backward else limits.get("start"))
    assert found[-1][1] == (limits.get("start") if backward else limits.get("end"))
    assert all(one[1] == other[0] for one, other in itertools.pairwise(found))
    assert 4 < len(found) < 12


def test_a_search_of_nothing_is_over_at_once():
    assert searched(Query(backward=True, end=NOW - 1), NOW, NOW + 5) == []
    assert Periods(Query(), None).next() is None


class Slow:
    """A store in which each search takes a second of its own clock."""

    def __init__(self, rows):
        self.records, self.now, self.asked = rows, 0.0, 0

    def rows(self, query):
        self.now += 1.0
        self.asked += 1
        fits = [
            row for row in self.records
            if (query.start is None or row["time"] >= query.start)
            and (query.end is None or row["time"] < query.end)
            and (query.place is None or (row["time"], row["seq"]) < query.place)
        ]  # fmt: skip
        return iter(sorted(fits, key=lambda row: (row["time"], row["seq"]), reverse=True))


def test_a_long_search_says_how_far_it_came_and_goes_on():
    slow = Slow([{"time": NOW + HOUR, "seq": 1}])
    browse = Browse(
        slow.rows, lambda row: row["seq"], lambda: (NOW, NOW + 10 * HOUR), lambda: slow.now
    )
    query, before, found = Query(where={"action": "block"}), None, []
    for _ in range(20):
        page = browse.page(query, before=before)
        found += page.records
        if page.older is None:
            break
        assert page.stopped == page.older.time < NOW + 10 * HOUR
        before = page.older
    assert found == [1]
    assert slow.asked > 5
