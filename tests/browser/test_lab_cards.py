"""The card of a job in a real JupyterLab, in a real browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from quafu_runtime import LocalRuntime
from tests.browser.lab import DEADLINE, NOTIFICATIONS, Lab, Notebook, browser_page, lab_server

NAME = "live.ipynb"
PROGRAM = '''\
"""Goes a step down for each file that it finds."""

import json
import math
import time
from pathlib import Path


def run(task, userpub, params):
    for step in range(params["steps"] + 1):
        while not Path(params["gate"], str(step)).exists():
            time.sleep(0.02)
        energy = -1.8512 + 1.1 * math.exp(-step / 5) * math.cos(step / 2)
        userpub.publish(json.dumps({"step": step, "energy": energy}).encode())
        print(f"step {step:2d}  energy {energy:.6f}  <script>alert(1)</script>")
    return {"energy": energy, "ground_energy": -1.8512}
'''
STEPS = 20
RUN = """\
from quafu_runtime import RuntimeService

service = RuntimeService(registry=False)
job = service.run("descent.py", {{"steps": {steps}, "gate": {gate!r}}})
job"""


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gate")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, gate: Path) -> Iterator[Lab]:
    with LocalRuntime() as runtime:
        known = runtime.account.credentials()
        environment = {
            "QUAFU_RUNTIME_API_TOKEN": known.token,
            "QUAFU_RUNTIME_URL": known.url,
            "QUAFU_RUNTIME_WS_URL": known.ws_url,
        }
        with lab_server(tmp_path_factory.mktemp("lab"), environment) as lab:
            lab.set("notification", NOTIFICATIONS)
            (lab.folder / "descent.py").write_text(PROGRAM)
            lab.write(NAME, RUN.format(steps=STEPS, gate=str(gate)), "6 * 7")
            yield lab


@pytest.fixture
def page() -> Iterator[Page]:
    expect.set_options(timeout=DEADLINE * 1000)
    with sync_playwright() as playwright, browser_page(playwright) as page:
        yield page


def _open(gate: Path, first: int, last: int) -> None:
    for step in range(first, last + 1):
        (gate / str(step)).touch()


def _points(notebook: Notebook) -> int:
    drawn = notebook.cell(0).locator("polyline").get_attribute("points")
    return len((drawn or "").split())


def test_a_card_changes_while_another_cell_runs_and_stays_when_the_notebook_is_opened_again(
    lab: Lab, page: Page, gate: Path, tmp_path: Path
) -> None:
    notebook = Notebook.opened(page, lab, NAME)
    notebook.run(0)
    notebook.run(1)
    expect(notebook.cell(1).locator(".jp-OutputArea-output")).to_have_text("42")
    card = notebook.cell(0).locator(".qf")
    expect(card).to_contain_text("Actively running")
    _open(gate, 0, 7)
    expect(card).to_contain_text("step 7 of 20")
    assert _points(notebook) == 8
    notebook.cell(0).screenshot(path=tmp_path / "running.png")
    _open(gate, 8, STEPS)
    expect(card).to_contain_text("Done")
    expect(card).to_contain_text("ground_energy")
    assert _points(notebook) == STEPS + 1
    assert card.locator("script").count() == 0
    expect(card).to_contain_text("<script>alert(1)</script>")
    page.screenshot(path=tmp_path / "light.png")
    notebook.save()

    lab.set("themes", {"theme": "JupyterLab Dark"})
    again = Notebook.opened(page, lab, NAME)
    expect(page.locator("body")).to_have_attribute("data-jp-theme-light", "false")
    expect(again.cell(0).locator(".qf")).to_contain_text("ground_energy")
    assert _points(again) == STEPS + 1
    page.screenshot(path=tmp_path / "dark.png")
