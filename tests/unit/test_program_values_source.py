"""The source of a program, from a file or a text, and as it travels."""

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quafu_runtime.errors import ArgumentError
from quafu_runtime.programs import decode_source, encode_source, read_source

SOURCE = 'def run(task, userpub, params):\n    return "你好"\n'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "hello.py"
    path.write_text(SOURCE, encoding="utf-8")
    return path


def test_a_path_is_read_whether_it_is_a_text_or_a_path(path: Path) -> None:
    assert read_source(path) == (SOURCE, str(path))
    assert read_source(str(path)) == (SOURCE, str(path))


def test_a_relative_path_is_read_from_the_working_directory(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    assert read_source("hello.py") == (SOURCE, "hello.py")


def test_a_source_is_taken_as_it_is_and_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert read_source(SOURCE) == (SOURCE, "<program>")
    assert read_source("x = 1\r\ny = 2") == ("x = 1\r\ny = 2", "<program>")
    assert read_source("x\0\ny" + "z" * 10_000) == ("x\0\ny" + "z" * 10_000, "<program>")
    assert list(tmp_path.iterdir()) == []


def test_a_byte_order_mark_is_left_out_and_line_ends_are_kept(path: Path) -> None:
    path.write_bytes(b"\xef\xbb\xbfx = 1\r\n")
    assert read_source(path)[0] == read_source("\ufeffx = 1\r\n")[0] == "x = 1\r\n"


@pytest.mark.parametrize("text", ["missing.py", "def run(task, userpub, params): return 1", "x" * 5000, "nul\0.py"])
def test_a_text_of_one_line_that_is_no_file_is_an_error_that_says_so(text: str) -> None:
    with pytest.raises(
        ArgumentError, match=r"is not an existing file \(the working directory is .*\), and a text of one line"
    ):
        read_source(text)


@pytest.mark.parametrize("text", ["", "  ", "\n\n"])
def test_an_empty_program_is_an_error(text: str) -> None:
    with pytest.raises(ArgumentError, match="The program is empty"):
        read_source(text)


def test_what_is_no_readable_file_is_an_error_that_says_why(path: Path) -> None:
    with pytest.raises(ArgumentError, match=r'"missing\.py" does not exist'):
        read_source(Path("missing.py"))
    for folder in (path.parent, str(path.parent)):
        with pytest.raises(ArgumentError, match="is a directory, not a file"):
            read_source(folder)
    os.mkfifo(path.parent / "pipe")
    with pytest.raises(ArgumentError, match="is not a file"):
        read_source(path.parent / "pipe")


def test_a_file_that_is_not_utf_8_is_an_error_that_names_the_line(path: Path) -> None:
    path.write_bytes(b"x = 1\ny = '\xff'\n")
    with pytest.raises(ArgumentError, match="is not UTF-8, which programs are written in: line 2 has the byte 0xff"):
        read_source(path)


@pytest.mark.parametrize("data", [b"bytes", 5, None, ["x"]])
def test_a_program_of_another_type_is_an_error(data: Any) -> None:
    with pytest.raises(ArgumentError, match="a path or a source text"):
        read_source(data)


@given(st.text(st.characters(codec="utf-8")))
def test_every_source_comes_back_from_its_base64(text: str) -> None:
    assert decode_source(encode_source(text)) == text


def test_base64_with_line_breaks_is_read() -> None:
    encoded = encode_source(SOURCE)
    assert decode_source(f"{encoded[:8]}\n{encoded[8:]}\r\n") == SOURCE


@pytest.mark.parametrize("encoded", ["%", "A", "/w==", "é"])
def test_what_is_no_source_is_a_value_error(encoded: str) -> None:
    with pytest.raises(ValueError, match="not the base64 of a UTF-8 text"):
        decode_source(encoded)


def test_a_source_that_utf_8_cannot_hold_is_an_error_that_names_the_line() -> None:
    with pytest.raises(ArgumentError, match="in line 2 that UTF-8 cannot hold"):
        encode_source("x\n'\ud800'")
