"""Huge pages are asked for where they can be had, for memory that is in use, and nowhere else."""

from __future__ import annotations

import ctypes

import pytest

from tokenward.sidecar import pages

STRETCH = (
    "{:x}-{:x} {} 00000000 00:00 {} {}\nSize: 1 kB\nKernelPageSize: 4 kB\nMMUPageSize: 4 kB\n"
    "Rss: {} kB\nPss: 1 kB\n"
)


def stretch(start, end, used, *, kind="rw-p", inode=0, path=""):
    start, end = int(start * pages.HUGE), int(end * pages.HUGE)
    return STRETCH.format(start, end, kind, inode, path, int(used * pages.HUGE) // 1024)


@pytest.fixture
def asked(monkeypatch, tmp_path):
    """Returns where huge pages were asked for, each with its size, of a process of some stretches."""
    places = []

    class Library:
        def __init__(self, name):
            self.madvise = self.advise

        def advise(self, at, size, advice):
            assert advice == 25
            places.append((at.value / pages.HUGE, size.value))
            return 0 if at.value % (2 * pages.HUGE) else -1

    def gathered(maps, setting="always [madvise] never\n"):
        (tmp_path / "enabled").write_text(setting)
        (tmp_path / "smaps").write_text(maps)
        return pages.gather(), places

    monkeypatch.setattr(ctypes, "CDLL", Library)
    monkeypatch.setattr(pages, "SETTING", tmp_path / "enabled")
    monkeypatch.setattr(pages, "MAPS", tmp_path / "smaps")
    monkeypatch.setattr("sys.platform", "linux")
    return gathered


def test_whole_huge_pages_inside_of_used_memory_are_asked_for(asked):
    maps = stretch(1.5, 4.5, 2.5) + stretch(7, 8, 1, path="[heap]")
    assert asked(maps) == (2, [(2, pages.HUGE), (3, pages.HUGE), (7, pages.HUGE)])


@pytest.mark.parametrize(
    "maps",
    [
        stretch(1, 9, 3),  # mostly unused: a thread's stack
        stretch(1, 9, 8, kind="r-xp", inode=7, path="/lib/libc.so"),
        stretch(1, 9, 8, inode=7, path="/lib/libc.so"),
        stretch(1, 9, 8, kind="rw-s"),
        stretch(1, 9, 8, path="[stack]"),
        stretch(1.25, 2.75, 1.5),
        "",
    ],
)
def test_nothing_is_asked_for_other_memory(asked, maps):
    assert asked(maps) == (0, [])


def test_nothing_is_asked_for_where_the_operator_wants_none(asked):
    assert asked(stretch(1, 9, 8), "always madvise [never]\n") == (0, [])


@pytest.mark.parametrize("missing", ["SETTING", "MAPS"])
def test_a_system_that_has_none_is_no_error(asked, monkeypatch, tmp_path, missing):
    monkeypatch.setattr(pages, missing, tmp_path / "nowhere")
    assert asked(stretch(1, 9, 8)) == (0, [])


def test_another_system_is_not_even_looked_at(asked, monkeypatch):
    monkeypatch.setattr("sys.platform", "darwin")
    assert asked(stretch(1, 9, 8)) == (0, [])


def test_memory_of_this_process_stays_as_it_was():
    kept = [str(number) for number in range(200_000)]
    pages.gather()
    assert kept == [str(number) for number in range(200_000)]
