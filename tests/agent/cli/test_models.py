"""``tokenward models``: what is shipped, what was pulled, whether it is whole."""

from __future__ import annotations

import hashlib
import http.server
import importlib.metadata
import json
import os
import subprocess
import sys
import threading

import pytest
from typer.testing import CliRunner

from tokenward.cli.models import app
from tokenward.errors import ModelMissing, PluginError, TokenwardError, UsageError

FILES = {
    "config.json": b'{"model_type": "none"}',
    "model.safetensors": b"weights" * 1000,
    "pytorch_model.bin": b"pickle",
    "onnx/model.onnx": b"other",
}
PIPELINE = {
    "config.cfg": b"[nlp]",
    "meta.json": b"{}",
    "ner/model": b"weights",
    "vocab/strings.json": b"[]",
    ".gitattributes": b"",
    "en_some_pipeline-any-py3-none-any.whl": b"zip",
}
EXPORTS = {
    "config.json": b"{}",
    "tokenizer.json": b"{}",
    "onnx/model.onnx": b"graph",
    "onnx/model.onnx_data": b"tensors",
    "onnx/model_int8.onnx": b"small",
    "openvino/model.xml": b"other",
}
MODELS = {
    "some/large": FILES,
    "some/pipeline": PIPELINE,
    "some/export": EXPORTS,
    "some/ckpt": {"a.ckpt": b"pickle", "config.json": b"{}"},
}
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def invoke(*arguments):
    result = CliRunner().invoke(app, list(arguments))
    if isinstance(result.exception, TokenwardError):
        raise result.exception
    return result


@pytest.fixture
def ship(tmp_path, monkeypatch, installed):
    """Installs one plugin that ships a model, and an empty cache."""
    package = tmp_path / "site" / "sample_models"
    model = package / "small"
    model.mkdir(parents=True)
    (package / "__init__.py").write_text(
        "from tokenward import hookimpl\n\n\n@hookimpl\ndef register_features():\n    return []\n"
    )
    (model / "weights.npz").write_bytes(b"numbers")
    monkeypatch.syspath_prepend(str(package.parent))
    monkeypatch.setenv("TOKENWARD_MODELS", str(tmp_path / "cache"))
    monkeypatch.delitem(sys.modules, "sample_models", raising=False)
    point = importlib.metadata.EntryPoint("sample", "sample_models", "tokenward")
    installed(point)

    def write(**manifest):
        (model / "model.json").write_text(json.dumps(manifest))
        return model

    return write


def whole():
    return {"file": "weights.npz", "sha256": hashlib.sha256(b"numbers").hexdigest()}


def test_list_shows_what_a_plugin_ships(ship):
    folder = ship(**whole())
    (row,) = json.loads(invoke("list", "--json").stdout)
    assert ("sample-small", str(folder), None) == (row["name"], row["where"], row["hub"])
    assert {"weights.npz": whole()["sha256"]} == row["files"]
    assert f"sample-small  shipped  {folder}" in invoke("list").stdout


def test_a_folder_that_is_only_called_model_has_its_plugins_name(ship):
    folder = ship(**whole())
    folder.rename(folder.with_name("model"))
    assert ["sample"] == [row["name"] for row in json.loads(invoke("list", "--json").stdout)]


def test_list_says_how_to_get_what_is_missing(ship):
    ship(name="large", hub="some/large", revision="v1")
    assert "large  some/large@v1  missing: tokenward models pull large" in invoke("list").stdout


def test_verify_accepts_files_as_published(ship):
    ship(**whole())
    result = invoke("verify", "sample-small")
    assert (0, True) == (result.exit_code, "sample-small: 1 files as published" in result.stdout)


def test_verify_exits_1_where_a_file_differs(ship):
    (ship(**whole()) / "weights.npz").write_bytes(b"numberz")
    result = invoke("verify", "sample-small")
    assert (1, True) == (result.exit_code, "weights.npz has the SHA-256" in result.stderr)


def test_verify_of_a_missing_model_says_how_to_get_it(ship):
    ship(name="large", hub="some/large")
    with pytest.raises(ModelMissing, match="not there; tokenward models pull large"):
        invoke("verify", "large")


def test_names_that_are_not_known_are_refused(ship):
    ship(**whole())
    with pytest.raises(UsageError, match="no model 'big'; use one of: sample-small"):
        invoke("verify", "big")
    with pytest.raises(UsageError, match="no model 'big'; use one of: ORGANISATION/NAME"):
        invoke("pull", "big")


def test_what_is_shipped_need_not_be_pulled(ship):
    ship(**whole())
    with pytest.raises(UsageError, match="shipped with its plugin"):
        invoke("pull", "sample-small")


@pytest.mark.parametrize("manifest", ["{", "[]", '{"file": "weights.npz"}'])
def test_a_manifest_that_cannot_be_read_is_one_error(ship, manifest):
    (ship() / "model.json").write_text(manifest)
    with pytest.raises(PluginError, match=r"model\.json: cannot be read"):
        invoke("list")


