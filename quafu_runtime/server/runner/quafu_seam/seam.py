"""The seam between pyquafu and the local runtime: what is prepared once, and what is put in place for each job.

A program gets pyquafu's own `Task`, and may use the rest of pyquafu. What pyquafu would send to the cloud is answered
here, in the program's process.

pyquafu is imported within the functions: who only names this module does not wait for it.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from quafu import Task

    from quafu_runtime.server.runner.quafu_seam.engines import Engines

_warm = False


@dataclass(frozen=True)
class Session:
    """What a job's program works with.

    Attributes:
        task: pyquafu's own, on the job's backend.
    """

    task: "Task"
    _engines: "Engines"

    @property
    def engine(self) -> str | None:
        """The engines that the job has used, comma-joined in the order of their first use, or None."""
        return self._engines.used


def warm() -> None:
    """Import what jobs use of pyquafu, and build the tables of its parser: once, before processes are forked.

    Nothing is simulated here: a fork after a simulation with threads hangs. One thread is all that a job gets, since
    several programs with a thread for each core slow each other down a thousandfold.
    """
    global _warm  # noqa: PLW0603 - a process is warm or not
    if _warm:
        return
    os.environ["OMP_NUM_THREADS"] = "1"  # read when the libraries are loaded
    import quafu.backends.backends
    import quafu.qfasm.qfasm_convertor
    import quafu.simulators.default_simulator  # noqa: F401 - these are imported at their first use otherwise

    from quafu_runtime.server.runner.quafu_seam import corrections, installation  # noqa: F401 - and all that it needs

    corrections.correct_gates()
    corrections.quiet()
    corrections.ready_parser()
    _warm = True


def install(
    *, seed: int, backend: str | None, home: Path, log: Callable[[str], None], memory: int | None = None
) -> Session:
    """Put the seam in place, in the process of one job.

    Args:
        seed: The job's: 0 or greater. numpy's and random's generators start from it, and so do the counts.
        backend: The name that the job asks for; an unknown one means `local`.
        home: The job's own folder, which becomes its HOME and gets an account file without a real token.
        log: Takes a line for the job's log, without a line's end.
        memory: Bytes that the state of the job's circuits may take; half of the machine's where it is None.

    Returns:
        The session, with the task for the program.

    Raises:
        AlreadyInstalledError: The process has had a job before.
        FileExistsError: The home has an account that is not ours.
    """
    warm()
    from quafu_runtime.server.runner.quafu_seam.account import write_account
    from quafu_runtime.server.runner.quafu_seam.installation import put_in_place

    write_account(home)
    os.environ["HOME"] = str(home)  # pyquafu asks for it whenever it reads the account
    task, engines = put_in_place(seed=seed, backend=backend, log=log, memory=memory)
    return Session(task, engines)
