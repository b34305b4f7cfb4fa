"""pyquafu's `Estimator` on a task: one look at each task's result, and a failure that raises."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from quafu.algorithms.estimator import Estimator
from quafu.exceptions import CircuitError, ServerError
from quafu.results.results import merge_measure

from quafu_runtime.server.runner.quafu_seam.replacing import replace
from quafu_runtime.server.runner.quafu_seam.tasks import measured_in

_CAVEAT = (
    "Estimator on a task, as on the cloud: the sum of the terms leaves their coefficients out, so weigh the terms "
    "yourself; and it runs 1,000 shots unless it is made with Estimator(…, shots=…), whatever the task had."
)
_COMPLETED = "Completed"


def put_in_place(log: Callable[[str], None], undo: ExitStack) -> None:
    """Let an Estimator's run on a task go through this module.

    Args:
        log: Told once what such a run leaves out.
        undo: Takes it back when it is closed.
    """
    said: list[str] = []

    def run(self: Any, observables: Any, cache_key: str | None = None) -> Any:
        if not said:
            said.append(_CAVEAT)
            log(_CAVEAT)
        return _run(self, observables, cache_key)

    replace(Estimator, "_run_real_machine", run, undo)  # the one method that waits without an end


def _run(estimator: Any, observables: Any, cache_key: str | None) -> Any:
    terms = observables.to_pauli_list()
    measured = list(estimator._circ.measures)  # noqa: SLF001 - this is a method of the Estimator
    for letters, qubits in terms:
        for qubit in qubits:
            if qubit not in measured:
                message = f"Qubit {qubit} in observer {letters} is not measured."
                raise CircuitError(message)
    bases, base_of_term = merge_measure(terms)
    cache = estimator._exp_cache  # noqa: SLF001 - the same
    results = cache.get(cache_key) or _results(estimator, bases)
    if cache_key is not None:
        cache[cache_key] = results
    return sum(
        results[base].calculate_obs([measured.index(qubit) for qubit in qubits])
        for (_, qubits), base in zip(terms, base_of_term, strict=True)
    )


def _results(estimator: Any, bases: list[Any]) -> list[Any]:
    task = estimator._task  # noqa: SLF001 - the same
    ids = [task.send(measured_in(estimator._circ, base)).taskid for base in bases]  # noqa: SLF001 - the same
    results = [task.retrieve(task_id) for task_id in ids]
    for result in results:
        if result.task_status != _COMPLETED:
            message = f'Task {result.taskid} of an Estimator ended as "{result.task_status}".'
            raise ServerError(message)
    return results
