"""The main job, from end to end, on a runtime service of your own: `make demo`.

A variational program for the hydrogen molecule is uploaded, run, followed while its energy falls, and its result is put
beside the exact ground energy. With `Account(api_token="…")` in place of `runtime.account` the same lines run on the
cloud.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from quafu_runtime import LocalRuntime, RuntimeJob, RuntimeService

PROGRAM = Path(__file__).parent / "program_source" / "vqe-h2.py"
PARAMS = {"steps": 30, "shots": 4000}
EXACT_GROUND_ENERGY = -1.8509852245
"""Of the two-qubit Hamiltonian that the program minimises, in hartree."""

BAR_WIDTH = 46
LAST_LOG_LINES = 5

spent: dict[str, float] = {}


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Note how long something takes, in seconds."""
    started = time.perf_counter()
    yield
    spent[what] = time.perf_counter() - started


def show_energies(job: RuntimeJob) -> None:
    """Print the energy of each step as it arrives, with a bar for what is left above the ground energy."""
    highest = None
    for message in job.stream():
        step = json.loads(message)
        above = step["energy"] - EXACT_GROUND_ENERGY
        highest = highest or above
        bar = "#" * max(0, round(BAR_WIDTH * above / highest))
        print(f"  step {step['step']:3}   {step['energy']:+.6f} hartree   {bar}", flush=True)


def show_result(job: RuntimeJob) -> None:
    """Print what the program returned beside the exact answer, the end of its logs, and its provenance."""
    result = job.result()
    error = result["energy"] - EXACT_GROUND_ENERGY
    print(f"\nenergy  {result['energy']:+.6f} hartree")
    print(f"exact   {EXACT_GROUND_ENERGY:+.6f} hartree   (difference {error:+.6f})")
    print("\nThe logs' last lines:")
    for line in job.logs().splitlines()[-LAST_LOG_LINES:]:
        print(f"  {line}")
    info = job.info()
    versions = ", ".join(f"{name} {version}" for name, version in info.versions.items())
    print(f"\nseed {info.seed}, engine {info.engine}, {versions}")


def show_times(job: RuntimeJob) -> None:
    """Print where the time went."""
    info = job.info()
    if info.created_at and info.started_at and info.finished_at:
        spent["  waiting for a process"] = (info.started_at - info.created_at).total_seconds()
        spent["  running"] = (info.finished_at - info.started_at).total_seconds()
    print("\nWhere the time went, in seconds:")
    for what, seconds in spent.items():
        print(f"  {what:26}{seconds:8.3f}")


def main() -> None:
    """Start a runtime service, run the program on it, and end the service."""
    with timed("starting the service"):
        runtime = LocalRuntime()
        runtime.start()
    with runtime, RuntimeService(runtime.account) as service:
        print(f"A runtime service of your own answers at {runtime.url}")
        with timed("uploading the program"):
            program_id = service.upload_program(PROGRAM, name="vqe-h2", description="Ground energy of H2")
        with timed("submitting the job"):
            job = service.run(program_id, PARAMS, seed=7)
        print(f"program {program_id}\njob     {job.job_id()}\n")
        with timed("the job, to its end"):
            show_energies(job)
        show_result(job)
        show_times(job)


if __name__ == "__main__":
    main()
