"""The seam between pyquafu and the local runtime: what is prepared once, and what is put in place for each job.

A program gets pyquafu's own `Task`, and may use the rest of pyquafu. What pyquafu would send to the cloud is answered
here, in the program's process.

pyquafu is imported within the functions: who only names this module does not wait for it.
"""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from quafu_runtime.server.runner.circuit_record import CircuitRecord

if TYPE_CHECKING:
    from quafu import Task

    from quafu_runtime.server.runner.quafu_seam.engines import Engines

_THREADS = "OMP_NUM_THREADS"
"""One thread is all that a job gets: several programs with a thread a core slow each other down a thousandfold."""

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

    Nothing is simulated here: a fork after a simulation with threads hangs.
    """
    global _warm  # noqa: PLW0603 - a process is warm or not
    if _warm:
        return
    os.environ[_THREADS] = "1"  # read when the libraries are loaded
    _import()
    from quafu_runtime.server.runner.quafu_seam import corrections

    corrections.correct(ExitStack())
    _warm = True


def install(
    *,
    seed: int,
    backend: str | None,
    home: Path,
    log: Callable[[str], None],
    on_circuit: Callable[[CircuitRecord], None] | None = None,
    memory: int | None = None,
) -> Session:
    """Put the seam in place for good, in the process of one job.

    Args:
        seed: The job's: 0 or greater. numpy's and random's generators start from it, and so do the counts.
        backend: The name that the job asks for; an unknown one means `local`.
        home: The job's own folder, which becomes its HOME and gets an account file without a real token.
        log: Takes a line for the job's log, without a line's end.
        on_circuit: Told of each circuit that was sent or simulated, when it has been run.
        memory: Bytes that the state of the job's circuits may take; half of the machine's where it is None.

    Returns:
        The session, with the task for the program.

    Raises:
        AlreadyInstalledError: The process has had a job before.
        FileExistsError: The home has an account that is not ours.
    """
    warm()
    from quafu_runtime.server.runner.quafu_seam.account import write_account
    from quafu_runtime.server.runner.quafu_seam.installation import put_in_place, take_the_place

    undo = ExitStack()  # never closed: the process ends with its job
    take_the_place(undo)
    write_account(home)
    os.environ["HOME"] = str(home)  # pyquafu asks for it whenever it reads the account
    task, engines = put_in_place(seed=seed, backend=backend, log=log, on_circuit=on_circuit, memory=memory, undo=undo)
    return Session(task, engines)


@contextmanager
def in_this_process(
    *,
    seed: int,
    backend: str | None = None,
    log: Callable[[str], None] | None = None,
    on_circuit: Callable[[CircuitRecord], None] | None = None,
    memory: int | None = None,
) -> Iterator[Session]:
    """Put the seam in place for a while, in a process that is no job's, and take all of it back.

    Afterwards pyquafu sends to where it sent before, and numpy's and random's global generators go on from where they
    were. HOME and the working directory are left alone; `User()` finds an account without a real token, and what it
    saves is gone with it. Only one such session is possible at a time, in all threads of the process.

    Args:
        seed: As in `install`.
        backend: As in `install`.
        log: Takes a line of what a job's log would tell; nobody is told where it is None.
        on_circuit: As in `install`.
        memory: As in `install`.

    Yields:
        The session.

    Raises:
        AlreadyInstalledError: The seam is in place already: this is the process of a job, or within such a session.
        ModuleNotFoundError: pyquafu is not installed.
    """
    with ExitStack() as undo:
        _import_aside()
        from quafu_runtime.server.runner.quafu_seam import corrections
        from quafu_runtime.server.runner.quafu_seam.account import stand_in
        from quafu_runtime.server.runner.quafu_seam.installation import keep_generators, put_in_place, take_the_place

        take_the_place(undo)
        keep_generators(undo)
        if not _warm:
            corrections.correct(undo)
        stand_in(Path(undo.enter_context(tempfile.TemporaryDirectory())), undo)
        task, engines = put_in_place(
            seed=seed, backend=backend, log=log or _nobody, on_circuit=on_circuit, memory=memory, undo=undo
        )
        yield Session(task, engines)


def _import() -> None:
    import quafu.backends.backends
    import quafu.qfasm.qfasm_convertor
    import quafu.simulators.default_simulator  # noqa: F401 - these are imported at their first use otherwise

    from quafu_runtime.server.runner.quafu_seam import installation  # noqa: F401 - and all that it needs


def _import_aside() -> None:
    """Import pyquafu with one thread, if it is not there yet, and leave the environment as it was."""
    if "quafu" in sys.modules:
        _import()
        return
    before = os.environ.get(_THREADS)
    os.environ[_THREADS] = "1"
    try:
        _import()
    finally:
        if before is None:
            os.environ.pop(_THREADS)
        else:
            os.environ[_THREADS] = before


def _nobody(_line: str) -> None:
    """Keep a line of the log to oneself."""
