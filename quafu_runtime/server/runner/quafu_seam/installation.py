"""What replaces parts of pyquafu in the process of one job."""

import random
from collections.abc import Callable
from typing import Any

import numpy as np
from quafu import QuantumCircuit, Task
from quafu.utils.client_wrapper import ClientWrapper

from quafu_runtime.server.runner.quafu_seam import estimator, in_process, legacy, tasks
from quafu_runtime.server.runner.quafu_seam.backends import BACKENDS, LOCAL
from quafu_runtime.server.runner.quafu_seam.engines import Engines, Limits
from quafu_runtime.server.runner.quafu_seam.gateway import Gateway
from quafu_runtime.server.runner.quafu_seam.openqasm import fill
from quafu_runtime.server.runner.quafu_seam.simulators import Simulators

_PREFIX = "[quafu-runtime] "
"""So that a log tells the runtime's own lines from the program's."""

_installed = False


class AlreadyInstalledError(RuntimeError):
    """A process runs one job."""


def put_in_place(
    *, seed: int, backend: str | None, log: Callable[[str], None], memory: int | None
) -> tuple[Any, Engines]:
    """Seed the process, and let pyquafu work with a gateway and engines of the job's own.

    Args:
        seed: The job's.
        backend: The name that the job asks for.
        log: Takes a line for the job's log.
        memory: Bytes that the state of the job's circuits may take, or None for the default.

    Returns:
        The job's task, and its engines.

    Raises:
        AlreadyInstalledError: The process has had a job before.
    """
    global _installed  # noqa: PLW0603 - a process has one job
    if _installed:
        message = "The seam is in place already: a process runs one job."
        raise AlreadyInstalledError(message)
    _installed = True

    chosen = BACKENDS.get(backend or LOCAL.name, LOCAL)
    # Told with the first circuit: the log of a program without circuits is what it printed, and nothing else.
    untold = [_unknown(backend)] if backend and backend not in BACKENDS else []

    def say(text: str) -> None:
        for line in (*untold, text):
            log(f"{_PREFIX}{line}")
        untold.clear()

    counts, task_ids = _seeded(seed)
    engines = Engines(counts, Limits.of_memory(memory), say)
    circuits: Any = QuantumCircuit
    client: Any = ClientWrapper
    parse = circuits.from_openqasm
    circuits.from_openqasm = lambda self, openqasm: fill(self, openqasm, parse)
    client.post = staticmethod(in_process.posting_to(Gateway(engines, chosen, parse, task_ids)))
    Simulators(engines).put_in_place()
    tasks.put_in_place()
    estimator.put_in_place(say)
    legacy.put_in_place()
    task = Task()
    task.backend = task._available_backends[chosen.name]  # noqa: SLF001 - config would change other settings as well
    return task, engines


def _seeded(seed: int) -> tuple[np.random.Generator, np.random.Generator]:
    """Start every generator of the process from the seed: forked processes share the state of the two global ones.

    Returns:
        The generator of the counts and that of the tasks' ids, which no draw of the program disturbs.
    """
    program, counts, task_ids = np.random.SeedSequence(seed).spawn(3)
    random.seed(seed)
    np.random.seed(program.generate_state(4))  # noqa: NPY002 - it is the global one that programs use
    return np.random.default_rng(counts), np.random.default_rng(task_ids)


def _unknown(name: str) -> str:
    return f'backend: no "{name}" here, so the job uses "{LOCAL.name}"; known are {", ".join(BACKENDS)}'
