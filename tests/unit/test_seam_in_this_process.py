"""The seam in a user's own process: in place for a while, and gone without a trace.

Each test runs a script in a fresh interpreter, as what the seam does to pyquafu must not reach pytest's own.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

DEADLINE = 120.0

BEGINNING = """
import json, os, random, sys
from contextlib import suppress

from quafu_runtime.server.runner.quafu_seam import in_this_process

def bell(task):
    from quafu import QuantumCircuit
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.cnot(0, 1)
    circuit.measure()
    return dict(task.send(circuit, name="a bell", wait=True).counts)

def say(value):
    print(json.dumps(value))
"""


def told(script: str, home: Path) -> Any:
    """Run a script in a process of its own, and return what it says last."""
    work = home / "work"
    work.mkdir()
    ended = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", "-c", BEGINNING + script],
        env={**os.environ, "HOME": str(home)},
        cwd=work,
        capture_output=True,
        text=True,
        check=False,
        timeout=DEADLINE,
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout.splitlines()[-1])


def test_it_is_possible_again_and_gives_the_same_with_the_same_seed(tmp_path: Path) -> None:
    script = """
counts = []
for seed in (5, 5, 6):
    with in_this_process(seed=seed, backend="local") as session:
        counts.append(bell(session.task))
        engine = session.engine
say([counts, engine])
"""
    (first, second, other), engine = told(script, tmp_path)
    assert first == second
    assert other != first
    assert engine == "state-vector"


def test_pyquafu_is_afterwards_as_it_was(tmp_path: Path) -> None:
    script = """
import quafu, quafu.backends.backends, quafu.qfasm.qfasm_convertor, quafu.simulators.default_simulator
from quafu.elements.element_gates import element_gates
from quafu.simulators import simulator
from quafu.elements import quantum_gate
from quafu.elements.unitary import decomposer
from quafu.qfasm import qfasm_parser, qfasm_utils
from quafu.users import userapi
from quafu.utils.client_wrapper import ClientWrapper
from quafu.algorithms.estimator import Estimator
from quafu.backends.backends import Backend

owners = [quafu.Task, quafu.User, quafu.SimuResult, quafu.QuantumCircuit, ClientWrapper, Estimator, Backend, simulator,
          simulator.NoiseSVSimulator, element_gates.CSGate, quantum_gate, decomposer, qfasm_parser, userapi]

def state():
    return [dict(vars(owner)) for owner in owners] + [dict(qfasm_utils.gate_classes)]

def differences(before, after):
    return sorted(key for one, other in zip(before, after) for key in {*one, *other}
                  if not key.startswith("__") and one.get(key) is not other.get(key))

before = state()
with in_this_process(seed=1) as session:
    bell(session.task)
    changed = differences(before, state())
say([changed, differences(before, state())])
"""
    changed, left = told(script, tmp_path)
    assert {"send", "post", "from_openqasm", "simulate_circuit", "url", "_targ_matrix", "yacc"} <= set(changed)
    assert left == []


def test_it_is_taken_back_when_the_program_fails_too(tmp_path: Path) -> None:
    script = """
from quafu.utils.client_wrapper import ClientWrapper
post = ClientWrapper.post
with suppress(ZeroDivisionError), in_this_process(seed=1):
    1 / 0
say([ClientWrapper.post is post])
"""
    assert told(script, tmp_path) == [True]


def test_the_global_generators_go_on_from_where_they_were(tmp_path: Path) -> None:
    script = """
import numpy as np
draws = []
for wanted in (False, True):
    random.seed(1)
    np.random.seed(1)
    if wanted:
        with in_this_process(seed=2):
            random.random(), np.random.random()
    draws.append([random.random(), np.random.random()])
say(draws)
"""
    without, with_it = told(script, tmp_path)
    assert without == with_it


def test_home_environment_and_working_directory_are_left_alone(tmp_path: Path) -> None:
    script = """
before = dict(os.environ), os.getcwd(), os.listdir()
with in_this_process(seed=1) as session:
    within = dict(os.environ), os.getcwd(), os.listdir()
    bell(session.task)
say([before == within, before == (dict(os.environ), os.getcwd(), os.listdir())])
"""
    assert told(script, tmp_path) == [True, True]


def test_the_account_of_the_user_is_neither_found_nor_changed(tmp_path: Path) -> None:
    account = tmp_path / ".quafu" / "api"
    account.parent.mkdir()
    account.write_text(json.dumps({"token": "a real one", "url": "https://x.invalid/", "backend_type": "runtime"}))
    script = """
from quafu import User
outside = User().api_token, User.url, User.backend_type
with in_this_process(seed=1) as session:
    within = [User().api_token, User.backend_type, bool(bell(session.task))]
    User(api_token="of the program").save_apitoken()
say([within, outside == (User().api_token, User.url, User.backend_type)])
"""
    assert told(script, tmp_path) == [["local-runtime", "quafu", True], True]
    assert json.loads(account.read_text())["token"] == "a real one"


@pytest.mark.parametrize("first", ["in_this_process(seed=1)", "installed()"])
def test_one_session_at_a_time_is_possible(first: str, tmp_path: Path) -> None:
    script = f"""
from contextlib import contextmanager
from pathlib import Path
from quafu_runtime.server.runner.quafu_seam import install

@contextmanager
def installed():
    yield install(seed=1, backend=None, home=Path("."), log=print)

with {first} as session:
    try:
        with in_this_process(seed=1):
            say("twice")
    except RuntimeError as error:
        say([type(error).__name__, bool(bell(session.task))])
"""
    assert told(script, tmp_path) == ["AlreadyInstalledError", True]


def test_circuits_and_lines_of_the_log_are_told_to_who_asks(tmp_path: Path) -> None:
    script = """
circuits, lines = [], []
with in_this_process(seed=1, log=lines.append, on_circuit=circuits.append) as session:
    bell(session.task)
say([[circuit.name, circuit.backend] for circuit in circuits] + lines)
"""
    assert told(script, tmp_path) == [
        ["a bell", "local"],
        "[quafu-runtime] engine: state-vector (pyquafu), 2 qubits",
    ]
