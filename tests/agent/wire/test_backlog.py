"""Events that wait for their text: nothing is lost, said twice, or late."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from tokenward.wire.backlog import MOST, Backlog

PIECE = st.sampled_from(["so", " it", " ", "\n\n", "is it", "x "])


@dataclass
class Stream:
    held: int = 0


def said_of(leaving, events):
    """What events say that leave; each leaves once, and in its order."""
    for event, said in leaving:
        yield events[event] if said is None else said


@settings(deadline=None)
@given(steps=st.lists(st.tuples(PIECE, st.integers(0, 9)), max_size=90), flush=st.booleans())
def test_all_that_may_leave_is_said_at_once_but_for_blanks(steps, flush):
    backlog, stream = Backlog[int](), Stream()
    events = [piece for piece, _ in steps]
    came = said = ""
    at, order = 0, []
    for number, (piece, holds) in enumerate(steps):
        came += piece
        settled = max(at, len(came) - holds)
        released, at = came[at:settled], settled
        stream.held = len(came) - settled
        leaving = backlog.put(number, piece, released, stream, flush=flush)
        order += [event for event, _ in leaving]
        said += "".join(said_of(leaving, events))
        assert came[:at].startswith(said)
        rest = came[len(said) : at]
        assert not rest or (rest.isspace() and not flush)
    leaving = backlog.rest(came[at:])
    order += [event for event, _ in leaving]
    said += "".join(said_of(leaving, events))
    assert said == came
    numbers = [event for event in order if event is not None]
    assert numbers == sorted(set(numbers))
    assert not (backlog.waits or backlog.edited)


@settings(deadline=None)
@given(steps=st.lists(st.tuples(PIECE, PIECE | st.just(""), st.integers(0, 9)), max_size=90))
def test_whatever_is_let_out_instead_is_said(steps):
    backlog, stream = Backlog[int](), Stream()
    events = [piece for piece, _, _ in steps]
    released = said = ""
    for number, (piece, instead, held) in enumerate(steps):
        released += instead
        stream.held = held
        said += "".join(said_of(backlog.put(number, piece, instead, stream), events))
        assert released.startswith(said)
        assert not released[len(said) :].strip()
    assert said + "".join(said_of(backlog.rest(""), events)) == released


def test_an_event_that_waits_leaves_whole():
    backlog, stream = Backlog[str](), Stream(3)
    assert backlog.put("1", "#ma", "", stream) == []
    assert backlog.waits
    assert backlog.put("2", "rk so", "#mark so", Stream()) == [("1", None), ("2", None)]
    assert not backlog.waits


def test_what_is_owed_is_said_by_the_next_event():
    backlog, stream = Backlog[str](), Stream(3)
    assert backlog.put("1", "so #ma", "so ", stream) == [("1", "so ")]
    assert backlog.put("2", "rk", "#mark", Stream()) == [("2", "#mark")]
    assert backlog.put("3", "x", "x", Stream()) == [("3", None)]


def test_an_event_that_cannot_wait_says_all():
    backlog = Backlog[str]()
    assert backlog.put("1", "#ma", "", Stream(3)) == []
    assert backlog.joined("rk #", "#mark ", Stream(1)) == "#mark "
    assert backlog.put("2", "x", "#x", Stream()) == [("2", "#x")]
    assert not backlog.edited


def test_an_event_without_text_keeps_its_place_once():
    backlog = Backlog[str]()
    assert backlog.aside("ping") == [("ping", None)]
    assert backlog.put("1", "#ma", "", Stream(3)) == []
    assert backlog.aside("ping") == []
    assert backlog.aside("again") == [("again", None)]
    assert backlog.put("2", "il#", "<mail>", Stream()) == [("ping", None), ("2", "<mail>")]
    assert backlog.edited


def test_very_many_events_are_not_kept():
    backlog = Backlog[int]()
    for number in range(3 * MOST):
        assert backlog.put(number, "a", "", Stream(number + 1)) == []
    leaving = backlog.rest("a" * 3 * MOST)
    assert len(leaving) == MOST
    assert leaving[0] == (2 * MOST, "a" * (2 * MOST + 1))
    assert leaving[1:] == [(number, None) for number in range(2 * MOST + 1, 3 * MOST)]
