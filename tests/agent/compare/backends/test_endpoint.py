"""Endpoints: what is asked of a server, what is read of its answers, and how it fails."""

from __future__ import annotations

import itertools
import socket
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.agent.compare.backends.speaking import (
    KEY,
    MODELS,
    NOT_FOUND,
    chats,
    delta,
    event,
    streamed,
)
from tests.agent.upstream import Said, Upstream

from tokenward.compare.backends.base import Ask
from tokenward.compare.backends.endpoint import open as open_endpoint
from tokenward.compare.backends.http import calls
from tokenward.compare.backends.http.address import Address, Options
from tokenward.compare.backends.http.told import Told
from tokenward.compare.sampling import Sampling
from tokenward.errors import UpstreamError, UsageError

CHAT = ({"role": "user", "content": "Where is my parcel?"},)
QUICK = {"rate": False, "timeout": 5}


@pytest.fixture(autouse=True)
def no_waits(monkeypatch):
    """Waits are noted, not slept."""
    waited = []
    monkeypatch.setattr(calls, "sleep", waited.append)
    return waited


@pytest.fixture(autouse=True)
def no_keys(monkeypatch):
    for name in ("OPENAI_API_KEY", "TOKENWARD_API_KEY"):
        monkeypatch.delenv(name, raising=False)


def opened(upstream, **options):
    return open_endpoint(f"{upstream.url}/v1#m", {**QUICK, **options})


def one(endpoint, prompt=CHAT, sampling=None, key=KEY):
    (answer,) = endpoint.generate([Ask(key, prompt)], sampling or Sampling())
    return answer


def answered(said, **options):
    with Upstream(chats(said)) as upstream:
        return one(opened(upstream, **options))


# -- what is asked ------------------------------------------------------------------------------


