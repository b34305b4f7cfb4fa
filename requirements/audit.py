"""Look the locked packages up in the list of what is known to be broken, and say plainly where that cannot be done.

Exits with 0 where every package was looked up and nothing is known of it, with 1 where something is known, and with 2
where a package could not be looked up: what was not asked is not in order.
"""  # noqa: INP001 - a script

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

IN_ORDER, BROKEN, UNKNOWN = 0, 1, 2
TIMEOUT = 600.0
"""Seconds for one lock file."""


def main(locks: list[str]) -> int:
    """Audit some lock files.

    Args:
        locks: Their paths.

    Returns:
        The exit code, that of the worst.
    """
    codes = [told(lock, findings(asked(lock))) for lock in locks]
    return max(codes, key=[IN_ORDER, UNKNOWN, BROKEN].index, default=UNKNOWN)


def asked(lock: str) -> list[dict[str, Any]] | None:
    """What pip-audit says of each package, or None where it says nothing."""
    command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes", "--requirement", lock]
    options = ["--format", "json", "--progress-spinner", "off"]
    try:
        ended = subprocess.run(  # noqa: S603 - a command of ours
            [*command, *options], capture_output=True, text=True, timeout=TIMEOUT, check=False
        )
        packages: list[dict[str, Any]] = json.loads(ended.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError, KeyError):
        return None
    return packages


def findings(packages: list[dict[str, Any]] | None) -> tuple[int, str]:
    """The exit code for what was said of the packages, and what to tell.

    Args:
        packages: What pip-audit says of each, or None.
    """
    if not packages:
        return UNKNOWN, "NOT AUDITED: the list of what is known to be broken cannot be reached from here."
    broken = [
        f"{package['name']} {package['version']}: {found['id']}, mended in {', '.join(found['fix_versions']) or 'none'}"
        for package in packages
        for found in package.get("vulns", [])
    ]
    if broken:
        return BROKEN, "\n  ".join(["known to be broken:", *broken])
    passed = [package["name"] for package in packages if "skip_reason" in package]
    if passed:
        told_of = ", ".join(passed[:5]) + (f" and {len(passed) - 5} more" if len(passed) > 5 else "")  # noqa: PLR2004
        return UNKNOWN, f"NOT AUDITED: {len(passed)} of {len(packages)} packages could not be looked up ({told_of})."
    return IN_ORDER, f"all {len(packages)} packages were looked up, and nothing is known of them."


def told(lock: str, found: tuple[int, str]) -> int:
    """Tell of one lock file."""
    code, text = found
    sys.stdout.write(f"{Path(lock).name}: {text}\n")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
