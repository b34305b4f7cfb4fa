"""The options of `quafu-runtime serve` that say what each job is held to."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from quafu_runtime.cli.extra import Size

if TYPE_CHECKING:
    from quafu_runtime.server.runner.confinement import Confinement

F = TypeVar("F", bound=Callable[..., Any])

_OF_JOBS = "job_"

COUNT = click.IntRange(min=1)

_OPTIONS = (
    click.option(
        "--sandbox",
        type=click.Choice(["auto", "bwrap", "landlock", "off"]),
        help="What keeps programs from the files of this machine; if left out they are kept from its processes only.",
    ),
    click.option("--no-network", is_flag=True, help="Programs have no network."),
    click.option(
        "--job-memory",
        type=Size(),
        help="Memory of a job, all its processes together; half of the machine's if left out.",
    ),
    click.option("--job-processes", type=COUNT, help="Processes and threads of a job at once; 512 if left out."),
    click.option("--job-folder", type=Size(), help="Bytes that a job may keep in its folder; 10G if left out."),
    click.option("--job-files", type=COUNT, help="Files that a process of a job may have open; 1024 if left out."),
    click.option("--job-log", type=Size(), help="Bytes of what a job prints that are kept; 16M if left out."),
    click.option("--job-published", type=Size(), help="Bytes of interim results of a job, in all; 1G if left out."),
)


def held_to_options(command: F) -> F:
    """Add the options to a command; `confinement_of` reads what they were given."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def confinement_of(given: dict[str, Any]) -> "Confinement":
    """What each job is held to, with the defaults of what was not given.

    Args:
        given: What a command was given, from which the options' own are taken out.
    """
    from quafu_runtime.server.runner.confinement import Confinement, Sandbox

    sandbox, no_network = given.pop("sandbox"), given.pop("no_network")
    names = [name for name in given if name.startswith(_OF_JOBS)]
    limits = {name.removeprefix(_OF_JOBS): value for name in names if (value := given.pop(name)) is not None}
    return Confinement(Sandbox(sandbox or Sandbox.SCOPE), network=not no_network, **limits)
