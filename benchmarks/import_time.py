"""How much longer `import quafu_runtime` takes than Python's own start: the ratio of the fastest of many starts."""

import subprocess
import sys
import time

ROUNDS = 40
"""Enough for the fastest start not to have been disturbed."""

STATEMENTS = {
    "an empty interpreter": "pass",
    "import quafu_runtime": "import quafu_runtime",
    "import typing": "import typing",
    "import quafu_runtime.codec": "import quafu_runtime.codec",
    "from quafu_runtime import Account": "from quafu_runtime import Account",
    "from quafu_runtime import RuntimeService": "from quafu_runtime import RuntimeService",
}


def seconds(statement: str) -> float:
    """Seconds that a fresh interpreter takes for a statement."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)
    return time.perf_counter() - began


def main() -> None:
    """Print a row for each statement."""
    fastest = dict.fromkeys(STATEMENTS, float("inf"))
    for _ in range(ROUNDS):  # in turns, so that a busy moment hits all alike
        for name, statement in STATEMENTS.items():
            fastest[name] = min(fastest[name], seconds(statement))
    empty = fastest["an empty interpreter"]
    for name, least in fastest.items():
        print(f"{name:42} {least / empty:5.2f} times an empty interpreter")


if __name__ == "__main__":
    main()
