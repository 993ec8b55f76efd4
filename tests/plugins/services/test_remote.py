"""Detectors that are services, by the interface of FMS guardrails detectors."""

from __future__ import annotations

import datetime as dt
import ipaddress
import logging

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from tests.plugins.services.detectors import PATH, DetectorService, late, words

from tokenward import Guard
from tokenward.errors import DetectorError, PolicyError, UsageError
from tokenward.testing import check_detector
from tokenward.types import Tag
from tokenward_plugins.remote import RemoteSettings, register_detectors
from tokenward_plugins.remote.findings import tags_of

NAME = "Zoe-Qvxj7"
TEXT = f"\U0001f600 ask {NAME} é, or {NAME}."


def load(url, **settings):
    (plugin,) = register_detectors()
    known = {"url": url, "detector_id": "names", "labels": {"name": "PERSON"}}
    return plugin.create(RemoteSettings(**{**known, **settings}), None)


def guard(url, on_error="block", **settings):
    rule = {
        "id": "names", "stage": "output", "detect": {"names": "all"}, "action": "redact",
        "on_error": on_error, "deadline_ms": 20_000,
    }  # fmt: skip
    config = {"plugin": "remote", "url": url, "detector_id": "n", "labels": {"name": "PERSON"}}
    return Guard.load(
        {"name": "t", "detectors": {"names": {**config, **settings}}, "rules": [rule]}
    )


def test_what_the_service_finds_is_redacted():
    with DetectorService(words("name", NAME)) as service:
        decision = guard(service.url).check(f"{TEXT} Nobody else. {NAME}", stage="output")
    assert "\U0001f600 ask <PERSON> é, or <PERSON>. Nobody else. <PERSON>" == decision.text
    assert {PATH} == {path for path, _ in service.requests}


def test_a_batch_is_one_request_with_the_detectors_name_and_parameters(monkeypatch):
    monkeypatch.setenv("SERVICE_TOKEN", "Bearer abc")
    with DetectorService(words("name", NAME)) as service:
        found = load(
            service.url + "/",
            params={"threshold": 0.3},
            headers_env={"authorization": "SERVICE_TOKEN"},
        )
        rows = found.tag([TEXT, "nobody", NAME])
        assert [] == found.tag([])
    assert [2, 0, 1] == [len(row) for row in rows]
    assert Tag("PERSON", 6, 15, 0.9) == rows[0][0]
    ((_, body),) = service.requests
    assert {"threshold": 0.3} == body["detector_params"]
    (headers,) = service.headers
    assert ("names", "Bearer abc") == (headers["detector-id"], headers["authorization"])


