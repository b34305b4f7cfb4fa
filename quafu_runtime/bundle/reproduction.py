"""Runs what a job ran in this process, so that a debugger stops in it."""

from collections.abc import Callable
from typing import Any

from quafu_runtime._client.inputs import Inputs, known_params
from quafu_runtime.errors import JobStateError


def reproduce_here(run: Inputs, callback: Callable[[Any], Any] | None) -> Any:
    """Run the same text with the same params and seed.

    Args:
        run: What the job was run with, its program's text among it.
        callback: Gets what the program publishes; None to let it pass.

    Returns:
        What the program returns.

    Raises:
        ArgumentError: The params are not known.
        JobStateError: The program's text is not known.
        LocalRuntimeError: The extra `local` is not installed, or a program runs in this process already.
    """
    if run.source is None:
        message = f"The text of the program that job {run.job_id} ran is not known."
        raise JobStateError(message, job_id=run.job_id)
    from quafu_runtime.here import run_here

    return run_here(
        run.source,
        known_params(run),
        name=run.program_name or "program",
        seed=run.seed,
        backend=run.backend,
        publish=callback,
    )
