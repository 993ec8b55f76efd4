from __future__ import annotations

import pytest

from tokenward.compare.backends.opened import open_backend
from tokenward.demo.model import model_dir
from tokenward.errors import UpstreamError, UsageError

MAKES = """
from tokenward.demo.model import load
from beside import NAME

def pruned():
    model, tokenizer = load()
    model.lm_head.weight.data.mul_(0.5)
    return model, tokenizer

def forgot():
    return load()[0]

def fails():
    raise RuntimeError("no such checkpoint")
"""


@pytest.fixture
def script(tmp_path):
    (tmp_path / "beside.py").write_text("NAME = 'x'")
    path = tmp_path / "makes.py"
    path.write_text(MAKES)
    return path


def test_a_folder_is_loaded_in_the_number_format_of_its_files():
    backend = open_backend(str(model_dir()), {})
    assert backend.identity.details["dtype"] == "bfloat16"
    files = (model_dir() / "model.safetensors").stat().st_size
    assert backend.identity.bytes == files
    demo = open_backend("demo", {})
    assert demo.identity.weights == backend.identity.weights
    assert (demo.identity.tokenizer, demo.identity.template) == (
        backend.identity.tokenizer, backend.identity.template,
    )  # fmt: skip


def test_a_function_of_the_users_makes_a_model(script):
    backend = open_backend(f"py:{script}:pruned", {})
    assert backend.identity.parameters == open_backend("demo", {}).identity.parameters
    assert backend.identity.weights != open_backend("demo", {}).identity.weights
    of_module = open_backend("py:tokenward.demo.model:load", {"prune": "0.5"})
    assert of_module.identity.details["options"] == {"prune": "0.5"}


@pytest.mark.parametrize(("function", "message"), [
    ("forgot", "returned LlamaForCausalLM; return .model, tokenizer."),
    ("other", "no function 'other'; there are: fails, forgot, load, pruned"),
])  # fmt: skip
def test_a_function_that_makes_none_is_told(script, function, message):
    with pytest.raises(UsageError, match=message):
        open_backend(f"py:{script}:{function}", {})


def test_a_function_that_fails_is_told_with_its_error(script):
    with pytest.raises(UpstreamError, match="cannot be loaded: RuntimeError: no such checkpoint"):
        open_backend(f"py:{script}:fails", {})


@pytest.mark.parametrize(("source", "message"), [
    ("py:tokenward.nothing:load", "no module 'tokenward.nothing'"),
    ("py:load", "write py:FILE.py:FUNCTION or py:MODULE:FUNCTION"),
    ("py:nowhere.py:load", "no file 'nowhere.py'"),
    ("./nowhere", "no such folder"),
    ("models/small-q4.gguf", "start llama-server with it and give http://HOST:PORT/v1#MODEL"),
])  # fmt: skip
def test_a_source_that_is_not_there_is_told(source, message):
    with pytest.raises(UsageError, match=message):
        open_backend(source, {})


def test_a_folder_of_something_else_is_told(tmp_path):
    with pytest.raises(UsageError, match=r"without config.json \(transformers\) and genai_config"):
        open_backend(str(tmp_path), {})
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(UsageError, match="transformers cannot load it"):
        open_backend(str(tmp_path), {})
