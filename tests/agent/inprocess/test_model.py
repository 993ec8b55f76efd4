"""Models by folder or file, of each engine that can be guarded step by step."""

from __future__ import annotations

import subprocess
import sys
import types
from typing import Any

import pytest

from tokenward.demo.model import model_dir
from tokenward.errors import MissingExtra, ModelMissing
from tokenward.guard import Guard
from tokenward.inprocess import model as models
from tokenward.inprocess.model import asked, load

ANGRY = "This is ridiculous! Where is my lamp?"


@pytest.fixture(scope="module")
def int4(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The demonstration model as the builder of ONNX Runtime GenAI writes it."""
    folder = tmp_path_factory.mktemp("int4")
    command = ["-m", str(model_dir()), "-o", str(folder), "-p", "int4", "-e", "cpu"]
    subprocess.run(
        [sys.executable, "-m", "onnxruntime_genai.models.builder", *command],
        check=True,
        capture_output=True,
        env={"PATH": "", "HF_HUB_OFFLINE": "1", "PYTHONPATH": ":".join(sys.path)},
    )
    return folder


def test_a_folder_of_onnx_runtime_genai_is_guarded_with_rewinds(int4: Any) -> None:
    model, tokenizer = load(str(int4))
    with Guard.load("rewind") as guard:
        output: Any = guard.generate(model, tokenizer, asked(model, tokenizer, ANGRY))
        again = guard.check(output.text)

    assert output.rewinds > 0
    assert (output.finish_reason, again.rules) == ("stop", ())


def test_a_broken_folder_of_onnx_runtime_genai(int4: Any, tmp_path: Any) -> None:
    for file in int4.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes() if file.suffix != ".onnx" else b"?")

    with pytest.raises(ModelMissing, match="cannot be loaded"):
        load(str(tmp_path))


@pytest.mark.parametrize(
    ("name", "module", "extra"),
    [("genai_config.json", "onnxruntime_genai", "onnx"), ("m.gguf", "llama_cpp", "llama-cpp")],
)
def test_an_engine_that_is_not_installed(
    monkeypatch: Any, tmp_path: Any, name: str, module: str, extra: str
) -> None:
    (tmp_path / name).write_text("{}")
    found = models.find_spec
    monkeypatch.setattr(models, "find_spec", lambda one: None if one == module else found(one))

    with pytest.raises(MissingExtra, match=rf"{module}.*tokenward\[{extra}\]"):
        load(str(tmp_path / name if name.endswith("gguf") else tmp_path))


def test_a_gguf_file_that_is_not_there(tmp_path: Any) -> None:
    with pytest.raises(ModelMissing, match="nothing at"):
        load(str(tmp_path / "model.gguf"))


def test_a_gguf_file_brings_its_own_tokenizer(monkeypatch: Any, tmp_path: Any) -> None:
    """By a stand-in for llama-cpp-python, which has to be compiled."""
    opened = []

    class Llama:
        def __init__(self, path: str, **options: Any) -> None:
            self.metadata = {"tokenizer.chat_template": "..."}
            opened.append((path, options["n_ctx"]))
            if "broken" in path:
                raise ValueError("Failed to load model from file")

    monkeypatch.setitem(sys.modules, "llama_cpp", types.SimpleNamespace(Llama=Llama, __spec__=1))
    for name in ("model.gguf", "broken.gguf"):
        (tmp_path / name).write_bytes(b"GGUF")
    model, tokenizer = load(str(tmp_path / "model.gguf"))

    assert tokenizer is None
    assert opened == [(str(tmp_path / "model.gguf"), 0)]
    assert asked(model, tokenizer, "Hi") == [{"role": "user", "content": "Hi"}]
    with pytest.raises(ModelMissing, match="cannot be loaded: Failed to load"):
        load(str(tmp_path / "broken.gguf"))


def test_a_prompt_without_a_template_is_a_text(monkeypatch: Any) -> None:
    model = types.SimpleNamespace(metadata={})
    assert asked(model, None, "Hi") == "Hi"
    assert asked(model, types.SimpleNamespace(chat_template=None), "Hi") == "Hi"
