"""pyquafu's task on the seam: what it sends, what it gets back, its histories, its backends and its errors."""

import json

import numpy as np
import pytest
from quafu import QuantumCircuit, Task, User, simulate
from quafu.elements import Parameter
from quafu.utils.client_wrapper import ClientWrapper

from tests.unit.seam_child import Job, in_job


def _bell() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.cnot(0, 1)
    circuit.measure()
    return circuit


def _ones(width: int) -> QuantumCircuit:
    circuit = QuantumCircuit(width)
    circuit.x(0)
    circuit.measure()
    return circuit


def _awaited(job: Job) -> object:
    result = job.task.send(_bell(), name="pair", group="mine", wait=True)
    return {
        "kind": type(job.task) is Task,
        "status": result.task_status,
        "name": result.taskname,
        "counts": dict(result.counts),
        "probabilities": result.probabilities,
        "measures": dict(result.transpiled_circuit.measures),
        "history": job.task.get_history() == {"mine": [result.taskid]},
    }


def test_an_awaited_task_is_completed_with_counts() -> None:
    value = in_job(_awaited).value
    assert value["kind"] is True
    assert (value["status"], value["name"], value["history"]) == ("Completed", "pair", True)
    assert set(value["counts"]) == {"00", "11"}
    assert sum(value["counts"].values()) == 1000
    assert abs(value["counts"]["00"] - 500) < 5 * 1000**0.5 / 2
    assert value["probabilities"]["00"] == value["counts"]["00"] / 1000
    assert value["measures"] == {0: 0, 1: 1}


def _not_awaited(job: Job) -> object:
    sent = job.task.send(_bell())
    found = job.task.retrieve(sent.taskid)
    again = job.task.retrieve(sent.taskid)
    return [
        sent.task_status,
        dict(sent.counts),
        found.task_status,
        sum(found.counts.values()),
        found.counts == again.counts,
    ]


def test_a_task_that_is_not_awaited_is_in_queue_until_it_is_retrieved() -> None:
    assert in_job(_not_awaited).value == ["In Queue", {}, "Completed", 1000, True]


def _group(job: Job) -> object:
    first = job.task.send(_bell(), name="a", group="g")
    second = job.task.send(_bell(), name="b", group="g", wait=True)
    results = job.task.retrieve_group("g", verbose=False)
    return [[result.taskname for result in results], [first.taskid, second.taskid] == job.task.get_history()["g"]]


def test_a_group_of_tasks_is_found_by_its_name() -> None:
    assert in_job(_group).value == [["a", "b"], True]


def _observables(job: Job) -> object:
    circuit = _bell()
    results, means = job.task.submit(circuit, [["XX", [0, 1]], ["ZZ", [0, 1]], ["YY", [0, 1]], ["Z", [1]]])
    return [
        len(results),
        [float(mean) for mean in means],
        len(circuit.gates),
        [step.name for step in circuit.instructions],
    ]


def test_observables_are_measured_in_their_bases_and_leave_the_circuit_as_it_was() -> None:
    results, means, gates, instructions = in_job(_observables).value
    assert results == 3
    assert means[:3] == [1.0, 1.0, -1.0]
    assert abs(means[3]) < 5 / 1000**0.5
    assert (gates, instructions) == (2, ["H", "CX", "measure"])


def _signs(job: Job) -> object:
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.h(1)
    circuit.s(1)
    circuit.measure()
    _, means = job.task.submit(circuit, [["X", [0]], ["Y", [1]]])
    return [float(mean) for mean in means]


def test_observables_have_the_right_signs() -> None:
    assert in_job(_signs).value == [1.0, 1.0]


def _parameter_after_observables(job: Job) -> object:
    circuit = QuantumCircuit(1)
    circuit.rx(0, Parameter("a", 0.0))
    circuit.measure()
    job.task.submit(circuit, [["Z", [0]]])
    circuit._update_params([np.pi])
    sent = job.task.send(circuit, wait=True).counts
    return [dict(sent), dict(simulate(circuit, shots=100).counts)]


def test_a_parameter_still_reaches_a_circuit_whose_observables_were_measured() -> None:
    assert in_job(_parameter_after_observables).value == [{"1": 1000}, {"1": 100}]


def _runtime_form(job: Job) -> object:
    account = job.home / ".quafu" / "api"
    fields = json.loads(account.read_text(encoding="utf-8"))
    account.write_text(json.dumps({**fields, "backend_type": "runtime"}), encoding="utf-8")
    task = Task()
    task.shots = 50
    result = task.send(_bell(), name="as JSON")
    return [hasattr(task, "backend"), result.task_status, result.taskname, sum(result.counts.values())]


def test_an_account_of_the_runtime_form_sends_json_and_loads_no_chips() -> None:
    assert in_job(_runtime_form).value == [False, "Completed", "as JSON", 50]


def _unknown_task(job: Job) -> object:
    return job.task.retrieve("0123456789ABCDEF")


def test_a_task_that_was_never_sent_is_a_user_error_that_names_its_id() -> None:
    outcome = in_job(_unknown_task)
    assert outcome.error == "UserError"
    assert "0123456789ABCDEF" in outcome.message


def _no_shots(job: Job) -> object:
    job.task.shots = 0
    return job.task.send(_bell(), wait=True)


def test_a_task_without_shots_is_a_user_error() -> None:
    outcome = in_job(_no_shots)
    assert (outcome.error, "at least one shot" in outcome.message) == ("UserError", True)


def _posted(_job: Job, fields: dict[str, object]) -> object:
    return ClientWrapper.post(User.url + User.exec_api, headers={}, json=fields)