class Hub(http.server.BaseHTTPRequestHandler):
    """As much of a hub as public models of a few files need."""

    def do_GET(self):
        for model, files in MODELS.items():
            if self.path.startswith(f"/api/models/{model}/tree/{COMMIT}"):
                rows = [
                    {"type": "file", "path": name, "size": len(data), "oid": "0" * 40}
                    for name, data in files.items()
                ]
                self.answer(200, json.dumps(rows).encode())
                return
            if self.path.startswith(f"/api/models/{model}"):
                siblings = [{"rfilename": name} for name in files]
                row = {"id": model, "modelId": model, "sha": COMMIT, "siblings": siblings}
                self.answer(200, json.dumps(row).encode())
                return
        path, _, name = self.path.partition(f"/resolve/{COMMIT}/")
        data = MODELS.get(path.strip("/"), {}).get(name)
        if data is None:
            self.answer(404, b"", {"X-Error-Code": "RepoNotFound"})
        else:
            etag = hashlib.sha256(data).hexdigest()
            self.answer(200, data, {"ETag": f'"{etag}"', "X-Repo-Commit": COMMIT})

    def do_HEAD(self):
        self.do_GET()

    def answer(self, status, data, headers=None):
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(data)

    def log_message(self, *arguments):
        """Says nothing."""


@pytest.fixture
def hub():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def pull(name, endpoint, cache, *options):
    """Pulls in a process of its own: the hub's client reads its settings once."""
    environment = os.environ | {
        "HF_ENDPOINT": endpoint,
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "TOKENWARD_MODELS": str(cache),
        "HF_HOME": str(cache / "hf"),
        "TOKENWARD_PLUGINS": "policies",
    }
    code = (
        "import sys; from tokenward.cli.models import app; from tokenward.errors import TokenwardError\n"
        "try: app(sys.argv[1:], standalone_mode=False)\n"
        "except TokenwardError as error: sys.exit(f'{error.exit_code}: {error}')"
    )
    return subprocess.run(
        [sys.executable, "-c", code, "pull", name, *options],
        capture_output=True, check=False, text=True, timeout=60, env=environment,
    )  # fmt: skip


def test_pull_gets_one_kind_of_weights_and_writes_their_checksums(hub, tmp_path, ship):
    cache = tmp_path / "cache"
    result = pull("some/large", hub, cache)
    folder = cache / "some--large"
    assert str(folder) == result.stdout.strip(), result.stderr
    assert FILES["model.safetensors"] == (folder / "model.safetensors").read_bytes()
    assert not (folder / "pytorch_model.bin").exists()
    manifest = json.loads((folder / "model.json").read_text())
    assert ("some/large", COMMIT) == (manifest["hub"], manifest["revision"])
    assert {"config.json", "model.safetensors"} == set(manifest["files"])
    assert invoke("verify", "some/large").exit_code == 0
    assert f"some/large@{COMMIT}  {folder}" in invoke("list").stdout


def test_a_pipeline_is_pulled_with_the_folders_of_its_components(hub, tmp_path):
    result = pull("some/pipeline", hub, tmp_path)
    folder = tmp_path / "some--pipeline"
    assert str(folder) == result.stdout.strip(), result.stderr
    assert b"weights" == (folder / "ner" / "model").read_bytes()
    manifest = json.loads((folder / "model.json").read_text())
    assert {"config.cfg", "meta.json", "ner/model", "vocab/strings.json"} == set(manifest["files"])


@pytest.mark.parametrize(
    ("options", "graphs"),
    [
        ((), {"onnx/model.onnx", "onnx/model.onnx_data"}),
        (("--file", "onnx/model_int8.onnx"), {"onnx/model_int8.onnx"}),
    ],
)
def test_a_model_in_onnx_is_pulled_with_its_tokenizer(hub, tmp_path, options, graphs):
    result = pull("some/export", hub, tmp_path, *options)
    folder = tmp_path / "some--export"
    assert str(folder) == result.stdout.strip(), result.stderr
    manifest = json.loads((folder / "model.json").read_text())
    assert {"config.json", "tokenizer.json", *graphs} == set(manifest["files"])


def test_weights_that_cannot_be_pulled_say_what_there_is(hub, tmp_path):
    result = pull("some/export", hub, tmp_path, "--file", "model_int4.onnx")
    assert (
        "2: model 'some/export' has no file 'model_int4.onnx'; use one of: onnx/" in result.stderr
    )
    result = pull("some/ckpt", hub, tmp_path)
    assert "has no weights in .safetensors or .bin files; there is nothing to pull" in result.stderr


def test_a_model_that_the_hub_does_not_have_is_the_users_mistake(hub, tmp_path):
    result = pull("some/other", hub, tmp_path)
    assert "2: the hub has no model 'some/other', or it is private" in result.stderr


def test_without_a_network_pull_ends_with_3(tmp_path):
    result = pull("some/large", "http://127.0.0.1:9", tmp_path)
    assert "3: model 'some/large' cannot be pulled: the hub does not answer" in result.stderr
