"""Loads the model that a policy names, by whatever runs it."""

from __future__ import annotations

from pathlib import Path

from tokenward.errors import UsageError
from tokenward_plugins.classifier.settings import WHO, ClassifierSettings
from tokenward_plugins.models.forward import Network, WindowClassifier
from tokenward_plugins.models.labels import types_of
from tokenward_plugins.models.outputs import Outputs, function_of
from tokenward_plugins.models.places import check_files, folder_of

HEAD = "AutoModelForSequenceClassification"
WEIGHTS = ("*.safetensors", "*.bin", "*.safetensors.index.json")


def load(settings: ClassifierSettings) -> WindowClassifier:
    """Returns the classifier over the model of the settings; nothing is downloaded."""
    folder = folder_of(settings.model, WHO)
    check_files(folder, settings.sha256, WHO)
    onnx = settings.backend == "onnx" or (settings.backend == "auto" and _is_onnx(settings, folder))
    network, labels, problem = (_onnx if onnx else _transformers)(settings, folder)
    types = types_of(labels, settings.labels, WHO)
    if settings.scores == "auto":
        function = function_of(problem, len(types), WHO)
    else:
        function = settings.scores
    return WindowClassifier(network, Outputs(types, function), settings.unit)


def _is_onnx(settings: ClassifierSettings, folder: Path) -> bool:
    from tokenward_plugins.models.onnx_network import graphs  # noqa: PLC0415  (as in load)

    weights = any(path for pattern in WEIGHTS for path in folder.glob(pattern))
    return bool(settings.file) or (not weights and bool(graphs(folder)))


def _transformers(
    settings: ClassifierSettings, folder: Path
) -> tuple[Network, list[str], str | None]:
    from tokenward_plugins.models import hub_format  # noqa: PLC0415  (only for such models)

    hub_format.check_installed(settings.model)
    from tokenward_plugins.models.torch_network import network  # noqa: PLC0415  (torch)

    config = hub_format.configuration(folder, WHO)
    tokenizer = hub_format.tokenizer(folder, WHO)
    labels = hub_format.labels(config, WHO)
    model = hub_format.weights(folder, HEAD, "text classifier", WHO)
    found = network(model, config, tokenizer, settings.placement, WHO)
    found.check(WHO)
    return found, labels, config.problem_type


def _onnx(settings: ClassifierSettings, folder: Path) -> tuple[Network, list[str], str | None]:
    from tokenward_plugins.models import onnx_network  # noqa: PLC0415  (only for such models)

    if settings.precision != "float32":
        raise UsageError(
            f"{WHO}: the precision of an ONNX model is that of its file; name the one in "
            f"{settings.precision} in 'file'"
        )
    graph = onnx_network.graph_in(folder, settings.file, WHO)
    # files for several runtimes may lie in a folder of their own, and the rest one above
    found = onnx_network.network(folder, graph, settings.placement, WHO)
    config = onnx_network.configuration(folder, WHO)
    return found, onnx_network.labels(config, found.check(WHO), WHO), config.get("problem_type")
