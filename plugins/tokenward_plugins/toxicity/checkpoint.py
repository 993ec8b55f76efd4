"""Scores text with a transformer in a folder: a Detoxify checkpoint, or any text classifier.

``Detoxify(checkpoint=...)`` is not used: it unpickles the file with code execution allowed, asks a
hub for the configuration even if it lies beside the file, pads a batch to its longest text, and
drops what is longer than the model's maximum. The scores are the same (a test compares them).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tokenward.errors import PluginError
from tokenward_plugins.models import hub_format
from tokenward_plugins.models.forward import WindowClassifier
from tokenward_plugins.models.outputs import Function, Outputs, function_of
from tokenward_plugins.models.places import check_files, folder_of
from tokenward_plugins.toxicity.settings import WHO, ToxicitySettings

HEAD = "AutoModelForSequenceClassification"
RENAMED = {
    "toxic": "toxicity",
    "severe_toxic": "severe_toxicity",
    "identity_hate": "identity_attack",
}
"""Detoxify's names for the labels of the Jigsaw sets."""
JIGSAW = {
    *RENAMED.values(), "obscene", "threat", "insult", "sexual_explicit",
}  # fmt: skip
GROUPS = frozenset(
    "male female homosexual_gay_or_lesbian christian jewish muslim black white "
    "psychiatric_or_mental_illness".split()
)
"""Outputs that say whom a text mentions, which is nothing against it: they are left out."""


def load(settings: ToxicitySettings) -> WindowClassifier:
    """Returns the classifier of ``settings.model``, a folder; nothing is fetched."""
    folder = folder_of(settings.model, WHO)
    check_files(folder, settings.sha256, WHO)
    hub_format.check_installed(settings.model)
    from tokenward_plugins.models.torch_network import network  # noqa: PLC0415  (torch)

    config = hub_format.configuration(folder, WHO)
    tokenizer = hub_format.tokenizer(folder, WHO)
    model, labels, function = _model(folder, config)
    found = network(model, config, tokenizer, settings.placement, WHO)
    found.check(WHO)
    return WindowClassifier(found, Outputs(types_of(labels), function), "sentence")


def types_of(labels: Sequence[str]) -> tuple[str | None, ...]:
    """Returns Detoxify's names of labels, none for those that say whom a text mentions.

    >>> types_of(["toxic", "female"]), types_of(["neutral", "female"])
    (('toxicity', None), ('neutral', 'female'))
    """
    names = [RENAMED.get(label, label) for label in labels]
    known = not JIGSAW.isdisjoint(names)
    return tuple(None if known and name in GROUPS else name for name in names)


def _model(folder: Path, config: Any) -> tuple[Any, Sequence[str], Function]:
    """Returns the model in a folder, its labels, and what makes scores of its outputs."""
    checkpoints = sorted(folder.glob("*.ckpt"))
    if len(checkpoints) > 1:
        raise PluginError(
            f"{WHO}: {str(folder)!r} holds {len(checkpoints)} *.ckpt files; leave one there"
        )
    if checkpoints:
        from tokenward_plugins.toxicity.detoxify_format import read  # noqa: PLC0415  (torch)

        return *read(checkpoints[0], config), "sigmoid"
    labels = hub_format.labels(config, WHO)
    model = hub_format.weights(folder, HEAD, "text classifier", WHO, also=" or a *.ckpt file")
    # labels of the Jigsaw sets never exclude each other, whatever the configuration says or not
    several = len(JIGSAW.intersection(RENAMED.get(label, label) for label in labels)) > 1
    problem = "multi_label_classification" if several else config.problem_type
    return model, labels, function_of(problem, len(labels), WHO)
