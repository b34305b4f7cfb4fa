"""What answers pyquafu's requests: one method for each endpoint that it uses, as plain calls and plain answers.

No HTTP is known here: `in_process` calls the gateway for pyquafu in the same process. Each answer is what the cloud's
endpoint would send as JSON; a failure has a code that pyquafu turns into its own exception.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from quafu_runtime.server.runner.quafu_seam.backends import BACKENDS, BY_SYSTEM_ID, Backend
from quafu_runtime.server.runner.quafu_seam.circuit import Circuit
from quafu_runtime.server.runner.quafu_seam.engines import CircuitTooLargeError, Engines
from quafu_runtime.server.runner.quafu_seam.ledger import Ledger
from quafu_runtime.server.runner.quafu_seam.noisy import NotOnNoisyError
from quafu_runtime.server.runner.quafu_seam.openqasm import in_fixed_point, read

Answer = dict[str, Any]

USER_ERROR = 400
CIRCUIT_ERROR = 5001
SERVER_ERROR = 5003
COMPILE_ERROR = 5004
"""Codes that pyquafu turns into UserError, CircuitError, ServerError and CompileError."""

_SUCCESS = 200
_IN_QUEUE = 0
_COMPLETED = 2


class _Refusal(Exception):  # noqa: N818 - it becomes an answer, and is never raised to a caller
    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.answer: Answer = {"status": code, "message": message}


@dataclass(frozen=True)
class Submission:
    """A task as pyquafu submits it.

    Attributes:
        openqasm: The circuit's text.
        shots: How often it is to be run.
        name: The task's name.
        system_id: The number of the backend, or None for the job's own.
    """

    openqasm: str
    shots: int
    name: str
    system_id: int | None

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any], *, names_backend: bool) -> "Submission":
        """Read the fields of a request, form-encoded or JSON.

        Args:
            fields: By pyquafu's names.
            names_backend: Whether `selected_server` means a backend; in the form for the runtime service it does not.

        Raises:
            ValueError: A field is missing, or is no number where one has to be.
        """
        try:
            return cls(
                openqasm=str(fields["qtasm"]),
                shots=int(fields["shots"]),
                name=str(fields.get("task_name", "")),
                system_id=int(fields["selected_server"]) if names_backend else None,
            )
        except KeyError as error:
            message = f"The request has no field {error}."
            raise ValueError(message) from None


class Gateway:
    """The tasks of one job.

    Args:
        engines: What runs the circuits.
        backend: The job's own backend.
        parse: pyquafu's own `QuantumCircuit.from_openqasm`, for texts that pyquafu did not write.
        task_ids: Where the bits of the tasks' ids come from.
        ledger: Told of each circuit that was run.
    """

    def __init__(
        self,
        engines: Engines,
        backend: Backend,
        parse: Callable[[Any, str], None],
        task_ids: np.random.Generator,
        ledger: Ledger,
    ) -> None:
        self._engines = engines
        self._backend = backend
        self._parse = parse
        self._task_ids = task_ids
        self._ledger = ledger
        self._results: dict[str, Answer] = {}

    def submit(self, submission: Submission) -> Answer:
        """Run a task, and answer with its counts."""
        return _answered(lambda: self._run(submission))

    def submit_later(self, submission: Submission) -> Answer:
        """Take a task; its counts are there when it is asked for by its id.

        It is run at once all the same, so that what is wrong with it is said where it is sent, and so that the counts
        do not depend on the order in which tasks are retrieved.
        """
        return _answered(lambda: self._run(submission) | {"status": _IN_QUEUE, "res": "{}"})

    def result(self, task_id: str) -> Answer:
        """The status and the counts of a task that was submitted before."""
        return _answered(lambda: self._known(task_id))

    def backends(self) -> Answer:
        """The list of backends."""
        return {"status": _SUCCESS, "data": [backend.entry() for backend in BACKENDS.values()]}

    def chip_info(self, name: str) -> Answer:
        """The couplings of a backend, whose name comes in lower case."""
        for backend in BACKENDS.values():
            if backend.name.lower() == name.lower():
                return {"status": _SUCCESS, **backend.chip_info()}
        return {"status": USER_ERROR, "message": f"No backend is named {name}."}

    def _known(self, task_id: str) -> Answer:
        if task_id not in self._results:
            raise _Refusal(USER_ERROR, f'This job has sent no task with the id "{task_id}".')
        return self._results[task_id]

    def _run(self, submission: Submission) -> Answer:
        if submission.shots < 1:
            raise _Refusal(USER_ERROR, f"A task needs at least one shot, not {submission.shots}.")
        backend = self._backend_of(submission)
        circuit = self._read(submission, backend)
        counts = self._counts(circuit, submission, backend)
        task_id = self._task_ids.bytes(8).hex().upper()
        self._results[task_id] = {
            "task_id": task_id,
            "task_name": submission.name,
            "status": _COMPLETED,
            "res": str(counts),
            "openqasm": in_fixed_point(submission.openqasm),
        }
        return self._results[task_id]

    def _counts(self, circuit: Circuit, submission: Submission, backend: Backend) -> dict[str, int]:
        start = time.perf_counter()
        try:
            run = self._engines.noisy_counts if backend.noisy else self._engines.counts
            counts = run(circuit, submission.shots)
        except (CircuitTooLargeError, NotOnNoisyError) as error:
            raise _Refusal(CIRCUIT_ERROR, str(error)) from None
        except MemoryError:
            message = f"The memory was not enough for a circuit of {circuit.width} qubits."
            raise _Refusal(SERVER_ERROR, message) from None
        self._ledger.sent(
            circuit,
            name=submission.name,
            backend=backend,
            engine=self._engines.latest,
            shots=submission.shots,
            seconds=time.perf_counter() - start,
        )
        return counts

    def _backend_of(self, submission: Submission) -> Backend:
        backend = self._backend if submission.system_id is None else BY_SYSTEM_ID.get(submission.system_id)
        if backend is None:
            raise _Refusal(USER_ERROR, f"No backend has the number {submission.system_id}.")
        return backend

    def _read(self, submission: Submission, backend: Backend) -> Circuit:
        try:
            circuit = read(submission.openqasm, self._parse)
        except Exception as error:  # noqa: BLE001 - whatever pyquafu's parser raises at a text means the same
            raise _Refusal(COMPILE_ERROR, f"The circuit's OpenQASM cannot be run: {error}") from None
        if circuit.width > backend.qubits:
            message = f"The circuit has {circuit.width} qubits, and the backend {backend.name} has {backend.qubits}."
            raise _Refusal(CIRCUIT_ERROR, message)
        if not circuit.measures:
            raise _Refusal(CIRCUIT_ERROR, "The circuit measures nothing, and so has no counts.")
        return circuit


def _answered(work: Callable[[], Answer]) -> Answer:
    try:
        return work()
    except _Refusal as refusal:
        return refusal.answer
