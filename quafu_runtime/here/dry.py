"""A dry run: a program run in a process of its own, without any service, and what it would cost told."""

import subprocess
import tempfile
from pathlib import Path
from typing import TypedDict

from quafu_runtime.here.plan import Plan, collect, planned
from quafu_runtime.here.report import DryRun
from quafu_runtime.programs import ProgramSource, read_program

DEFAULT_TIMEOUT = 300.0
"""Seconds that a dry run may take; who tries something does not want to wait longer for nothing."""

_LONGEST_ENDING = 30.0
"""Seconds in which what watches over the program has ended it and itself."""


class _Detached(TypedDict):
    stdout: int
    stderr: int
    start_new_session: bool


_DETACHED: _Detached = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True}
"""Ctrl-C in a terminal reaches this process alone, which then ends the other."""


def dry_run(
    program: ProgramSource,
    params: object = None,
    *,
    seed: int | None = None,
    backend: str | None = None,
    timeout: float = DEFAULT_TIMEOUT,
) -> DryRun:
    """Run a program here, once, without any service, and tell what it did.

    It runs in a process of its own, with the simulators of the local runtime, in an empty folder that is its HOME, and
    without this process's environment: it finds no token, and leaves nothing behind.

    Args:
        program: The path of its file, its text, a function made by `@program`, or a `RuntimeProgram` with its source.
        params: What it gets as its third argument.
        seed: What its random numbers start from; None to draw a seed.
        backend: The backend of its task; None for `local`.
        timeout: Seconds after which it is ended, with all that it has started.

    Returns:
        The result, circuits, shots, times, sizes, the log, and the error with its traceback where it failed.

    Raises:
        ArgumentError: There is no such file, or it is no program, or seed or timeout is out of range.
        InvalidParamsError: JSON cannot hold the params.
        LocalRuntimeError: The extra `local` is not installed, or the process could not be started.

    Example:
        ```python
        print(dry_run("vqe.py", {"iterations": 5}))
        ```
    """
    source, name = _read(program)
    with tempfile.TemporaryDirectory(prefix="quafu-dry-run-") as folder:
        plan = planned(source, name, params, Path(folder), seed=seed, backend=backend, timeout=timeout)
        _drive(plan)
        return collect(plan)


async def dry_run_awaited(
    program: ProgramSource,
    params: object = None,
    *,
    seed: int | None = None,
    backend: str | None = None,
    timeout: float = DEFAULT_TIMEOUT,  # noqa: ASYNC109 - it is a limit of the program's process
) -> DryRun:
    """The same as `dry_run`, awaited."""
    source, name = _read(program)
    with tempfile.TemporaryDirectory(prefix="quafu-dry-run-") as folder:
        plan = planned(source, name, params, Path(folder), seed=seed, backend=backend, timeout=timeout)
        await _drive_awaited(plan)
        return collect(plan)


def _read(program: ProgramSource) -> tuple[str, str]:
    source, called = read_program(program)
    return source, Path(called).name.strip("<>")


def _drive(plan: Plan) -> None:
    # Its standard input is its lifeline: when that ends, however this process ends, it ends the program.
    with subprocess.Popen(plan.command, env=plan.environment, stdin=subprocess.PIPE, **_DETACHED) as process:  # noqa: S603 - this interpreter
        try:
            process.wait()
        finally:
            if process.stdin is not None:
                process.stdin.close()
            process.wait(_LONGEST_ENDING)


async def _drive_awaited(plan: Plan) -> None:
    import anyio

    process = await anyio.open_process(plan.command, env=plan.environment, stdin=subprocess.PIPE, **_DETACHED)
    try:
        await process.wait()
    finally:
        with anyio.CancelScope(shield=True), anyio.move_on_after(_LONGEST_ENDING):
            if process.stdin is not None:
                await process.stdin.aclose()
            await process.wait()
