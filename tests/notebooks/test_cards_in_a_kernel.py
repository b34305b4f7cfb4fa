"""Cards and errors in a real kernel."""

from pathlib import Path

import pytest

from tests.notebooks.kernel import Kernel, Output

PROGRAM = """\
import json
import time
from pathlib import Path


def run(task, userpub, params):
    for step in range(params["steps"]):
        print("step", step, "<script>")
        userpub.publish(json.dumps({"step": step, "energy<script>": 1 / (step + 1)}).encode())
    while not Path(params["gate"]).exists():
        time.sleep(0.02)
    if params.get("fails"):
        raise ValueError("<script>")
    return {"found<script>": steps_done(step)}


def steps_done(step):
    return step + 1
"""


@pytest.fixture(scope="module", autouse=True)
def program(folder: Path) -> None:
    (folder / "steps.py").write_text(PROGRAM)


def _run(gate: Path, *, face: str = "service", fails: bool = False) -> str:
    params = {"steps": 3, "gate": str(gate), "fails": fails}
    awaited = "" if face == "service" else "await "
    return f'job = {awaited}{face}.run("steps.py", {params})\njob'


def _card(outputs: list[Output]) -> Output:
    return next(output for output in outputs if output.kind == "display_data" and "qf" in output.html)


def test_a_card_changes_after_its_cell_has_ended_and_while_others_run(kernel: Kernel, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    card = _card(kernel.run(_run(gate)))
    running = kernel.until(lambda output: "3 interim results" in output.html)
    assert "Actively running" in running.html
    assert (running.kind, running.cell) == ("update_display_data", card.cell)
    assert running.content["transient"] == card.content["transient"]
    assert [output.text for output in kernel.run("6 * 7") if output.kind == "execute_result"] == ["42"]
    gate.touch()
    ended = kernel.until(lambda output: "Result" in output.html)
    assert ended.cell == card.cell
    assert "Done" in ended.html
    assert "<polyline" in ended.html
    assert "<script" not in ended.html
    assert ended.text.startswith("RuntimeJob(")
    again = _card(kernel.run("job"))
    assert again.html == ended.html
    assert again.content["transient"] == card.content["transient"]
    threads = kernel.run("import threading\n[one.name for one in threading.enumerate() if 'card of job' in one.name]")
    assert [output.text for output in threads if output.kind == "execute_result"] == ["[]"]


def test_a_card_of_an_awaited_job_is_followed_by_a_task(kernel: Kernel, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    kernel.run("awaited = AsyncRuntimeService(registry=False)")
    card = _card(kernel.run(_run(gate, face="awaited")))
    assert kernel.until(lambda output: "3 interim results" in output.html).cell == card.cell
    gate.touch()
    assert "Done" in kernel.until(lambda output: "Result" in output.html).html
    result = kernel.run("await job.result()")
    assert [output.text for output in result if output.kind == "execute_result"] == ["{'found<script>': 3}"]
    kernel.run("await awaited.close()")


def test_a_card_shows_how_its_job_failed(kernel: Kernel, tmp_path: Path) -> None:
    (tmp_path / "gate").touch()
    kernel.run(_run(tmp_path / "gate", fails=True))
    ended = kernel.until(lambda output: "Traceback of the program" in output.html)
    assert "ValueError: &lt;script&gt;" in ended.html
    assert "<script" not in ended.html


def test_an_error_shows_the_cell_and_the_traceback_from_afar_and_nothing_of_this_package(
    kernel: Kernel, tmp_path: Path
) -> None:
    (tmp_path / "gate").touch()
    outputs = kernel.run(_run(tmp_path / "gate", fails=True) + ".result()")
    error = next(output for output in outputs if output.kind == "error")
    assert error.content["ename"] == "JobFailedError"
    assert "Cell" in error.text
    assert "in run" in error.text
    assert "ValueError: <script>" in error.text
    assert "_client" not in error.text
    assert "quafu_runtime/job" not in error.text


def test_the_switch_leaves_the_repr_and_card_shows_one_all_the_same(kernel: Kernel, tmp_path: Path) -> None:
    (tmp_path / "gate").touch()
    kernel.run("%env QUAFU_RUNTIME_CARDS=off")
    outputs = kernel.run(_run(tmp_path / "gate"))
    shown = next(output for output in outputs if output.kind == "execute_result")
    assert shown.text.startswith("RuntimeJob(")
    assert not shown.html
    assert _card(kernel.run("job.card()"))
    kernel.run("%env QUAFU_RUNTIME_CARDS=on")


def test_a_card_whose_job_is_gone_says_so_and_prints_nothing(kernel: Kernel) -> None:
    kernel.run("service.job('0' * 32).card()")
    lost = kernel.until(lambda output: "Not followed any more" in output.html)
    assert "not found" in lost.html
