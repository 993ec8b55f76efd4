"""Hours that are over: sealed into files, read with what is not, and never more or fewer rows."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys

import pytest
from tests.agent.decisions.contents import content
from tests.agent.decisions.profiles import count, profile_of, profile_of_tail, told

from tokenward.errors import StoreError
from tokenward.monitor.profile import Profile
from tokenward.store.query import Query
from tokenward.store.sealed.sealing import GRACE, HOUR
from tokenward.store.store import Store

START = 1_767_225_600.0
"""The beginning of 2026."""


def hours(make, count, each=40):
    """Records of some hours, in an order that is not that of time."""
    return [
        make(f"{hour}-{number}", time=START + hour * HOUR + HOUR / each * (number * 7 % each),
             fired=number % 5 == 0, model="ab"[number % 2], session=f"s{number % 3}",
             subject=f"u{number % 4}", timings={"guard": 0.25, "total": 1.0 * number},
             features={"prompt.language": ("en", "de")[number % 2], "prompt.length": number})
        for hour in range(count)
        for number in range(each)
    ]  # fmt: skip


@pytest.fixture
def full(store, interaction):
    """A store with five hours, the last of which is not over when the others are sealed."""
    store.append(hours(interaction, 5))
    return store


NOW = START + 4 * HOUR + GRACE
"""When the first four hours are over."""


def seen(store):
    """Returns all that a reader sees."""
    return {
        "all": list(store.interactions()),
        "some": list(store.interactions(START + 1800.0, START + 3 * HOUR + 5.0, {"model": "a"})),
        "recent": store.recent(70),
        "recent of a model": store.recent(30, {"model": "b"}),
        "one": store.get("1-7"),
        "none": store.get("nobody"),
        "counts": [store.count(), store.count(START + 1800.0), store.count(end=START + 100.0),
                   store.count(where={"action": "redact"}), store.count(START, START + HOUR)],
        "groups": store.aggregate(["model", "action"], START + 900.0),
        "bounds": store.bounds(),
    }  # fmt: skip


def files(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.parquet"))


def profile_of_all(store):
    """Counts the sealed files and the tail."""
    import pyarrow.parquet as pq

    profile = profile_of_tail(store)
    with store.snapshot() as snapshot:
        for one in snapshot.segments():
            table = pq.read_table(one.file, columns=["cells", "grp", "weight_millionths"])
            part = Profile()
            for row in table.to_pylist():
                count(part, snapshot.dictionary, row["cells"], row["grp"], row["weight_millionths"])
            profile.merge(part)
    return profile


def test_a_reader_sees_the_same_before_and_after(full, tmp_path):
    before = seen(full)
    assert 160 == full.seal(NOW)

    assert before == seen(full)
    with Store.open(f"{tmp_path}/log.db", read_only=True) as reader:
        assert before == seen(reader)
    assert 4 == len(files(tmp_path))
    assert files(tmp_path)[0].startswith("log.db.sealed/dt=2026-01-01/hour=00/part-")
    assert 40 == len([row for batch in tail(full) for row in batch])


def tail(store):
    with store.snapshot() as snapshot:
        yield from snapshot.tail_batches()


def test_sealed_rows_count_as_the_others(full):
    wanted = told(profile_of(full.interactions()))
    assert wanted == told(profile_of_all(full))
    full.seal(NOW)

    assert wanted == told(profile_of_all(full))


def test_an_hour_is_sealed_once_its_grace_is_over(full):
    assert 0 == full.seal(START + HOUR + GRACE - 1.0)
    assert 40 == full.seal(START + HOUR + GRACE)
    assert 0 == full.seal(START + HOUR + GRACE)
    assert 120 == full.seal(START + 4 * HOUR, grace=0.0)


def test_what_comes_late_becomes_another_part(full, interaction, tmp_path):
    full.seal(NOW)
    full.append([interaction("late", time=START + 10.0), interaction("later", time=START + 99.5)])
    before = seen(full)
    assert 2 == full.seal(NOW)

    assert before == seen(full)
    assert 2 == len([name for name in files(tmp_path) if "hour=00" in name])
    times = [one.time for one in full.interactions()]
    assert sorted(times) == times and 202 == len(times)


def test_a_clock_that_was_wrong_is_no_hindrance(store, interaction, tmp_path):
    store.append([interaction(n, time=time) for n, time in enumerate((-1e12, -5.0, 0.0, 7e9))])
    before = list(store.interactions())
    assert 3 == store.seal(START)

    assert before == list(store.interactions())
    assert (-1e12, 7e9) == store.bounds()


def test_a_store_without_records_has_nothing_to_seal(store, tmp_path):
    assert 0 == store.seal(START)
    assert [] == [path for path in tmp_path.rglob("*") if "sealed" in path.name]


def test_a_full_hour_becomes_several_files(full, tmp_path, monkeypatch):
    monkeypatch.setattr("tokenward.store.sealed.sealing.MOST_ROWS", 15)
    monkeypatch.setattr("tokenward.store.sealed.sealing.GROUP", 4)
    before = seen(full)
    assert 160 == full.seal(NOW)

    assert 12 == len(files(tmp_path))
    assert before == seen(full)


def test_numbers_are_not_given_again_after_all_rows_are_sealed(full, interaction, tmp_path):
    full.seal(NOW + HOUR)
    full.append([interaction("new", time=START)])
    full.seal(NOW + HOUR)

    numbers = [row["seq"] for row in full.rows(Query())]
    assert len(set(numbers)) == len(numbers) == 201


def test_a_reader_that_is_at_work_sees_every_row_once(full, interaction):
    reading = full.interactions()
    first = [next(reading).decision_id for _ in range(50)]
    full.seal(NOW)
    rest = [one.decision_id for one in reading]

    assert sorted(first + rest) == sorted(one.decision_id for one in full.interactions())


def test_a_reader_is_not_led_astray_by_a_purge(full, tmp_path):
    full.seal(NOW)
    with Store.open(f"{tmp_path}/log.db", read_only=True) as other:
        reading = other.interactions()
        first = [next(reading) for _ in range(50)]
        full.purge(subject="u1")
        rest = list(reading)
    kept = {one.decision_id for one in full.interactions()}

    found = [one.decision_id for one in [*first, *rest]]
    assert len(set(found)) == len(found)
    assert kept <= set(found)


def test_a_snapshot_stays_what_it_was(full):
    with full.snapshot() as snapshot:
        was = len(snapshot.segments()), sum(map(len, snapshot.tail_batches()))
        full.seal(NOW)
        assert was == (len(snapshot.segments()), sum(map(len, snapshot.tail_batches())))
    with full.snapshot() as snapshot:
        assert (4, 40) == (len(snapshot.segments()), sum(map(len, snapshot.tail_batches())))
        assert 1 == len(snapshot.segments(START + HOUR, START + 2 * HOUR))


def test_columns_come_with_what_is_counted(full):
    with full.snapshot() as snapshot:
        rows = [row for batch in snapshot.tail_batches(columns=["model"]) for row in batch]
    assert {"a", "b"} == {row[3] for row in rows}
    assert 1_000_000 == rows[0][2]


# -- damage ---------------------------------------------------------------------------------


def sealed_file(folder):
    return folder / files(folder)[1]


def shorten(path):
    path.write_bytes(path.read_bytes()[:-300])


def scramble(path):
    data = bytearray(path.read_bytes())
    data[200:3000] = bytes(2800)
    path.write_bytes(data)


def remove(path):
    path.unlink()


@pytest.mark.parametrize(
    ("damage", "told"),
    [(shorten, "bytes are left"), (scramble, "is damaged"), (remove, "are missing")],
)
def test_a_damaged_file_is_named_and_nothing_is_left_out_silently(full, tmp_path, damage, told):
    full.seal(NOW)
    damage(sealed_file(tmp_path))

    with pytest.raises(StoreError, match=told) as caught:
        list(full.interactions())
    assert "hour=01" in str(caught.value)
    assert "40 sealed records" in str(caught.value) and "purge --before" in str(caught.value)
    with pytest.raises(StoreError, match="hour=01"):
        full.count(where={"model": "a"})
    assert 40 == len(list(full.interactions(START + 2 * HOUR, START + 3 * HOUR)))


def test_a_damaged_file_can_be_given_up(full, tmp_path):
    full.seal(NOW)
    shorten(sealed_file(tmp_path))
    with full.snapshot() as snapshot, pytest.raises(StoreError, match="bytes are left"):
        snapshot.segments()
    with pytest.raises(StoreError, match="hour=01"):
        full.purge(subject="u1")

    assert 30 + 40 == full.purge(before=START + 2 * HOUR)
    assert 2 * 30 + 30 == len(list(full.interactions()))


@pytest.mark.parametrize(("limit", "words"), [(33_000, "no space left"), (60_000, "the disk")])
def test_a_full_disk_leaves_all_records_where_they_were(tmp_path, interaction, limit, words):
    with Store.open(f"{tmp_path}/log.db", create=True) as full:
        full.append(hours(interaction, 1, each=1500))
        before = seen(full)
    script = (
        "import resource, sys, time\n"
        "from tokenward.store.store import Store\n"
        "from tokenward.errors import StoreError\n"
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "with Store.open(sys.argv[1]) as store:\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), -1))\n"
        "    try:\n"
        "        store.seal(float(sys.argv[2]))\n"
        "    except StoreError as error:\n"
        "        print(error)\n"
    )
    asked = [sys.executable, "-c", script, f"{tmp_path}/log.db", str(NOW), str(limit)]
    told = subprocess.run(asked, capture_output=True, text=True, check=True).stdout

    assert words in told
    with Store.open(f"{tmp_path}/log.db") as full:
        assert before == seen(full)
        assert 1500 == full.seal(NOW)
        assert before == seen(full)
        assert 1 == len(files(tmp_path))


# -- the end in the middle ------------------------------------------------------------------

KILLED = """
import os, signal, sys
from pathlib import Path
from tokenward.store.sealed import parquet
from tokenward.store.sealed import sealing
from tokenward.store.sealed import erasing
from tokenward.store.store import Store

