"""The sidecar's benchmark runs from end to end, with cells so small that its figures mean nothing."""

from __future__ import annotations

import json
import math

import pytest
from tests.benchmarks import bench_sidecar, sidecar_figures, sidecar_processes
from tests.benchmarks.sidecar_cells import (
    FORTY,
    Sample,
    at_once,
    by_policy,
    note,
    quantile,
)
from tests.benchmarks.sidecar_figures import Row, number, rows, table
from tests.benchmarks.sidecar_load import Taken, Work, delays, texts
from tests.benchmarks.sidecar_model import event, whole
from tests.benchmarks.sidecar_texts import KINDS, answer, leaked

from tokenward import Guard


def test_it_prints_the_table(tmp_path, capsys):
    file = tmp_path / "rows.json"
    words = ["--tiny", "--rounds", "1", "--cells", "paced64,leaks", "--json", str(file)]
    bench_sidecar.main(words)
    told = json.loads(file.read_text())
    cells = {row["figure"]: row["cells"] for row in told["rows"]}

    assert {"machine", "python", "nginx", "commit"} <= set(told)
    assert "| CPU us a chunk, paced64, 40 types |" in capsys.readouterr().out
    assert {"pass-through", "Tokenward"} <= set(cells["CPU us a chunk, paced64, `pii-secrets`"])
    assert "0 of 8" == cells["planted values leaked, streamed, 40 types"]["Tokenward"]
    assert "0 of 4" == cells["clean answers changed"]["Tokenward"]
    own, all_ = (cells[f"{kind} delay of a chunk, ms, p50 / p99, paced64, 40 types"]["Tokenward"]
                 for kind in ("own", "whole"))  # fmt: skip
    assert 0 < float(own.split(" / ")[0]) < float(all_.split(" / ")[1])


def test_memory_and_failures_are_told_after_each_part(capsys):
    bench_sidecar.main(["--soak", "10"])
    out = capsys.readouterr().out

    assert 20 == out.count("soak, ")
    assert "no store | - | - |" in out
    assert "with a store | - | - |" in out
    assert "failed" not in out


def test_an_unknown_cell_is_refused(capsys):
    with pytest.raises(SystemExit):
        bench_sidecar.main(["--cells", "long9"])

    assert "unknown name 'long9'" in capsys.readouterr().err


def test_without_nginx_its_column_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(sidecar_processes, "nginx_path", lambda: None)

    assert sidecar_processes.nginx(9, tmp_path) is None
    assert "| a | not installed | - | 1 | - | - | - |" in table([Row("a", {"Tokenward": "1"})])


def test_answers_are_cut_into_chunks_and_hold_a_value_of_each_kind():
    plain, full = answer(1, 250), answer(1, 200, planted=True)

    assert (1_000, ()) == (len(plain.text), plain.values)
    assert plain.text == "".join(plain.chunks)
    assert 3.5 < len(plain.text) / len(plain.chunks) < 4.5
    assert {1, 7} == {min(map(len, plain.chunks)), max(map(len, plain.chunks))}
    assert list(KINDS) == [kind for kind, _ in full.values]
    assert all(value in full.text for _, value in full.values)
    assert 90 == len(full.values[-1][1])
    assert answer(1, 250) is plain
    assert answer(2, 250).text != plain.text


@pytest.mark.parametrize("number", range(20))
def test_the_policy_finds_what_is_planted(number):
    text = answer(number, 200, planted=True)
    released = Guard.load(str(FORTY)).check(text.text, stage="output").text

    assert not any(leaked(value, released) for _, value in text.values)


def test_a_leak_is_seen():
    assert leaked("ann.lee@example.com", "so ann.lee@ it")
    assert not leaked("ann.lee@example.com", "so <EMAIL_ADDRESS> it")


def test_a_chunk_settles_what_the_engine_says():
    words = answer(3, 40)
    settled, free = by_policy(str(FORTY))(words), at_once(words)

    assert len(words.text) == settled[-1] == free[-1]
    assert all(mine <= all_ for mine, all_ in zip(settled, free, strict=True))
    assert list(settled) == sorted(settled)
    assert settled != free


def test_a_chunk_that_settles_nothing_has_no_delay():
    pieces = [(2.0, "one "), (3.5, "two. ")]

    assert [1.0, 0.5] == delays(pieces, [4, 4, 9], [1.0, 2.0, 3.0])
    assert [1.0, 1.5, 0.5] == delays(pieces, [4, 6, 9], [1.0, 2.0, 3.0])
    assert [1.0] == delays(pieces[:1], [4, 9], [1.0, 2.0])


def test_what_came_is_judged():
    work = Work(1, 20, planted=True, stream=False)
    values = work.answer(5).values
    body = whole(5, 20, planted=True).partition(b"\r\n\r\n")[2]
    sample = Sample(1.0, 1)
    note(sample, Taken(1, 5, [(1.0, body)], status=200), work, [], at_once)
    note(sample, Taken(2, 5, [], error="TimeoutError"), work, [], at_once)

    assert (len(values), len(values), 1) == (sample.planted, sample.leaked, sample.errors)


def test_a_changed_answer_is_counted():
    work = Work(1, 20)
    done = b"data: [DONE]\n\n"
    lines = event({"content": "something else"}).split(b"\r\n")[1]
    sample = Sample(1.0, 1)
    taken = Taken(1, 5, [(1.0, lines), (1.5, done)], status=200)
    note(sample, taken, work, [], at_once)

    assert [(1.0, "something else")] == texts(taken, work)
    assert (1, 1, 0) == (sample.clean, sample.changed, sample.chunks)


def test_rows_hold_medians_and_ratios_of_the_same_round():
    samples = {
        ("long8", "nginx"): [Sample(1.0, 1, 10), Sample(2.0, 1, 10)],
        ("long8", "pass-through"): [Sample(2.0, 1, 10)] * 2,
        ("long8", "forty"): [Sample(3.0, 1, 10), Sample(3.0, 1, 10)],
    }
    row = next(rows(samples))

    assert "CPU us a chunk, long8, 40 types" == row.figure
    assert "2.25 (1.50-3.00)" == row.ratio
    assert "300,000 (300,000-300,000)" == row.cells["Tokenward"]
    assert [100_000.0, 200_000.0] == row.rounds["nginx"]


def test_nothing_measured_is_no_number():
    assert math.isnan(quantile([], 0.5))
    assert "nan" == number(math.nan)
    assert sidecar_figures.commit()
