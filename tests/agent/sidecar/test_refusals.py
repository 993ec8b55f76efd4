"""Records of requests that no guard has looked at: few, and their numbers add up."""

from __future__ import annotations

from tokenward.sidecar.refusals import SINGLES, WINDOW, Kind, Refusals

KIND = Kind("other", "unknown_path", 404)
OTHER = Kind("/v1/models", "overloaded", 503, "too much at work here (memory); try again")


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def weights(rows, kind=KIND):
    return [one.sample_weight for one in rows if one.labels["outcome"] == kind.outcome]


def test_a_few_have_a_record_each():
    rows = []
    refusals = Refusals(rows.append, clock=Clock())
    for _ in range(SINGLES):
        refusals.add(KIND)
    refusals.close()
    assert weights(rows) == [1.0] * SINGLES
    assert len({one.decision_id for one in rows}) == SINGLES


def test_what_follows_has_one_for_all():
    rows, clock = [], Clock()
    refusals = Refusals(rows.append, clock=clock)
    for _ in range(1_000):
        refusals.add(KIND)
    assert weights(rows) == [1.0] * SINGLES
    clock.now += WINDOW
    refusals.sweep()
    assert len(rows) == SINGLES
    clock.now += 0.1
    refusals.sweep()
    assert weights(rows)[SINGLES:] == [1_000.0 - SINGLES]
    refusals.sweep()
    refusals.close()
    assert len(rows) == SINGLES + 1


def test_each_kind_has_its_own():
    rows = []
    refusals = Refusals(rows.append, singles=1, clock=Clock())
    for kind in (KIND, OTHER, KIND, OTHER, OTHER):
        refusals.add(kind)
    refusals.close()
    assert weights(rows) == [1.0, 1.0]
    assert weights(rows, OTHER) == [1.0, 2.0]
    [first, *_] = [one for one in rows if one.route == "/v1/models"]
    assert first.labels == {"outcome": "overloaded", "status": "503", "reason": OTHER.reason}


def test_a_new_window_begins_anew_even_where_nobody_sweeps():
    rows, clock = [], Clock()
    refusals = Refusals(rows.append, singles=1, clock=clock)
    for _ in range(3):
        for _ in range(5):
            refusals.add(KIND)
        clock.now += WINDOW + 1
    refusals.close()
    assert weights(rows) == [1.0, 4.0] * 3


def test_one_that_writes_its_record_itself_is_counted_all_the_same():
    rows = []
    refusals = Refusals(rows.append, singles=2, clock=Clock())
    assert [refusals.alone(KIND) for _ in range(4)] == [True, True, False, False]
    refusals.close()
    assert weights(rows) == [2.0]
