"""Loads a model by folder, file or hub id, for those who have only its name."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tokenward.errors import MissingExtra, ModelMissing

REMEDY = (
    "give a folder that save_pretrained or the builder of ONNX Runtime GenAI wrote, or a .gguf file"
)
GENAI = "genai_config.json"
"""What only the builder of ONNX Runtime GenAI writes."""
GGUF = ".gguf"


def load(model: str) -> tuple[Any, Any]:
    """Returns model and tokenizer, on the GPU where there is one.

    A folder is read without a look at the network; any other name is a hub id. A folder of ONNX
    Runtime GenAI gives its model, a GGUF file that of llama.cpp, whose tokenizer (``None`` here) is
    its own.
    """
    _need("guarded generation", "models", "torch", "transformers")
    path = Path(model).expanduser()
    if path.suffix == GGUF and path.is_file():
        return _read_gguf(path), None
    local = path.is_dir()
    if not local and (is_path(model) or path.suffix == GGUF):
        raise ModelMissing(f"--model: nothing at {model!r}; {REMEDY}")
    if local and (path / GENAI).is_file():
        return _read_genai(path)
    if local and not (path / "config.json").is_file():
        raise ModelMissing(f"--model: no config.json in {model!r}; {REMEDY}")
    return _read(str(path) if local else model, local=local)


def _need(what: str, extra: str, *modules: str) -> None:
    for module in modules:
        if find_spec(module) is None:
            raise MissingExtra(what, extra, module)


def _read_gguf(path: Path) -> Any:
    _need("a GGUF file", "llama-cpp", "llama_cpp")
    import llama_cpp  # noqa: PLC0415

    try:
        return llama_cpp.Llama(str(path), n_ctx=0, verbose=False)  # 0: the model's own context
    except ValueError as error:
        raise _broken(str(path), error) from None


def _read_genai(folder: Path) -> tuple[Any, Any]:
    _need("a model of ONNX Runtime GenAI", "onnx", "onnxruntime_genai")
    import onnxruntime_genai  # noqa: PLC0415
    from transformers import AutoTokenizer  # noqa: PLC0415

    try:
        tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
        return onnxruntime_genai.Model(str(folder)), tokenizer
    except (OSError, ValueError, RuntimeError) as error:
        raise _broken(str(folder), error) from None


def _broken(source: str, error: Exception) -> ModelMissing:
    reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
    return ModelMissing(f"--model: {source!r} cannot be loaded: {reason}")


def _read(source: str, *, local: bool) -> tuple[Any, Any]:
    import torch  # noqa: PLC0415
    from transformers import AutoModelForCausalLM, AutoTokenizer, logging  # noqa: PLC0415

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        tokenizer = AutoTokenizer.from_pretrained(source, local_files_only=local)
        model = AutoModelForCausalLM.from_pretrained(source, local_files_only=local, dtype="auto")
    except (OSError, ValueError) as error:
        raise _broken(source, error) from None
    return model.eval().to("cuda" if torch.cuda.is_available() else "cpu"), tokenizer


def asked(model: Any, tokenizer: Any, prompt: str) -> str | list[dict[str, str]]:
    """Returns a prompt as a model wants it: as a message where it has a template for chats."""
    if tokenizer is None:
        chats = "tokenizer.chat_template" in model.metadata
    else:
        chats = bool(tokenizer.chat_template)
    return [{"role": "user", "content": prompt}] if chats else prompt


def is_path(model: str) -> bool:
    r"""Tells whether a name can only be a folder's: a hub id is ``name`` or ``owner/name``.

    >>> is_path("./model"), is_path("/srv/model"), is_path("owner/name"), is_path("name")
    (True, True, False, False)
    """
    return model.startswith((".", "/", "~")) or model.count("/") > 1 or "\\" in model


def seed_sampling(seed: int) -> None:
    """Makes sampling repeatable."""
    import torch  # noqa: PLC0415

    torch.manual_seed(seed)
