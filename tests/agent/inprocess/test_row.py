"""One row, token by token: what is sent when, and where a rewind goes back to."""

from __future__ import annotations

from typing import Any

import pytest

from tokenward.inprocess.detokenize import Detokenizer
from tokenward.inprocess.row import Row

REWIND = {"rewind": {"attempts": 2}}


def rule(detect: str, action: Any, **more: Any) -> dict[str, Any]:
    return {"stage": "output", "detect": {detect: "all"}, "action": action, **more}


class Written:
    """A row that is given text, by the tokens of the letters."""

    def __init__(self, guard: Any, tokenizer: Any, attempts: int = 0) -> None:
        self.sent: list[str] = []
        self.tokenizer = tokenizer
        self.row = Row(guard.engine, Detokenizer(tokenizer), self.sent.append, attempts)

    def write(self, *names: str) -> int | None:
        for token in self.tokenizer.convert_tokens_to_ids(list(names)):
            kept = self.row.accept(token, 0.0, 0.0)
        return kept

    def banned(self) -> list[str]:
        return sorted(self.tokenizer.convert_ids_to_tokens(list(self.row.banned)))


def test_text_is_sent_as_soon_as_it_is_settled(load: Any, letters: Any) -> None:
    written = Written(load(rule("words", "redact"), words=["ab"]), letters)
    written.write("a", "b", "a", "Ġ", "b")
    assert written.sent == ["aba "]


def test_a_redacted_text_keeps_its_tokens(load: Any, letters: Any) -> None:
    written = Written(load(rule("words", "redact"), words=["ab"]), letters)
    written.write("ab", "Ġ", "b")
    written.row.end("length")
    assert written.row.text == "<word> b"
    assert len(written.row.tokens) == 3


def test_a_block_ends_the_row(load: Any, letters: Any) -> None:
    written = Written(load(rule("words", "block", message="no"), words=["ab"]), letters)
    written.write("b", "Ġ", "ab", "Ġ")
    decision = written.row.decide("id")
    assert written.row.reason == "block"
    assert (written.row.text, decision.action, decision.message) == ("b ", "block", "no")


def test_a_rewind_goes_back_to_the_start_of_the_span(load: Any, letters: Any) -> None:
    written = Written(load(rule("words", REWIND), words=["ab"]), letters, attempts=2)
    assert written.write("b", "Ġ", "a", "b", "Ġ") == 2
    assert written.banned() == ["a"]
    assert written.row.rewinds == 1


def test_a_span_that_starts_inside_a_token_drops_the_token(load: Any, letters: Any) -> None:
    written = Written(load(rule("words", REWIND), words=["ab"]), letters, attempts=2)
    assert written.write("b", "Ġa", "b", "Ġ") == 1
    assert written.banned() == ["Ġa"]
    assert written.row.text in ("", "b")  # the space before the span was not sent


def test_bans_add_up_at_a_place_and_go_with_what_is_behind_an_earlier_one(
    load: Any, letters: Any
) -> None:
    rewind = {"rewind": {"attempts": 9}}
    guard = load(rule("strings", rewind), rule("digits", rewind), strings=["Q", "!b"])
    written = Written(guard, letters, attempts=18)
    assert written.write("!", "a", "Q") == 2
    assert written.write("!", "b") == 2
    assert written.banned() == ["!", "Q"]
    written.write("1")
    assert written.write("2", "1", "a") == 2
    assert written.banned() == ["!", "1", "Q"]
    assert written.write("a", "Q") == 3
    assert set(written.row.bans) == {2, 3}


def test_rewinding_further_back_drops_later_bans(load: Any, letters: Any) -> None:
    rewind = {"rewind": {"attempts": 9}}
    guard = load(rule("strings", rewind), rule("words", rewind), strings=["Q"], words=["ab"])
    written = Written(guard, letters, attempts=18)
    assert written.write("a", "Q", ".") == 1
    assert written.write("b", ".") == 0
    assert set(written.row.bans) == {0}


def test_the_first_byte_of_a_dropped_character_is_dropped_with_it(load: Any, letters: Any) -> None:
    written = Written(load(rule("strings", REWIND), strings=["é"]), letters, attempts=2)
    assert written.write("a", "Ã", "©") == 1
    assert written.banned() == ["Ã"]


