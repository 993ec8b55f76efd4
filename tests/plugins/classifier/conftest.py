"""The model of these tests, made once, and no network."""

from __future__ import annotations

import shutil
import socket

import pytest
from tests.plugins.classifier.models import export, save_tokenizer, trained


@pytest.fixture(scope="module", autouse=True)
def offline():
    """No test of this folder may look up a host."""

    def refuse(*arguments, **_):
        raise AssertionError(f"the network was used: {arguments[0]!r}")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", refuse)
        yield


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """A folder as transformers writes it."""
    folder = tmp_path_factory.mktemp("classifier") / "model"
    trained(save_tokenizer(folder)).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def exported(folder, tmp_path_factory):
    """The same model in ONNX, with its tokenizer and configuration, and no other weights."""
    import transformers

    other = tmp_path_factory.mktemp("onnx") / "model"
    other.mkdir()
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        shutil.copy(folder / name, other / name)
    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder)
    export(model.eval(), other / "model.onnx")
    return other


@pytest.fixture
def copy(folder, tmp_path):
    """A copy of the folder, to be spoilt."""
    return shutil.copytree(folder, tmp_path / "copy")


@pytest.fixture
def copy_of_onnx(exported, tmp_path):
    return shutil.copytree(exported, tmp_path / "copy")
