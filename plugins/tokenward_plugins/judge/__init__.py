"""Asks a generative model of a text: Llama Guard, Qwen3Guard, ShieldGemma, or any other."""

from __future__ import annotations

from typing import Any

from tokenward.hookspecs import hookimpl
from tokenward.types import Classifier, DetectorPlugin, DetectorSource
from tokenward_plugins.judge.settings import JudgeSettings

__all__ = ["JudgeSettings", "register_detectors"]


def _create(settings: Any, source: DetectorSource) -> Classifier:
    del source
    settings.check()
    from tokenward_plugins.judge.detector import JudgeClassifier  # noqa: PLC0415  (urllib3)

    return JudgeClassifier.load(settings)


@hookimpl
def register_detectors() -> list[DetectorPlugin]:
    """Returns the detector ``judge``."""
    return [
        DetectorPlugin(
            name="judge",
            create=_create,
            settings=JudgeSettings,
            # each family of judges has its own
            types=None,
            description="a generative judge behind an OpenAI-compatible server: Llama Guard, "
            "Qwen3Guard, ShieldGemma, or a question of yours",
        )
    ]