def test_the_sampling_is_stated_in_full():
    sampling = Sampling(max_new_tokens=9, temperature=0.7, top_p=0.9, top_k=5, stop=("x",))
    with Upstream(chats(streamed("a"))) as upstream:
        one(opened(upstream), sampling=sampling)

    body = upstream.asked[-1].json
    assert body.pop("seed") >= 0
    assert body == {
        "model": "m",
        "messages": list(CHAT),
        "max_tokens": 9,
        "temperature": 0.7,
        "top_p": 0.9,
        "top_k": 5,
        "stop": ["x"],
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_what_vllm_would_take_from_the_models_files_is_said():
    owned = {"data": [{"id": "m", "owned_by": "vllm"}]}
    with Upstream(lambda a: Said(owned) if a.path == "/v1/models" else streamed("a")) as upstream:
        one(opened(upstream), sampling=Sampling(temperature=1.0))

    body = upstream.asked[-1].json
    assert (body["top_k"], body["min_p"], body["repetition_penalty"]) == (0, 0.0, 1.0)
    assert body["return_token_ids"] is True


def test_a_seed_hangs_on_run_case_and_sample_alone():
    keys = [(0, "a", 0), (0, "a", 0), (1, "a", 0), (0, "b", 0), (0, "a", 1)]
    with Upstream(chats(streamed("a"))) as upstream:
        endpoint = opened(upstream)
        for key in keys:
            one(endpoint, key=key)

    seeds = [asked.json["seed"] for asked in upstream.asked[1:]]
    assert seeds[0] == seeds[1]
    assert len(set(seeds)) == 4


def test_texts_go_as_texts_and_as_chats_where_that_is_asked():
    def say(asked):
        if asked.path == "/v1/models":
            return Said(MODELS)
        if asked.path == "/v1/completions":
            return Said(pieces=[event(choices=[{"text": " upon", "finish_reason": "length"}])])
        return streamed("a chat")

    with Upstream(say) as upstream:
        text = one(opened(upstream), "Once")
        chat = one(opened(upstream, text="chat"), "Once")

    assert (text.text, text.finish, chat.text) == (" upon", "length", "a chat")
    assert upstream.asked[1].json["prompt"] == "Once"
    assert upstream.asked[3].json["messages"] == [{"role": "user", "content": "Once"}]


@pytest.mark.parametrize(
    ("environment", "options", "header"),
    [
        ({}, {}, None),
        ({"OPENAI_API_KEY": "sk-1"}, {}, "Bearer sk-1"),
        ({"OPENAI_API_KEY": "sk-1", "TOKENWARD_API_KEY": "sk-2"}, {}, "Bearer sk-2"),
        ({"OPENAI_API_KEY": "sk-1", "MINE": "sk-3"}, {"key_env": "MINE"}, "Bearer sk-3"),
    ],
)
def test_the_key_comes_from_the_environment(monkeypatch, environment, options, header):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with Upstream(chats(streamed("a"))) as upstream:
        one(opened(upstream, **options))

    assert {asked.headers.get("authorization") for asked in upstream.asked} == {header}


def test_several_requests_are_open_at_once_and_no_more():
    together, most, lock = 0, 0, threading.Lock()
    gate = threading.Barrier(3)

    def say(_):
        nonlocal together, most
        with lock:
            together += 1
            most = max(most, together)
        gate.wait(5)
        with lock:
            together -= 1
        return streamed("a")

    asks = [Ask((0, str(number), 0), CHAT) for number in range(6)]
    with Upstream(chats(say)) as upstream:
        answers = opened(upstream, concurrency=3).generate(asks, Sampling())

    assert [answer.text for answer in answers] == ["a"] * 6
    assert most == 3


def test_a_larger_batch_is_asked_at_once():
    gate = threading.Barrier(2)

    def say(_):
        gate.wait(5)
        return streamed("a")

    asks = [Ask((0, str(number), 0), CHAT) for number in range(2)]
    with Upstream(chats(say)) as upstream:
        answers = opened(upstream).generate(asks, Sampling(batch=2))

    assert [answer.error for answer in answers] == [None, None]


# -- what is read -------------------------------------------------------------------------------


def test_an_answer_tells_text_tokens_and_times():
    answer = answered(streamed("It ", "is ", "here.", delay=0.01))

    assert (answer.text, answer.finish, answer.error) == ("It is here.", "stop", None)
    assert (answer.count, answer.prompt_count, answer.counted) == (3, 7, True)
    assert len(answer.gaps) == 2
    assert 0 < answer.first < answer.first + sum(answer.gaps) <= answer.seconds


def test_an_empty_answer_is_an_answer():
    answer = answered(streamed())

    assert (answer.text, answer.finish, answer.error, answer.first) == ("", "stop", None, None)


def test_an_answer_at_once_has_no_time_to_its_first_token():
    message = {"message": {"role": "assistant", "content": "Hm."}, "finish_reason": "stop"}
    answer = answered(Said({"choices": [message], "usage": {"completion_tokens": 2}}))

    assert (answer.text, answer.count, answer.first, answer.gaps) == ("Hm.", 2, None, ())


def test_without_usage_tokens_are_not_counted():
    answer = answered(streamed("a", "b", usage=False))

    assert (answer.count, answer.counted) == (0, False)


def test_what_a_guard_ended_is_an_answer():
    answer = answered(streamed("Stopped.", finish="content_filter"))

    assert (answer.text, answer.finish, answer.filtered) == ("Stopped.", "stop", True)


def test_what_a_guard_refused_with_an_error_is_an_empty_answer():
    error = {"error": {"message": "secret", "code": "content_filter"}}
    answer = answered(Said(error, status=400))

    assert (answer.text, answer.finish, answer.error) == ("", "stop", None)
    assert answer.filtered


def test_reasoning_is_no_answer_but_takes_time():
    thought = [delta(reasoning_content="hm"), delta(content="Yes."), delta("stop")]
    answer = answered(Said(pieces=[*thought, b"data: [DONE]\n\n"]))

    assert answer.text == "Yes."
    assert len(answer.gaps) == 1


def test_kept_tokens_and_ids_are_told():
    usage = {"completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 5}}
    choice = {"delta": {"content": "a"}, "token_ids": [4, 9], "finish_reason": "stop"}
    answer = answered(Said(pieces=[event(choices=[choice], usage=usage)]))

    assert (answer.tokens, answer.cached) == ((4, 9), 5)


class Cut:
    """A reply whose bytes come in given pieces."""

    streamed = True
    began = 0.0

    def __init__(self, data, places):
        self.cuts = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
        self.data = data

    def pieces(self):
        return (self.data[a:b] for a, b in itertools.pairwise(self.cuts))


@given(
    st.lists(st.text(max_size=6), max_size=5),
    st.lists(st.integers(0, 10_000), max_size=12),
    st.sampled_from([b"\n", b"\r\n", b"\r"]),
)
def test_however_a_stream_is_cut_it_says_the_same(texts, places, end):
    data = b": hello\n\n" + b"".join(streamed(*texts).pieces)

    answer = Told(0.0).read(Cut(data.replace(b"\n", end), places))

    assert answer.text == "".join(texts)
    assert answer.count == len(texts)


# -- how it fails -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (Said({"error": "secret"}, status=500), "status 500"),
        (Said({"error": "secret"}, status=429), "status 429"),
        (Said({"error": "secret"}, status=400), "status 400"),
        (Said({"error": "secret"}, status=302, headers={"location": "/"}), "status 302"),
        (Said(b"secret"), "not readable"),
        (Said({"error": {"message": "secret"}}), "broken off"),
        (Said(["secret"]), "not readable"),
        (Said(pieces=[b"data: {secret\n\n"]), "not readable"),
        (Said(pieces=[b"data: \xff\xfe\n\n"]), "not readable"),
        (streamed("a", finish=None, usage=False, end=None), "broken off"),
        (streamed("a", finish=None), "broken off"),
        (streamed("a", cut=True, end=None), "broken off"),
        (Said(pieces=[delta(content="a"), event(error={"message": "secret"})]), "broken off"),
        (streamed("a", finish="error"), "broken off"),
        (Said(b"x" * 2000, headers={"content-length": "4000", "connection": "close"}), "broken off"),
    ],
)  # fmt: skip
def test_a_request_that_fails_is_an_answer_with_its_kind(said, kind):
    answer = answered(said, retries=1)

    assert (answer.text, answer.finish, answer.error) == ("", "error", kind)
    assert not answer.counted


