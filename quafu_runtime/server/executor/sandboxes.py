"""Settles, when an executor starts, which sandbox its programs are in."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from quafu_runtime.server.executor.protocol import LaunchError
from quafu_runtime.server.runner.confinement import Confinement, Sandbox

_TRIAL = "quafu_runtime.server.runner.trial"

TRIAL_PATIENCE = 60.0
"""Seconds for a trial, which takes a fraction of one."""


async def settle(confinement: Confinement, scratch: Path, environment: Mapping[str, str]) -> Confinement:
    """Find out, by trying, which sandbox there is.

    Args:
        confinement: What is asked for.
        scratch: The folder of all jobs.
        environment: That of the processes of jobs.

    Returns:
        The same, with a sandbox that works.

    Raises:
        LaunchError: None works, or not the one that was asked for.
    """
    if confinement.network and confinement.sandbox in (Sandbox.SCOPE, Sandbox.OFF):
        return confinement
    command = [sys.executable, "-P", "-m", _TRIAL, f"--scratch={scratch}", f"--confinement={confinement.to_json()}"]
    try:
        answer = await asyncio.to_thread(_run, command, dict(environment))
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        message = f"The sandbox cannot be tried: {error}"
        raise LaunchError(message) from error
    if "why" in answer:
        message = f"Programs cannot be kept in a sandbox as asked: {answer['why']}"
        raise LaunchError(message)
    return Confinement.from_json(answer["confinement"])


def _run(command: list[str], environment: dict[str, str]) -> dict[str, str]:
    ended = subprocess.run(  # noqa: S603 - a command of our own
        command,
        env=environment,
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=TRIAL_PATIENCE,
    )
    if ended.returncode != 0:
        return {"why": ended.stderr.decode(errors="replace").strip()}
    answer: dict[str, str] = json.loads(ended.stdout)
    return answer
