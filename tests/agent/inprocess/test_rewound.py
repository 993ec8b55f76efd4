"""What an output tells of its tokens: what was taken back and why, and what detections came from."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

from tokenward.inprocess.answers import answer
from tokenward.inprocess.detokenize import Detokenizer
from tokenward.inprocess.places import Place
from tokenward.inprocess.prompts import CheckedPrompt
from tokenward.inprocess.row import Row

REWIND = {"rewind": {"attempts": 9, "otherwise": {"redact": "tag"}}}
SAMPLING = {"do_sample": True, "max_new_tokens": 40, "eos_token_id": None}


def rule(detect: str, action: Any, **more: Any) -> dict[str, Any]:
    return {"stage": "output", "detect": {detect: "all"}, "action": action, **more}


def write(guard: Any, tokenizer: Any, names: str, attempts: int = 0) -> Row:
    """Returns a row that was given tokens by name, each half as likely as the one before."""
    row = Row(guard.engine, Detokenizer(tokenizer), lambda _: None, attempts)
    for number, token in enumerate(tokenizer.convert_tokens_to_ids(names.split())):
        row.accept(token, math.log(2) * number, 0.0, float(number))
    return row


def places(row: Row) -> list[Place]:
    """Returns the places of the detections in a row, as its output has them."""
    return list(answer(CheckedPrompt("", ()), [1], row, ()).places)


def plain(tokenizer: Any, tokens: Any) -> str:
    return str(tokenizer.decode(tokens, skip_special_tokens=True))


def run(guard: Any, model: Any, tokenizer: Any, prompts: Any, seed: int, **kwargs: Any) -> Any:
    torch.manual_seed(seed)
    return guard.generate(model, tokenizer, prompts, **SAMPLING, **kwargs)


# -- rewinds --------------------------------------------------------------------------------------


def test_a_rewind_says_where_what_and_why(load: Any, letters: Any) -> None:
    guard = load(rule("strings", REWIND, when="score >= 0.4"), strings=["Qa"])
    row = write(guard, letters, "b Ġ Q a", attempts=9)
    (rewind,) = row.rewound
    (cause,) = rewind.causes

    assert (rewind.at, rewind.offset, rewind.text) == (2, 2, "Qa")
    assert letters.convert_ids_to_tokens(list(rewind.tokens)) == ["Q", "a"]
    assert rewind.probabilities == pytest.approx((0.25, 0.125))
    assert letters.convert_ids_to_tokens(list(rewind.banned)) == ["Q"]
    assert (cause.rule, cause.threshold) == ("r0", 0.4)
    assert (cause.detection.type, cause.detection.score) == ("string", 1.0)
    assert (cause.place.start, cause.place.end) == (2, 4)


def test_what_was_taken_back_with_the_span_is_told_apart_from_it(load: Any, letters: Any) -> None:
    guard = load(rule("words", REWIND), words=["ab"])
    row = write(guard, letters, "b Ġa b .Ġ", attempts=9)
    (rewind,) = row.rewound

    assert (rewind.at, rewind.offset, rewind.text) == (1, 1, " ab. ")
    assert (rewind.causes[0].place.start, rewind.causes[0].place.end) == (1, 3)
    assert (rewind.causes[0].detection.start, rewind.causes[0].detection.end) == (2, 4)


def test_bans_at_one_place_add_up(load: Any, letters: Any) -> None:
    guard = load(rule("strings", REWIND), strings=["Q", "1"])
    row = write(guard, letters, "a Q 1 b", attempts=9)

    assert [one.at for one in row.rewound] == [1, 1]
    banned = [letters.convert_ids_to_tokens(list(one.banned)) for one in row.rewound]
    assert [sorted(names) for names in banned] == [["Q"], ["1", "Q"]]


def test_every_rule_that_asked_is_named(load: Any, letters: Any) -> None:
    guard = load(
        rule("strings", REWIND), rule("shouting", REWIND, when="score > 0.9"), strings=["Qb. "]
    )
    row = write(guard, letters, "a Q b .Ġ a", attempts=18)

    assert sorted(cause.rule for cause in row.rewound[0].causes) == ["r0", "r1"]


def test_the_text_taken_back_is_in_no_repr(load: Any, letters: Any) -> None:
    row = write(load(rule("strings", REWIND), strings=["Qaba"]), letters, "Q ab a", attempts=9)
    assert "aba" not in repr(row.rewound)


@pytest.mark.parametrize("seed", range(4))
def test_rewinds_lead_from_one_text_to_the_next(
    load: Any, babbler: Any, letters: Any, seed: int
) -> None:
    guard = load(rule("strings", REWIND), rule("words", REWIND), strings=["Q", "12"], words=["ab"])
    outputs = run(guard, babbler, letters, ["ab", "b 12", "a"], seed)
    assert sum(output.rewinds for output in outputs) > 5
    for output in outputs:
        assert len(output.rewound) == output.rewinds
        assert output.model_text == plain(letters, output.tokens)
        for one in output.rewound:
            assert one.tokens[0] in one.banned
            assert plain(letters, one.tokens).startswith(one.text)  # a last character may be open
            assert len(one.tokens) == len(one.surprisals) == len(one.pieces)
            assert one.causes
            for cause in one.causes:
                found = cause.detection
                said = one.text[found.start - one.offset : found.end - one.offset]
                assert said in ("Q", "12", "ab")
                assert one.at <= cause.place.start < cause.place.end <= one.at + len(one.tokens)
        for number, one in enumerate(output.rewound):
            if all(later.at > one.at for later in output.rewound[number + 1 :]):
                assert output.tokens[one.at] not in one.banned


# -- places ---------------------------------------------------------------------------------------


def test_a_redacted_span_is_found_in_the_tokens(load: Any, letters: Any) -> None:
    row = write(load(rule("words", "redact"), words=["abab"]), letters, "b Ġa b ab .Ġ b")
    row.end("length")
    (place,) = places(row)

    assert row.text == "b <word>. b"
    assert (place.start, place.end) == (1, 4)
    assert (place.detection.start, place.detection.end) == (2, 6)


def test_flagged_and_watched_spans_have_places_too(load: Any, letters: Any) -> None:
    rules = rule("words", "flag"), rule("digits", "block", mode="monitor")
    row = write(load(*rules, words=["ab"]), letters, "ab Ġ 121 2 .")
    row.end("length")

    assert [(one.detection.type, one.start, one.end) for one in places(row)] == [
        ("word", 0, 1),
        ("digits", 2, 4),
    ]


def test_what_was_taken_back_has_no_place(load: Any, letters: Any) -> None:
    guard = load(rule("strings", REWIND), rule("words", "redact"), strings=["Q"], words=["b"])
    row = write(guard, letters, "a Q b Ġ", attempts=9)
    row.end("length")
    assert [one.detection.type for one in places(row)] == []
    assert [one.type for one in row.decide("id").detections] == ["string"]
    assert row.rewound[0].causes[0].detection in row.decide("id").detections


def test_the_same_span_found_again_is_the_one_that_is_there(load: Any, letters: Any) -> None:
    once = {"rewind": {"attempts": 1, "otherwise": {"redact": "tag"}}}
    row = write(load(rule("strings", once), strings=["12"]), letters, "a 1 2 12 b", attempts=1)
    row.end("length")

    assert [one.text for one in row.rewound] == ["12"]
    (place,) = places(row)  # equal to what led to the rewind, in another tokenisation
    assert place.detection == row.rewound[0].causes[0].detection
    assert (place.start, place.end) == (1, 2)


def test_a_blocked_span_has_its_tokens(load: Any, letters: Any) -> None:
    row = write(load(rule("words", "block"), words=["aba"]), letters, "b Ġ ab a Ġ")
    (place,) = places(row)
    assert (row.reason, place.start, place.end) == ("block", 2, 4)


@pytest.fixture(scope="module")
def thinking(wrap_backend: Any) -> Any:
    """A tokenizer with marks of thoughts, which are text, and of tool calls, which are not."""
    names = ["<pad>", "<s>", "</s>", *sorted(pre_tokenizers.ByteLevel.alphabet())]
    backend = Tokenizer(models.BPE(vocab={n: i for i, n in enumerate(names)}, merges=[]))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    backend.decoder = decoders.ByteLevel()
    backend.add_tokens(["<think>", "</think>", AddedToken("<tool_call>", special=True)])
    return wrap_backend(backend)


@pytest.mark.parametrize(
    ("written", "string", "tokens"),
    [
        ("<think> a b </think> c", "ab", (1, 3)),
        ("<think> a b </think> c", "b</think>c", (2, 5)),
        ("a <tool_call> b c </s>", "bc", (2, 4)),
        ("a <tool_call> b c </s>", "ab", (0, 3)),
        ("a ä ¸ Ń c", "中", (1, 4)),
        ("a ä ¸ Ń ä ¸ Ń c", "中c", (4, 8)),
    ],
)
def test_spans_in_thoughts_calls_and_characters_of_several_tokens(
    load: Any, thinking: Any, written: str, string: str, tokens: tuple[int, int]
) -> None:
    redacted = write(load(rule("strings", "redact"), strings=[string]), thinking, written)
    redacted.end("stop")
    (place,) = places(redacted)
    assert (place.start, place.end) == tokens

    again = write(load(rule("strings", REWIND), strings=[string]), thinking, written, attempts=9)
    (cause,) = again.rewound[0].causes
    assert (again.rewound[0].at, cause.place.start, cause.place.end) == (tokens[0], *tokens)


@pytest.fixture(scope="module")
def fallback(wrap_backend: Any) -> Any:
    """A tokenizer in the manner of SentencePiece, with bytes for what has no piece."""
    names = ["<pad>", "<s>", "</s>", "<unk>", *(f"<0x{b:02X}>" for b in range(256)), *"▁abQ", "▁a"]
    vocabulary = {name: number for number, name in enumerate(names)}
    backend = Tokenizer(models.BPE(vocab=vocabulary, merges=[("▁", "a")], byte_fallback=True))
    parts = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    backend.decoder = decoders.Sequence([*parts, decoders.Strip(" ", 1, 0)])
    return wrap_backend(backend)


CHINESE = "▁a <0xE4> <0xB8> <0xAD> <0xE4> <0xBA> <0xBA> b ▁a"  # a中人b a


@pytest.mark.parametrize(
    ("string", "tokens"),
    [("中", (1, 4)), ("人", (4, 7)), ("b", (7, 8)), ("中人", (1, 7)), ("人b a", (4, 9))],
)
def test_characters_of_byte_tokens_have_their_own(
    load: Any, fallback: Any, string: str, tokens: tuple[int, int]
) -> None:
    redacted = write(load(rule("strings", "redact"), strings=[string]), fallback, CHINESE)
    redacted.end("stop")
    assert [(one.start, one.end) for one in places(redacted)] == [tokens]
    output = answer(CheckedPrompt("", ()), [1], redacted, ())
    assert "".join(output.pieces[slice(*tokens)]) == string
    assert output.pieces[:7] == ("a", "", "", "中", "", "", "人")

    again = write(load(rule("strings", REWIND), strings=[string]), fallback, CHINESE, attempts=9)
    first, (cause,) = again.rewound[0], again.rewound[0].causes
    assert (first.at, cause.place.start, cause.place.end) == (tokens[0], *tokens)
    assert first.text.startswith(string)
    assert first.offset == "a中人b a".index(string)


def test_only_what_is_wrong_behind_byte_tokens_is_taken_back(load: Any, fallback: Any) -> None:
    """The characters before it come with the same piece, and stay all the same."""
    row = write(load(rule("strings", REWIND), strings=["Q"]), fallback, "a <0xC3> <0xA9> Q", 9)
    assert [(one.at, one.text) for one in row.rewound] == [(3, "Q")]
    assert fallback.convert_ids_to_tokens(row.tokens) == ["a", "<0xC3>", "<0xA9>"]
    row.accept(fallback.convert_tokens_to_ids("b"), 0.0, 0.0)
    row.end("stop")
    assert row.text == "aéb"


# -- numbers --------------------------------------------------------------------------------------


def test_undone_tokens_do_not_count(load: Any, babbler: Any, letters: Any) -> None:
    guard = load(rule("strings", REWIND), strings=["Q", "12", "a"])
    output = run(guard, babbler, letters, "ab", 1)
    assert output.rewinds > 2
    with torch.no_grad():
        logits = babbler(output.sequences).logits[0, -41:-1]
    log_p = logits.log_softmax(-1)
    chosen = -log_p[torch.arange(40), torch.tensor(output.tokens)]
    first, second = log_p.topk(2).values.unbind(-1)
    grams = [output.tokens[at : at + 4] for at in range(37)]

    assert output.surprisals == pytest.approx(chosen.tolist(), abs=1e-4)
    assert output.probabilities == pytest.approx(chosen.neg().exp().tolist(), abs=1e-4)
    assert output.margin == pytest.approx((first - second).mean().item(), abs=1e-4)
    assert output.repetition == 1 - len(set(grams)) / 37


def test_a_loop_repeats_itself(load: Any, babbler: Any, letters: Any) -> None:
    others = [token for token in range(len(letters)) if token != 3]
    output = load().generate(
        babbler, letters, "ab", do_sample=False, max_new_tokens=60, suppress_tokens=others
    )
    assert set(output.tokens) == {3}
    assert output.repetition == pytest.approx(56 / 57)


def test_a_short_answer_repeats_nothing(load: Any, babbler: Any, letters: Any) -> None:
    output = load().generate(babbler, letters, "ab", max_new_tokens=3, eos_token_id=None)
    assert (len(output.tokens), output.repetition) == (3, None)
    assert output.margin is not None
