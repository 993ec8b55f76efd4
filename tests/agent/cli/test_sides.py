"""The models of ``tokenward compare``, their names and what ``--set`` says of each."""

from __future__ import annotations

import pytest

from tokenward.cli.sides import read_sides
from tokenward.compare.run import RUN
from tokenward.compare.sampling import Sampling
from tokenward.errors import UsageError


def sides(*optimized, base="demo", settings=()):
    return read_sides(base, optimized, settings, Sampling(seed=7))


def test_settings_are_of_how_answers_are_drawn_or_of_how_a_model_is_loaded():
    base, (one,) = sides(
        "models/small",
        settings=["optimized.temperature=0.5", "optimized.top-k=40", "optimized.quantize=int8",
                  "base.threads=2"],
    )  # fmt: skip
    assert (0.5, 40, 7) == (one.sampling.temperature, one.sampling.top_k, one.sampling.seed)
    assert ({"quantize": "int8"}, {"threads": "2"}) == (one.options, base.options)
    assert (0.0, "demo", "base") == (base.sampling.temperature, base.source, base.name)


def test_a_system_message_is_read_from_its_file(tmp_path):
    file = tmp_path / "polite.txt"
    file.write_text("Be polite.", "utf-8")
    base, (one,) = sides("demo", settings=[f"optimized.system={file}"])
    assert (None, "Be polite.", "demo-system-polite") == (
        base.sampling.system,
        one.sampling.system,
        one.name,
    )


def test_stop_sequences_add_up_and_may_be_ends_of_lines():
    _, (one,) = sides("demo", settings=[r"optimized.stop=\n", "optimized.stop=É"])
    assert ("\n", "É") == one.sampling.stop


def test_each_optimized_model_has_a_name_and_may_have_its_own_settings():
    _, found = sides(
        "int8=demo", "demo", "demo", "http://host/v1#support-fp8", "models/tiny.v2/",
        settings=["optimized.threads=1", "int8.quantize=int8"],
    )  # fmt: skip
    assert [
        "int8",
        "demo-threads-1",
        "demo-threads-1-2",
        "support-fp8-threads-1",
        "tiny.v2-threads-1",
    ] == [one.name for one in found]
    assert [{"threads": "1", "quantize": "int8"}, {"threads": "1"}] == [
        one.options for one in found[:2]
    ]


def test_a_folder_may_have_an_equals_sign(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bits=4").mkdir()
    _, (one,) = sides("bits=4")
    assert ("bits=4", "bits-4") == (one.source, one.name)


def test_the_name_of_the_base_is_not_given_twice():
    base, (one,) = sides("old=demo", base="old=demo")
    assert ("old", "old-2") == (base.name, one.name)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("optimized.batch=0", "--set optimized.batch: 0 is out of range; 1 to 4096"),
        ("optimized.seed=1.5", "--set optimized.seed: expected a whole number, found '1.5'"),
        ("optimized.top_p=nan", "--set optimized.top_p: nan is out of range; 0 to 1"),
        ("temperature=1", "--set temperature=1: write SIDE.KEY=VALUE, such as optimized.temperature=1.0"),
        ("other.batch=1", "--set other.batch: no side 'other'; use one of: base, int8, optimized"),
    ],
)  # fmt: skip
def test_a_setting_that_makes_no_sense_is_refused(setting, message):
    with pytest.raises(UsageError) as raised:
        sides("int8=demo", settings=[setting])
    assert message == str(raised.value)


def test_what_was_optimised_may_be_said_and_changes_nothing_else(tmp_path):
    _, (one,) = sides("small=models/small", settings=["small.axis=distillation"])
    assert ("distillation", {}, Sampling(seed=7)) == (one.axis, one.options, one.sampling)
    _, (named,) = sides("models/small", settings=["optimized.axis=pruning"])
    assert ("small", "pruning") == (named.name, named.axis)
    (tmp_path / RUN).write_text("{}")
    _, (recorded,) = sides(str(tmp_path), settings=["optimized.axis=distillation"])
    assert (True, "distillation") == (recorded.recorded, recorded.axis)


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("optimized.axis=magic", "'magic' cannot be optimised; use one of: mixed precision, quant"),
        ("base.axis=pruning", "it is of the optimized models, not the base"),
        ("fp16.axis=pruning", "it is of the optimized models, not the base"),
    ],
)
def test_an_axis_is_one_of_the_optimized_models(setting, words):
    with pytest.raises(UsageError, match=words):
        sides("demo", base="fp16=demo", settings=[setting])
