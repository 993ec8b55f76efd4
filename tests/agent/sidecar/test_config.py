"""Settings: flags, environment, file."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path

import pytest

from tokenward.errors import TokenwardError, UsageError
from tokenward.sidecar.config import BOUNDS, KEYS, LIMITS, read_settings
from tokenward.sidecar.logs import JsonLines
from tokenward.sidecar.settings import Bounds, Limits, Settings
from tokenward.sidecar.worker import packed, unpacked

EXAMPLE = Path(__file__).parents[3] / "examples" / "sidecar" / "serve.yaml"
FILE = """\
upstream: http://gpu:8000
policy: [default, strict]
port: 9000
on_block: refusal
upstream_timeout: 30
max_body_bytes: 1000
pass_through: /v1/embeddings
redirect_hosts: [models.example, "b:8443"]
"""


def test_a_file_has_the_same_keys(tmp_path):
    path = tmp_path / "serve.yaml"
    path.write_text(FILE)
    settings = read_settings({}, path)
    assert (settings.upstream, settings.port) == ("http://gpu:8000", 9000)
    assert settings.policies == ("default", "strict")
    assert settings.pass_through == ("/v1/embeddings",)
    assert settings.redirect_hosts == ("models.example", "b:8443")
    assert settings.limits.body_bytes == 1000


def test_what_is_given_wins_over_the_file(tmp_path):
    path = tmp_path / "serve.yaml"
    path.write_text(FILE)
    settings = read_settings({"port": 1, "policy": ["a"], "host": None}, path)
    assert (settings.port, settings.policies, settings.host) == (1, ("a",), "127.0.0.1")


def test_the_usual_settings():
    assert read_settings({"upstream": "http://x"}, None) == Settings("http://x")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("upstrem: x", "serve.yaml:1:1: unknown key 'upstrem'; use one of: upstream, host"),
        ("port: 8080\nport: 1", "serve.yaml:2:1: key 'port' comes twice"),
        ("port: many", "serve.yaml:1:7: expected port as a number"),
        ("port: 70000", "serve.yaml:1:7: port is 70000"),
        ("continues: maybe", "serve.yaml:1:12: unknown continues 'maybe'; use one of: none, auto"),
        ("on_block: shout", "serve.yaml:1:11: unknown on_block 'shout'; use one of: filter"),
        ("upstream_timeout: -1", "upstream_timeout is -1"),
        ("shed_at: 1.5", "serve.yaml:1:10: shed_at is 1.5; it must lie in [0.05, 1]"),
        ("max_loop_lag: 0", "max_loop_lag is 0"),
        (
            "redirect_hosts: [a, 'http://b']",
            "serve.yaml:1:17: redirect_hosts: cannot use 'http://b'",
        ),
        ("workers: 0", "serve.yaml:1:10: workers is 0"),
        ("- a", "serve.yaml:1:1: expected a mapping"),
        ("host: 7", "expected host as text"),
        ("a: [", "not valid YAML"),
    ],
)
def test_a_bad_file_says_where(tmp_path, text, words):
    path = tmp_path / "serve.yaml"
    path.write_text(text)
    with pytest.raises(TokenwardError, match=r"serve\.yaml") as caught:
        read_settings({}, path)
    assert words in str(caught.value)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "no upstream; give --upstream URL"),
        ({"upstream": "http://x", "port": -1}, "port is -1"),
        ({"upstream": "http://x", "on_block": "x"}, "use one of: filter, refusal, error"),
        ({"upstream": "http://x", "drain_timeout": -1.0}, "drain_timeout is -1.0"),
        ({"upstream": "http://x", "redirect_hosts": ["a:b"]}, "write HOST or HOST:PORT"),
        ({"upstream": "http://x", "shed_at": 0.9, "refuse_at": 0.8}, "give a lower shed_at"),
    ],
)
def test_bad_values_are_refused(given, words):
    with pytest.raises(UsageError, match=re.escape(words)):
        read_settings(given, None)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(UsageError, match="config: cannot read"):
        read_settings({}, tmp_path / "no.yaml")


@pytest.mark.parametrize("given", [["fms,litellm"], ["fms", "litellm"], ["fms", "fms, litellm"]])
def test_gateways_come_in_one_word_or_in_several(given):
    settings = read_settings({"gateway": given}, None)
    assert (settings.gateway, settings.upstream) == (("fms", "litellm"), "")


def test_gateways_and_the_port_for_envoy_stand_in_the_file(tmp_path):
    path = tmp_path / "serve.yaml"
    path.write_text("gateway: [litellm, fms]\nenvoy_port: 9002\n")
    settings = read_settings({}, path)
    assert (settings.gateway, settings.envoy_port) == (("litellm", "fms"), 9002)
    assert read_settings({"envoy_port": 0}, None).upstream == ""


def test_a_gateway_that_is_not_known_is_refused(tmp_path):
    with pytest.raises(UsageError, match="gateway: unknown word 'kong'; use one of: fms, litellm"):
        read_settings({"gateway": ["fms,kong"]}, None)
    path = tmp_path / "serve.yaml"
    path.write_text("upstream: http://x\ngateway: kong\n")
    with pytest.raises(UsageError, match=r"serve\.yaml:2:10: gateway: unknown word 'kong'"):
        read_settings({}, path)
    with pytest.raises(UsageError, match="no upstream"):
        read_settings({"gateway": []}, None)


def test_drift_stands_in_the_file(tmp_path):
    path = tmp_path / "serve.yaml"
    path.write_text("upstream: http://x\ndrift:\n  by: [model]\n  false_alarms: {per: 7d}\n")
    drift = read_settings({}, path).drift
    assert (drift.on, drift.by, drift.per_seconds) == (True, ("model",), 604_800.0)
    assert unpacked(packed(read_settings({}, path))).drift == drift
    path.write_text("upstream: http://x\ndrift: off\n")
    assert not read_settings({}, path).drift.on
    path.write_text("upstream: http://x\ndrift: {by: modle}\n")
    with pytest.raises(UsageError, match=r"serve\.yaml:2:13: unknown column 'modle'; use one of"):
        read_settings({}, path)


def test_the_example_can_be_read():
    settings = read_settings({}, EXAMPLE)
    assert (settings.bounds.streams, settings.bounds.client_streams) == (500, 200)


def test_every_setting_has_a_key():
    # `shard` is what several processes give each other
    fields = set(Settings.__dataclass_fields__) - {"limits", "bounds", "policies", "shard"}
    assert fields | set(LIMITS) | set(BOUNDS) | {"policy"} == set(KEYS)
    assert set(LIMITS.values()) == set(Limits.__dataclass_fields__)
    assert set(BOUNDS.values()) == set(Bounds.__dataclass_fields__)


@pytest.mark.parametrize(
    ("message", "expected"), [('{"a": 1}', {"a": 1}), ("words", {"message": "words"})]
)
def test_json_lines(message, expected):
    record = logging.LogRecord("x", logging.INFO, "", 0, message, (), None)
    line = json.loads(JsonLines().format(record))
    assert expected.items() <= line.items()
    assert line["level"] == "info"
