"""The `quafu-runtime` command: the verbs of the Python API, in a shell.

It exits with 0, with 1 where the job or the service failed, and with 2 where the command was used wrongly.
"""

import click

from quafu_runtime._version import __version__
from quafu_runtime.cli.account import login
from quafu_runtime.cli.job import job
from quafu_runtime.cli.program import program
from quafu_runtime.cli.run import run
from quafu_runtime.cli.serve import serve, server


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="quafu-runtime")
def main() -> None:
    """Run hybrid quantum-classical programs, on the Quafu Runtime cloud or on your own machine.

    \b
    A first run, with no account:
        quafu-runtime serve                                        # in one terminal
        quafu-runtime run hello.py --profile local                 # in another
    """


for command in (serve, login, program, run, job, server):
    main.add_command(command)
