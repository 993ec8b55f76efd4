"""Code: fences as CommonMark has them, languages that are named or guessed, any chunking."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenward import Guard
from tokenward.testing import check_detector
from tokenward.types import ScanContext
from tokenward_plugins import formats
from tokenward_plugins.formats.code import CodeDetector, _fenced_share
from tokenward_plugins.formats.guess import CODE_LINE, MOST_LINE, is_code, language_of
from tokenward_plugins.formats.settings import LANGUAGES, CodeSettings

PLUGIN = {one.name: one for one in formats.register_detectors()}["code"]
SHARE = {one.name: one for one in formats.register_features()}["code_share"]
SNIPPETS = {
    "python": ["from pathlib import Path\n\nfor path in Path('.').glob('*.txt'):\n    print(path.name)", "class Stack:\n    def __init__(self):\n        self.items = []", "import json\nwith open('a.json') as f:\n    data = json.load(f)"],
    "javascript": ["const total = rows.reduce((sum, row) => sum + row.price, 0);\nconsole.log(total);", "document.querySelector('#go').addEventListener('click', () => alert('hi'));", "async function load(url) {\n  const res = await fetch(url);\n  return res.json();\n}"],
    "typescript": ["interface User {\n  id: number;\n  name: string;\n}", "export type State = 'open' | 'closed';\nconst x: number = 3;"],
    "java": ['public class Main {\n    public static void main(String[] args) {\n        System.out.println("hi");\n    }\n}', "import java.util.List;\n\npublic interface Shape { double area(); }"],
    "csharp": ['using System;\nnamespace App\n{\n    class Program { static void Main() { Console.WriteLine("hi"); } }\n}'],
    "c": ['#include <stdio.h>\n\nint main(void) {\n    printf("%d\\n", 3);\n    return 0;\n}'],
    "cpp": ["#include <vector>\nusing namespace std;\nint main() { std::vector<int> v; cout << v.size() << endl; }"],
    "go": ['package main\n\nimport "fmt"\n\nfunc main() {\n\tx := 3\n\tfmt.Println(x)\n}'],
    "rust": ['fn main() {\n    let mut total = 0;\n    println!("{}", total);\n}', "use std::fs;\nimpl Shape for Circle {}"],
    "php": ["<?php\n$name = 'x';\necho \"Hello $name\";"],
    "ruby": ["require 'json'\n[1, 2].each do |n|\n  puts n\nend"],
    "shell": ["sudo apt-get update\nsudo apt-get install -y curl", '#!/bin/bash\nfor f in *.txt; do\n  echo "$f"\ndone', "git clone https://example.org/a.git\ncd a"],
    "sql": ["SELECT name, count(*)\nFROM users\nWHERE age > 30\nGROUP BY name;", "insert into t (a, b) values (1, 2);"],
    "html": ["<!DOCTYPE html>\n<html>\n<body><p>Hi</p></body>\n</html>", '<div class="a">\n  <span>x</span>\n</div>'],
    "css": [".menu a:hover {\n  color: red;\n  margin: 0 auto;\n}"],
    "json": ['{\n  "name": "x",\n  "tags": ["a"]\n}'],
    "yaml": ["name: build\non: push\njobs:\n  test:\n    runs-on: linux"],
}  # fmt: skip
PROSE = [
    "The meeting is at nine; please bring the slides.", "Dear all,", "1. Peel the onions (two of them).",
    "If you like it, let us know.", "From Monday on, the shop is open until eight.", "- one thing", "Note: this is new.",
]  # fmt: skip


def found(text, chunks=None):
    detector = CodeDetector(CodeSettings())
    scan = detector.open(ScanContext("x", "output", detector.types))
    out = []
    for chunk in chunks or [text]:
        out += scan.feed(chunk)[0]
    return [*out, *scan.finish()]


def code_of(text):
    return "".join(text[one.start : one.end] for one in found(text) if one.type == "code")


def test_every_language_has_a_snippet():
    assert set(SNIPPETS) == set(LANGUAGES)


@pytest.mark.parametrize(
    ("language", "code"), [(k, c) for k, some in SNIPPETS.items() for c in some]
)
def test_the_language_of_a_snippet_is_guessed(language, code):
    assert language == language_of(code.splitlines())


@pytest.mark.parametrize("line", PROSE)
def test_a_line_of_prose_is_no_code(line):
    assert not is_code(line)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a\n```py\nx\n```\nb", "```py\nx\n```\n"),
        ("a\n~~~\n```\n~~~~\nb", "~~~\n```\n~~~~\n"),
        ("````\n```\n````\n```", "````\n```\n````\n```"),
        ("   ```\nx\n  ```  \ny", "   ```\nx\n  ```  \n"),
        ("    ```\nindented", ""),
        ("``` a`b\nx", ""),
        ("use ``x`` and ```y``` here", ""),
        ("```\nopen to the end", "```\nopen to the end"),
        ("```\r\nx\r\n```\r\nb", "```\r\nx\r\n```\r\n"),
        ("`" * 300 + "\nx", ""),
        ("no code", ""),
    ],
)
def test_fences_are_those_of_markdown(text, code):
    assert code == code_of(text)


def test_a_named_language_is_taken_at_its_word_and_others_are_guessed():
    named = {one.type for one in found("```bash\nx = 1\n```\n")}
    guessed = {one.type for one in found("```\nSELECT a FROM b;\n```\n")}

    assert {"code", "shell"} == named
    assert {"code", "sql"} == guessed


@given(
    st.lists(st.sampled_from(["```", "~~~", "`", "\n", "py", " ", "x = 1", "````", "\r\n", "SELECT a FROM b"]), max_size=14),
    st.randoms(use_true_random=False),
)  # fmt: skip
def test_any_chunking_finds_the_same(parts, rng):
    text = "".join(parts)
    chunks, at = [], 0
    while at < len(text):
        size = rng.randint(1, 5)
        chunks.append(text[at : at + size])
        at += size

    assert found(text) == found(text, chunks)


def test_commands_can_be_taken_out_of_an_answer():
    rule = {"id": "no-shell", "stage": "output", "detect": {"code": "shell"},
            "action": {"redact": "remove"}}  # fmt: skip
    with Guard.load({"name": "no-shell", "rules": [rule]}) as guard:
        text = "Run:\n```sh\nrm -rf /tmp/x\n```\nor\n```py\nx = 1\n```\n"
        decision = guard.check(text, stage="output")

    assert "Run:\nor\n```py\nx = 1\n```" == decision.text.strip()


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("", 0, 0), ("Just words.\nAnd more of them.", 0, 0), ("```\na\n```", 1, 1),
        ("def f(x):\n    return x + 1\n\nprint(f(3))", 1, 1), ("See:\n```\naaaa\n```\nThat is all there is.", 0.2, 0.5),
    ],
)  # fmt: skip
def test_the_share_of_code_is_told(text, low, high):
    assert low <= SHARE.take(text) <= high


def test_it_keeps_the_contract():
    samples = [
        "Hi\n```python\nx = 1\nprint(x)\n```\nbye",
        "~~~\nSELECT a FROM b\n~~~\n",
        "```\n" + "a" * 900 + "\n```",
    ]

    assert check_detector(PLUGIN, samples).passed


LINES = st.lists(
    st.sampled_from(["x = 1", "return", " return", "Then we went home", "It was 5:30.", "f(x)", "{", "", "  ",
                     "``", "`` `", "> quoted", "<b>", "see returns", "a\r", "// b", "SELECT a FROM b"]),
    max_size=8,
).map("\n".join)  # fmt: skip


@given(LINES)
def test_a_share_without_fences_is_what_looking_for_fences_gives(text):
    assert _fenced_share(text) == SHARE.take(text)


@given(LINES | st.text("retun d:;{}()=*$<>/ab\n", max_size=40))
def test_a_line_without_any_sign_is_no_code(text):
    for line in text.split("\n"):
        assert is_code(line) == (CODE_LINE.match(line[:MOST_LINE]) is not None)
