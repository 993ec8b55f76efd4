"""A dashboard over records of made-up requests, and policies of the sample detectors."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from tokenward.dashboard.messages import FORM, Ask
from tokenward.dashboard.parts import Parts
from tokenward.dashboard.shelf import AtWork
from tokenward.dashboard.site import Dashboard
from tokenward.decisions.record import Interaction
from tokenward.engine.compile import compile_policy
from tokenward.engine.engine import Engine
from tokenward.policy.loader import load_mapping
from tokenward.store.beside.runs import RunKey
from tokenward.store.store import Store
from tokenward.types import Decision, Detection, FiredRule, PolicyRef

NOW = 1_795_000_000.0
HOUR = 3600.0
REF = PolicyRef("support", "3f9c2a71aa")
SCORES = {"words.BAD": 0.0, "digits.NUMBER": 0.0, "rude.rude": 0.1}
RULES = [
    {"id": "no-bad-words", "stage": ["input", "output"], "detect": {"words": ["BAD"]}, "when": "score >= 0.5", "action": {"redact": "tag"}, "on_error": "block"},
    {"id": "no-numbers", "stage": "output", "detect": {"digits": ["NUMBER"]}, "when": "score >= 0.5", "action": "block", "message": "No numbers here.", "mode": "monitor"},
    {"id": "civil", "stage": "output", "detect": {"rude": ["rude"]}, "when": "score >= 0.8", "action": "block", "on_error": "block"},
]  # fmt: skip


def fired(action, detections=1, mode="enforce", id_="no-bad-words"):
    found = [Detection("words", "BAD", 4 * at, 4 * at + 3, 1.0) for at in range(detections)]
    return FiredRule(id_, action, mode, tuple(found), detections)


def decision(action="allow", rules=(), stage="output", **more):
    return Decision("d", stage, action, None, tuple(rules), SCORES, REF, **more)


def interaction(number, *, time=None, decisions=None, **more):
    told = {
        "decision_id": f"{number:032x}",
        "source": "sidecar",
        "time": NOW + number if time is None else time,
        "route": "/v1/chat/completions",
        "model": "llama",
        "model_label": "int8",
        "policy": REF.name,
        "revision": REF.revision,
        "timings": {"guard": 0.0004, "ttft": 0.2, "total": 1.5},
        "features": {"prompt.language": "en", "prompt.words": 12.0},
        "prompt_tokens": 20,
        "completion_tokens": 40,
        "parameters": {"temperature": 0.7},
        "labels": {"tenant": "acme"},
    }
    parts = decisions or (decision(stage="input"), decision())
    return Interaction(**{**told, "decisions": parts, **more})


def column(name, statistic, *, part=None, threshold=0.1, p=0.001, note=""):
    found = statistic is not None and statistic > threshold
    return {
        "column": name, "slice": part, "method": "psi", "statistic": statistic, "threshold": threshold,
        "p_value": None if statistic is None else p, "drift_detected": found, "n_reference": 1000,
        "n_current": 20 if statistic is None else 500, "note": note,
    }  # fmt: skip


def finished(store, report, at, columns, artifacts=()):
    """Keeps a run of a report that ended at an hour."""
    end = NOW + at * HOUR
    key = RunKey(report, end - 48 * HOUR, end - 24 * HOUR, end - 24 * HOUR, end)
    assert store.runs.claim(key, now=end)
    drift = any(one["drift_detected"] for one in columns)
    result = {
        "columns": columns, "warnings": ["the policies differ"], "artifacts": list(artifacts),
        "reference": {"n": 1000}, "current": {"n": 500},
    }  # fmt: skip
    store.runs.finish(key, drift, result, now=end)
    return key


@pytest.fixture
def store(tmp_path):
    with Store.open(str(tmp_path / "records.db"), create=True) as opened:
        yield opened


@pytest.fixture
def full(store):
    """The store with records of every kind: 100 of them, a second apart."""
    rows = [interaction(number) for number in range(100)]
    rows[10] = interaction(10, decisions=(decision("block", [fired("block", 3)], stage="input"),))
    rows[20] = interaction(
        20, decisions=(decision("redact", [fired("redact")]),), model_label="fp16"
    )
    rows[30] = interaction(30, decisions=(decision(degraded=("rude",)),))
    rows[40] = interaction(
        40, decisions=(decision("allow", [fired("block", 1, "monitor", "try")]),)
    )
    rows[50] = replace(rows[50], features={"prompt.language": "de"}, route="/v1/responses")
    store.append(rows)
    return store


@pytest.fixture(params=["open", "sealed"])
def kept(full, request):
    """The full store with its records in the database, or most of them in sealed files."""
    if request.param == "sealed":
        assert full.seal(NOW + 10 * HOUR) == 100
    return full


@pytest.fixture
def engine(sample_registry):
    made = Engine(compile_policy(load_mapping({"name": "sample", "rules": RULES}), sample_registry))
    yield made
    made.close()


@pytest.fixture
def policies(engine, sample_registry):
    other = {"name": "lenient", "rules": [{**RULES[0], "action": "flag"}]}
    lenient = Engine(compile_policy(load_mapping(other), sample_registry))
    yield AtWork(lambda: {"sample": engine, "lenient": lenient})
    lenient.close()


@pytest.fixture
def make(policies):
    """Makes a dashboard; parts may be given."""

    def made(store=None, **parts):
        return Site(Dashboard(Parts("monitor", lambda: store, policies, **parts)))

    return made


class Site:
    """Asks a dashboard as a browser would."""

    def __init__(self, dashboard):
        self.dashboard = dashboard

    def get(self, path="", query="", method="GET", **headers):
        ask = Ask(method, f"/tokenward/{path}", query, {"host": "127.0.0.1", **headers})
        return self.dashboard.answer(ask)

    def page(self, path="", query=""):
        answer = self.get(path, query)
        assert answer.status == 200, answer.body
        return Page(answer)

    def token(self):
        return self.page("playground").fields["token"][0]

    def post(self, path, body, kind=FORM, **headers):
        named = {"host": "127.0.0.1", "content-type": kind, **headers}
        return self.dashboard.answer(Ask("POST", f"/tokenward/{path}", "", named, body))


VOID = {"meta", "link", "img", "input", "br"}


class Page(HTMLParser):
    """A page that was read: tags closed in order, identifiers used once, nothing from elsewhere."""

    def __init__(self, answer):
        super().__init__()
        self.html = answer.body.decode()
        self.open, self.ids, self.links, self.fields, self.texts = [], [], [], {}, []
        self.feed(self.html)
        self.close()
        assert self.open == []
        assert len(self.ids) == len(set(self.ids))
        assert all(re.match(r"[/#?]", link) for link in self.links), self.links
        assert {link[1:] for link in self.links if link[0] == "#"} <= set(self.ids)

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        assert len(told) == len(attrs), (tag, attrs)
        assert not {name for name in told if name.startswith("on") or name == "style"}
        assert tag != "style" and (tag != "script" or "src" in told)
        self.links += [told[name] for name in ("href", "src", "action") if name in told]
        if "id" in told:
            self.ids.append(told["id"])
        if tag in ("input", "button") and "name" in told:
            self.fields.setdefault(told["name"], []).append(told.get("value", ""))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, (self.open, tag, self.getpos())
        self.open.pop()

    def handle_data(self, data):
        self.texts.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())
