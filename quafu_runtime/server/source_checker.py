"""The process that checks sources for the service, and may be killed at any moment.

A source can be such that Python's compiler takes gigabytes or minutes, and holds the interpreter's lock all the while.
Here that stops nobody. Each line of standard input is a source as JSON; each line of standard output is the verdict.
"""

import json
import resource
import sys

from quafu_runtime.check import check_source
from quafu_runtime.server.runner.linux import die_with, is_supported

MOST_MEMORY = 2 * 1024**3
"""Bytes of addresses: a source of the largest size that is no riddle takes half of it."""

MOST_NAMED = 10
"""Errors that a verdict names: it is a message for people."""


def main() -> None:
    """Check what comes in, until nothing more does. The argument is the number of the service's process."""
    if is_supported():
        die_with(int(sys.argv[1]))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for line in sys.stdin.buffer:
        asked = json.loads(line)
        verdict = verdict_on(asked["source"], asked["name"])
        sys.stdout.write(json.dumps(verdict) + "\n")
        sys.stdout.flush()


def verdict_on(source: str, name: str) -> str | None:
    """What is wrong with a source, or None where it can be run."""
    errors = check_source(source, name).errors
    named = [str(error) for error in errors[:MOST_NAMED]]
    if len(errors) > len(named):
        named.append(f"and {len(errors) - len(named)} more")
    return "; ".join(named) or None


if __name__ == "__main__":
    main()
