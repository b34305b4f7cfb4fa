"""The `quafu-runtime` command: the verbs of the Python API, in a shell.

It exits with 0, with 1 where the job or the service failed, and with 2 where the command was used wrongly.
"""

import contextlib
import os
import sys
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import click

from quafu_runtime._version import __version__
from quafu_runtime.cli.account import accounts, login, logout
from quafu_runtime.cli.completion import completion
from quafu_runtime.cli.doctor import doctor
from quafu_runtime.cli.job import job
from quafu_runtime.cli.program import program
from quafu_runtime.cli.run import run
from quafu_runtime.cli.serve import serve, server
from quafu_runtime.cli.sweep import sweep
from quafu_runtime.cli.watch import watch
from quafu_runtime.errors import ProgramWarning


class _Command(click.Group):
    """The command, which says so where its output cannot be written, to a full disk for example."""

    def invoke(self, ctx: click.Context) -> Any:
        """Do what the words say."""
        try:
            with warnings.catch_warnings():
                warnings.showwarning = partial(_warn, warnings.showwarning)
                done = super().invoke(ctx)
            print(end="", flush=True)  # not only when Python ends: then nobody could say so
        except OSError as error:
            if isinstance(error, BrokenPipeError) or error.filename is not None:
                raise
            _write_no_more()
            message = f"The output cannot be written: {error.strerror or error}."
            raise click.ClickException(message) from None
        return done


def _warn(
    others: Callable[..., None], message: Warning | str, category: type[Warning], *where: Any, **more: Any
) -> None:
    """Show a warning of this package for somebody who has written a command, and no Python."""
    if category.__module__ == ProgramWarning.__module__:
        click.echo(f"Warning: {message}", err=True)
    else:
        others(message, category, *where, **more)


def _write_no_more() -> None:
    """Let what is still to be written to standard output go nowhere, so that the end of Python does not fail, too."""
    with contextlib.suppress(OSError, ValueError), open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - a device
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


@click.group(cls=_Command, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="quafu-runtime")
def main() -> None:
    """Run hybrid quantum-classical programs, on the Quafu Runtime cloud or on your own machine.

    \b
    Example (a first run, with no account):
        quafu-runtime serve                                        # in one terminal
        quafu-runtime run hello.py --profile local                 # in another
    """


job.add_command(watch)
for command in (run, program, job, sweep, serve, server, login, logout, accounts, doctor, completion):
    main.add_command(command)
