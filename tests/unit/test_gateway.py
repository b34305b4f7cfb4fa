"""The gateway alone: plain calls and plain answers, with no HTTP and nothing of pyquafu replaced."""

import ast

import numpy as np
import pytest
from quafu import QuantumCircuit

from quafu_runtime.server.runner.quafu_seam.backends import BACKENDS, LOCAL
from quafu_runtime.server.runner.quafu_seam.engines import Engines, Limits
from quafu_runtime.server.runner.quafu_seam.gateway import Gateway, Submission
from quafu_runtime.server.runner.quafu_seam.ledger import Ledger
from tests.unit.seam_child import Job, in_job

ONES = 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[2];\ncreg c[2];\nx q[0];\nrx(1e-9) q[1];\nmeasure q[0] -> c[1];\n'


def _gateway(seed: int = 0, width: int = 20) -> Gateway:
    engines = Engines(np.random.default_rng(seed), Limits(width, largest_bond=1), print)
    return Gateway(engines, LOCAL, QuantumCircuit.from_openqasm, np.random.default_rng(seed), Ledger(None))


def _submission(text: str = ONES, shots: int = 20, system_id: int | None = None) -> Submission:
    return Submission(openqasm=text, shots=shots, name="a name", system_id=system_id)


def test_a_task_is_answered_with_its_counts_and_the_text_in_fixed_point() -> None:
    answer = _gateway().submit(_submission())
    assert (answer["status"], answer["task_name"]) == (2, "a name")
    assert ast.literal_eval(answer["res"]) == {"1": 20}
    assert answer["openqasm"] == ONES.replace("1e-9", "0.000000001")


def test_a_task_for_later_is_in_queue_and_then_found_by_its_id() -> None:
    gateway = _gateway()
    answer = gateway.submit_later(_submission())
    assert (answer["status"], answer["res"]) == (0, "{}")
    found = gateway.result(answer["task_id"])
    assert (found["status"], ast.literal_eval(found["res"])) == (2, {"1": 20})


def test_the_ids_of_tasks_are_sixteen_hexadecimal_digits_and_differ() -> None:
    gateway = _gateway()
    ids = {gateway.submit(_submission())["task_id"] for _ in range(50)}
    assert len(ids) == 50
    assert all(len(one) == 16 and int(one, 16) >= 0 for one in ids)


@pytest.mark.parametrize(
    ("submission", "code", "words"),
    [
        (_submission(shots=0), 400, "at least one shot"),
        (_submission(system_id=12345), 400, "12345"),
        (_submission(text="nonsense"), 5004, "cannot be run"),
        (_submission(text=ONES.replace("x q[0]", "reset q[0]")), 5004, "reset"),
        (_submission(text=ONES + "x q[0];\n"), 5004, "gate after a measurement"),
        (_submission(text=ONES[: ONES.index("measure")]), 5001, "measures nothing"),
        (_submission(text=ONES.replace("q[2];", "q[11];", 1), system_id=0), 5001, "11 qubits, and the backend ScQ-P10"),
    ],
)
def test_what_cannot_be_run_is_answered_with_the_code_of_its_kind(
    submission: Submission, code: int, words: str
) -> None:
    fields = [submission.openqasm, submission.shots, submission.system_id]
    for answer in in_job(_answers, *fields).value:
        assert answer["status"] == code
        assert words in answer["message"]


def _answers(_job: Job, text: str, shots: int, system_id: int | None) -> object:
    """In a process of its own: pyquafu's parser writes files and warnings where the seam is not in place."""
    gateway = _gateway()
    submission = _submission(text, shots, system_id)
    return [gateway.submit(submission), gateway.submit_later(submission)]


def test_a_circuit_that_is_too_large_is_answered_with_its_width_and_the_limit() -> None:
    circuit = QuantumCircuit(3)
    for qubit in range(3):
        circuit.ry(qubit, 0.3)
    for qubit in range(2):
        circuit.cnot(qubit, qubit + 1)
    circuit.measure()
    answer = _gateway(width=2).submit(_submission(circuit.to_openqasm()))
    assert answer["status"] == 5001
    assert "touch 3 qubits" in answer["message"]


def test_an_unknown_task_is_a_failure() -> None:
    assert _gateway().result("ABC") == {"status": 400, "message": 'This job has sent no task with the id "ABC".'}


def test_the_list_of_backends_has_all_that_pyquafu_reads() -> None:
    answer = _gateway().backends()
    assert answer["status"] == 200
    assert [entry["system_name"] for entry in answer["data"]] == list(BACKENDS)
    assert len({entry["system_id"] for entry in answer["data"]}) == len(BACKENDS)
    for entry in answer["data"]:
        assert {"valid_gates", "qubits", "status", "QV", "queued_len"} <= set(entry)


def test_the_couplings_of_a_backend_say_that_they_are_made_up() -> None:
    answer = _gateway().chip_info("scq-p18")
    assert len(answer["topological_structure"]) == 17
    assert answer["note"].startswith("Made up")
    assert _gateway().chip_info("nowhere")["status"] == 400


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"shots": 3}, "qtasm"),
        ({"qtasm": ONES}, "shots"),
        ({"qtasm": ONES, "shots": "x"}, "'x'"),
        ({"qtasm": ONES, "shots": 3}, "selected_server"),
    ],
)
def test_a_request_without_a_field_or_with_a_wrong_one_is_refused(fields: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Submission.from_fields(fields, names_backend=True)


def test_a_form_and_a_json_request_are_read_alike_but_for_the_backend() -> None:
    form = {"qtasm": ONES, "shots": "20", "task_name": "a name", "selected_server": "2"}
    assert Submission.from_fields(form, names_backend=True) == _submission(system_id=2)
    body = {"qtasm": ONES, "shots": 20, "task_name": "a name", "selected_server": 1, "task_id": "test"}
    assert Submission.from_fields(body, names_backend=False) == _submission()
