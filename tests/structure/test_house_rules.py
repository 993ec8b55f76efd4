"""The house's own rules about sources: size, what is swallowed, how errors are worded."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(
    path for root in ("agent", "plugins", "policies") for path in (ROOT / root).rglob("*.py")
)
TEXTS = {".py", ".md", ".yaml", ".yml", ".toml", ".json", ".txt", ".html", ".css", ".js", ".sh", ""}
LEFT_OUT = {".git", ".venv", "venv", "build", "dist", "__pycache__", "tokenward-demo"}

MOST_LINES = 400
MOST_FUNCTION_LINES = 40
LONG_FILES = {}
LONG_FUNCTIONS: dict[str, str] = {}
"""Allowed to be longer, each with its reason: 'file' or 'file:function'."""


def name(path):
    return path.relative_to(ROOT).as_posix()


def tree(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def lines(path):
    return path.read_text(encoding="utf-8").splitlines()


def functions(path):
    """Returns the lines of each function, decorators apart, nested ones counted in both.

    The signature of a command is its table of options, and is not counted.
    """
    is_command = path.parent.name == "cli"
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0].lineno if is_command else node.lineno
            yield f"{name(path)}:{node.name}", node.end_lineno - first + 1


# -- size -----------------------------------------------------------------------------------


def test_no_file_is_longer_than_the_ceiling():
    long = {name(path): len(lines(path)) for path in SOURCES if len(lines(path)) > MOST_LINES}
    assert set(LONG_FILES) == set(long), long


def test_no_function_is_longer_than_the_ceiling():
    long = {
        where: length
        for path in SOURCES
        for where, length in functions(path)
        if length > MOST_FUNCTION_LINES
    }
    assert set(LONG_FUNCTIONS) == set(long), long


# -- layout ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("root", "package"),
    [
        ("agent", "tokenward"),
        ("plugins", "tokenward_plugins"),
        ("policies", "tokenward_policies"),
    ],
)
def test_a_source_root_holds_one_package_and_its_page(root, package):
    held = {path.name for path in (ROOT / root).iterdir() if path.name not in LEFT_OUT}
    assert {package, "README.md"} == held
    assert (ROOT / root / package / "__init__.py").is_file()
    assert (ROOT / root / package / "py.typed").is_file()


def test_every_folder_of_sources_is_a_package():
    folders = {path.parent for path in SOURCES}
    assert [name(folder) for folder in folders if not (folder / "__init__.py").is_file()] == []


def test_every_module_says_what_it_is_and_takes_annotations_as_text():
    faults = []
    for path in SOURCES:
        module = tree(path)
        imports = [node for node in module.body if isinstance(node, ast.ImportFrom)]
        future = any(node.module == "__future__" for node in imports)
        code = [node for node in module.body if not isinstance(node, ast.Expr)]
        if not ast.get_docstring(module) or (code and not future):
            faults.append(name(path))
    assert [] == [fault for fault in faults if not fault.endswith("__main__.py")]


def test_no_file_holds_a_path_of_somebodys_machine():
    machine = ("work", "root", "home/[a-z]+", "Users/[A-Za-z]+")  # in parts, or this file has one
    paths = re.compile(f"/(?:{'|'.join(machine)})/" + r"\w")
    faults = [
        f"{name(path)}:{number}"
        for path in texts()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if paths.search(line)
    ]
    assert [] == faults


def texts():
    """Returns the repository's text files."""
    for path in sorted(ROOT.rglob("*")):
        hidden = any(
            part in LEFT_OUT
            or (part.startswith(".") and part != ".ci")
            or part.endswith(".egg-info")
            for part in path.relative_to(ROOT).parts[:-1]
        )
        if (
            not hidden
            and path.is_file()
            and path.suffix in TEXTS
            and path.stat().st_size < 1_000_000
        ):
            yield path


# -- what is swallowed ----------------------------------------------------------------------


def comments(path):
    """Returns the comments of a file by line."""
    tokens = tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline)
    return {token.start[0]: token.string for token in tokens if token.type == tokenize.COMMENT}


def reason(comment):
    """Returns a comment without the codes that are for tools."""
    return re.sub(r"#\s*(noqa: [A-Z0-9, ]+\b|type: ignore\[[^]]*\])", "", comment).strip("# -")


def is_broad(handler):
    return handler.type is None or (
        isinstance(handler.type, ast.Name) and handler.type.id in ("Exception", "BaseException")
    )


def test_nothing_is_swallowed_without_a_reason():
    """A handler that raises nothing, and is broad or does nothing, has a comment that says why."""
    faults = []
    for path in SOURCES:
        said = comments(path)
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.ExceptHandler):
                continue
            raises = any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
            idle = all(isinstance(inner, ast.Pass | ast.Continue) for inner in node.body)
            places = range(node.lineno - 1, node.body[0].end_lineno + 1)
            told = any(reason(said.get(line, "")) for line in places)
            if not raises and (idle or is_broad(node)) and not told:
                faults.append(f"{name(path)}:{node.lineno}")
    assert [] == faults


def test_nothing_is_suppressed_as_a_whole():
    suppressed = re.compile(r"suppress\((?:Base)?Exception\)")
    assert [] == [name(path) for path in SOURCES if suppressed.search(path.read_text("utf-8"))]


def test_no_module_keeps_state_that_functions_rebind():
    rebound = [
        f"{name(path)}:{node.lineno}"
        for path in SOURCES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Global)
    ]
    assert [] == rebound


# -- how errors are worded ------------------------------------------------------------------


def error_classes():
    """Returns the names of TokenwardError and of all that derive from it, wherever defined."""
    bases = {}
    for path in SOURCES:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ClassDef):
                bases[node.name] = {base.id for base in node.bases if isinstance(base, ast.Name)}
    known = {"TokenwardError"}
    while more := {child for child, parents in bases.items() if parents & known} - known:
        known |= more
    return known


def messages():
    """Yields the messages of raised errors and of ``fail``, as the text around their values."""
    known = error_classes()
    for path in SOURCES:
        for node in ast.walk(tree(path)):
            raised = isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)
            call = node.exc if raised else node
            if not isinstance(call, ast.Call) or not call.args:
                continue
            called = getattr(call.func, "id", getattr(call.func, "attr", ""))
            if (raised and called in known) or (not raised and called == "fail"):
                for argument in call.args:
                    parts = literal(argument)
                    if parts is not None:
                        yield f"{name(path)}:{call.lineno}", parts


def literal(node):
    """Returns the parts of a text, ``None`` for each value in it; ``None`` if it is no text."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.JoinedStr):
        return [part.value if isinstance(part, ast.Constant) else None for part in node.values]
    return None


def starts_a_sentence(text):
    """Tells whether a text begins as prose would: one capital, then small letters."""
    return re.match(r"[A-Z][a-z]+\b", text) is not None


def test_the_wording_is_judged_by_real_messages():
    assert len(list(messages())) > 60


def test_errors_begin_in_lower_case():
    faults = []
    for where, parts in messages():
        begins = parts[0]
        if begins is None and len(parts) > 1 and str(parts[1]).startswith(": "):
            begins = parts[1][2:]
        if begins and starts_a_sentence(begins):
            faults.append(f"{where}: {begins[:30]}")
    assert [] == faults


def test_errors_end_without_a_full_stop():
    faults = [
        f"{where}: {parts[-1][-30:]}"
        for where, parts in messages()
        if parts[-1] is not None and parts[-1].rstrip().endswith((".", "!"))
    ]
    assert [] == [fault for fault in faults if not fault.endswith("...")]
