"""How the detector is registered, built and set."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from tokenward.errors import PluginError, UsageError
from tokenward.types import ScanContext, SpanDetector
from tokenward_plugins import pii
from tokenward_plugins.pii import presidio
from tokenward_plugins.pii.detector import PiiDetector
from tokenward_plugins.pii.kinds import OWN, PHRASES, TYPES
from tokenward_plugins.pii.own import RECOGNIZERS
from tokenward_plugins.pii.settings import PiiSettings
from tokenward_plugins.pii.sources import GENERIC, SOURCES


def run(code: str) -> str:
    command = [sys.executable, "-W", "error", "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_the_plugin_registers_a_span_detector():
    (plugin,) = pii.register_detectors()
    detector = plugin.create(plugin.settings(), pytest.fail)
    assert isinstance(detector, SpanDetector)
    assert detector.types == plugin.types == TYPES
    assert plugin.name == "pii"


def test_each_type_has_a_recognizer_of_presidio_or_one_of_ours():
    own = PHRASES.union(*OWN.values())
    assert set(RECOGNIZERS) == own - PHRASES
    assert set(SOURCES) == TYPES - own


def test_registering_imports_nothing_heavy():
    code = (
        "import sys; import tokenward_plugins.pii as p; p.register_detectors();"
        "print([m for m in ('presidio_analyzer', 'regex', 'phonenumbers', 'tldextract') "
        "if m in sys.modules])"
    )
    assert run(code) == "[]"


def test_creating_loads_no_model_framework_and_leaves_presidio_alone():
    code = (
        "import sys; from tokenward_plugins.pii.detector import PiiDetector as D;"
        "from tokenward_plugins.pii.settings import PiiSettings as S; D.create(S());"
        "heavy = ('presidio_analyzer', 'spacy', 'torch', 'transformers', 'numpy');"
        "print([m for m in heavy if m in sys.modules])"
    )
    assert run(code) == "[]"


def test_addresses_in_latin_letters_need_no_client_of_the_web():
    code = (
        "import sys; from tokenward_plugins.pii.detector import PiiDetector as D;"
        "from tokenward_plugins.pii.settings import PiiSettings as S;"
        "from tokenward.types import ScanContext as C;"
        "scan = D.create(S()).open(C('pii', 'output', frozenset({'EMAIL_ADDRESS'})));"
        "found = [*scan.feed('to jo@example.com, or jo@example.nowhere')[0], *scan.finish()];"
        "print(len(found), [m for m in ('tldextract', 'requests') if m in sys.modules])"
    )
    assert run(code) == "1 []"


def test_no_network_is_used(monkeypatch, find):
    def refuse(*_args, **_kwargs):
        raise AssertionError("network")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    fresh = PiiDetector.create(PiiSettings())
    found = find("jane@example.com https://example.org +49 30 1234567", by=fresh)
    assert {one.type for one in found} >= {"EMAIL_ADDRESS", "URL", "PHONE_NUMBER"}


def test_presidio_logs_nothing(caplog, capfd, find):
    caplog.set_level(0)
    find("DE89370400440532013000 DE00 0000 0000 4111 1111 1111 1112 jane@example.com")
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")


def test_the_silenced_logger_takes_even_errors(capfd):
    module = presidio.RecognizerFiles().module(f"{GENERIC}.iban_recognizer")
    module.logger.error("a text that must not be seen")
    assert capfd.readouterr() == ("", "")


def test_regions_decide_about_national_numbers(find):
    swiss = PiiDetector.create(PiiSettings(regions=("CH",)))
    number = "or 0442681234 then"
    assert find(number, by=swiss, types=["PHONE_NUMBER"])
    assert not find(
        number, by=PiiDetector.create(PiiSettings(regions=("US",))), types=["PHONE_NUMBER"]
    )


def test_context_can_be_switched_off(find):
    plain = PiiDetector.create(PiiSettings(context=False))
    (found,) = find("my SSN is 457-55-5462", by=plain)
    assert found.score == 0.5


def test_weak_detections_are_reported_if_the_least_score_is_lower(find):
    everything = PiiDetector.create(PiiSettings(min_score=0))
    types = {one.type for one in find("the value 123456798 is", by=everything)}
    assert {"US_BANK_NUMBER", "US_PASSPORT"} <= types
    assert not find("the value 123456798 is", types=["US_BANK_NUMBER"])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            PiiSettings(regions=("US", "uk")),
            (
                "detector 'pii': unknown region 'uk' in 'regions'; "
                "use two-letter codes in capitals, such as US, GB, DE"
            ),
        ),
        (
            PiiSettings(regions=()),
            "detector 'pii': 'regions' is empty; name one or more, such as US, GB",
        ),
        (
            PiiSettings(min_score=2),
            "detector 'pii': 'min_score' is 2; use a number from 0 to 1",
        ),
    ],
)
def test_a_wrong_setting_is_refused(settings, message):
    with pytest.raises(UsageError) as error:
        PiiDetector.create(settings)
    assert str(error.value) == message


def test_a_missing_presidio_is_named(monkeypatch):
    monkeypatch.setattr(presidio, "find_spec", lambda _: None)
    with pytest.raises(PluginError, match="needs 'presidio_analyzer', which is not installed; pip"):
        presidio.Presidio()


def test_a_presidio_without_a_recognizer_is_named(monkeypatch):
    monkeypatch.setitem(presidio.SOURCES, "PL_PESEL", f"{GENERIC}.gone:Gone")
    with pytest.raises(PluginError, match=r"has no '.*gone'; pip install 'presidio-analyzer>="):
        PiiDetector.create(PiiSettings())


def test_a_presidio_with_a_recognizer_of_another_name_is_named(monkeypatch):
    monkeypatch.setitem(presidio.SOURCES, "URL", f"{GENERIC}.url_recognizer:Gone")
    with pytest.raises(PluginError, match=r"'Gone' of presidio-analyzer cannot be loaded .*; pip"):
        presidio.Presidio().load("URL")


def test_the_name_in_the_policy_is_in_each_detection(detector):
    scan = detector.open(ScanContext("personal", "input", TYPES))
    found, _ = scan.feed("jane@example.com ")
    assert [one.detector for one in found] == ["personal"]
