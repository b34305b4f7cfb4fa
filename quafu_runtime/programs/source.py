"""The source of a program: from a file or a text, and to the base64 in which it travels, and back."""

import base64
import os
from pathlib import Path
from typing import NoReturn

from quafu_runtime.errors import ArgumentError

_SHOWN = 200
"""Characters of what was given that a message repeats: it may be a whole program, on one line."""

TEXT_NAME = "<program>"
"""What messages call a source that was given as a text."""


def read_source(data: "str | os.PathLike[str]") -> tuple[str, str]:
    """Read the source of a program.

    Args:
        data: The path of a file, or the source itself as a text of several lines.

    Returns:
        The source, and what messages may call it.

    Raises:
        ArgumentError: The path is not that of a readable file, the file is not UTF-8, or a text of one line is no
            path either.
    """
    if isinstance(data, os.PathLike):
        path = Path(data)
        return _read(path), str(path)
    if not isinstance(data, str):
        message = f"A program is a path or a source text, not of type {type(data).__name__}."
        raise ArgumentError(message)
    if not data.strip():
        message = "The program is empty: give the path of a file, or its source."
        raise ArgumentError(message)
    if _exists(data):
        return _read(Path(data)), data
    if "\n" in data or "\r" in data:
        return data.removeprefix("\ufeff"), TEXT_NAME
    message = (
        f'"{data[:_SHOWN]}" is not an existing file (the working directory is {Path.cwd()}), and a text of one line is '
        "not taken for a program's source."
    )
    raise ArgumentError(message)


def encode_source(text: str) -> str:
    """The base64 in which a source travels.

    Raises:
        ArgumentError: The text has lone surrogates, which UTF-8 cannot hold.
    """
    try:
        data = text.encode()
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        message = f"The program's source has a character in line {line} that UTF-8 cannot hold."
        raise ArgumentError(message) from None
    return base64.b64encode(data).decode("ascii")


def decode_source(encoded: str) -> str:
    """The source that travelled as base64.

    Raises:
        ValueError: It is no base64, or not of UTF-8.
    """
    try:
        return base64.b64decode("".join(encoded.split()), validate=True).decode()
    except ValueError:
        message = "The program's source is not the base64 of a UTF-8 text."
        raise ValueError(message) from None


def _exists(path: str) -> bool:
    try:
        return Path(path).exists()
    except OSError:  # too long for a path
        return False


def _read(path: Path) -> str:
    complaint = "is a directory, not a file" if path.is_dir() else "is not a file"
    if not path.is_file():
        _fail(path, complaint if path.exists() else "does not exist")
    try:
        data = path.read_bytes()
    except OSError as error:
        _fail(path, f"cannot be read: {error.strerror}")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        _fail(path, f"is not UTF-8, which programs are written in: line {line} has the byte 0x{data[error.start]:02x}")


def _fail(path: Path, complaint: str) -> NoReturn:
    message = f'The program "{path}" {complaint}.'
    raise ArgumentError(message) from None
