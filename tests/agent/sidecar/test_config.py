"""Settings: flags, environment, file."""

from __future__ import annotations

import json
import logging
import re

import pytest

from tokenward.errors import TokenwardError, UsageError
from tokenward.sidecar.config import KEYS, LIMITS, read_settings
from tokenward.sidecar.logs import JsonLines
from tokenward.sidecar.settings import Settings

FILE = """\
upstream: http://gpu:8000
policy: [default, strict]
port: 9000
on_block: refusal
upstream_timeout: 30
max_body_bytes: 1000
pass_through: /v1/embeddings
"""


def test_a_file_has_the_same_keys(tmp_path):
    path = tmp_path / "serve.yaml"
    path.write_text(FILE)
    settings = read_settings({}, path)
    assert (settings.upstream, settings.port) == ("http://gpu:8000", 9000)
    assert settings.policies == ("default", "strict")
    assert settings.pass_through == ("/v1/embeddings",)
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
        ("on_block: shout", "serve.yaml:1:11: unknown on_block 'shout'; use one of: filter"),
        ("upstream_timeout: -1", "upstream_timeout is -1"),
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
    ],
)
def test_bad_values_are_refused(given, words):
    with pytest.raises(UsageError, match=re.escape(words)):
        read_settings(given, None)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(UsageError, match="config: cannot read"):
        read_settings({}, tmp_path / "no.yaml")


def test_every_setting_has_a_key():
    fields = set(Settings.__dataclass_fields__) - {"limits", "policies"}
    assert fields | set(LIMITS) | {"policy"} == set(KEYS)


@pytest.mark.parametrize(
    ("message", "expected"), [('{"a": 1}', {"a": 1}), ("words", {"message": "words"})]
)
def test_json_lines(message, expected):
    record = logging.LogRecord("x", logging.INFO, "", 0, message, (), None)
    line = json.loads(JsonLines().format(record))
    assert expected.items() <= line.items()
    assert line["level"] == "info"