url, now, step, work = sys.argv[1], float(sys.argv[2]), sys.argv[3], sys.argv[4]
calls = [0]

def killing(whole, number):
    def call(*arguments, **named):
        calls[0] += 1
        if calls[0] == number:
            os.kill(os.getpid(), signal.SIGKILL)
        found = whole(*arguments, **named)
        return found
    return call

place, name, number = step.split(":")
owner = {"parquet": parquet, "sealing": sealing.Sealing, "path": Path, "erasing": erasing}[place]
setattr(owner, name, killing(getattr(owner, name), int(number)))
store = Store.open(url)
if work == "seal":
    store.seal(now)
else:
    store.purge(subject="u1")
print("survived")
"""
SEALING = [
    "parquet:write:1", "parquet:settled:1", "path:replace:1", "parquet:settle_folder:3",
    "sealing:_commit:1", "sealing:_commit:2", "parquet:write:3", "parquet:settled:4",
]  # fmt: skip
"""Where the process ends: before the first file, while it is written, before and after its name."""


def killed(url, step, work):
    asked = [sys.executable, "-c", KILLED, url, str(NOW), step, work]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert -signal.SIGKILL == done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("step", SEALING)
def test_a_killed_sealer_loses_and_doubles_nothing(full, tmp_path, step):
    before = seen(full)
    killed(f"{tmp_path}/log.db", step, "seal")

    assert before == seen(full)
    full.seal(NOW)
    assert before == seen(full)
    assert 4 == len(files(tmp_path))
    assert [] == list(tmp_path.rglob("*.tmp"))


ERASING = ["parquet:write:1", "parquet:settled:2", "path:replace:1", "erasing:replace:1",
           "erasing:replace:2", "path:unlink:1", "path:unlink:2", "erasing:wipe:1"]  # fmt: skip


@pytest.mark.parametrize("step", ERASING)
def test_a_killed_eraser_can_be_started_again(full, tmp_path, step):
    kept = [one for one in full.interactions() if one.subject != full.hasher("subject", "u1")]
    full.seal(NOW)
    killed(f"{tmp_path}/log.db", step, "purge")
    full.purge(subject="u1")

    assert kept == list(full.interactions())
    gone = full.hasher("subject", "u1").encode()
    assert gone not in content(tmp_path)
    assert 4 == len(files(tmp_path))


def test_another_stores_files_are_left_alone(full, tmp_path):
    full.seal(NOW)
    full.close()
    (tmp_path / "log.db").rename(tmp_path / "moved.db")
    with Store.open(f"{tmp_path}/log.db", create=True) as new:
        assert 0 == new.seal(NOW)
    with Store.open(f"{tmp_path}/moved.db", read_only=True) as moved:
        assert 200 == len(list(moved.interactions()))


def test_a_database_older_than_its_files_costs_no_records(full, interaction, tmp_path, caplog):
    full.seal(START + HOUR + GRACE)
    old = tmp_path / "old.db"
    with sqlite3.connect(full.path) as source, sqlite3.connect(old) as copy:
        source.backup(copy)
    full.append([interaction("later", time=START + 3 * HOUR + 60.0)])
    full.seal(NOW)
    before = {file.name for file in tmp_path.rglob("*.parquet")}
    full.close()
    for end in ("", "-wal", "-shm"):
        full.path.with_name(full.path.name + end).unlink(missing_ok=True)
    old.rename(full.path)

    with Store.open(str(full.path), create=True) as store:
        store.seal(NOW)
        assert store.get("id-0-0") is not None and store.get("id-3-0") is not None
        assert store.get("id-later") is None

    (aside,) = tmp_path.rglob("aside-*.parquet")
    assert aside.name.removeprefix("aside-") in before
    assert "never had" in caplog.text
