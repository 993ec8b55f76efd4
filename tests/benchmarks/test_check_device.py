"""The check of a device runs from end to end on a CPU, so small that its times mean nothing."""

from __future__ import annotations

import json

import pytest
from tests.benchmarks import check_device
from tests.benchmarks.bench_generate import Row

TINY = "--device cpu --checked tiny --shapes tiny --dtypes bfloat16 --tokens 16 --rounds 1 --json"


@pytest.mark.slow
def test_all_that_a_cpu_can_be_checked_for_is_as_it_must_be(capsys):
    check_device.main(TINY.split())
    printed = json.loads(capsys.readouterr().out)
    rows = [Row(**row) for row in printed["rows"]]
    checked = [row for row in rows if not row.figure.startswith("guarded / bare")]

    assert printed["device"] == "cpu"
    assert len(checked) == 2 * 3 + 2 * 3  # ways to sample and sizes of batches, of three caches
    assert [row.figure for row in checked if row.met != "yes"] == []
    assert all("rewinds" in row.made_of for row in checked[6:])
    assert len(rows) - len(checked) == 2 * 2 * 2
    assert all(row.value > 0 for row in rows[len(checked) :])


def test_a_number_that_is_none_is_far_off():
    import torch
    from transformers.utils import ModelOutput

    class Model:
        device = "cpu"

        def __call__(self, ids, **_):
            return ModelOutput(logits=torch.full((1, ids.shape[1], 4), torch.nan))

    class Output:
        sequences, tokens, surprisals = torch.tensor([[1, 2, 3]]), (2, 3), (0.1, 0.2)

    assert check_device.off(Model(), Output()) == float("inf")
