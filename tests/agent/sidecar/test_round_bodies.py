"""Ways round the guard in what a request holds: each is refused, or is no way round."""

from __future__ import annotations

import gzip
import json
import zlib

import pytest
from tests.agent.sidecar.around import PLANTED, SPEECHES, body_of, guarded, request, status
from tests.agent.wire.speeches import ANTHROPIC, COMPLETIONS, OPENAI, dumps
from tests.agent.wire.speeches_prompts import LLAMA_CPP, OLLAMA_CHAT, OLLAMA_GENERATE, TGI
from tests.agent.wire.speeches_responses import OPENAI_RESPONSES
from tests.agent.wire.speeches_tensors import TORCH_SERVE

from tokenward.wire.json_text import read_strictly
from tokenward.wire.request import Refusal

each = pytest.mark.parametrize("speech", SPEECHES, ids=lambda one: one.name)
JSON_ONLY = [one for one in SPEECHES if one is not TORCH_SERVE]
json_only = pytest.mark.parametrize("speech", JSON_ONLY, ids=lambda one: one.name)


@pytest.fixture(scope="module")
def sidecar(tmp_path_factory):
    with guarded(tmp_path_factory.mktemp("bodies")) as one:
        yield one
        assert one.upstream.came
        assert PLANTED.encode() not in one.upstream.text


def refused(sidecar, path, data, *headers):
    """Whether a request gets an error, and nothing of it goes on."""
    answer, came = sidecar.passes(request(path, data, *headers))
    assert came == []
    return status(answer)


# -- the bytes ------------------------------------------------------------------------------


def packed(how, data):
    raw = zlib.compressobj(wbits=-15)
    return {
        "gzip": gzip.compress,
        "deflate": zlib.compress,
        "raw": lambda one: raw.compress(one) + raw.flush(),
        "double": lambda one: gzip.compress(gzip.compress(one)),
    }.get(how, lambda one: one)(data)


@each
@pytest.mark.parametrize(
    ("coding", "how"),
    [
        ("gzip", "gzip"), ("x-gzip", "gzip"), ("deflate", "deflate"), ("deflate", "raw"),
        ("br", "plain"), ("zstd", "plain"), ("compress", "plain"), ("gzip, gzip", "double"),
        ("identity, gzip", "gzip"), ("gzip, identity", "gzip"), ("GZIP", "gzip"), ("aes128gcm", "plain"),
        ("identity;q=1", "plain"), (",", "plain"), ("", "gzip"), ("identity", "gzip"), ("gzip", "plain"),
    ],
)  # fmt: skip
def test_compressed_bodies_are_refused(sidecar, speech, coding, how):
    header = b"content-encoding: " + coding.encode()
    got = refused(sidecar, speech.path, packed(how, dumps(body_of(speech))), header)
    assert got in (400, 415)


@json_only
@pytest.mark.parametrize(
    "kind",
    [
        "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
        "application/octet-stream", "application/json; charset=utf-16", "application/jsonl",
        "application/json; charset=utf-7", "application/json;charset=utf-32", "application/json+x",
        'application/json; charset="UTF-16"', "application/json ;  CHARSET = ISO-8859-1",
        "application/json; a=b; charset=utf-16", "text/json; charset=utf-7", "application/xml",
        "application/json, text/plain", "application/cbor", "application/x-ndjson", "*/*",
    ],
)  # fmt: skip
def test_other_types_are_refused(sidecar, speech, kind):
    header = b"content-type: " + kind.encode()
    assert refused(sidecar, speech.path, body_of(speech), header) == 415


def test_a_model_server_gets_the_type_that_was_read(sidecar):
    for kind in (
        b"application/json",
        b"APPLICATION/JSON ; charset=UTF-8",
        b"",
        b"application/json; x=y",
    ):
        _, [came] = sidecar.passes(request(OPENAI.path, body_of(OPENAI), b"content-type: " + kind))
        assert came.headers["content-type"] == "application/json"
    for kind in (b"text/plain", b"text/plain; charset=utf-8"):
        _, [came] = sidecar.passes(
            request(TORCH_SERVE.path, b"a zanzibar", b"content-type: " + kind)
        )
        assert (came.headers["content-type"], came.body) == (
            "text/plain; charset=utf-8",
            b"a [gone]",
        )


