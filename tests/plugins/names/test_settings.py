"""What a policy may write for 'names', and what is said where it cannot work."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tokenward import Guard
from tokenward.errors import ModelMissing, PluginError, PolicyError, TokenwardError, UsageError
from tokenward_plugins.names import NamesSettings, register_detectors
from tokenward_plugins.names.folder import find


def make(**settings):
    (plugin,) = register_detectors()
    return plugin.create(NamesSettings(**settings), None)


def guard(**settings):
    rule = {"id": "names", "stage": "output", "detect": {"names": "all"}, "action": "redact"}
    detectors = {"names": {"plugin": "names", **settings}}
    return Guard.load({"name": "t", "detectors": detectors, "rules": [rule]})


def test_an_empty_model_says_what_to_do():
    with pytest.raises(UsageError, match=r"model is empty; leave it out .* the folder .* pull"):
        make(model="")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"min_score": 1.5}, r"min_score is 1.5; it lies in \[0, 1\]"),
        ({"batch_size": 0}, "batch_size is 0; use 1 or more"),
        ({"threads": -1}, "threads is -1; use 1 or more"),
        ({"max_tokens": 3}, "max_tokens is 3; use 16 or more, or 0"),
        ({"labels": {"ORG": "TWO WORDS"}}, "labels maps 'ORG' to 'TWO WORDS'; write 'LABEL: TYPE'"),
        ({"labels": {"*": "X"}}, r"labels maps '\*' to 'X'; write '\"\*\": \"\*\"' to keep"),
        ({"labels": {" ": "X"}}, "labels maps ' ' to 'X'"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, message):
    with pytest.raises(UsageError, match=message):
        make(model="somewhere", **settings)


def test_a_wrong_backend_is_refused_with_the_allowed_words():
    with pytest.raises(PolicyError, match=r"setting 'backend' .* 'auto', 'spacy', 'gliner' or"):
        guard(model="somewhere", backend="flair")


@pytest.mark.parametrize(
    ("model", "remedy"),
    [
        ("no/such-model", "tokenward models pull no/such-model"),
        ("./no/such", "give a folder that is there$"),
        ("en_core_web_nothing", "install the spaCy pipeline of that name, or write 'embedded'"),
    ],
)
def test_a_model_that_is_not_there_says_how_to_get_it(model, remedy):
    with pytest.raises(ModelMissing, match=remedy):
        make(model=model)


def test_a_pulled_model_is_found_by_its_hub_name(ruler, tmp_path, monkeypatch):
    monkeypatch.setenv("TOKENWARD_MODELS", str(tmp_path))
    (tmp_path / "someone--some-ner").symlink_to(ruler)

    assert tmp_path / "someone--some-ner" == find(NamesSettings(model="someone/some-ner")).folder


def test_an_installed_pipeline_is_found_by_its_package_name(ruler, tmp_path, monkeypatch):
    package = tmp_path / "en_tests_own"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "en_tests_own-1.0.0").symlink_to(ruler)
    monkeypatch.syspath_prepend(str(tmp_path))

    found = find(NamesSettings(model="en_tests_own"))

    assert (package / "en_tests_own-1.0.0", "spacy") == (found.folder, found.backend)


def held(folder, *files, **architectures):
    for file in files:
        (folder / file).write_text(json.dumps(architectures) if file == "config.json" else "{}")
    return NamesSettings(model=str(folder))


@pytest.mark.parametrize(
    ("files", "backend"),
    [
        (["meta.json", "config.cfg"], "spacy"),
        (["gliner_config.json", "config.json"], "gliner"),
        (["config.json"], "transformers"),
    ],
)
def test_the_files_say_what_loads_a_model(tmp_path, files, backend):
    settings = held(tmp_path, *files, architectures=["BertForTokenClassification"])

    assert backend == find(settings).backend


def test_a_folder_without_a_model_says_what_is_expected(tmp_path):
    with pytest.raises(ModelMissing, match=r"holds no model; expected meta.json with config.cfg"):
        find(held(tmp_path, "readme.txt"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"architectures": ["BertForMaskedLM"]}', "names BertForMaskedLM, which finds no names"),
        ("{}", "names no architecture"),
        ("[1]", r"cannot be read \(AttributeError\); copy the model again"),
        ("{", "cannot be read"),
    ],
)
def test_a_model_that_finds_no_names_is_refused(tmp_path, content, message):
    (tmp_path / "config.json").write_text(content)
    with pytest.raises(PluginError, match=message):
        find(NamesSettings(model=str(tmp_path)))


def test_what_is_asked_for_goes_before_what_the_files_say(tmp_path):
    settings = NamesSettings(model=str(tmp_path), backend="gliner")

    assert "gliner" == find(settings).backend


def test_every_error_is_one_line_that_ends_without_a_full_stop(tmp_path):
    for settings in (
        {"model": ""},
        {"device": "cuda"},
        {"model": "a/b"},
        {"model": str(tmp_path)},
        {"model": "x", "threads": 0},
    ):
        with pytest.raises(TokenwardError) as caught:
            make(**settings)
        assert 1 == len(str(caught.value).splitlines())
        assert not str(caught.value).endswith(".")


def test_registering_loads_no_framework():
    code = (
        "import sys\nfrom tokenward_plugins.names import register_detectors\nregister_detectors()\n"
        "print({'spacy', 'torch', 'transformers', 'gliner'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "set()" == done.stdout.strip()
