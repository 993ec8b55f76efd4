"""Memory at its peak, of this very process."""

from __future__ import annotations

import subprocess
import sys

from tokenward.meters.memory import forget_peak, peak_device, peak_resident

MEGABYTES = 2**20
GROW = """
import sys
from tokenward.meters.memory import peak_resident
before = peak_resident()
held = b"x" * {size}
del held
print(peak_resident() - before)
"""


def test_the_peak_stays_when_memory_is_given_back():
    command = [sys.executable, "-c", GROW.format(size=64 * MEGABYTES)]

    grown = int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    assert 60 * MEGABYTES < grown < 80 * MEGABYTES


def test_a_process_does_not_take_over_the_peak_of_the_one_that_started_it():
    held = b"x" * (256 * MEGABYTES)
    command = [sys.executable, "-c", GROW.format(size=1) + "\nprint(peak_resident())"]

    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout

    assert int(told.split()[1]) < len(held) / 2


def test_the_peak_begins_again_where_the_kernel_allows_it():
    held = b"x" * (64 * MEGABYTES)
    size = len(held)
    before = peak_resident()
    del held

    if forget_peak():
        assert peak_resident() < before - size / 2
    else:
        assert peak_resident() >= before


def test_a_system_that_does_not_say_so_gives_no_number(tmp_path):
    (tmp_path / "status").write_text("Name:\tpython\n")

    assert peak_resident(tmp_path) is None
    assert not forget_peak(tmp_path / "none")


def test_without_an_accelerator_in_use_there_is_no_number():
    assert peak_device() is None
