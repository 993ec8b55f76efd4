"""What was sent stays as it was sent."""

from __future__ import annotations

from tokenward.stream.outlet import Outlet


def outlet() -> tuple[Outlet, list[str]]:
    sent: list[str] = []
    return Outlet(sent.append), sent


def test_text_waits_until_it_may_go() -> None:
    out, sent = outlet()
    out.take("abc")
    out.send(0)
    assert sent == []
    out.send(2)
    assert sent == ["ab"]


def test_nothing_is_sent_twice() -> None:
    out, sent = outlet()
    out.take("abc")
    out.send(2)
    out.send(1)
    out.send(3)
    assert sent == ["ab", "c"]


def test_what_comes_again_may_come_in_other_pieces() -> None:
    out, sent = outlet()
    out.take("abcd")
    out.send(3)
    out.restart()
    for piece in ("a", "", "b", "cxy"):
        out.take(piece)
    out.send(out.released)
    assert "".join(sent) == out.text == "abcxy"
    assert not out.conflict


def test_after_a_conflict_nothing_more_is_sent() -> None:
    out, sent = outlet()
    out.take("abc")
    out.send(3)
    out.restart()
    out.take("axc and more")
    out.send(out.released)
    assert out.conflict
    assert sent == ["abc"]