def test_too_slow_an_answer_is_late():
    answer = answered(streamed("a", "b", "c", delay=0.2), timeout=0.3)

    assert answer.error == "late"


def test_a_server_that_says_nothing_is_late():
    with (
        socket.create_server(("127.0.0.1", 0)) as mute,
        pytest.raises(UpstreamError, match="late"),
    ):
        open_endpoint(f"http://127.0.0.1:{mute.getsockname()[1]}#m", {"timeout": 0.2})


def test_an_answer_without_an_end_is_too_large(monkeypatch):
    monkeypatch.setattr(calls, "LARGEST", 1000)

    assert answered(streamed(*["text"] * 100)).error == "too large"


def test_it_tries_again_with_longer_waits_within_bounds(no_waits):
    busy = Said({}, status=503)
    with Upstream(Said(MODELS), busy, busy, busy, streamed("at last")) as upstream:
        answer = one(opened(upstream, retries=3))

    assert answer.text == "at last"
    assert no_waits == [0.5, 1.0, 2.0]
    assert answer.seconds < 5


def test_a_server_may_say_how_long_to_wait(no_waits):
    later = [Said({}, status=429, headers={"retry-after": wait}) for wait in ("7", "99999")]
    with Upstream(Said(MODELS), *later, streamed("a")) as upstream:
        one(opened(upstream))

    assert no_waits == [7.0, 60.0]


def test_what_would_fail_again_is_not_tried_again(no_waits):
    assert answered(Said({}, status=422)).error == "status 422"
    assert no_waits == []


@pytest.mark.parametrize("share", [1, 2])
def test_a_few_failures_in_a_hundred_leave_the_others_alone(share):
    counter = itertools.count()

    def say(_):
        return Said({}, status=500) if next(counter) % (100 // share) == 7 else streamed("a")

    asks = [Ask((0, str(number), 0), CHAT) for number in range(100)]
    with Upstream(chats(say)) as upstream:
        answers = opened(upstream, retries=0).generate(asks, Sampling())

    assert sum(answer.error is not None for answer in answers) == share


def test_failures_in_a_row_are_the_servers():
    asks = [Ask((0, str(number), 0), CHAT) for number in range(30)]
    with Upstream(chats(Said({"error": "secret"}, status=500))) as upstream:
        endpoint = opened(upstream, retries=0)
        with pytest.raises(UpstreamError, match=r"#m: 10 requests in a row failed, .*500"):
            endpoint.generate(asks, Sampling())


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "status 401; put its key into OPENAI_API_KEY"),
        (403, "status 403; put its key into OPENAI_API_KEY"),
        (404, "status 404; is the model's name right?"),
    ],
)
def test_what_any_request_would_get_is_the_servers_failure(status, words):
    with pytest.raises(UpstreamError, match=words):
        answered(Said({"error": "secret"}, status=status))


