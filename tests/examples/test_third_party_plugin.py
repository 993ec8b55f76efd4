"""The example of somebody else's plugin is installed as its users would, and used."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "examples" / "third_party_plugin"


def python(*arguments, **environment):
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True, check=False, text=True, timeout=110,
        env=os.environ | environment,
    )  # fmt: skip


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """A copy of the example's folder: building leaves files behind."""
    folder = tmp_path_factory.mktemp("example") / "third_party_plugin"
    return shutil.copytree(SOURCE, folder, ignore=shutil.ignore_patterns("__pycache__"))


@pytest.fixture(scope="module")
def site(example, tmp_path_factory):
    """A folder into which pip has installed the example, and nothing else."""
    target = tmp_path_factory.mktemp("site")
    options = (
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "--quiet",
        "--target",
        str(target),
    )
    installed = python("-m", "pip", "install", *options, str(example))
    assert 0 == installed.returncode, installed.stderr
    return str(target)


def tokenward(site, *arguments):
    return python("-m", "tokenward", *arguments, PYTHONPATH=site)


def test_the_installed_plugin_is_listed_with_its_detector_and_policy(site):
    listed = tokenward(site, "plugins", "list", "--json")
    rows = {row["name"]: row for row in json.loads(listed.stdout)}
    assert ("tokenward-badges", "1.0.0", ["badge-desk"]) == (
        rows["badges"]["package"],
        rows["badges"]["version"],
        rows["badges"]["policies"],
    )
    assert ["badges"] == [row["name"] for row in rows["badges"]["detectors"]]
    assert "pii" in rows  # it stands beside the built-in plugins


def test_its_policy_guards_a_text(site):
    checked = tokenward(site, "check", "Ask B-482913-1.", "--policy", "badge-desk", "--json")
    row = json.loads(checked.stdout)
    assert ("redact", "Ask <BADGE>.", 1.0) == (
        row["action"],
        row["text"],
        row["scores"]["badges.BADGE"],
    )


def test_it_passes_the_conformance_kit(site):
    checked = tokenward(site, "plugins", "check", "tokenward_badges")
    assert 0 == checked.returncode, checked.stdout + checked.stderr
    assert "0 failed, 0 not measured" in checked.stdout


def test_its_own_tests_pass(site, example):
    tested = python("-m", "pytest", "-q", "-p", "no:cacheprovider", str(example), PYTHONPATH=site)
    assert 0 == tested.returncode, tested.stdout + tested.stderr


def test_without_it_a_policy_that_needs_it_says_what_is_missing():
    policy = SOURCE / "src" / "tokenward_badges" / "policies" / "badge-desk.yaml"
    checked = python("-m", "tokenward", "check", "text", "--policy", str(policy))
    assert (2, 1) == (checked.returncode, len(checked.stderr.splitlines()))
    assert "nobody registered the detector 'badges'" in checked.stderr
