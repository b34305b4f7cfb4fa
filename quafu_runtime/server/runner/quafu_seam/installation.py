"""What replaces parts of pyquafu in the process of one job."""

import random
from collections.abc import Callable
from contextlib import ExitStack
from threading import Lock
from typing import Any

import numpy as np
from quafu import QuantumCircuit, Task
from quafu.utils.client_wrapper import ClientWrapper

from quafu_runtime.server.runner.circuit_record import CircuitRecord
from quafu_runtime.server.runner.quafu_seam import chips, estimator, in_process, legacy, tasks
from quafu_runtime.server.runner.quafu_seam.backends import BACKENDS, LOCAL
from quafu_runtime.server.runner.quafu_seam.engines import Engines, Limits
from quafu_runtime.server.runner.quafu_seam.gateway import Gateway
from quafu_runtime.server.runner.quafu_seam.ledger import Ledger
from quafu_runtime.server.runner.quafu_seam.openqasm import fill
from quafu_runtime.server.runner.quafu_seam.replacing import replace
from quafu_runtime.server.runner.quafu_seam.simulators import Simulators

_PREFIX = "[quafu-runtime] "
"""So that a log tells the runtime's own lines from the program's."""

_place = Lock()
"""Held while the seam is in place."""


class AlreadyInstalledError(RuntimeError):
    """A process has one session at a time, and runs one job."""


def put_in_place(
    *,
    seed: int,
    backend: str | None,
    log: Callable[[str], None],
    on_circuit: Callable[[CircuitRecord], None] | None,
    memory: int | None,
    undo: ExitStack,
) -> tuple[Any, Engines]:
    """Seed the process, and let pyquafu work with a gateway and engines of the job's own.

    The place has been taken before.

    Args:
        seed: The job's.
        backend: The name that the job asks for.
        log: Takes a line for the job's log.
        on_circuit: Told of each circuit that was run.
        memory: Bytes that the state of the job's circuits may take, or None for the default.
        undo: Takes all of it back when it is closed, but the generators' states.

    Returns:
        The job's task, and its engines.
    """
    chosen = BACKENDS.get(backend or LOCAL.name, LOCAL)
    # Told with the first circuit: the log of a program without circuits is what it printed, and nothing else.
    untold = [_unknown(backend)] if backend and backend not in BACKENDS else []

    def say(text: str) -> None:
        for line in (*untold, text):
            log(f"{_PREFIX}{line}")
        untold.clear()

    counts, task_ids = _seeded(seed)
    engines = Engines(counts, Limits.of_memory(memory), say)
    ledger = Ledger(on_circuit)
    parse = QuantumCircuit.from_openqasm
    replace(QuantumCircuit, "from_openqasm", lambda self, openqasm: fill(self, openqasm, parse), undo)
    post = in_process.posting_to(Gateway(engines, chosen, parse, task_ids, ledger))
    replace(ClientWrapper, "post", staticmethod(post), undo)
    Simulators(engines, ledger).put_in_place(undo)
    tasks.put_in_place(undo)
    estimator.put_in_place(say, undo)
    legacy.put_in_place(undo)
    chips.put_in_place(undo)
    task = Task()
    task.backend = task._available_backends[chosen.name]  # noqa: SLF001 - config would change other settings as well
    return task, engines


def take_the_place(undo: ExitStack) -> None:
    """Make sure that the seam is put in place once.

    Args:
        undo: Allows it again when it is closed.

    Raises:
        AlreadyInstalledError: It is in place already.
    """
    if not _place.acquire(blocking=False):
        message = "The seam is in place already: a process runs one job, or has one session at a time."
        raise AlreadyInstalledError(message)
    undo.callback(_place.release)


def keep_generators(undo: ExitStack) -> None:
    """Let numpy's and random's global generators go on from where they are when the seam is taken back.

    Args:
        undo: Gives them their states when it is closed.
    """
    undo.callback(random.setstate, random.getstate())
    undo.callback(np.random.set_state, np.random.get_state())  # noqa: NPY002 - they are what programs use


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
