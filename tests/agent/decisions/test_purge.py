from __future__ import annotations

import pytest

from tokenward.decisions.store import Store
from tokenward.errors import UsageError


def content(folder):
    return b"".join(path.read_bytes() for path in folder.iterdir())


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


def test_erasing_nobody_erases_nothing(store, interaction):
    store.append([interaction(subject="ann")])

    assert (0, 1) == (store.purge(subject="bob"), store.count())


@pytest.mark.parametrize("chosen", [{}, {"before": 1.0, "subject": "ann"}])
def test_exactly_one_choice_is_needed(store, chosen):
    with pytest.raises(UsageError, match="either a time or a subject"):
        store.purge(**chosen)
