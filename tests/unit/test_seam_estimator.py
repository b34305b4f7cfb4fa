"""pyquafu's Estimator on a task: no endless wait, failures that raise, and its caveat in the log, once."""

# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportCallIssue=false
# pyquafu annotates some of its own calls wrongly.

import numpy as np
from quafu import ExecResult, Hamiltonian, QuantumCircuit, Task
from quafu.algorithms import Estimator
from quafu.elements import Parameter

from tests.unit.seam_child import Job, in_job

TERMS = [("Z0", 3.0), ("X0 X1", 5.0), ("Z0 Z1", 7.0)]


def _circuit() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.ry(0, Parameter("a", 0.0))
    circuit.cnot(0, 1)
    circuit.measure()
    return circuit


def _means(job: Job) -> object:
    task = Estimator(_circuit(), backend="local", task=job.task, shots=20_000)
    simulator = Estimator(_circuit())
    terms = Hamiltonian.from_pauli_list(TERMS)
    return [[float(task.run(terms, [1.0])), float(np.real(simulator.run(terms, [1.0])))] for _ in range(2)]


def test_on_a_task_the_coefficients_are_left_out_as_on_the_cloud_and_the_log_says_so_once() -> None:
    outcome = in_job(_means)
    for on_task, on_simulator in outcome.value:
        assert abs(on_task - (np.cos(1.0) + np.sin(1.0) + 1)) < 5 * 2 / 20_000**0.5
        assert abs(on_simulator - (3 * np.cos(1.0) + 5 * np.sin(1.0) + 7)) < 1e-9
    lines = [line for line in outcome.log if "Estimator" in line]
    assert len(lines) == 1
    assert "coefficients" in lines[0]
    assert "1,000 shots" in lines[0]
    assert outcome.output == ""


def _gradient(job: Job) -> object:
    from quafu.algorithms.gradients.param_shift import ParamShift

    estimator = Estimator(_circuit(), backend="local", task=job.task, shots=20_000)
    return ParamShift(estimator)(Hamiltonian.from_pauli_list([("Z0", 1.0)]), [1.0])


def test_the_parameter_shift_gradient_works_on_a_task() -> None:
    slope = in_job(_gradient).value
    assert abs(slope[0] + np.sin(1.0)) < 5 / 20_000**0.5


def _unmeasured(job: Job) -> object:
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.measure([0])
    estimator = Estimator(circuit, backend="local", task=job.task)
    return estimator.run(Hamiltonian.from_pauli_list([("Z1", 1.0)]), [])


def test_an_observable_of_an_unmeasured_qubit_is_pyquafus_own_error() -> None:
    outcome = in_job(_unmeasured)
    assert (outcome.error, "Qubit 1 in observer Z is not measured." in outcome.message) == ("CircuitError", True)


class _FailingTask(Task):  # type: ignore[misc]
    """A task whose results have failed."""

    def retrieve(self, taskid: str) -> ExecResult:
        result = super().retrieve(taskid)
        result.task_status = "Failed"
        return result


def _failing(_job: Job) -> object:
    estimator = Estimator(_circuit(), backend="local", task=_FailingTask())
    return estimator.run(Hamiltonian.from_pauli_list(TERMS), [1.0])


def test_a_task_that_failed_raises_instead_of_being_asked_for_ever() -> None:
    outcome = in_job(_failing)
    assert (outcome.error, '"Failed"' in outcome.message) == ("ServerError", True)


def _cached(job: Job) -> object:
    estimator = Estimator(_circuit(), backend="local", task=job.task)
    terms = Hamiltonian.from_pauli_list(TERMS)
    first, second = (float(estimator.run(terms, [1.0], cache_key="point")) for _ in range(2))
    sent = len(job.task.get_history()[""])
    estimator.clear_cache()
    third = float(estimator.run(terms, [1.0], cache_key="point"))
    return [first == second, third != first, sent]


def test_cached_results_are_used_again() -> None:
    assert in_job(_cached).value == [True, True, 2]


def _reset_in_circuit(job: Job) -> object:
    circuit = QuantumCircuit(1)
    circuit.reset([0])
    circuit.measure()
    return Estimator(circuit, backend="local", task=job.task).run(Hamiltonian.from_pauli_list([("X0", 1.0)]), [])


def test_a_circuit_that_cannot_be_sent_is_refused_by_an_estimator_as_well() -> None:
    outcome = in_job(_reset_in_circuit)
    assert (outcome.error, "reset on qubit 0" in outcome.message) == ("CircuitError", True)