def written(value):
    return json.dumps(value).encode()


@each
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda data: b"\xef\xbb\xbf" + data, id="bom"),
        pytest.param(lambda data: data.decode().encode("utf-16"), id="utf-16"),
        pytest.param(lambda data: data.decode().encode("utf-16-le"), id="utf-16-le"),
        pytest.param(lambda data: data.decode().encode("utf-32"), id="utf-32"),
        pytest.param(
            lambda data: data.decode().encode("utf-7").replace(b'"', b"+ACI-"), id="utf-7"
        ),
        pytest.param(lambda data: data[:-1] + b',"a":"\xff"}', id="not utf-8"),
        pytest.param(lambda data: data[:-1] + b',"a":"\xed\xa0\x80"}', id="surrogate bytes"),
        pytest.param(lambda data: data[:-1] + b',"a":"\xc0\xba"}', id="overlong"),
        pytest.param(lambda data: data[:-1] + b',"a":"\\ud83d"}', id="half a pair"),
        pytest.param(lambda data: data[:-1] + b',"a":"\\ude00\\ud83d"}', id="pair turned round"),
        pytest.param(lambda data: data[:-1] + b',"a":"\\u0000"}', id="nul"),
        pytest.param(lambda data: data[:-1] + b',"a":"\n"}', id="line end in a string"),
        pytest.param(lambda data: data[:-1] + b',"a":"\\x41"}', id="unknown escape"),
        pytest.param(lambda data: data[:-1] + b',"a":NaN}', id="nan"),
        pytest.param(lambda data: data[:-1] + b',"a":-Infinity}', id="infinity"),
        pytest.param(lambda data: data[:-1] + b',"a":1e999}', id="infinite number"),
        pytest.param(lambda data: data[:-1] + b',"a":' + b"9" * 5000 + b"}", id="huge number"),
        pytest.param(lambda data: data[:-1] + b',"a":0x10}', id="hexadecimal"),
        pytest.param(lambda data: data[:-1] + b',"a":01}', id="leading zero"),
        pytest.param(lambda data: data[:-1] + b',"a":+1}', id="plus"),
        pytest.param(lambda data: data[:-1] + b',"a":1,}', id="last comma"),
        pytest.param(lambda data: data[:-1] + b",'a':1}", id="other quotes"),
        pytest.param(lambda data: data[:-1] + b",a:1}", id="no quotes"),
        pytest.param(lambda data: b"/* x */" + data, id="comment before"),
        pytest.param(lambda data: data + b"// x", id="comment behind"),
        pytest.param(lambda data: data + data, id="two documents"),
        pytest.param(lambda data: data + b"\n" + data, id="two lines"),
        pytest.param(lambda data: data + b"\x00", id="nul behind"),
        pytest.param(lambda data: data + b"x", id="junk behind"),
        pytest.param(lambda data: b"\x1e" + data, id="record separator"),
        pytest.param(lambda data: b")]}'\n" + data, id="prefix"),
        pytest.param(lambda data: b"\x0b" + data, id="other space"),
        pytest.param(
            lambda data: data[:-1] + b',"a":' + b"[" * 5000 + b"]" * 5000 + b"}", id="deep"
        ),
        pytest.param(
            lambda data: data[:-1] + b',"a":' + b'{"a":' * 5000 + b"1" + b"}" * 5001,
            id="deep objects",
        ),
        pytest.param(lambda data: b"", id="nothing"),
        pytest.param(lambda data: data[:-1], id="cut"),
    ],
)
def test_json_that_readers_may_differ_on_is_refused(sidecar, speech, change):
    data = written({"a0": 1, **body_of(speech)})
    assert refused(sidecar, speech.path, change(data)) == 400


# -- keys that come twice -------------------------------------------------------------------


