"""Fetch bubblewrap for the tests of the sandboxes: `python tests/faults/sandbox/install.py`.

Where this does not run as root on Debian or a system like it, the machine is left as it is. A service that is asked for
the sandbox `bwrap` then says what is missing, and that is what the tests look at.
"""

import os
import shutil
import subprocess
import sys

COMMANDS = (
    ("apt-get", "update", "--quiet"),
    ("apt-get", "install", "--quiet", "--yes", "--no-install-recommends", "bubblewrap"),
)


def main() -> int:
    """Fetch it where that is possible, and say what went wrong."""
    if shutil.which("bwrap") or os.geteuid() != 0 or shutil.which("apt-get") is None:
        return 0
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in COMMANDS:
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if ended.returncode != 0:
            sys.stderr.write(f"{' '.join(command)}:\n{ended.stdout}{ended.stderr}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
