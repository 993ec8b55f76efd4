"""A tried text as a case: its line, its download, and the file that it may be written into."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenward.dashboard.messages import Fault
from tokenward.dashboard.playground import Trying
from tokenward.dashboard.saving import saved, write
from tokenward.engine.trial import run_cases
from tokenward.errors import PolicyError, StoreError
from tokenward.policy.cases import Case, add_case, bare, case_line, load_cases
from tokenward.types import ACTIONS, STAGES, Decision, PolicyRef

TEXTS = st.text(st.characters(codec="utf-8"), max_size=60)
CASES = st.builds(
    Case,
    name=TEXTS,
    stage=st.sampled_from(STAGES),
    text=TEXTS,
    action=st.sampled_from(ACTIONS),
    rules=st.none() | st.lists(TEXTS, max_size=3).map(tuple),
    released=st.none() | TEXTS,
)


@given(CASES)
def test_any_case_comes_back_from_its_line(case):
    line = case_line(case)
    assert "\n" not in line
    assert bare(load_cases(f"cases:\n  {line}\n", "x")) == (case,)


@given(st.lists(CASES, min_size=1, max_size=4), CASES)
def test_a_case_is_put_behind_the_others(cases, new):
    text = ""
    for case in cases:
        text = add_case(text, case, "x")
    longer = add_case(text, new, "x")
    assert longer.startswith(text)
    assert bare(load_cases(longer, "x")) == (*cases, new)


NEW = Case("new", "input", "hi", "allow", (), "hi")
ONE = "name: a, stage: input, text: hi, action: allow"


@pytest.mark.parametrize(
    "text",
    [
        f"cases:\n- {{{ONE}}}",
        f"# why\ncases:\n      - {{{ONE}}}  # that\n\n\n",
        "cases:\n  - name: a\n    stage: input\n    text: |\n      two\n      lines\n    action: allow\n",
    ],
)
def test_files_of_people_are_kept_as_they_are(text):
    longer = add_case(text, NEW, "x")
    assert longer.startswith(text.rstrip())
    assert [case.name for case in load_cases(longer, "x")] == ["a", "new"]


@pytest.mark.parametrize(
    "text",
    [f"cases: [{{{ONE}}}]", f"cases: [\n {{{ONE}}}\n]\n", f"cases:\n  - {{{ONE}}}\n..."],
)
def test_a_list_that_takes_no_line_is_told(text):
    with pytest.raises(PolicyError, match="add the case by hand"):
        add_case(text, NEW, "x.test.yaml")


def decision(action="redact", text="<BAD> x", name="sample"):
    return Decision("d", "output", action, text, (), {}, PolicyRef(name, "r"))


def test_a_blocked_text_has_no_released_one():
    one = saved("  a \n name ", Trying("text"), decision("block", None))
    assert one.line == '- {name: "a name", stage: output, text: "text", action: block, rules: []}'
    assert one.file == "sample.test.yaml"


def test_it_is_written_and_written_again(tmp_path):
    for name in ("first", "second"):
        path = write(saved(name, Trying("bad x"), decision()), tmp_path)
    assert path == tmp_path / "sample.test.yaml"
    assert [case.name for case in load_cases(path.read_text(), "x")] == ["first", "second"]
    assert [file.name for file in tmp_path.iterdir()] == ["sample.test.yaml"]


@pytest.mark.parametrize("name", ["../up", "a/b", "", ".hidden", "a\0b"])
def test_a_name_that_is_no_file_writes_nothing(tmp_path, name):
    folder = tmp_path / "cases"
    folder.mkdir()
    with pytest.raises(Fault, match="no name of a file"):
        write(saved("x", Trying("t"), decision(name=name)), folder)
    assert list(tmp_path.rglob("*")) == [folder]


def test_a_file_that_is_wrong_stays_as_it_is(tmp_path):
    path = tmp_path / "sample.test.yaml"
    for content in (b"cases: nothing\n", b"\xff\xfe"):
        path.write_bytes(content)
        with pytest.raises(Fault):
            write(saved("x", Trying("t"), decision()), tmp_path)
        assert path.read_bytes() == content


def test_a_folder_that_is_gone_is_told(tmp_path):
    with pytest.raises(StoreError, match="cannot write the case"):
        write(saved("x", Trying("t"), decision()), tmp_path / "gone")


# -- the page -------------------------------------------------------------------------------


def form(site, **fields):
    return urlencode({"token": site.token(), "policy": "sample", **fields}).encode()


def test_a_download_holds_the_decision_fast(make, engine):
    site = make()
    answer = site.post("playground/case", form(site, text="a bad\nthing", name="bad words"))
    assert answer.status == 200
    assert (
        dict(answer.headers)["content-disposition"]
        == "attachment; filename*=UTF-8''sample.test.yaml"
    )
    (case,) = load_cases(answer.body.decode(), "x")
    assert (case.name, case.rules, case.released) == (
        "bad words",
        ("no-bad-words",),
        "a <BAD>\nthing",
    )
    assert [trial.passed for trial in run_cases(engine, [case])] == [True]


def test_nothing_is_written_unless_it_is_allowed(make, tmp_path):
    site = make()
    answer = site.post("playground/case", form(site, text="a bad thing", write="1"))
    assert answer.status == 403
    assert list(tmp_path.rglob("*.yaml")) == []
    assert (
        site.post("playground/case", form(site, text="a bad thing", policy="other")).status == 400
    )


def test_where_it_is_allowed_it_is_written(make, tmp_path):
    site = make(cases=tmp_path)
    answer = site.post("playground/case", form(site, text="a bad thing", name="n", write="1"))
    assert answer.status == 200
    assert f"The case is in {tmp_path / 'sample.test.yaml'}." in answer.body.decode()
    assert [case.text for case in load_cases((tmp_path / "sample.test.yaml").read_text(), "x")] == [
        "a bad thing"
    ]


def test_a_case_keeps_what_the_text_answers():
    trying = Trying("It has 77.", question="How many?", documents=("It has 1,250.", "Else."))
    line = saved("x", trying, decision()).line
    assert 'documents: ["It has 1,250.", "Else."], question: "How many?"' in line
