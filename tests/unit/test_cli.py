"""The command line without any service: what it costs to start, its helps, its completion."""

import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

from quafu_runtime.cli import main

HEAVY = ("httpx", "rich", "websockets", "asyncio", "numpy", "quafu", "sqlite3", "quafu_runtime_api")


def _commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name, one in command.commands.items():
            yield from _commands(one, (*path, name))


COMMANDS = dict(_commands(main))
LEAVES = [path for path, command in COMMANDS.items() if not isinstance(command, click.Group)]


def python(program: str) -> str:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_import_nothing_heavy(option: str) -> None:
    program = (
        "import sys\nfrom quafu_runtime.cli import main\n"
        f"try:\n    main([{option!r}])\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    assert python(program).splitlines()[-1] == "[]"


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_help_has_an_example(path: tuple[str, ...]) -> None:
    context = click.Context(COMMANDS[path], info_name="quafu-runtime")
    text = COMMANDS[path].get_help(context)
    assert "Example" in text
    assert f"quafu-runtime {' '.join(path)}".strip() in text


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_every_command_takes_json_and_quiet(path: tuple[str, ...]) -> None:
    if path == ("completion",):
        return  # it prints a script
    options = {option for parameter in COMMANDS[path].params for option in parameter.opts}
    assert {"--json", "--quiet"} <= options


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_there_is_completion_for_each_shell(shell: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", "from quafu_runtime.cli import main; main()", "completion", shell],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "_QUAFU_RUNTIME_COMPLETE" in ended.stdout
    assert "quafu-runtime" in ended.stdout
