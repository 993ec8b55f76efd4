"""The command, from a data folder and a checkpoint to a model with its report."""

from __future__ import annotations

import json
import string

import pytest
import torch
from tests.plugins.encoder import base, folder

from tokenward_plugins.encoder.folder import WEIGHTS
from tokenward_plugins.encoder.train import vocabulary
from tokenward_plugins.encoder.train.__main__ import main
from tokenward_plugins.encoder.train.labels import LABELS

TOKENS = [
    *vocabulary.SPECIAL,
    *(f"{start}{letter}" for letter in string.ascii_lowercase for start in ("", "##")),
    *".,?!'",
    *("the", "is", "you", "ignore", "people", "women", "cannot", "zyxw", "##qjqj"),
]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The arguments of a short run, and what it wrote."""
    root = tmp_path_factory.mktemp("encoder")
    folder.written(root / "data")
    base.saved(root / "base", TOKENS)
    given = ["--data", root / "data", "--base", root / "base", "--out", root / "out"]
    arguments = [str(some) for some in given]
    arguments += ["--threads", "1", "--warm", "2", "--vocabulary", "68", "--frozen", "1"]
    main([*arguments, "--steps", "3", "--most", "200"])
    return root, arguments


@pytest.mark.slow
def test_a_run_writes_model_vocabulary_scales_and_report(made):
    out = made[0] / "out"
    told = json.loads((out / "report.json").read_text("utf-8"))
    assert told["bytes"] == (out / WEIGHTS).stat().st_size
    assert told["parity"]["correlation"] > 0.9
    assert told["by_source"]["refusal"]["checks"]["positives"] >= 8
    assert "checks" in told["false_positives"]
    assert {"stereo", "antistereo", "mean"} == set(told["stereotype_pairs"]["stereotype"])
    assert set(told["by_group"]) == {"toxicity", "hate"}
    tokens = vocabulary.read(out)
    assert len(tokens) == 68
    assert "ignore" in tokens
    assert "zyxw" not in tokens
    assert set(json.loads((out / "scales.json").read_text("utf-8"))) == set(LABELS)
    steps = [json.loads(line) for line in (out / "log.jsonl").read_text("utf-8").splitlines()]
    assert [step["event"] for step in steps] == ["start", "heads", "step"]


@pytest.mark.slow
def test_weights_of_an_earlier_run_are_measured_with_their_own_vocabulary(made):
    root, arguments = made
    later = ["--weights", str(root / "out" / "weights.pt"), "--out", str(root / "again")]
    main([*arguments, *later, "--most", "200", "--vocabulary", "70"])
    reports = [
        json.loads((root / name / "report.json").read_text("utf-8")) for name in ("out", "again")
    ]
    assert reports[0]["by_source"] == reports[1]["by_source"]
    assert not (root / "again" / "log.jsonl").exists()


@pytest.mark.slow
def test_a_run_goes_on_from_the_weights_and_vocabulary_of_an_earlier_one(made):
    root, arguments = made
    later = ["--start", str(root / "out" / "weights.pt"), "--out", str(root / "later")]
    main([*arguments, *later, "--steps", "1", "--warm", "0", "--most", "50", "--vocabulary", "70"])
    one, other = (torch.load(root / name / "weights.pt") for name in ("out", "later"))
    layer = "encoder.layers.0.query.weight"  # frozen in both runs
    assert torch.equal(one[layer], other[layer])
    assert not torch.equal(one["heads.hate.weight"], other["heads.hate.weight"])
    assert vocabulary.read(root / "later") == vocabulary.read(root / "out")


@pytest.mark.slow
def test_runs_are_averaged_and_made_slimmer_without_a_step(made):
    root, arguments = made
    weights = str(root / "out" / "weights.pt")
    later = ["--weights", weights, "--mean", weights, "--inner", "16"]
    main([*arguments, *later, "--out", str(root / "slim"), "--most", "50"])
    found = torch.load(root / "slim" / "weights.pt")
    assert found["encoder.layers.1.wide.weight"].shape == (16, 16)
    report = json.loads((root / "slim" / "report.json").read_text("utf-8"))
    assert report["parity"]["correlation"] > 0.9


@pytest.mark.slow
def test_a_student_is_taught_by_runs_that_have_not_seen_the_rows(made):
    root, arguments = made
    weights = str(root / "out" / "weights.pt")
    short = ["--steps", "2", "--warm", "0", "--most", "50", "--kept", "2", "--start", weights]
    main([*arguments, *short, "--fold", "1", "--out", str(root / "teacher")])
    one = str(root / "teacher" / "weights.pt")
    taught = ["--teacher", weights, *(["--unseen", one] * 3), "--labelled", "0.5"]
    main([*arguments, *short, *taught, "--towards-base", "0.5", "--out", str(root / "student")])
    starts = [
        json.loads((root / name / "log.jsonl").read_text("utf-8").splitlines()[0])
        for name in ("out", "teacher", "student")
    ]
    assert 0 < starts[1]["rows"] < starts[2]["rows"] == starts[0]["rows"]
    assert starts[2]["teachers"] == 4
    found, first = (torch.load(root / name / "weights.pt") for name in ("student", "out"))
    layer = "encoder.layers.0.query.weight"  # frozen: it began as the base's and so it is still
    assert torch.allclose(found[layer], first[layer], atol=1e-6)


@pytest.mark.slow
def test_a_source_that_is_left_out_is_measured_and_nothing_exported(made):
    root, arguments = made
    out = root / "without"
    main([*arguments, "--out", str(out), "--steps", "1", "--leave-out", "xstest_v2"])
    told = json.loads((out / "report.json").read_text("utf-8"))
    assert told["left_out"] == ["xstest_v2"]
    assert "checks" not in told["false_positives"]
    assert not (out / WEIGHTS).exists()
