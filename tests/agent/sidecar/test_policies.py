"""Which policy a request gets, and what its limits do to the parameters."""

from __future__ import annotations

import pytest

from tokenward.errors import UsageError
from tokenward.sidecar.policies import Policies
from tokenward.testing.echo import EchoUpstream


def named(name, rule, **more):
    return {
        "name": name,
        "rules": [rule("r", ["output"], {"marks": "mail"}, {"replace": f"<{name}>"})],
        **more,
    }


@pytest.fixture
def upstream():
    with EchoUpstream("#mail1234#") as server:
        yield server


@pytest.fixture
def three(serve, upstream, make_rule):
    return serve(
        upstream.url,
        named("any", make_rule),
        named("chat", make_rule, match={"model": "chat-*"}),
        named("big", make_rule, match={"model": ["chat-big*", "huge"]}),
        named("both", make_rule, match={"model": "chat-*", "route": "web"}),
        named("team", make_rule, match={"label": "team=red"}),
    )


@pytest.mark.parametrize(
    ("model", "headers", "metadata", "expected"),
    [
        ("m", {}, {}, "any"),
        (None, {}, {}, "any"),
        ("chat-small", {}, {}, "chat"),
        ("chat-bigger", {}, {}, "big"),
        ("huge", {}, {}, "big"),
        ("chat-bigger", {"x_tokenward_route": "web"}, {}, "both"),
        ("m", {"x_tokenward_route": "web"}, {}, "any"),
        ("m", {}, {"team": "red"}, "team"),
        ("m", {}, {"team": "blue"}, "any"),
        ("chat-bigger", {"x_tokenward_policy": "chat"}, {}, "chat"),
        ("chat-bigger", {"x_tokenward_policy": "any"}, {}, "any"),
        ("chat-bigger", {}, {"tokenward_policy": "chat"}, "chat"),
        ("chat-bigger", {"x_tokenward_policy": "chat"}, {"tokenward_policy": "chat"}, "chat"),
    ],
)
def test_the_most_specific_policy_that_fits_is_used(three, ask, model, headers, metadata, expected):
    body = ask(model=model) | ({"metadata": metadata} if metadata else {})
    assert three.post(body, **headers).text() == f"<{expected}>"


@pytest.mark.parametrize(
    ("model", "headers", "metadata"),
    [
        ("m", {"x_tokenward_policy": "nobody"}, {}),
        ("m", {"x_tokenward_policy": "chat"}, {}),
        ("m", {}, {"tokenward_policy": "nobody"}),
        ("chat-1", {"x_tokenward_policy": "chat"}, {"tokenward_policy": "any"}),
    ],
)
def test_a_policy_that_a_request_may_not_have_is_refused(
    three, upstream, ask, model, headers, metadata
):
    reply = three.post(ask(model=model, metadata=metadata), **headers)
    assert (reply.status, reply.error["code"]) == (400, "no_policy")
    assert upstream.requests == []


def test_a_request_that_no_policy_is_for_is_refused(serve, upstream, make_rule, ask):
    sidecar = serve(upstream.url, named("a", make_rule, match={"model": "known"}))
    assert sidecar.post(ask(model="known")).status == 200
    assert sidecar.post(ask(model="unknown")).error["code"] == "no_policy"
    assert len(upstream.requests) == 1


def test_of_equals_the_first_is_used(serve, upstream, make_rule, ask):
    sidecar = serve(upstream.url, named("first", make_rule), named("second", make_rule))
    assert sidecar.post(ask()).text() == "<first>"


def test_two_policies_of_one_name_are_refused(registry, make_rule):
    with pytest.raises(UsageError, match="two policies are called 'a'"):
        Policies.load([named("a", make_rule), named("a", make_rule)], registry)


# -- limits ---------------------------------------------------------------------------------

LIMITS = {
    "temperature": {"max": 1.0},
    "top_p": {"min": 0.1, "max": 0.9},
    "max_tokens": {"max": 64, "default": 32},
    "n": {"max": 2},
    "stop": ["</end>"],
}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {"max_tokens": 32, "top_p": 0.9, "stop": ["</end>"]}),
        ({"temperature": 1.7}, {"temperature": 1}),
        ({"temperature": 0.2}, {"temperature": 0.2}),
        ({"temperature": None}, {"temperature": None}),
        ({"top_p": 0.01}, {"top_p": 0.1}),
        ({"max_tokens": 1000}, {"max_tokens": 64}),
        ({"max_completion_tokens": 1000}, {"max_completion_tokens": 64}),
        (
            {"max_completion_tokens": 10, "max_tokens": 99},
            {"max_completion_tokens": 10, "max_tokens": 64},
        ),
        ({"n": 9}, {"n": 2}),
        ({"stop": "x"}, {"stop": ["x", "</end>"]}),
        ({"stop": ["</end>"]}, {"stop": ["</end>"]}),
    ],
)
def test_parameters_are_kept_within_limits(serve, upstream, ask, policy, given, expected):
    reply = serve(upstream.url, {**policy, "limits": LIMITS}).post(ask(**given))
    assert reply.status == 200
    sent = upstream.requests[0]
    assert {key: sent.get(key) for key in expected} == expected


def test_no_max_tokens_is_added_to_max_completion_tokens(serve, upstream, ask, policy):
    serve(upstream.url, {**policy, "limits": LIMITS}).post(ask(max_completion_tokens=5))
    assert "max_tokens" not in upstream.requests[0]


@pytest.mark.parametrize(
    "given", [{"temperature": "hot"}, {"max_tokens": True}, {"stop": 7}, {"stop": [7]}]
)
def test_parameters_that_cannot_be_limited_are_refused(serve, upstream, ask, policy, given):
    reply = serve(upstream.url, {**policy, "limits": LIMITS}).post(ask(**given))
    assert (reply.status, reply.error["param"]) == (400, next(iter(given)))


@pytest.mark.parametrize(
    ("given", "param"),
    [
        ({"temperature": 1.5}, "temperature"),
        ({"max_tokens": 65}, "max_tokens"),
        ({"max_completion_tokens": 65}, "max_completion_tokens"),
        ({"n": 3}, "n"),
    ],
)
def test_what_a_policy_refuses_never_reaches_the_upstream(
    serve, upstream, ask, policy, given, param
):
    limits = {name: {**LIMITS[name], "otherwise": "refuse"} for name in LIMITS if name != "stop"}
    sidecar = serve(upstream.url, {**policy, "limits": limits})
    reply = sidecar.post(ask(**given))

    assert (reply.status, reply.error["code"], reply.error["param"]) == (
        400, "limit_exceeded", param
    )  # fmt: skip
    assert "by policy" in reply.error["message"]
    assert upstream.requests == []
    assert sidecar.post(ask()).status == 200
    assert upstream.requests[0]["top_p"] == 0.9  # the server's own 1 is not asked for


def test_best_of_is_limited_with_n(serve, upstream, policy):
    body = {"prompt": "x", "n": 1, "best_of": 50}
    serve(upstream.url, {**policy, "limits": LIMITS}).post(body, "/v1/completions")
    assert upstream.requests[0]["best_of"] == 2
