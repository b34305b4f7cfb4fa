"""Fetch a browser for the tests of the notebooks, where the machine has none: `python tests/browser/install.py`."""

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.browser.find import on_path


def main() -> int:
    """Fetch it, and say how that ended."""
    if on_path():
        return 0
    command = [sys.executable, "-m", "playwright", "install", "--only-shell", "chromium"]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