@pytest.mark.parametrize(
    ("offsets", "count"),
    [
        ("characters", len),
        ("utf-16", lambda text: len(text.encode("utf-16-le")) // 2),
        ("bytes", lambda text: len(text.encode())),
    ],
)
@pytest.mark.parametrize("says_text", [True, False])
def test_offsets_are_in_what_the_service_counts(offsets, count, says_text):
    with DetectorService(words("name", NAME, text=says_text, count=count)) as service:
        (tags,) = load(service.url, offsets=offsets).tag([TEXT])
    assert [(6, 15), (22, 31)] == [(tag.start, tag.end) for tag in tags]


def test_other_offsets_than_the_policy_says_are_noticed_by_the_text():
    answer = words("name", NAME, count=lambda text: len(text.encode()))
    with DetectorService(answer) as service:
        assert "nonsense" == load(service.url).tag([TEXT])[0].reason
    settings = RemoteSettings(labels={"name": "PERSON"})
    with pytest.raises(DetectorError, match="set 'offsets' to what the service counts"):
        tags_of(answer([TEXT])[0], TEXT, settings)


def test_labels_are_mapped_left_out_and_taken_together():
    def answer(contents):
        one = {"start": 0, "end": 1, "detection_type": "kind", "score": 1}
        return [[{**one, "detection": kind} for kind in "abc"] for _ in contents]

    with DetectorService(answer) as service:

        def kinds(**settings):
            return [tag.type for tag in load(service.url, **settings).tag(["text"])[0]]

        assert ["A", "REST"] == kinds(labels={"a": "A", "b": None, "*": "REST"})
        assert ["K", "K", "K"] == kinds(labels={"kind": "K"}, by="detection_type")
        assert "nonsense" == load(service.url, labels={"a": "A"}).tag(["text"])[0].reason


def test_the_detector_conforms():
    with DetectorService(words("name", NAME)) as service:
        (plugin,) = register_detectors()
        settings = {"url": service.url, "detector_id": "names", "labels": {"name": "PERSON"}}
        check_detector(plugin, [TEXT, "nobody", f"to {NAME}"], settings)


@pytest.mark.parametrize("text", ["a", "x" * 1_000_000, "\ud800", "\x00"])
def test_texts_of_any_length_and_kind_are_handed_on(text):
    with DetectorService(words("name", NAME)) as service:
        assert [[]] == load(service.url, unit="text").tag([text])
    assert len(text) == len(service.requests[0][1]["contents"][0])


# -- what goes wrong ------------------------------------------------------------------------------

FINE = {"start": 0, "end": 2, "detection": "name", "detection_type": "t", "score": 0.5}


def one(**values):
    return lambda contents: [[{**FINE, **values}] for _ in contents]


WRONG = {
    "404": lambda contents: 404,
    "422": lambda contents: 422,
    "500": lambda contents: 500,
    "hangs": late(3),
    "no JSON": lambda contents: b"<html>" + NAME.encode(),
    "an object": lambda contents: {"rows": NAME},
    "too few rows": lambda contents: [],
    "a row of text": lambda contents: [NAME for _ in contents],
    "a row of numbers": lambda contents: [[1] for _ in contents],
    "no label": one(detection=None),
    "an unknown label": one(detection=NAME),
    "no score": one(score=None),
    "a high score": one(score=1.5),
    "a score that is no number": lambda contents: b'[[{"start": 0, "end": 1, "detection": "name", "score": NaN}]]',
    "a true score": one(score=True),
    "no place": one(start=None),
    "half a place": one(start=0.5),
    "nothing": one(start=2),
    "before": one(start=-1),
    "behind": one(end=5000),
    "another text": one(text="elsewhere"),
}  # fmt: skip


@pytest.mark.parametrize("how", sorted(WRONG))
@pytest.mark.parametrize("on_error", ["block", "allow"])
def test_what_goes_wrong_is_the_rules_to_decide(how, on_error, caplog):
    caplog.set_level(logging.DEBUG)
    with DetectorService(WRONG[how]) as service:
        held = guard(service.url, on_error=on_error, timeout=0.3, retries=0)
        decision = held.check(NAME, stage="output")
    assert (on_error, ("names",)) == (decision.action, decision.degraded)
    expected = {"404": "refused", "422": "refused", "500": "broken", "hangs": "late"}
    assert {"names": expected.get(how, "nonsense")} == decision.reasons
    assert NAME not in caplog.text + repr(decision)


def test_an_answer_without_an_end_is_cut_off(caplog):
    with DetectorService(lambda contents: b" " * 9_000_000) as service:
        assert "nonsense" == load(service.url).tag(["a"])[0].reason
    assert "has more than 8388608 bytes" in caplog.text


def test_a_text_that_the_service_refuses_fails_alone():
    def answer(contents):
        return 422 if NAME in contents else [[] for _ in contents]

    with DetectorService(answer) as service:
        rows = load(service.url).tag(["a", NAME, "b"])
        assert [[], []] == [rows[0], rows[2]]
        assert "refused" == rows[1].reason
        assert ("names",) == guard(service.url).check(NAME, stage="output").degraded


# -- TLS ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate that nobody but its owner has signed, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "tests")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(7).not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    return str(path)


def test_a_certificate_must_be_trusted(certificate):
    with DetectorService(words("name", NAME), certificate) as service:
        assert 1 == len(load(service.url, ca=certificate).tag([NAME])[0])
        assert "untrusted" == load(service.url).tag([NAME])[0].reason
        other = service.url.replace("127.0.0.1", "localhost")
        assert "untrusted" == load(other, ca=certificate).tag([NAME])[0].reason


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"url": ""}, "remote: no url is set"),
        ({"detector_id": " "}, "no detector_id is set"),
        ({"labels": {}}, "labels gives nothing a type"),
        ({"labels": {"a": None}}, "labels gives nothing a type"),
        ({"labels": {"a": "two words"}}, "maps 'a' to 'two words'"),
        ({"headers_env": {"x-key": "NOT_SET"}}, "headers_env: x-key: the environment variable"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, message):
    with pytest.raises(UsageError, match=message):
        load(**{"url": "http://127.0.0.1:9", **settings})


def test_a_policy_that_asks_for_other_types_is_refused_with_those_that_are_mapped():
    rule = {"id": "r", "stage": "output", "detect": {"names": "EMAIL"}, "action": "redact"}
    names = {"plugin": "remote", "url": "http://127.0.0.1:9", "detector_id": "n"}
    policy = {"name": "t", "detectors": {"names": {**names, "labels": {"n": "PERSON"}}}}
    with pytest.raises(PolicyError, match="has no type 'EMAIL'; use one of: all, PERSON"):
        Guard.load({**policy, "rules": [rule]})
