"""Where no browser is, the tests say what to do."""

from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.find import found


def test_where_no_browser_is_it_is_said_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    with sync_playwright() as playwright:
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(FileNotFoundError, match=r"tests/browser/install\.py"):
            found(playwright)


def test_the_machines_own_browser_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "chromium"
    own.write_text("")
    own.chmod(0o700)
    with sync_playwright() as playwright:
        monkeypatch.setenv("PATH", str(tmp_path))
        assert found(playwright) == str(own)
