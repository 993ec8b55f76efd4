"""Our detectors as a policy runs them, each as a function from a text to spans."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from tests.benchmarks.quality_counts import Span

from tokenward import Guard

Find = Callable[[str], list[Span]]

STRUCTURED = (
    "CREDIT_CARD", "EMAIL_ADDRESS", "IBAN_CODE", "IP_ADDRESS", "PHONE_NUMBER", "URL", "US_SSN",
)  # fmt: skip
"""Types whose values have a form, and that a set labels: those of the policy ``pii-secrets``, and
host names."""
PLACE = "PLACE"
NAMED = ("PERSON", "ORGANIZATION", PLACE)
KINDS: Mapping[str, str] = {
    **{name: name for name in (*STRUCTURED, "PERSON", "ORGANIZATION")},
    "DOMAIN_NAME": "URL",
    **dict.fromkeys(("STREET_ADDRESS", "ADDRESS", "LOCATION", "GPE", "ZIP_CODE"), PLACE),
}
"""One name for a kind, whatever a set or a tool calls it. An address is labelled as one span or as
street, town and code one by one, so all of these are places. Dates, ages, titles and nationalities
are no kind: a set labels "1977" and "Dr."."""

PII_SCORE, SECRET_SCORE = 0.4, 0.5
"""The thresholds of the built-in policies."""


def finder(detect: Mapping[str, str | Sequence[str]], least: Mapping[str, float]) -> Find:
    """Returns what finds the values of some detectors, each at its own threshold."""
    rules = [
        {
            "id": name,
            "stage": "output",
            "detect": {name: list(types) if not isinstance(types, str) else types},
            "when": f"score >= {least[name]}",
            "action": "flag",
        }
        for name, types in detect.items()
    ]
    guard = Guard.load({"name": "measured", "rules": rules})

    def find(text: str) -> list[Span]:
        decision = guard.check(text, stage="output")
        if decision.degraded:
            raise RuntimeError(f"did not run: {decision.degraded}")
        return [(one.start, one.end, one.type) for one in decision.detections]

    return find


def pii() -> Find:
    """Returns the patterns alone: structured types and streets."""
    return finder({"pii": [*STRUCTURED, "STREET_ADDRESS"]}, {"pii": PII_SCORE})


def pii_and_names() -> Find:
    """Returns the patterns, and the model for names that ships."""
    types = [*STRUCTURED, "STREET_ADDRESS"]
    return finder({"pii": types, "names": "all"}, {"pii": PII_SCORE, "names": 0.3})


def secrets() -> Find:
    """Returns the detector of secrets, all types."""
    return finder({"secrets": "all"}, {"secrets": SECRET_SCORE})