@each
@pytest.mark.parametrize(
    "change",
    [
        lambda data, key: data[:-1] + b"," + written(key) + b":1}",
        lambda data, key: b"{" + written(key) + b':"x",' + data[1:],
        lambda data, key: data[:-1] + b',"\\u%04x' % ord(key[0]) + key[1:].encode() + b'":"x"}',
        lambda data, key: data[:-1] + b',"z":{"a":1,"a":2}}',
        lambda data, key: data[:-1] + b',"z":[[{"b":{"a":1,"\\u0061":2}}]]}',
        lambda data, key: data[:-1] + b',"":1,"":2}',
    ],
    ids=["behind", "before", "escaped", "inside", "deep inside", "empty"],
)
def test_a_key_that_comes_twice_is_refused(sidecar, speech, change):
    body = body_of(speech)
    assert refused(sidecar, speech.path, change(written(body), next(iter(body)))) == 400


FOLDED = {
    OPENAI: ("Messages", "STREAM", "me\u017f\u017fages", "Tools", "Chat_Template", "Max_Tokens"),
    COMPLETIONS: ("Prompt", "PROMPT", "Suffix", "\u017ftream"),
    OPENAI_RESPONSES: ("Input", "Stream", "Tools"),
    ANTHROPIC: ("Messages", "System", "Stream"),
    OLLAMA_CHAT: ("Messages", "Format", "Options", "Template"),
    OLLAMA_GENERATE: ("Prompt", "Template", "CONTEXT", "System", "Raw", "Options", "Suffix"),
}


@pytest.mark.parametrize(
    ("speech", "key"),
    [(speech, key) for speech, keys in FOLDED.items() for key in keys],
    ids=lambda one: getattr(one, "name", one),
)
def test_a_key_in_another_case_is_refused(sidecar, speech, key):
    """Servers in Go take all cases of a key, and the last of them counts."""
    value = body_of(speech).get(key.casefold(), "x")
    assert refused(sidecar, speech.path, {**body_of(speech), key: value}) == 400


@pytest.mark.parametrize("speech", [OPENAI, ANTHROPIC, OLLAMA_CHAT], ids=lambda one: one.name)
@pytest.mark.parametrize("key", ["Role", "Content", "CONTENT", "Tool_Calls", "roLe"])
def test_a_key_of_a_message_in_another_case_is_refused(sidecar, speech, key):
    message = {"role": "user", "content": "x", key: "tool"}
    assert refused(sidecar, speech.path, {**body_of(speech), "messages": [message]}) == 400


def test_what_is_the_clients_own_may_be_in_any_case(sidecar):
    body = {**body_of(OPENAI), "metadata": {"Model": "A", "model": "b"}, "safeMode": True}
    _, [came] = sidecar.passes(request(OPENAI.path, body))
    assert came.json == body


# -- how the answer is to come --------------------------------------------------------------

STREAMING = [
    OPENAI,
    COMPLETIONS,
    OPENAI_RESPONSES,
    ANTHROPIC,
    OLLAMA_CHAT,
    OLLAMA_GENERATE,
    TGI,
    LLAMA_CPP,
]


@pytest.mark.parametrize("speech", STREAMING, ids=lambda one: one.name)
@pytest.mark.parametrize("value", ['"true"', "1", '"yes"', "[]", "{}", "0", '""', "1.0"])
def test_a_stream_is_asked_for_with_true_or_false(sidecar, speech, value):
    data = written(body_of(speech))[:-1] + b',"stream":' + value.encode() + b"}"
    assert refused(sidecar, speech.path, data.replace(b'"stream": true, ', b"")) == 400


@pytest.mark.parametrize("speech", STREAMING, ids=lambda one: one.name)
def test_a_stream_is_asked_for_once(sidecar, speech):
    data = written({**body_of(speech), "stream": False})[:-1]
    for more in (b',"stream":true}', b',"str\\u0065am":true}', b',"Stream":true}'):
        if speech in (TGI, LLAMA_CPP) and b"S" in more:
            continue  # their servers mind the case
        assert refused(sidecar, speech.path, data + more) == 400


@pytest.mark.parametrize("depth", [1_000, 5_000, 100_000, 4_000_000])
def test_deep_json_is_refused(depth):
    with pytest.raises(Refusal, match="not valid JSON"):
        read_strictly(b"[" * depth + b"]" * depth)


def test_json_of_some_depth_is_read():
    assert read_strictly(b"[" * 100 + b"]" * 100)
