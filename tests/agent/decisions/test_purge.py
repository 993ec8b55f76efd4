from __future__ import annotations

import pytest
from tests.agent.decisions.contents import content

from tokenward.errors import UsageError
from tokenward.store.store import Store


def test_erasing_a_subject_erases_the_bytes(store, tmp_path, interaction):
    store.append(
        [
            interaction(n, subject=f"s-{n % 3}", labels={"mark": f"mark-{n % 3}-"})
            for n in range(3000)
        ]
    )
    gone = store.hasher("subject", "s-1").encode()
    assert gone in content(tmp_path) and b"mark-1-" in content(tmp_path)

    assert 1000 == store.purge(subject="s-1")
    assert 2000 == store.count()
    assert not [mark for mark in (gone, b"mark-1-") if mark in content(tmp_path)]
    assert b"mark-2-" in content(tmp_path)


def test_erasing_what_is_old_erases_the_bytes(store, tmp_path, interaction):
    store.append(
        [interaction(n, time=float(n), labels={"mark": f"day-{n // 500}-"}) for n in range(1000)]
    )

    assert 500 == store.purge(before=500.0)
    assert (500.0, 999.0) == store.bounds()
    assert b"day-0-" not in content(tmp_path) and b"day-1-" in content(tmp_path)


def test_bytes_are_gone_although_a_recorder_holds_the_store_open(store, tmp_path, interaction):
    store.append([interaction(n, subject="ann", labels={"mark": "ann-mark"}) for n in range(200)])
    with Store.open(f"{tmp_path}/log.db") as other:
        assert 200 == other.purge(subject="ann")

    assert b"ann-mark" not in content(tmp_path)
    assert 1 == store.append([interaction(7)])


@pytest.fixture
def sealed(store, interaction):
    """Three hours, sealed, and one more record of each subject that is not."""
    some = [
        interaction(n, time=3600.0 * (n // 20) + n, subject=f"s-{n % 3}", labels={"mark": f"mark-{n % 3}-of-{n // 20}"})
        for n in range(60)
    ]  # fmt: skip
    store.append(some)
    assert 60 == store.seal(1e6)
    late = [interaction(100 + n, time=9e6, subject=f"s-{n}") for n in range(3)]
    store.append(late)
    return store


def test_erasing_a_subject_erases_it_from_sealed_hours_too(sealed, tmp_path):
    gone = sealed.hasher("subject", "s-1").encode()
    assert gone in content(tmp_path) and b"mark-1-of-2" in content(tmp_path)
    kept = [one for one in sealed.interactions() if one.subject != gone.decode()]

    assert 21 == sealed.purge(subject="s-1")
    assert kept == list(sealed.interactions())
    assert not [mark for mark in (gone, b"mark-1-") if mark in content(tmp_path)]
    assert b"mark-2-of-0" in content(tmp_path)


def test_erasing_what_is_old_drops_files_and_cuts_one(sealed, tmp_path):
    kept = [one for one in sealed.interactions() if one.time >= 3600.0 + 30.0]

    assert 30 == sealed.purge(before=3600.0 + 30.0)
    assert kept == list(sealed.interactions())
    assert 2 == len(list(tmp_path.rglob("*.parquet")))
    assert b"-of-0" not in content(tmp_path) and b"id-29" not in content(tmp_path)
    assert b"id-30" in content(tmp_path)
    assert 33 == sealed.purge(before=1e9)
    assert [] == list(tmp_path.rglob("*.parquet")) and 0 == sealed.count()


def test_a_reader_at_work_does_not_keep_a_file_from_going(sealed, tmp_path):
    with Store.open(f"{tmp_path}/log.db", read_only=True) as other:
        reading = other.interactions()
        next(reading)
        sealed.purge(before=1e6)
        assert {"id-100", "id-101", "id-102"} <= {one.decision_id for one in reading}
    assert b"mark-" not in content(tmp_path)


def test_erasing_nobody_erases_nothing(store, interaction):
    store.append([interaction(subject="ann")])

    assert (0, 1) == (store.purge(subject="bob"), store.count())


@pytest.mark.parametrize("chosen", [{}, {"before": 1.0, "subject": "ann"}])
def test_exactly_one_choice_is_needed(store, chosen):
    with pytest.raises(UsageError, match="either a time or a subject"):
        store.purge(**chosen)
