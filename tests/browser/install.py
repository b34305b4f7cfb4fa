"""Fetch a browser for the tests of the notebooks, where the machine has none: `python tests/browser/install.py`.

Where this runs as root on Debian or a system like it, that is the system's own Chromium; elsewhere the one that
playwright knows.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.browser.find import on_path

FROM_THE_SYSTEM = (
    ("apt-get", "update", "--quiet"),
    ("apt-get", "install", "--quiet", "--yes", "--no-install-recommends", "chromium"),
)
FROM_PLAYWRIGHT = (sys.executable, "-m", "playwright", "install", "--only-shell", "chromium")


def main() -> int:
    """Fetch it, and say how that ended."""
    if on_path():
        return 0
    if os.geteuid() == 0 and shutil.which("apt-get") and all(map(_succeeds, FROM_THE_SYSTEM)) and on_path():
        return 0
    return 0 if _succeeds(FROM_PLAYWRIGHT) else 1


def _succeeds(command: tuple[str, ...]) -> bool:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        sys.stderr.write(f"{' '.join(command)}:\n{ended.stdout}{ended.stderr}\n")
    return ended.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