def test_a_server_without_text_completions_says_what_to_do():
    with Upstream(chats(streamed("a"))) as upstream:
        endpoint = opened(upstream)
        with pytest.raises(UpstreamError, match="text: chat sends prompts that are texts so"):
            one(endpoint, "Once upon")


def test_a_server_that_is_not_there_is_named_without_its_key(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    with pytest.raises(UpstreamError) as caught:
        open_endpoint(f"http://127.0.0.1:{port}/v1#m", {})

    assert str(caught.value).startswith(f"http://127.0.0.1:{port}/v1#m: unreachable; is it running")
    assert "secret" not in str(caught.value)


def test_a_server_that_goes_away_fails_as_a_whole():
    with Upstream(Said(MODELS, headers={"connection": "close"})) as upstream:
        endpoint = opened(upstream, retries=1)
    with pytest.raises(UpstreamError, match="unreachable"):
        one(endpoint)


def test_a_server_without_a_list_of_models_is_used_all_the_same():
    with Upstream(NOT_FOUND, streamed("a")) as upstream:
        endpoint = opened(upstream)

        assert endpoint.identity.details["server"] is None
        assert one(endpoint).text == "a"


# -- addresses and options ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "url", "root"),
    [
        ("http://h:1#m", "http://h:1/v1", "http://h:1"),
        ("http://h:1/v1/#m", "http://h:1/v1", "http://h:1"),
        ("https://h/api/v3#org/m", "https://h/api/v3", "https://h/api/v3"),
    ],
)
def test_addresses(source, url, root):
    address = Address.of(source)

    assert (address.url, address.root, str(address)) == (url, root, f"{url}#{source.split('#')[1]}")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("http://h:1/v1", "no model is named; write http://h:1/v1#MODEL"),
        ("ftp://h/v1#m", "use http://HOST:PORT/v1#MODEL"),
        ("http://h:99999/v1#m", "use http://HOST:PORT/v1#MODEL"),
        ("http://me:secret@h/v1#m", "put the key into an environment variable"),
        ("http://h/v1?key=secret#m", "put the key into an environment variable"),
    ],
)
def test_addresses_that_are_none(source, words):
    with pytest.raises(UsageError, match=words) as caught:
        open_endpoint(source, {})

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"threads": 1}, "no option 'threads' for an endpoint; use one of: concurrency"),
        ({"concurrency": 0}, "option concurrency is 0; use 1 to 1000"),
        ({"concurrency": "some"}, "option concurrency of an endpoint cannot be 'some'; give a whole"),
        ({"timeout": True}, "option timeout of an endpoint cannot be True; give a number"),
        ({"retries": 99}, "option retries is 99; use 0 to 10"),
        ({"rate": "perhaps"}, "option rate of an endpoint cannot be 'perhaps'; use one of: yes"),
        ({"text": "poem"}, "option text is 'poem'; use one of: completion, chat"),
        ({"key_env": "NO_SUCH_KEY"}, "the environment variable 'NO_SUCH_KEY' is not set"),
        ({"ca": "no.pem"}, "option ca: 'no.pem' holds no certificate"),
    ],
)  # fmt: skip
def test_options_that_are_none_are_refused(options, words):
    with pytest.raises(UsageError, match=words):
        open_endpoint("http://127.0.0.1:9/v1#m", options)


def test_options_may_come_as_texts():
    given = {"concurrency": "8", "timeout": "2.5", "rate": "no", "text": "chat"}

    assert Options.read(given) == Options(concurrency=8, timeout=2.5, rate=False, text="chat")
