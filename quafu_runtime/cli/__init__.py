"""The `quafu-runtime` command: the verbs of the Python API, in a shell.

It exits with 0, with 1 where the job or the service failed, and with 2 where the command was used wrongly.
"""

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


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
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
