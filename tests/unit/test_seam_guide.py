"""The guide for program authors: each of its programs runs, and its tables are true."""

import re
from pathlib import Path
from typing import Any

import pytest

from quafu_runtime.server.runner.circuit_record import RECORDS_LIMIT, CircuitRecord
from quafu_runtime.server.runner.quafu_seam.backends import BACKENDS, CONFIG_DEFAULT
from quafu_runtime.server.runner.quafu_seam.engines import CLIFFORD_FROM, LARGEST_BOND, WIDEST_STATE_VECTOR
from quafu_runtime.server.runner.quafu_seam.noise_model import FIGURES, IN_SOFTWARE, READ_0_FOR_1, READ_1_FOR_0
from quafu_runtime.server.runner.quafu_seam.pauli_state import WIDEST
from quafu_runtime.server.runner.quafu_seam.state_vector import BYTES_PER_AMPLITUDE
from tests.unit.seam_child import Job, in_job

GUIDE = (Path(__file__).parents[2] / "docs" / "programs.md").read_text(encoding="utf-8")
PROGRAMS = re.findall(r"^```python\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)


def _run(job: Job, source: str) -> Any:
    program: dict[str, Any] = {}
    exec(compile(source, "program", "exec"), program)  # noqa: S102 - a program of the guide
    return program["run"](job.task, job, None)


@pytest.mark.parametrize("source", PROGRAMS, ids=range(len(PROGRAMS)))
def test_each_program_of_the_guide_runs(source: str) -> None:
    outcome = in_job(_run, source)
    assert outcome.error is None, outcome.message
    assert outcome.value


def test_the_guide_has_its_programs() -> None:
    assert len(PROGRAMS) == 5


def test_the_guide_has_all_backends_with_their_widths() -> None:
    table = GUIDE[GUIDE.index("| name | qubits |") :]
    rows = re.findall(r"^\| (`.*?) \| (\d+)", table, re.MULTILINE)
    widths = {name: int(width) for names, width in rows for name in re.findall(r"`([^`]+)`", names)}
    assert widths == {name: backend.qubits for name, backend in BACKENDS.items()}
    assert f"the backend becomes `{CONFIG_DEFAULT}`" in GUIDE


def test_the_guide_has_the_limits_of_the_engines() -> None:
    assert f"up to {WIDEST_STATE_VECTOR} qubits" in GUIDE
    assert f"{BYTES_PER_AMPLITUDE} bytes" in GUIDE
    assert f"from {CLIFFORD_FROM} qubits on" in GUIDE
    assert f"beyond {LARGEST_BOND} " in GUIDE


def test_the_guide_has_the_figures_of_the_noise() -> None:
    table = GUIDE[GUIDE.index("| what | figure | name |") :]
    told = dict(re.findall(r"^\| .* \| (.*) \| `(.*)` \|$", table, re.MULTILINE)[: len(FIGURES)])
    factors = {"": 1.0, "ns": 1.0, "µs": 1000.0}
    figures = {name: float(text.split()[0]) * factors["".join(text.split()[1:])] for text, name in told.items()}
    assert figures == FIGURES
    assert f"[[{1 - READ_1_FOR_0}, {READ_0_FOR_1}], [{READ_1_FOR_0}, {1 - READ_0_FOR_1}]]" in GUIDE
    assert all(f"`{name}`" in GUIDE for name in IN_SOFTWARE)


def test_the_guide_has_the_limits_of_noisy_circuits_and_of_the_ledger() -> None:
    assert f"20, of which {WIDEST} may be entangled" in GUIDE
    assert f"more than {WIDEST} qubits that gates join" in GUIDE
    assert f"{RECORDS_LIMIT:,} circuits" in GUIDE
    assert all(f"| `{name}` |" in GUIDE for name in CircuitRecord.__slots__)
