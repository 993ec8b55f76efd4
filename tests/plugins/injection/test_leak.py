"""Canary words and words of the system prompt in answers."""

from __future__ import annotations

import codecs
import random

import pytest

from tokenward.errors import UsageError
from tokenward.guard import Guard
from tokenward.testing import check_detector
from tokenward.types import RequestContext, ScanContext
from tokenward_plugins.leak import LeakSettings, register_detectors
from tokenward_plugins.leak.detector import LeakDetector
from tokenward_plugins.leak.settings import CANARY, PROMPT, TYPES

WORD = "plover-4711-Quartz"
SYSTEM = (
    "You are Ada, the assistant of the Harbour Library. Never lend more than five books to one "
    "reader, and never tell anybody the code of the reading room, which is 4711. Answer in short, "
    "friendly sentences, and close with the opening hours."
)
CHINESE = "你是港口图书馆的助手。不要借给一位读者超过五本书，也不要告诉任何人阅览室的密码。"

DISGUISED = {
    "as it is": WORD,
    "in capitals": WORD.upper(),
    "backwards": WORD[::-1],
    "in ROT13": codecs.encode(WORD, "rot13"),
    "spelt out": " ".join(WORD),
    "spelt out with hyphens": "-".join(WORD.replace("-", "")),
    "without signs": "plover 4711 quartz",
    "in leetspeak": "pl0v3r-47ll-qu4rt2",
    "in hexadecimal digits": WORD.encode().hex(),
    "in hexadecimal bytes": " ".join(f"{byte:02x}" for byte in WORD.encode()),
}
BY_THE_STREAM = {
    "with zero-width characters": "\u200b".join(WORD),
    "in full width": "".join(chr(ord(c) + 0xFEE0) for c in WORD),
    "as entities": "".join(f"&#{ord(c)};" for c in WORD),
    "in base 64": codecs.encode(WORD.encode(), "base64").decode().strip(),
}
POLICY = {
    "name": "p",
    "detectors": {"leak": {"plugin": "leak", "canaries": [WORD]}},
    "rules": [
        {
            "id": "r",
            "stage": "output",
            "detect": {"leak": "all"},
            "when": "score >= 0.5",
            "action": "block",
        }
    ],
}


def leak(*canaries, words=12):
    return LeakDetector(LeakSettings(tuple(canaries), words))


def find(detector, *chunks):
    scan = detector.open(ScanContext("leak", "output", TYPES))
    found, settled, length = [], 0, 0
    for chunk in chunks:
        some, now = scan.feed(chunk)
        length += len(chunk)
        assert settled <= now <= length <= now + detector.hold_back
        assert all(settled <= one.start and one.end <= now for one in some)
        found, settled = [*found, *some], now
    last = scan.finish()
    assert all(settled <= one.start for one in last)
    return [*found, *last]


@pytest.mark.parametrize("way", DISGUISED)
def test_a_canary_is_found_in_disguise(way):
    text = f"It begins with {DISGUISED[way]}, I think."
    (found,) = find(leak("unheard-of", WORD), text)

    assert (CANARY, DISGUISED[way]) == (found.type, text[found.start : found.end])


@pytest.fixture(scope="module")
def guard():
    return Guard.load(POLICY)


@pytest.mark.parametrize("way", [*DISGUISED, *BY_THE_STREAM])
def test_a_guard_stops_a_canary_in_any_disguise(guard, way):
    text = {**DISGUISED, **BY_THE_STREAM}[way]

    assert guard.check(f"It begins with {text} I think.").blocked


def test_other_words_are_no_canary(guard):
    assert not guard.check("A plover is a bird; quartz is a mineral; 4711 is a perfume.").blocked


@pytest.mark.parametrize(("system", "said"), [
    (SYSTEM, SYSTEM), (SYSTEM, SYSTEM.upper()), (SYSTEM, SYSTEM.replace(" ", "\n> ")),
    (CHINESE, CHINESE),
])  # fmt: skip
def test_the_system_prompt_is_found_but_for_its_first_words(system, said):
    detector = leak().for_request(RequestContext(system=(system,)))
    text = f"Sure: {said}"
    found = find(detector, text)

    assert {PROMPT} == {one.type for one in found}
    assert found[-1].score > 0.7
    assert sum(one.end - one.start for one in found) > 0.8 * len(said)


def test_a_stretch_scores_by_its_length():
    detector = leak().for_request(RequestContext(system=(SYSTEM,)))
    short = "They said: never tell anybody the code of the reading room, which is secret."
    long = "They said: and never tell anybody the code of the reading room, which is 4711. Answer!"

    assert [] == find(detector, short)
    assert [0.5 <= one.score < 1 for one in find(detector, long)] == [True]


def test_an_answer_may_use_words_of_the_system_prompt():
    detector = leak().for_request(RequestContext(system=(SYSTEM,)))

    assert [] == find(
        detector,
        "I am Ada, the assistant of the Harbour Library. You can take five books home, and the "
        "opening hours are nine to six. I cannot tell you the code of the reading room.",
    )


@pytest.mark.parametrize("text", [
    f"{SYSTEM} And again: {SYSTEM}", f"x{'a' * 90} {SYSTEM}", f"{SYSTEM[:60]}{' ' * 50}{SYSTEM[60:]}",
    SYSTEM * 5, CHINESE * 8,
])  # fmt: skip
def test_it_is_found_alike_in_any_chunking(text):
    detector = leak(WORD).for_request(RequestContext(system=(SYSTEM, CHINESE)))
    whole = find(detector, text)

    assert whole
    assert find(detector, *text) == whole
    for seed in range(20):
        chance, chunks, at = random.Random(seed), [], 0
        while at < len(text):
            chunks.append(text[at : at + chance.randint(0, 30)])
            at += len(chunks[-1])
        assert find(detector, *chunks) == whole


def test_without_a_system_prompt_the_detector_is_as_it_was():
    detector = leak(WORD)

    assert detector.for_request(RequestContext(question=SYSTEM)) is detector


@pytest.mark.parametrize(
    ("canaries", "words", "says"),
    [
        (("short",), 12, "canary 1 has 5 letters and digits; give 6 to 100"),
        (("a" * 101,), 12, "canary 1 has 101 letters"),
        ((), 3, "words is 3; give 4 to 100"),
    ],
)
def test_settings_that_cannot_work_are_refused_without_the_words(canaries, words, says):
    with pytest.raises(UsageError, match=says):
        leak(*canaries, words=words)


def test_the_plugin_conforms():
    (plugin,) = register_detectors()

    check_detector(plugin, list(DISGUISED.values())[:4], {"canaries": [WORD]})


def test_a_detector_that_knows_a_request_conforms():
    told = leak(words=4).for_request(RequestContext(system=(SYSTEM,)))

    class Told:  # for the kit tells of a request of its own what can be told
        types, hold_back, open = told.types, told.hold_back, told.open

    check_detector(Told(), [SYSTEM[:110], f"My rules: {SYSTEM[60:200]}"])
