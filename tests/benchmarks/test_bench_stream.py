"""The stream benchmark runs from end to end, with sizes so small that its figures mean nothing."""

from __future__ import annotations

import json

import pytest
from tests.benchmarks import bench_stream, stream_subjects
from tests.benchmarks.stream_subjects import PEER, subjects
from tests.benchmarks.stream_texts import at_random, in_chunks, planted, whole, with_values


def test_it_prints_a_row_for_every_figure(capsys):
    bench_stream.main(["--tiny", "--json"])
    printed = json.loads(capsys.readouterr().out)
    figures = [row["figure"] for row in printed["rows"]]

    assert {"machine", "python", "commit"} <= set(printed)
    for begins in ("a chunk of prose", "held, mean, prose", "held, most, minified JSON", "whole text, prose",
                   "an open stream", "a chunk at", "values leaked", "clean texts changed", "import and compile"):  # fmt: skip
        assert any(figure.startswith(begins) for figure in figures), begins
    assert all("pii-secrets" in row["values"] for row in printed["rows"])
    leaked = next(row for row in printed["rows"] if row["figure"].startswith("values leaked"))
    assert (0, 6) == (leaked["values"]["pii-secrets"], leaked["values"]["no rules"])


def test_a_peer_that_is_not_installed_is_not_measured(capsys, monkeypatch):
    monkeypatch.setattr(stream_subjects, "PEER", "no_such_peer")
    monkeypatch.setattr(bench_stream, "measured", lambda policy, sizes: iter(
        [bench_stream.Row("a figure", "us", {one.name: 1.0 for one in subjects(policy)})]
    ))  # fmt: skip
    bench_stream.main(["--tiny"])

    assert f"{PEER}: not measured" in capsys.readouterr().out


@pytest.mark.parametrize("texts", [in_chunks, whole])
def test_texts_have_the_length_that_was_asked_for(texts):
    assert {5_000} == {len(text) for text in texts(5_000).values()}


def test_values_stand_where_they_should():
    text = with_values("plain words. ", 5_000, 500)
    documents = planted(3)

    assert (
        9 <= text.count("@") + text.count("4111 ") + text.count("555-") + text.count("DE89") <= 11
    )
    assert all(value in one.text for one in documents for value in one.values)
    assert "abc" == "".join(at_random("abc", 1))


def test_a_leak_is_seen():
    assert bench_stream.leaked("ann.lee@example.com", "so ann.lee@e it")
    assert not bench_stream.leaked("ann.lee@example.com", "so <EMAIL_ADDRESS> it")
