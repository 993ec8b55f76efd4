"""The command line as a user meets it: a subprocess, its output and its exit code."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys

import pytest

BUILT_IN = [
    "coding-assistant",
    "default",
    "e-commerce",
    "education",
    "eu-ai-act-logging",
    "finance",
    "healthcare",
    "legal",
    "monitor-only",
    "pii-secrets",
    "private",
    "rewind",
    "search-rag",
    "strict",
    "support",
]
CARD = "4111 1111 1111 1111"
INSULT = "You are a stupid worthless idiot and everybody hates you."


def run(*arguments, stdin=None, **environment):
    import os

    return subprocess.run(
        [sys.executable, "-m", "tokenward", *arguments],
        input=stdin,
        capture_output=True,
        check=False,
        timeout=100,
        env=os.environ | environment,
    )


def one_error(result):
    """Asserts that a mistake was answered with one line, and returns it."""
    lines = result.stderr.decode().splitlines()
    assert 2 == result.returncode, result.stderr
    assert b"" == result.stdout
    assert 1 == len(lines), lines
    return lines[0]


def test_check_prints_the_contract_on_one_line():
    result = run(
        "check", f"My card is {CARD}.", "--policy", "default", "--stage", "output", "--json"
    )
    row = json.loads(result.stdout)

    assert (0, 1) == (result.returncode, result.stdout.count(b"\n"))
    assert [
        "decision_id",
        "stage",
        "action",
        "text",
        "rules",
        "scores",
        "policy",
        "degraded",
    ] == list(row)
    assert ("output", "redact", "My card is <CREDIT_CARD>.", []) == (
        row["stage"],
        row["action"],
        row["text"],
        row["degraded"],
    )
    (rule,) = row["rules"]
    assert {
        "id": "no-pii",
        "action": "redact",
        "mode": "enforce",
        "detections": [
            {"detector": "pii", "type": "CREDIT_CARD", "start": 11, "end": 30, "score": 1.0}
        ],
    } == rule
    assert 1.0 == row["scores"]["pii.CREDIT_CARD"]
    assert 0.0 == row["scores"]["pii.IBAN_CODE"]


def test_check_exits_1_when_the_text_is_blocked():
    result = run("check", INSULT, "--json")

    assert (1, "block", None) == (
        result.returncode,
        json.loads(result.stdout)["action"],
        json.loads(result.stdout)["text"],
    )


def test_check_reads_stdin_and_prints_what_may_be_released():
    result = run("check", "-", stdin=f"card {CARD}".encode())

    assert (0, b"card <CREDIT_CARD>\n") == (result.returncode, result.stdout)
    assert b"redact: no-pii" in result.stderr


def test_check_explains_where_and_why():
    explanation = run("check", f"card {CARD}", "--explain").stderr.decode()

    assert "pii.CREDIT_CARD  5-24" in explanation
    assert CARD not in explanation


def test_settings_come_from_the_environment_too():
    result = run("check", f"card {CARD}", TOKENWARD_POLICY="pii-secrets", TOKENWARD_JSON="1")

    assert "pii-secrets" == json.loads(result.stdout)["policy"]["name"]


@pytest.mark.parametrize("text", ["\x00", "\udcff", "", " \n", "é" * 10])
def test_check_takes_odd_texts(text):
    if "\x00" in text:
        result = run("check", "--json", stdin=text.encode())
    else:
        result = run("check", text, "--json")

    assert (0, text) == (result.returncode, json.loads(result.stdout)["text"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["check", "x", "--policy", "defalt"],
            "tokenward: no policy is called 'defalt'; give a path, or use one of: "
            + ", ".join(BUILT_IN),
        ),
        (
            ["check", "x", "--policy", "none.yaml"],
            "tokenward: no policy file 'none.yaml'; give a path, or use one of: "
            + ", ".join(BUILT_IN),
        ),
        (
            ["check", "x", "--stage", "answer"],
            "tokenward: --stage: unknown stage 'answer'; use one of: input, output, tool_call, tool_result",
        ),
        (
            ["scan", "none.jsonl"],
            "tokenward: none.jsonl: cannot be read: No such file or directory",
        ),
        (
            ["compare", "demo", "demo", "--gate", "none.yaml"],
            "tokenward: --gate none.yaml: cannot be read: No such file or directory",
        ),
        (["policy", "diff", "none.yaml", "strict"], "tokenward: no policy file 'none.yaml'; "),
        (["policy", "replay", "strict", "--store", "x"], "tokenward: x: no store there; "),
    ],
)
def test_a_mistake_is_one_line_and_exit_2(arguments, message):
    assert one_error(run(*arguments)).startswith(message)


def test_stdin_that_is_not_utf8_says_where():
    assert "tokenward: stdin: not UTF-8 at byte 3; convert it to UTF-8" == one_error(
        run("check", stdin=b"abc\xff")
    )


def test_scan_prints_one_object_a_row_in_order(tmp_path):
    file = tmp_path / "rows.jsonl.gz"
    rows = [{"id": "a", "text": f"card {CARD}"}, {"text": INSULT}, {"id": 7, "text": "fine"}]
    with gzip.open(file, "wt") as out:
        out.write("\n".join(map(json.dumps, rows)) + "\n")

    result = run("scan", str(file), "--policy", "default", "--json")
    lines = [json.loads(line) for line in result.stdout.splitlines()]

    assert (0, b"") == (result.returncode, result.stderr)
    assert [("a", "redact"), (2, "block"), (7, "allow")] == [(r["id"], r["action"]) for r in lines]
    assert "id" == next(iter(lines[0]))
    assert lines[1]["scores"]["toxicity.toxicity"] > lines[2]["scores"]["toxicity.toxicity"]


def test_scan_fails_on_blocked_rows_only_when_asked(tmp_path):
    file = tmp_path / "lines.txt"
    file.write_text(f"fine\n{INSULT}\n")
    out = tmp_path / "out.jsonl"

    assert 0 == run("scan", str(file)).returncode
    result = run("scan", str(file), "--fail-on", "block", "--out", str(out))

    assert (1, b"") == (result.returncode, result.stdout)
    assert ["allow", "block"] == [
        json.loads(line)["action"] for line in out.read_text().splitlines()
    ]
    assert b"2 rows" in result.stderr


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.jsonl", b'{"text": "a"}\n{"text"', "a.jsonl:2:8: not JSON: expecting ':' delimiter"),
        ("a.jsonl", b'["a"]', "a.jsonl:1: expected an object, found list"),
        (
            "a.jsonl",
            b'{"body": "a"}',
            "a.jsonl:1: no text in field 'text'; with --field use one of: body",
        ),
        ("a.jsonl", b'{"text": "\xff"}', "a.jsonl:1: not UTF-8 at byte 10; convert it to UTF-8"),
        ("a.jsonl.gz", b"no gzip", "a.jsonl.gz: cannot be read: Not a gzipped file (b'no')"),
    ],
)
def test_scan_says_which_row_is_wrong(tmp_path, name, content, message):
    file = tmp_path / name
    file.write_bytes(content)
    result = run("scan", str(file), "--json")

    assert 2 == result.returncode
    assert [f"tokenward: {tmp_path}/{message}"] == result.stderr.decode().splitlines()


def test_policy_list_names_the_built_in_policies():
    names = [row["name"] for row in json.loads(run("policy", "list", "--json").stdout)]

    assert names == BUILT_IN


def test_policy_show_prints_the_longest_hold_back():
    shown = json.loads(run("policy", "show", "default", "--json").stdout)

    assert {"input", "output", "tool_call", "tool_result"} == set(shown["hold_back"])
    assert all(isinstance(longest, int) for longest in shown["hold_back"].values())
    assert b"longest hold-back" in run("policy", "show", "default").stdout


def test_policy_test_fails_on_a_wrong_case(tmp_path):
    policy = tmp_path / "mine.yaml"
    policy.write_text(
        "name: mine\ndetectors: {names: {plugin: keywords, words: {rival: [Acme]}}}\n"
        "rules: [{id: rivals, stage: output, detect: {names: [rival]}, action: block}]\n"
    )
    cases = tmp_path / "mine.test.yaml"
    cases.write_text(
        "cases:\n- {name: good, stage: output, text: Acme is here, action: block, rules: [rivals]}\n"
        "- {name: wrong, stage: output, text: hello, action: block}\n"
    )

    result = run("policy", "test", str(policy))

    assert 1 == result.returncode
    assert "1 passed, 1 failed" in result.stderr.decode()
    assert f"{cases}:3:3: wrong: action is 'allow', expected 'block'" in result.stderr.decode()


def test_policy_lint_names_each_fault(tmp_path):
    policy = tmp_path / "bad.yaml"
    policy.write_text(
        "name: bad\nrules: [{id: a, stage: output, detect: {pie: all}, action: block}]\n"
    )

    result = run("policy", "lint", "default", str(policy))

    assert 2 == result.returncode
    assert b"default: fine" in result.stderr
    assert f"{policy}:2:46: nobody registered the detector 'pie'" in result.stderr.decode()


def test_policy_schema_accepts_the_built_in_policies():
    from importlib.resources import files

    import jsonschema
    import yaml

    import tokenward_policies

    schema = json.loads(run("policy", "schema").stdout)
    for file in files(tokenward_policies).iterdir():
        if file.name.endswith(".yaml") and not file.name.endswith(".test.yaml"):
            jsonschema.validate(yaml.safe_load(file.read_text()), schema)


def test_every_command_of_the_contract_has_help():
    for command in (
        ["check"], ["scan"], ["serve"], ["generate"], ["policy"], ["policy", "list"], ["policy", "show"],
        ["policy", "lint"], ["policy", "test"], ["policy", "schema"], ["policy", "diff"], ["policy", "replay"],
        ["plugins"], ["plugins", "list"], ["plugins", "check"], ["evaluate"], ["report"], ["monitor"],
        ["compare"], ["models"], ["models", "list"], ["models", "pull"], ["models", "verify"], ["purge"], ["demo"],
    ):  # fmt: skip
        result = run(*command, "--help")
        assert 0 == result.returncode, command
        assert b"Usage: tokenward " + " ".join(command).encode() in result.stdout


def test_help_and_import_stay_light():
    """Counts modules, not seconds: neither may pull in what only some commands need."""
    code = (
        "import sys, tokenward, tokenward.cli.app; "
        "heavy = {'torch', 'transformers', 'presidio_analyzer', 'spacy', 'pandas', 'evidently', "
        "'numpy', 'yaml', 'pydantic', 'uvloop', 'sqlalchemy'}; print(sorted(heavy & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert "[]" == result.stdout.strip()


@pytest.mark.slow
def test_check_takes_ten_megabytes(tmp_path):
    prose = "The ferry leaves at noon, and the harbour is full of gulls. "
    text = prose * (10_000_000 // len(prose)) + f"card {CARD}"

    result = run("check", "-", "--policy", "pii-secrets", "--json", stdin=text.encode())
    row = json.loads(result.stdout)

    assert (0, "redact", text.replace(CARD, "<CREDIT_CARD>")) == (
        result.returncode,
        row["action"],
        row["text"],
    )
