"""The params of a run, as they are given on a command line."""

import json
import sys
from pathlib import Path
from typing import Any, NoReturn

import click

_TOO_DEEP = "nested too deep to be read: give a flatter value"


def read_json(text: str | None, option: str) -> Any:
    """What an option says in JSON: the text itself, `@` and the name of a file with it, or `@-` for standard input.

    Args:
        text: The option's value; None where it was not given.
        option: Its name, for messages.

    Raises:
        click.BadParameter: There is no such file, or it is no JSON.
    """
    if text is None:
        return None
    found = _read(text[1:], option) if text.startswith("@") else text
    try:
        return json.loads(found)
    except ValueError as error:
        _refuse(f"not JSON: {error}", option)
    except RecursionError:
        _refuse(_TOO_DEEP, option)


def read_lines(path: str, option: str) -> list[Any]:
    """The JSON values of a file with one a line; empty lines are passed over.

    Raises:
        click.BadParameter: There is no such file, or a line is no JSON; the message has its number.
    """
    found = []
    for number, line in enumerate(_read(path, option).splitlines(), start=1):
        if line.strip():
            try:
                found.append(json.loads(line))
            except ValueError as error:
                _refuse(f"line {number} of {path} is not JSON: {error}", option)
            except RecursionError:
                _refuse(f"line {number} of {path} is {_TOO_DEEP}", option)
    if not found:
        _refuse(f"{path} holds no params", option)
    return found


def _read(path: str, option: str) -> str:
    if path == "-":
        return sys.stdin.read()
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        _refuse(f"cannot read {path}: {getattr(error, 'strerror', None) or error}", option)


def _refuse(message: str, option: str) -> NoReturn:
    raise click.BadParameter(message, param_hint=option) from None
