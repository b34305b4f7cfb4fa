"""A real JupyterLab on this machine, with folders of its own, and a notebook in a real browser."""

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen
from playwright.sync_api import Locator, Page, Playwright, ViewportSize, expect

from tests.browser.find import found

DEADLINE = 60.0
SIZE: ViewportSize = {"width": 900, "height": 1000}
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
SERVER = {
    "ServerApp": {
        "ip": "127.0.0.1",
        "port": 0,
        "open_browser": False,
        "allow_root": True,
        "jpserver_extensions": {"jupyter_lsp": False, "jupyter_server_terminals": False, "notebook_shim": False},
    },
    "LabApp": {
        "expose_app_in_browser": True,
        "news_url": None,
        "check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        "extension_manager": "readonly",
    },
}
CONNECTED = """\
() => {
  const context = window.jupyterapp.shell.currentWidget?.sessionContext;
  const kernel = context?.session?.kernel;
  return context?.isReady && kernel?.connectionStatus === "connected" && kernel.status === "idle";
}"""
NOT_RUN: dict[str, object] = {"execution_count": None, "outputs": []}
NOTIFICATIONS = {"fetchNews": "false", "checkForUpdates": False}


@frozen
class Lab:
    """A running JupyterLab.

    Attributes:
        folder: Where its notebooks are.
        settings: Where its settings are.
        url: Its address.
        token: What it wants to see.
    """

    folder: Path
    settings: Path
    url: str
    token: str

    def set(self, plugin: str, values: Mapping[str, object]) -> None:
        """Write a plugin's settings."""
        path = self.settings / "@jupyterlab" / "apputils-extension" / f"{plugin}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))

    def write(self, name: str, *cells: str) -> None:
        """Write a notebook of these cells."""
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        written: list[dict[str, object]] = [
            {"cell_type": "code", "id": f"cell{number}", "source": cell, "metadata": {}, **NOT_RUN}
            for number, cell in enumerate(cells)
        ]
        notebook = {"cells": written, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
        (self.folder / name).write_text(json.dumps(notebook))


@contextmanager
def lab_server(root: Path, environment: Mapping[str, str]) -> Iterator[Lab]:
    """Start JupyterLab, and end it with all its kernels.

    Args:
        root: The folder for all its files.
        environment: What its kernels find in the environment.
    """
    folders = {name: root / name for name in ("config", "data", "runtime", "ipython", "settings", "workspaces", "work")}
    for folder in folders.values():
        folder.mkdir()
    (folders["config"] / "jupyter_server_config.json").write_text(json.dumps(SERVER))
    token = secrets.token_hex(16)
    with (root / "lab.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab"],
            cwd=folders["work"],
            env={**os.environ, **environment, **_places(folders), "JUPYTER_TOKEN": token},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield Lab(folders["work"], folders["settings"], _address(process, folders["runtime"]), token)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(DEADLINE)
        except subprocess.TimeoutExpired:  # a busy machine; its kernels end with it
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(DEADLINE)


class Notebook:
    """An open notebook."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @classmethod
    def opened(cls, page: Page, lab: Lab, name: str) -> "Notebook":
        """Open it, and wait until its kernel can be asked."""
        page.goto(f"{lab.url}lab/tree/{name}?token={lab.token}")
        expect(page.locator(".jp-Notebook .jp-CodeCell").first).to_be_visible()
        page.wait_for_function(CONNECTED)  # before that, JupyterLab drops what is run
        return cls(page)

    def cell(self, number: int) -> Locator:
        """A cell, counted from 0."""
        return self.page.locator(".jp-Notebook .jp-CodeCell").nth(number)

    def run(self, number: int) -> None:
        """Run a cell; returns at once."""
        self.cell(number).locator(".cm-content").click()
        self.page.keyboard.press("Shift+Enter")

    def save(self) -> None:
        """Save it."""
        with self.page.expect_response(lambda response: response.request.method == "PUT"):
            self.page.keyboard.press("Control+s")


@contextmanager
def browser_page(playwright: Playwright) -> Iterator[Page]:
    """A page of a headless browser."""
    browser = playwright.chromium.launch(executable_path=found(playwright), args=list(FLAGS))
    try:
        page = browser.new_page(viewport=SIZE)
        page.set_default_timeout(DEADLINE * 1000)
        yield page
    finally:
        browser.close()


def _places(folders: Mapping[str, Path]) -> dict[str, str]:
    names = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "IPYTHONDIR": "ipython",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
    }
    return {variable: str(folders[name]) for variable, name in names.items()}


def _address(process: "subprocess.Popen[bytes]", runtime: Path) -> str:
    """Where it answers: it writes that down once it does."""
    announced = runtime / f"jpserver-{process.pid}.json"
    ends_at = time.monotonic() + DEADLINE
    while not announced.exists() or not announced.read_text():
        assert process.poll() is None, "JupyterLab ended"
        assert time.monotonic() < ends_at, "JupyterLab does not come up"
        time.sleep(0.05)
    return str(json.loads(announced.read_text())["url"])
