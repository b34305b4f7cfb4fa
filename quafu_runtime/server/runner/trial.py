"""`python -m quafu_runtime.server.runner.trial`: finds out which sandbox works here, by going into it.

It is a process of its own, since there is no way out. It says what it has found as one line of JSON.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from quafu_runtime.server.runner.box import BWRAP, bwrap_command, python_command
from quafu_runtime.server.runner.cage import Cage
from quafu_runtime.server.runner.confinement import Confinement, Sandbox
from quafu_runtime.server.runner.landlock import FILES_FROM, version
from quafu_runtime.server.runner.visible import ExposedError, check_nothing_is_exposed

SHOWN = 500
"""How much is shown of what a command had to say."""

_INSIDE = python_command("quafu_runtime.server.runner.boxed", "--help")
"""What shows that Python starts in there, and finds what it needs."""


class UnavailableError(Exception):
    """What was asked for does not work here; the text says why."""


def main() -> None:
    """Try what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--confinement", type=Confinement.from_json, required=True, help="what programs are held to")
    parser.add_argument("--scratch", type=Path, required=True, help="the folder of the jobs' folders")
    arguments = parser.parse_args()
    try:
        found = {"confinement": settle(arguments.confinement, arguments.scratch).to_json()}
    except (UnavailableError, ExposedError) as error:
        found = {"why": str(error)}
    sys.stdout.write(json.dumps(found) + "\n")


def settle(confinement: Confinement, scratch: Path) -> Confinement:
    """Find a sandbox that works, and go into it where that is this process's own doing.

    Args:
        confinement: What is asked for.
        scratch: The folder of all jobs.

    Returns:
        The same, with the sandbox that was found.

    Raises:
        UnavailableError: None works.
        ExposedError: A sandbox would show what it is to hide.
    """
    if confinement.sandbox in (Sandbox.SCOPE, Sandbox.OFF):
        _try_plain(confinement, scratch)
        return confinement
    check_nothing_is_exposed(scratch)
    asked = confinement.sandbox
    failures: list[str] = []
    for sandbox in (Sandbox.BWRAP, Sandbox.LANDLOCK) if asked is Sandbox.AUTO else (asked,):
        settled = replace(confinement, sandbox=sandbox)
        try:
            _TRIALS[sandbox](settled, scratch)
        except UnavailableError as error:
            failures.append(str(error))
        else:
            return settled
    raise UnavailableError(" ".join([*failures, _way_out(asked)]))


def _try_plain(confinement: Confinement, scratch: Path) -> None:
    del scratch
    try:
        Cage(confinement)
    except OSError as error:
        raise UnavailableError(_without_namespaces(error)) from error


def _try_bwrap(confinement: Confinement, scratch: Path) -> None:
    if shutil.which(BWRAP) is None:
        message = "bwrap is not installed (on most systems the package bubblewrap)."
        raise UnavailableError(message)
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        _run(bwrap_command(Path(folder), confinement, _INSIDE), "bwrap does not work here")


def _try_landlock(confinement: Confinement, scratch: Path) -> None:
    found = version()
    if found < FILES_FROM:
        has = f"this kernel has version {found}" if found else "this kernel has none, or does not let it be used"
        message = f"The sandbox landlock needs Linux 6.2 or newer with Landlock {FILES_FROM} or newer; {has}."
        raise UnavailableError(message)
    try:
        cage = Cage(confinement)
    except OSError as error:
        raise UnavailableError(_without_namespaces(error)) from error
    cage.close(scratch)
    _run(_INSIDE, "Python does not start in the sandbox landlock")


_TRIALS: dict[Sandbox, Callable[[Confinement, Path], None]] = {
    Sandbox.BWRAP: _try_bwrap,
    Sandbox.LANDLOCK: _try_landlock,
}


def _run(command: list[str], failure: str) -> None:
    ended = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)  # noqa: S603 - ours
    if ended.returncode != 0:
        message = f"{failure}: {ended.stderr.strip()[-SHOWN:] or f'exit code {ended.returncode}'}."
        raise UnavailableError(message)


def _without_namespaces(error: OSError) -> str:
    return (
        f"--no-network needs a network namespace, and this system does not let the user have one ({error.strerror}). "
        "An administrator can allow it, or run the service."
    )


def _way_out(asked: Sandbox) -> str:
    if asked is Sandbox.AUTO:
        return "Without --sandbox the service runs, and keeps programs from accidents only."
    return "--sandbox auto takes what works here; without --sandbox programs are kept from accidents only."


if __name__ == "__main__":
    main()