def test_special_tokens_before_a_span_stay(load: Any, letters: Any) -> None:
    written = Written(load(rule("strings", REWIND), strings=["Q"]), letters, attempts=2)
    assert written.write("<s>", "Q") == 1
    assert written.write("a", "<s>", "Q") == 3
    assert written.banned() == ["Q"]


def test_a_rewind_at_the_end_lets_the_row_go_on(load: Any, letters: Any) -> None:
    written = Written(load(rule("words", REWIND), words=["ab"]), letters, attempts=2)
    written.write("b", "Ġ", "ab", "</s>")
    assert written.row.end("stop") == 2
    assert not written.row.done
    written.write("b", "</s>")
    assert written.row.end("stop") is None
    assert written.row.text == "b b"


def test_after_the_last_attempt_the_fallback_applies(load: Any, letters: Any) -> None:
    rewind = {"rewind": {"attempts": 1, "otherwise": {"redact": "tag"}}}
    written = Written(load(rule("strings", rewind), strings=["Q"]), letters, attempts=1)
    assert written.write("Q") == 0
    written.write("a", "Q", "b")
    written.row.end("length")
    assert written.row.text == "a<string>b"


def test_what_a_rewind_could_change_is_not_sent(load: Any, letters: Any) -> None:
    """The word is over because of the space, and the space goes with the number behind it."""
    rules = (rule("words", "redact"), rule("digits", REWIND))
    written = Written(load(*rules, words=["abb"]), letters, attempts=2)
    written.write("ab", "Ġb", "1", "2", "1")  # "ab" is settled, but only while " b121" is there
    assert written.sent == []


def test_text_is_sent_when_no_rewind_can_undo_what_settled_it(load: Any, letters: Any) -> None:
    rules = (rule("words", "redact"), rule("digits", REWIND))
    written = Written(load(*rules, words=["abb"]), letters, attempts=2)
    written.write("ab", "Ġ", "b", "Ġ", "a")
    assert written.sent == ["ab ", "b "]


def test_a_word_that_only_a_rewind_makes_is_caught(load: Any, letters: Any) -> None:
    rules = (rule("words", "redact"), rule("strings", REWIND))
    written = Written(load(*rules, words=["abb"], strings=[" Q"]), letters, attempts=2)
    assert written.write("ab", "Ġ", "Q", "Ġ") == 1  # "ab" had been settled by the space
    written.write("b", "Ġ")
    written.row.end("length")
    assert written.row.text == "<word> "


def test_once_no_rewind_is_left_text_is_sent_at_once(load: Any, letters: Any) -> None:
    rewind = {"rewind": {"attempts": 1, "otherwise": {"redact": "tag"}}}
    written = Written(load(rule("words", rewind), words=["ab"]), letters, attempts=1)
    written.write("ab", "Ġ")
    written.write("b", "Ġ", "a")
    assert written.row.text == "b "


def test_a_row_without_a_token_left_is_blocked(load: Any, letters: Any) -> None:
    written = Written(load(rule("strings", REWIND), strings=["Q"]), letters, attempts=2)
    written.write("a", "b", "Q")
    written.row.stop()
    assert (written.row.reason, written.row.text) == ("block", "ab")


def test_a_broken_character_at_the_end_is_decided_too(load: Any, letters: Any) -> None:
    written = Written(load(rule("strings", "block"), strings=["\ufffd"]), letters)
    written.write("a", "Ã")
    assert written.row.end("length") is None
    assert (written.row.reason, written.row.text) == ("block", "a")


@pytest.mark.parametrize("tail", ["", "b"])
def test_sent_text_does_not_come_twice(load: Any, letters: Any, tail: str) -> None:
    written = Written(load(rule("strings", REWIND), strings=["Q"]), letters, attempts=2)
    written.write("a", "b", "a", "Q")
    written.write(*tail, "b")
    written.row.end("length")
    assert "".join(written.sent) == written.row.text == f"aba{tail}b"


def test_a_detector_that_decides_otherwise_about_the_same_text_ends_the_row(
    load: Any, letters: Any
) -> None:
    guard = load(rule("fickle", "redact"), rule("strings", REWIND), strings=["Q"])
    written = Written(guard, letters, attempts=2)
    written.write("a", "b", "Q", "a")
    assert written.sent == ["a", "b"]
    assert (written.row.reason, written.row.stopped) == ("block", True)
