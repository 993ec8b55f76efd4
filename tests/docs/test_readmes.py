"""What the folder READMEs say is what the code does: generated parts, keys, examples, links."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path

import pytest
import yaml

from tokenward.engine.compile import compile_policy
from tokenward.errors import TokenwardError
from tokenward.policy import cases, loader, schema
from tokenward.policy.cases import load_cases
from tokenward.policy.loader import load_text
from tokenward.redact.styles import REDACT_STYLES
from tokenward.types import ACTIONS, STAGES
from tokenward.wire.protocols.known import PROTOCOLS

ROOT = Path(__file__).parents[2]
READMES = sorted(
    path
    for path in [ROOT / "README.md", *ROOT.glob("*/README.md"), *ROOT.glob("examples/*/README.md")]
    if not path.parent.name.startswith(".")
)
POLICIES = (ROOT / "policies" / "README.md").read_text(encoding="utf-8")
PLUGINS = (ROOT / "plugins" / "README.md").read_text(encoding="utf-8")


def code(text, language):
    """Returns the blocks of code in a language, with the lines they begin at."""
    pattern = re.compile(rf"^```{language}\n(.*?)^```", re.MULTILINE | re.DOTALL)
    return [(text[: m.start()].count("\n") + 2, m[1]) for m in pattern.finditer(text)]


@pytest.fixture(scope="module")
def generated():
    spec = importlib.util.spec_from_file_location(
        "generate", Path(__file__).with_name("generate.py")
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("folder", ["agent", "plugins"])
def test_generated_parts_are_what_the_code_says(generated, folder):
    """Run python tests/docs/generate.py where this fails."""
    for (path, marker), block in generated.blocks().items():
        if path.parent.name == folder:
            text = path.read_text(encoding="utf-8")
            assert generated.replaced(text, marker, block) == text


def test_the_map_names_every_module_of_the_agent(generated):
    text = generated.modules()
    package = ROOT / "agent" / "tokenward"
    modules = {path.stem for path in package.rglob("*.py")} - {"__init__"}
    assert [name for name in sorted(modules) if f"| `{name}` | " not in text] == []
    assert "|  |" not in text  # every module says what it does


@pytest.mark.parametrize("path", READMES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path):
    text = path.read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]
    for link in links:
        file, _, anchor = link.partition("#")
        target = path.parent / file if file else path
        assert target.exists(), link
        if anchor:
            headings = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            slugs = [
                re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings
            ]
            assert anchor in slugs, link


def test_the_examples_of_the_plugin_page_run():
    """In order, in one module, as a reader would type them."""
    module = type(sys)("readme_plugin")
    sys.modules[module.__name__] = module  # dataclasses look their module up by name
    try:
        for line, block in code(PLUGINS, "python"):
            program = compile(
                "\n" * (line - 1) + block, "plugins/README.md", "exec", dont_inherit=True
            )
            exec(program, vars(module))
    finally:
        del sys.modules[module.__name__]
    assert [detector.name for detector in module.register_detectors()] == ["issues"]
    assert module.register_features()[0].of("a1") == 0.5
    assert module.register_policies().joinpath("default.yaml").is_file()


YAML = [
    pytest.param(path, block, id=f"{path.relative_to(ROOT)}:{line}")
    for path in READMES
    for line, block in code(path.read_text(encoding="utf-8"), "yaml")
    if yaml.safe_load(block).keys() & {"rules", "cases"}
]


def test_there_are_policies_on_the_page():
    assert len(YAML) >= 4


@pytest.fixture(scope="module")
def brought(tmp_path_factory):
    """A folder with small models under the names that the page of plugins has for them."""
    from tests.plugins.classifier import models
    from tests.plugins.names.models import save_base
    from tests.plugins.test_toxicity_checkpoint import PUBLISHED, save_kind, write_detoxify

    root = tmp_path_factory.mktemp("brought")
    tone, onnx, detoxify = (root / "models" / name for name in ("tone", "tone-onnx", "detoxify"))
    for folder in (tone, onnx):
        models.save_tokenizer(folder)
        models.bert().config.save_pretrained(folder)
    models.bert().save_pretrained(tone)
    models.export(models.bert().eval(), onnx / "model.onnx")
    _, kind, outputs, classes = PUBLISHED[0]
    detoxify.mkdir()
    write_detoxify(detoxify, save_kind(detoxify, kind, outputs), outputs, classes)
    save_base(root / "models" / "terms", ["O", "B-DRUG", "B-DOSE"]).save_pretrained(
        root / "models" / "terms"
    )
    return root


@pytest.mark.parametrize(("path", "block"), YAML)
def test_yaml_that_a_page_shows_loads(path, block, registry, request, monkeypatch):
    if "model: models/" in block:
        monkeypatch.chdir(request.getfixturevalue("brought"))
    if "cases" in yaml.safe_load(block):
        assert load_cases(block, str(path))
    else:
        assert compile_policy(load_text(block, str(path)), registry).plans


def test_the_cases_of_the_page_hold_for_its_policy(registry):
    from tokenward.engine.engine import Engine
    from tokenward.engine.trial import run_cases

    policy, *_ = (block for _, block in code(POLICIES, "yaml") if "rules" in yaml.safe_load(block))
    (some,) = (block for _, block in code(POLICIES, "yaml") if "cases" in yaml.safe_load(block))
    engine = Engine(compile_policy(load_text(policy, "README"), registry))
    faults = [t.faults for t in run_cases(engine, load_cases(some, "README.test")) if t.faults]
    engine.close()
    assert [] == faults


def rows(heading):
    """Returns the first cells of the table under a heading."""
    part = re.search(rf"^##+ {heading}\n(.*?)(?=^## |\Z)", POLICIES, re.MULTILINE | re.DOTALL)[1]
    return re.findall(r"^\| `(\w+)` \|", part.partition("\n### ")[0], re.MULTILINE)


KEYS = [
    ("The file", loader.POLICY_KEYS),
    ("Rules", loader.RULE_KEYS),
    ("actions", ACTIONS),
    ("Cases", cases.CASE_KEYS),
]


@pytest.mark.parametrize(("heading", "keys"), KEYS)
def test_a_table_has_a_row_for_every_key_and_no_other(heading, keys):
    assert set(keys) == set(rows(heading))


@pytest.mark.parametrize(
    "words",
    [STAGES, loader.MATCH_KEYS, loader.LIMIT_KEYS, schema.MODES, schema.ON_ERROR, loader.FALLBACKS],
)
def test_every_word_of_the_language_is_on_the_page(words):
    assert [word for word in words if f"`{word}`" not in POLICIES] == []


def test_every_style_of_redaction_is_on_the_page():
    assert [style for style in REDACT_STYLES if f"| `{style}` |" not in POLICIES] == []
    assert [key for key in loader.REDACT_KEYS if f"`{key}" not in POLICIES] == ["style"]


def test_every_built_in_policy_is_on_the_page():
    files = (ROOT / "policies" / "tokenward_policies").glob("*.yaml")
    names = {file.stem for file in files if not file.name.endswith(".test.yaml")}
    table = POLICIES.partition("```console")[0]
    assert names == set(re.findall(r"^\| `([\w-]+)` \|", table, re.MULTILINE))


def test_the_error_that_the_page_shows_is_the_error():
    wrong = re.search(r"`support\.yaml:(14):(13): (.*?)`", POLICIES)
    text = (
        "\n" * 11 + "name: a\nrules:\n  - {action: blok, id: a, stage: input, detect: {pii: all}}\n"
    )
    with pytest.raises(TokenwardError) as raised:
        load_text(text, "support.yaml")
    assert f"support.yaml:14:14: {wrong[3]}" == str(raised.value)


def test_every_folder_of_tests_is_on_its_page():
    text = (ROOT / "tests" / "README.md").read_text(encoding="utf-8")
    folders = {p.name for p in (ROOT / "tests").iterdir() if p.is_dir() and "__" not in p.name}
    assert {name for name in folders if any((ROOT / "tests" / name).rglob("*.py"))} == set(
        re.findall(r"^\| `(\w+)/` \|", text, re.MULTILINE)
    )


def test_every_example_is_on_its_page():
    text = (ROOT / "examples" / "README.md").read_text(encoding="utf-8")
    folders = {p.name for p in (ROOT / "examples").iterdir() if (p / "README.md").is_file()}
    assert folders == set(re.findall(r"^\| \[(\w+)\]\(\1\) \|", text, re.MULTILINE))


@pytest.mark.parametrize("path", sorted({path for one in PROTOCOLS for path in one.paths}))
def test_every_path_that_is_guarded_is_on_the_first_page(path):
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    also = re.search(r"/versions/{version}|/labels/{label}", path)
    parts = [path] if also is None else [path.replace(also[0], ""), also[0]]
    assert all(f"`{part}`" in page for part in parts)