@pytest.mark.parametrize(
    ("fields", "error", "word"),
    [
        ({"qtasm": "OPENQASM 2.0;\nqreg q[1];\nnonsense q[0];\n", "shots": 10}, "CompileError", "nonsense"),
        ({"qtasm": _ones(1001).to_openqasm(), "shots": 10}, "CircuitError", "1001 qubits"),
        ({"qtasm": QuantumCircuit(1).to_openqasm(), "shots": 10}, "CircuitError", "measures nothing"),
        ({"qtasm": _ones(1).to_openqasm(), "shots": "many"}, "UserError", "many"),
        ({"shots": 10}, "UserError", "qtasm"),
    ],
)
def test_a_failure_is_the_exception_that_pyquafu_has_for_it(fields: dict[str, object], error: str, word: str) -> None:
    outcome = in_job(_posted, fields)
    assert outcome.error == error
    assert word in outcome.message


def _elsewhere(_job: Job) -> object:
    return ClientWrapper.post(User.url + "qbackend/somewhere/", headers={})


def test_an_endpoint_that_pyquafu_does_not_use_is_a_server_error() -> None:
    outcome = in_job(_elsewhere)
    assert (outcome.error, "qbackend/somewhere/" in outcome.message) == ("ServerError", True)


def _backends(job: Job) -> object:
    found = User().get_available_backends(print_info=False)
    return [job.task.backend.name, {name: backend.qubit_num for name, backend in found.items()}]


def test_local_is_the_first_backend_and_the_known_chips_have_their_widths() -> None:
    default, widths = in_job(_backends).value
    assert default == "local"
    assert next(iter(widths)) == "local"
    assert widths.pop("local") >= 1000
    assert widths == {
        "local-noisy": 20,
        "ScQ-P10": 10,
        "ScQ-P18": 18,
        "ScQ-P136": 136,
        "Baiwang": 136,
        "ScQ-P102": 102,
        "ScQ-P10C": 10,
        "Miaofeng": 108,
        "Dongling": 106,
        "Haituo": 105,
        "Baihua": 118,
        "Yunmeng": 156,
        "Xiang": 35,
        "ScQ-Sim10": 10,
    }


@pytest.mark.parametrize("name", ["testbackend", "py_simu"])
def test_any_name_of_a_backend_works_and_the_log_says_what_it_means(name: str) -> None:
    assert in_job(_backends, backend=name).value[0] == "local"
    sent = in_job(_configured, "local", backend=name)
    assert [line for line in sent.log if name in line and '"local"' in line]


def test_the_log_of_a_job_without_circuits_is_its_programs_alone() -> None:
    assert in_job(_backends, backend="testbackend").log == []


def test_the_name_of_a_known_chip_is_the_default_of_the_task() -> None:
    outcome = in_job(_backends, backend="ScQ-P18")
    assert (outcome.value[0], outcome.log) == ("ScQ-P18", [])


def _configured(job: Job, backend: str) -> object:
    job.task.config(backend=backend, shots=20)
    return [job.task.backend.name, sum(job.task.send(_ones(10), wait=True).counts.values())]


def test_each_backend_of_the_list_can_be_configured_and_runs() -> None:
    for name in ("local", "ScQ-P10", "ScQ-P136", "Baiwang"):
        assert in_job(_configured, name).value == [name, 20]


def test_configuring_a_backend_that_is_not_in_the_list_is_pyquafus_own_error() -> None:
    outcome = in_job(_configured, "testbackend")
    assert outcome.error == "UserError"
    assert "backend testbackend is not valid, available backends are local, local-noisy, ScQ-P10" in outcome.message


def _too_wide_after_config(job: Job) -> object:
    job.task.config(shots=50)
    return job.task.send(_ones(12))


def test_a_circuit_wider_than_the_backend_that_config_fell_back_to_is_told_where_the_ten_came_from() -> None:
    outcome = in_job(_too_wide_after_config)
    assert outcome.error == "CircuitError"
    for words in ("12 qubits", "ScQ-P10 has 10", "without backend=", 'task.config(backend="local", shots=50)'):
        assert words in outcome.message


def _too_wide_by_choice(job: Job) -> object:
    job.task.config(backend="ScQ-P10", shots=50)
    return job.task.send(_ones(12))


def test_a_circuit_wider_than_a_backend_that_was_chosen_is_told_both_widths_alone() -> None:
    outcome = in_job(_too_wide_by_choice)
    assert outcome.error == "CircuitError"
    assert "12 qubits" in outcome.message
    assert "without backend=" not in outcome.message


def _chip(job: Job) -> object:
    job.task.config(backend="ScQ-P10")
    info = job.task.get_backend_info()
    return [len(info["mapping"]), info["full_info"]["note"]]


def test_the_couplings_of_a_chip_are_answered_and_say_that_they_are_made_up() -> None:
    qubits, note = in_job(_chip).value
    assert qubits == 10
    assert note.startswith("Made up")


def _own_task(_job: Job) -> object:
    return [Task().backend.name, User().api_token]


def test_a_program_can_make_tasks_and_users_of_its_own_and_finds_no_real_token() -> None:
    assert in_job(_own_task).value == ["local", "local-runtime"]


def _informed(job: Job) -> object:
    told = []
    for name in ("local", "local-noisy", "ScQ-P18"):
        job.task.config(backend=name)
        info = job.task.get_backend_info()
        info["topology_diagram"].savefig(f"{name}.png")
        told.append([len(info["mapping"]), info["mapping"][1], info["full_info"].get("noise", {}).get("t1_ns")])
    return told


def test_a_task_has_information_on_its_backend_and_a_diagram() -> None:
    assert in_job(_informed).value == [[1000, "Q1", None], [20, "Q1", 30_000.0], [18, "Q1", None]]
