"""How a text is put: repetition as it streams, readability, refusal."""

from __future__ import annotations

from tokenward.hookspecs import hookimpl
from tokenward.types import Detector, DetectorPlugin, DetectorSource, Feature, StatedError
from tokenward_plugins.style.settings import (
    ReadabilitySettings,
    RefusalSettings,
    RepetitionSettings,
)
from tokenward_plugins.tokens.feature import of_texts

__all__ = ["register_detectors", "register_features"]

XSTEST = StatedError(
    type="refusal",
    threshold=0.5,
    sensitivity=0.800,
    specificity=0.940,
    positive=514,
    negative=386,
    data="answers of two unseen models to all prompts of XSTest, refusals full or partial",
)
"""As in ``EVALUATION.md``; harmless answers to ordinary prompts are hardly ever mistaken."""


def _repetition(settings: RepetitionSettings, _: DetectorSource) -> Detector:
    from tokenward_plugins.style.repetition import RepetitionDetector  # noqa: PLC0415  # on demand

    return RepetitionDetector(settings)


def _readability(settings: ReadabilitySettings, _: DetectorSource) -> Detector:
    from tokenward_plugins.style.readability import (  # noqa: PLC0415  # on demand
        ReadabilityClassifier,
    )

    return ReadabilityClassifier(settings)


def _refusal(settings: RefusalSettings, _: DetectorSource) -> Detector:
    from tokenward_plugins.style.refusal import RefusalClassifier  # noqa: PLC0415  # on demand

    return RefusalClassifier(settings)


@hookimpl
def register_detectors() -> list[DetectorPlugin]:
    """Returns ``repetition``, ``readability`` and ``refusal``."""
    return [
        DetectorPlugin(
            name="repetition",
            create=_repetition,
            settings=RepetitionSettings,
            types=frozenset({"loop", "repeats"}),
            description="Loops, and words that come again and again, found while they stream.",
        ),
        DetectorPlugin(
            name="readability",
            create=_readability,
            settings=ReadabilitySettings,
            types=frozenset({"grade", "lix"}),
            description="How hard a text is to read: Flesch-Kincaid grade / 20, LIX / 100.",
        ),
        DetectorPlugin(
            name="refusal",
            create=_refusal,
            settings=RefusalSettings,
            types=frozenset({"refusal", "partial_refusal", "deflection"}),
            description="Answers that refuse, refuse in part or deflect, in 18 languages.",
            stated=(XSTEST,),
        ),
    ]


@hookimpl
def register_features() -> list[Feature]:
    """Returns the numbers ``refusal`` and ``lix``."""
    from tokenward_plugins.style.counts import counts, counts_of  # noqa: PLC0415  # on demand
    from tokenward_plugins.style.readability import lix  # noqa: PLC0415  # on demand
    from tokenward_plugins.style.refusal import refusal, refusals  # noqa: PLC0415  # on demand

    return [
        of_texts(
            "refusal",
            "number",
            refusal,
            refusals,
            "1 where the beginning refuses, otherwise 0",
        ),
        of_texts(
            "lix",
            "number",
            lambda text: lix(counts(text)),
            lambda texts: list(map(lix, counts_of(texts))),
            "LIX: words a sentence, and long words in 100.",
        ),
    ]
