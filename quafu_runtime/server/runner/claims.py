"""What a service has taken up of those before it, as it tells their supervisors: the rest is nobody's any more.

A supervisor that is left has no line to the next service. What it is told stands in a file in its folder.
"""

import json
from collections.abc import Iterable
from pathlib import Path

_CLAIMS_FILE = ".claims"


def write_claims(folder: Path, attempts: Iterable[str]) -> None:
    """Tell a supervisor what was taken up.

    Args:
        folder: The supervisor's folder.
        attempts: What names the attempts that were taken up, its own or not.

    Raises:
        OSError: The file cannot be written; the folder may be gone by now, and its supervisor with it.
    """
    unfinished = folder / f"{_CLAIMS_FILE}.new"
    unfinished.write_text(json.dumps(sorted(attempts)), encoding="utf-8")
    unfinished.replace(folder / _CLAIMS_FILE)


def read_claims(folder: Path) -> frozenset[str] | None:
    """Read what was taken up; None where no service has said so yet.

    Args:
        folder: The supervisor's folder.
    """
    try:
        return frozenset(json.loads((folder / _CLAIMS_FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None
