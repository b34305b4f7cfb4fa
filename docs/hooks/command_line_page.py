"""The command line as a page, out of its code: every command with its options and its example."""

import inspect
from collections.abc import Iterator

import click
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from quafu_runtime.cli import main

PAGE = "reference/cli.md"
PROGRAM = "quafu-runtime"
NOT_WRAPPED = "\b\n"
"""What click knows a paragraph by that it leaves as it is."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the page."""
    parts = ["# The command line", *_parts(main, PROGRAM, None, 2)]
    files.append(File.generated(config, PAGE, content="\n\n".join(parts) + "\n"))
    return files


def _parts(command: click.Command, name: str, parent: click.Context | None, level: int) -> Iterator[str]:
    context = click.Context(command, info_name=name, parent=parent)
    path = context.command_path
    yield f"{'#' * level} `{path}`"
    words, _, example = inspect.cleandoc(command.help or "").partition(NOT_WRAPPED)
    yield words.strip()
    yield f"```text\n{' '.join([path, *command.collect_usage_pieces(context)])}\n```"
    options = [_option(one, context) for one in command.get_params(context) if isinstance(one, click.Option)]
    yield "\n".join(["| Option | What it is |", "|---|---|", *options])
    lines = example.strip().partition("\n")[2]
    yield f"```console\n{inspect.cleandoc(lines)}\n```"
    if isinstance(command, click.Group):
        for inner in sorted(command.commands):
            yield from _parts(command.commands[inner], inner, context, min(level + 1, 4))


def _option(option: click.Option, context: click.Context) -> str:
    record = option.get_help_record(context)
    names, text = (cell.replace("|", "\\|") for cell in record or ("", ""))
    return f"| `{names}` | {text} |"
