"""Where a browser is: Chromium or Chrome of this machine, or the one that playwright has fetched."""

import shutil
from pathlib import Path

from playwright.sync_api import Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ADVICE = (
    "There is no browser for the tests of the notebooks. Run `python tests/browser/install.py`, or install Chromium."
)


def on_path() -> str | None:
    """The machine's own, or None."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


def found(playwright: Playwright) -> str:
    """The browser to start.

    Raises:
        FileNotFoundError: There is none.
    """
    own = playwright.chromium.executable_path
    path = on_path() or (own if Path(own).exists() else None)
    if path is None:
        raise FileNotFoundError(ADVICE)
    return path
