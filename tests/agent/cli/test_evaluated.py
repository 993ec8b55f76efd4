"""``tokenward evaluate``: slices, groups, thresholds, floors, comparisons, pages; and its mistakes."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time

import pytest
import typer
from tests.conftest import NoSettings, RudeClassifier, SamplePlugin
from typer.testing import CliRunner

from tokenward import hookimpl
from tokenward.cli.evaluate import evaluate
from tokenward.errors import MissingExtra, TokenwardError, UsageError
from tokenward.evaluation import page
from tokenward.evaluation.labelled import labelled_row
from tokenward.evaluation.subjects import AHEAD, Subject, decided
from tokenward.registry import Registry
from tokenward.types import NOT_MEASURED, Classifier, DetectorPlugin, Feature, Grouping


class Graded(Classifier):
    """Scores a text by the digits that it begins with, in hundredths."""

    types = frozenset({"grade"})
    unit = "text"
    inline = True

    def score(self, texts):
        return [{"grade": float(text.split()[0]) / 100} for text in texts]


class Answering(Graded):
    """Scores a text by whether the documents say it; without documents it cannot tell."""

    documents = None

    def for_request(self, context):
        told = Answering()
        told.documents = context.documents
        return told

    def score(self, texts):
        if self.documents is None:
            return [NOT_MEASURED for _ in texts]
        return [{"grade": 0.1 if text in self.documents else 0.9} for text in texts]


class GradedPlugin:
    @hookimpl
    def register_detectors(self):
        def plugin(name, detector):
            return DetectorPlugin(name, lambda _settings, _source: detector(), NoSettings, None, "")

        return [plugin("graded", Graded), plugin("answering", Answering)]

    @hookimpl
    def register_features(self):
        return [Feature("parity", "category", lambda text: f"{len(text) % 2}", "")]

    @hookimpl
    def register_groupings(self):
        return [Grouping("trades", lambda text: [w for w in text.split() if w == "nurse"], "")]


@pytest.fixture
def graded():
    return Registry([("sample", SamplePlugin()), ("graded", GradedPlugin())])


@pytest.fixture
def invoke(monkeypatch, tmp_path, graded):
    monkeypatch.setattr(Registry, "load", lambda: graded)
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(evaluate)

    def call(*arguments, code=0):
        result = CliRunner().invoke(app, [str(one) for one in arguments])
        if isinstance(result.exception, TokenwardError):
            raise result.exception
        assert code == result.exit_code, result.output
        return result

    return call


@pytest.fixture
def rows(tmp_path):
    """A file in which scores tell the classes apart, worse so for nurses."""

    def write(name="rows.jsonl", n=400, seed=0, change=lambda row, place: row):
        source = random.Random(seed)
        path = tmp_path / name
        with path.open("w") as file:
            for place in range(n):
                bad, nurse = source.random() < 0.4, source.random() < 0.3
                grade = min(99, max(1, int(source.gauss(60 if bad else 35, 12) + 12 * nurse)))
                text = f"{grade} {'nurse' if nurse else 'other'} {place}"
                row = {"id": f"r{place}", "text": text, "lang": "de" if place % 3 else "en",
                       "labels": {"grade": int(bad), "topics": ["x"] if place % 2 else []}}  # fmt: skip
                file.write(json.dumps(change(row, place)) + "\n")
        return path

    return write


def test_everything_at_once(invoke, rows, tmp_path):
    made = rows()
    html, markdown = tmp_path / "e.html", tmp_path / "e.md"
    result = invoke(
        "graded", made, "--json", "--slice", "lang", "--slice", "topics", "--slice", "parity",
        "--slice", "length", "--identity", "--threshold-for", "fpr=0.05", "--errors", 3,
        "--against", "rude", "--html", html, "--markdown", markdown,
    )  # fmt: skip
    told = json.loads(result.stdout)
    assert {"detector", "file", "label", "rows", "auc", "average_precision", "recall_at_1pct_fpr",
            "spans", "not_measured", "notes"} <= set(told)  # fmt: skip
    assert {"lang", "topics", "parity", "length"} == set(told["slices"])
    assert ["de", "en"] == [one["value"] for one in told["slices"]["lang"]]
    assert ["(none)", "x"] == sorted(one["value"] for one in told["slices"]["topics"])
    assert told["rows"]["positive"] == sum(one["positive"] for one in told["slices"]["lang"])
    reached = told["threshold_for"]
    assert reached["false_positive_rate"]["value"] <= 0.05
    assert reached["threshold"] == told["at_threshold"]["threshold"] == told["errors"]["threshold"]
    assert any("chosen on these rows" in note for note in told["notes"])
    (nurse,) = told["identity"]["groups"]
    assert nurse["bpsn_auc"]["high"] < nurse["bnsp_auc"]["low"]
    assert 0 < nurse["false_positive_gap"]["low"]
    assert 0.5 == told["against"]["auc"]["value"]
    assert told["against"]["difference"]["auc"]["low"] > 0.2
    assert [3, 3] == [len(told["errors"][key]) for key in ("highest_negatives", "lowest_positives")]
    assert "text" not in told["errors"]["highest_negatives"][0]
    assert [0.0, 0.0, None] == told["curves"]["roc"][0]
    for text in (html.read_text(), markdown.read_text()):
        for part in ("By lang", "By group that is named", "Against rude", "0.05", "r1"):
            assert part in text
        assert "nurse 1" not in text
    shown = invoke("graded", made, "--slice", "lang", "--identity", "--errors", 3).output
    assert "By lang" in shown
    assert "nurse" in shown


def test_texts_are_shown_only_where_they_are_asked_for(invoke, rows, tmp_path):
    made, html = rows(), tmp_path / "e.html"
    command = ("graded", made, "--errors", 2, "--html", html)
    assert " nurse " not in invoke(*command).output + html.read_text()
    output = invoke(*command, "--show-text").output
    assert " nurse " in output
    assert " nurse " in html.read_text()


def test_a_page_holds_no_script_and_asks_for_nothing(invoke, rows, tmp_path):
    def odd(row, place):
        return {**row, "id": f"</td><script>{place}", "lang": "<img src=x>&\ud800"}

    html, markdown = tmp_path / "e.html", tmp_path / "e.md"
    invoke("graded", rows(change=odd), "--slice", "lang", "--errors", 2, "--html", html,
           "--markdown", markdown)  # fmt: skip
    text = html.read_text()
    assert "&lt;script&gt;" in text
    for part in ("<script", "<img", "http:", "https:", "url("):
        assert part not in text
    assert "<img" not in markdown.read_text()


def test_a_threshold_that_is_given_stays(invoke, rows):
    told = json.loads(
        invoke(
            "graded", rows(), "--json", "--threshold", 0.7, "--threshold-for", "recall=0.9"
        ).stdout
    )
    assert 0.7 == told["at_threshold"]["threshold"]
    assert told["threshold_for"]["recall"]["value"] >= 0.9
    counts = told["at_threshold"]["confusion"]
    assert told["rows"]["all"] == sum(counts.values())


def test_benign_texts_alone_give_a_threshold(invoke, rows):
    def benign(row, place):
        return {**row, "labels": {"grade": 0}}

    told = json.loads(
        invoke("graded", rows(change=benign), "--json", "--threshold-for", "fpr=0.01").stdout
    )
    assert told["auc"] is None
    assert 4 == told["at_threshold"]["confusion"]["false_positive"]
    assert invoke("graded", rows(change=benign), "--threshold-for", "recall=0.9").exit_code == 0


def test_several_files_are_one_and_can_be_sliced(invoke, rows):
    made = [rows("a.jsonl", 100), rows("b.jsonl", 50, seed=1)]
    told = json.loads(invoke("graded", *made, "--json", "--slice", "file").stdout)
    assert (150, [str(one) for one in made]) == (told["rows"]["all"], told["files"])
    assert [100, 50] == [one["rows"] for one in told["slices"]["file"]]


def test_a_limit_draws_the_same_rows_each_time(invoke, rows):
    made = rows()
    first, again, other = (
        json.loads(invoke("graded", made, "--json", "--limit", 60, "--seed", seed).stdout)
        for seed in (1, 1, 2)
    )
    assert 60 == first["rows"]["all"]
    assert first == again
    assert first["auc"] != other["auc"]


def test_rows_that_repeat_are_told(invoke, rows):
    def same(row, place):
        return {
            **row,
            "text": "50 Same" if place % 2 else "50  same",
            "labels": {"grade": place % 4 // 2},
        }

    result = invoke("graded", rows(n=40, change=same), "--json")
    told = json.loads(result.stdout)
    assert {"rows": 39, "other_label": 20} == told["repeated"]
    assert (
        "39 of 40 rows repeat an earlier text, 20 of them with another label" in told["notes"][-1]
    )


FLOOR = "auc: 0.7\nat: lower\nslices: {lang: {'*': {recall: {least: 0.1, at: point}}}}\n"


def test_a_floor_that_is_reached(invoke, rows, tmp_path):
    floor = tmp_path / "floor.yaml"
    floor.write_text(FLOOR)
    told = json.loads(invoke("graded", rows(), "--json", "--floor", floor).stdout)
    assert told["floor"]["passed"]
    assert [None, "lang=de", "lang=en"] == [one["slice"] for one in told["floor"]["verdicts"]]


def test_below_a_floor_it_exits_1_and_says_what_is_below(invoke, rows, tmp_path):
    floor = tmp_path / "floor.yaml"
    floor.write_text(FLOOR + "average_precision: 0.999\noverlapping_f1: 0.5\n")
    html = tmp_path / "e.html"
    result = invoke("graded", rows(), "--json", "--floor", floor, "--html", html, code=1)
    told = json.loads(result.stdout)
    assert [True, False, False, True, True] == [one["passed"] for one in told["floor"]["verdicts"]]
    assert "FAILED  average_precision  all  at least 0.999" in result.stderr
    assert "overlapping_f1" in result.stderr
    assert "passed" not in result.stderr
    assert "below a floor" in html.read_text()


MISTAKES = [
    (("--slice", "tone"), "--slice: no row, label or feature has 'tone'; use one of:"),
    (("--threshold-for", "fnr=0.1"), "unknown goal 'fnr'; use one of: fpr, recall, precision"),
    (("--against", "rudest"), "--against: no detector 'rudest'; use one of: answering, broken"),
    (("--against-threshold", "0.4"), "need --against DETECTOR"),
    (("--against", "rude", "--against-settings", "["), "--against-settings: not JSON"),
    (("--against", "rude", "--against-settings", '{"x": 1}'), "detector 'rude' has no setting 'x'"),
    (("--show-text",), "--show-text shows the texts of --errors N"),
    (("--html", "nowhere/e.html"), "--html nowhere/e.html: there is no such folder"),
    (("--floor", "nowhere.yaml"), "--floor nowhere.yaml: cannot be read"),
    (("--identity-terms", "nowhere.yaml"), "--identity-terms nowhere.yaml: cannot be read"),
    (("--label", "topics"), "label 'topics' is a list; it must be 0 or 1"),
    (("--context", "doc"), "rows.jsonl:1: --context doc: the row has no text there"),
    (("--field", "body"), "rows.jsonl:1: no text in field 'body'; with --field use one of: id"),
]


@pytest.mark.parametrize(("options", "message"), MISTAKES)
def test_a_mistake_is_one_clear_error_before_anything_is_scored(
    invoke, rows, monkeypatch, options, message
):
    monkeypatch.setattr(Graded, "score", None)
    with pytest.raises(UsageError) as raised:
        invoke("graded", rows(), *options)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_key_of_too_many_values_is_a_mistake(invoke, rows):
    with pytest.raises(UsageError, match="--slice id: more than 60 different values"):
        invoke("graded", rows(), "--slice", "id")


def test_a_bad_row_is_told_before_anything_is_scored(invoke, rows, monkeypatch):
    monkeypatch.setattr(Graded, "score", None)

    def late(row, place):
        return {**row, "labels": {"grade": 0.4 if place == 300 else 1}}

    made = rows(change=late)
    with pytest.raises(UsageError, match=r"rows\.jsonl:301: label 'grade' is 0\.4; it must be 0"):
        invoke("graded", made, "--label", "grade")
    made.write_text(made.read_text() + "{broken\n")
    with pytest.raises(UsageError, match=r"rows\.jsonl:401:2: not JSON"):
        invoke("graded", made)


@pytest.mark.parametrize("value", [float("nan"), 1.5, None])
def test_a_score_that_is_none_is_an_error_with_its_row(invoke, rows, monkeypatch, value):
    monkeypatch.setattr(Graded, "score", lambda _self, texts: [{"grade": value} for _ in texts])
    with pytest.raises(TokenwardError, match=r"rows\.jsonl:1: detector 'graded' did not run to"):
        invoke("graded", rows())


def test_a_pipe_is_refused_since_rows_are_read_twice(invoke, tmp_path):
    pipe = tmp_path / "rows.jsonl"
    os.mkfifo(pipe)
    with pytest.raises(UsageError, match="not a regular file; rows are read twice"):
        invoke("graded", pipe)


def test_a_page_needs_an_extra_and_says_so_first(invoke, rows, monkeypatch, tmp_path):
    page.environment.cache_clear()
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(MissingExtra, match=r"pip install 'tokenward\[monitor\]'"):
        invoke("graded", rows(), "--html", tmp_path / "e.html")


def test_a_detector_that_judges_by_documents_gets_them(invoke, rows):
    def answer(row, place):
        doc = row["text"] if place % 2 else "nothing of the kind"
        return {**row, "doc": doc if place % 4 else [doc], "labels": {"grade": 1 - place % 2}}

    made = rows(n=20, change=answer)
    told = json.loads(invoke("answering", made, "--json", "--context", "doc").stdout)
    assert (1.0, 0) == (told["auc"]["value"], told["rows"]["unlabelled"])
    told = json.loads(invoke("answering", made, "--json").stdout)
    assert (None, 20) == (told["auc"], told["rows"]["unlabelled"])
    assert any("20 rows were left out" in note and "--context" in note for note in told["notes"])


def test_words_of_ones_own_name_groups(invoke, rows, tmp_path):
    terms = tmp_path / "terms.yaml"
    terms.write_text("caring: [NURSE, midwife]\nrest: other\n")
    told = json.loads(invoke("graded", rows(), "--json", "--identity-terms", terms).stdout)
    assert ["rest", "caring"] == [one["group"] for one in told["identity"]["groups"]]
    assert 2 == told["identity"]["counted"]


def test_a_model_gets_rows_in_batches_few_at_a_time_and_ends_when_it_is_stopped(sample_registry):
    taken, threads = [], set(threading.enumerate())

    def source():
        for place in range(10_000):
            taken.append(place)
            yield labelled_row(f"text {place}", {}, f"r:{place}")

    sizes = []

    class Slow(RudeClassifier):
        def score(self, texts):
            sizes.append(len(texts))
            time.sleep(0.01)
            return super().score(texts)

    class Plugin:
        @hookimpl
        def register_detectors(self):
            slow = Slow("text", inline=False)
            return [DetectorPlugin("slow", lambda _settings, _source: slow, NoSettings, None, "")]

    registry = Registry([("slow", Plugin())])
    with Subject.find("slow", registry).open({}, 0.5, registry) as guard:
        scored = decided([guard], source())
        places = [next(scored)[0].where for _ in range(100)]
        assert [f"r:{place}" for place in range(100)] == places
        assert len(taken) <= 100 + AHEAD
        assert max(sizes) > 1
        scored.close()
    for thread in set(threading.enumerate()) - threads:
        thread.join(10)
        assert not thread.is_alive()
    assert len(taken) <= 100 + AHEAD


def test_the_command_line_itself(rows, tmp_path):
    made = rows(n=60)
    floor = tmp_path / "floor.json"
    floor.write_text('{"auc": 0.9}')
    settings = json.dumps({"words": {"grade": ["nurse"]}})
    command = [sys.executable, "-m", "tokenward", "evaluate", "keywords", str(made), "--settings",
               settings, "--label", "grade", "--json"]  # fmt: skip

    def run(*more):
        return subprocess.run(
            [*command, *more], capture_output=True, text=True, timeout=100, check=False,
            env={**os.environ, "TOKENWARD_PLUGINS": "words"},
        )  # fmt: skip

    done = run("--floor", str(floor))
    assert 1 == done.returncode
    assert json.loads(done.stdout)["floor"]["passed"] is False
    assert "below a floor" in done.stderr
    done = run("--floor", str(tmp_path / "none.json"))
    assert (2, "") == (done.returncode, done.stdout)
    assert 1 == done.stderr.count("\n")
