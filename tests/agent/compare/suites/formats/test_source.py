"""Files of users: read in every form, and told apart by place where they are wrong."""

import gzip
import json

import pytest
from tests.agent.compare.suites.formats.files import written

from tokenward.compare.suites.formats.source import document, files, lines, rows, text_of
from tokenward.errors import UsageError

ROWS = [{"id": "a", "text": "one"}, {"id": "b", "text": "two,\nthree"}]


@pytest.mark.parametrize("name", ["x.jsonl", "x.json", "x.csv", "x.tsv", "x.jsonl.gz", "x.csv.gz"])
def test_every_form_gives_the_same_rows(tmp_path, name):
    assert ROWS == [dict(row.values) for row in rows(written(tmp_path / name, ROWS))]


def test_a_packed_file_is_known_whatever_it_is_called(tmp_path):
    path = tmp_path / "x.jsonl"
    path.write_bytes(gzip.compress(b'{"id": 1}\n'))
    assert [{"id": 1}] == [dict(row.values) for row in rows(path)]


def test_a_byte_order_mark_is_no_text(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(b"\xef\xbb\xbfid,text\n1,one\n")
    assert "1" == next(rows(path)).word("id")


def test_a_row_of_a_table_is_where_its_first_line_is(tmp_path):
    path = written(tmp_path / "x.csv", 'id,text\na,"one\ntwo"\nb,three\n')
    assert [f"{path}:2", f"{path}:4"] == [row.where for row in rows(path)]


def test_a_line_separator_of_unicode_ends_no_line(tmp_path):
    path = tmp_path / "x.jsonl"
    path.write_text(json.dumps({"text": "one\u2028two\x85"}, ensure_ascii=False) + "\n", "utf-8")
    assert ["one\u2028two\x85"] == [row.values["text"] for row in rows(path)]


def test_blank_lines_are_passed_over_and_counted(tmp_path):
    path = written(tmp_path / "x.txt", "one\r\n\n  \ntwo\n")
    assert [(f"{path}:1", "one"), (f"{path}:4", "two")] == list(lines(path))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "x.jsonl: the file is empty"),
        (b" \n\n", "x.jsonl: the file is empty"),
        (b"\xff\xfe{", "x.jsonl: not UTF-8 at byte 0; save it as UTF-8"),
        (
            b'{"a": 1}\n{"a": }\n',
            "x.jsonl:2: not JSON at column 7; expected an object on each line",
        ),
        (b'{"a": 1}\n[1]\n', "x.jsonl:2: expected an object, found list"),
        (b'[{"a": 1}, 2]', "x.jsonl: item 2: expected an object, found int"),
        (b'[{"a": 1},\n 2', "x.jsonl: not JSON in line 2 at column 3"),
        (b"1" * 5000, "x.jsonl:1: not JSON; expected an object"),
        (b"[" * 100_000, "x.jsonl: nested too deeply"),
        (b"\x1f\x8b\x08\x00broken", "x.jsonl: cannot be read: "),
        (gzip.compress(b'{"a": 1}\n' * 99, mtime=0)[:-9], "x.jsonl: cannot be read: "),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(tmp_path, data, message):
    path = tmp_path / "x.jsonl"
    path.write_bytes(data)
    with pytest.raises(UsageError) as caught:
        list(rows(path))
    assert message in str(caught.value)


def test_a_table_with_more_fields_than_its_head_is_refused(tmp_path):
    path = written(tmp_path / "x.csv", "id,text\na,one,two\n")
    with pytest.raises(UsageError, match=r"x\.csv:2: more fields than the head"):
        list(rows(path))


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        text_of(tmp_path / "none.jsonl")


def test_a_folder_gives_its_files_in_order(tmp_path):
    for name in ("b.jsonl", "a.jsonl.gz", "c.txt"):
        written(tmp_path / name, [{"id": 1}] if "jsonl" in name else "text")
    assert ["a.jsonl.gz", "b.jsonl"] == [one.name for one in files(tmp_path, ".jsonl")]
    with pytest.raises(UsageError, match=r"no file \.csv or \.csv\.gz in it"):
        files(tmp_path, ".csv")


def test_errors_tell_keys_and_never_texts(tmp_path):
    path = written(tmp_path / "x.jsonl", [{"id": 1, "secret": "plover", "n": "plover"}])
    row = next(rows(path))
    for ask in (
        lambda: row.text("prompt", "text"),
        lambda: row.text("id"),
        lambda: row.number("n"),
        lambda: row.texts("secret"),
    ):
        with pytest.raises(UsageError) as caught:
            ask()
        assert "x.jsonl:1: " in str(caught.value)
        assert "plover" not in str(caught.value)


def test_a_document_is_one_value(tmp_path):
    assert {"a": [1]} == document(written(tmp_path / "x.json", {"a": [1]}))
