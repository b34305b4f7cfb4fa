"""What a service is told that asks for a sandbox, before it starts."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from quafu_runtime.server.executor.environment import job_environment
from quafu_runtime.server.runner.confinement import Confinement, Sandbox
from quafu_runtime.server.runner.landlock import FILES_FROM, version
from quafu_runtime.server.runner.twin import Twin


def tried(asked: Confinement, scratch: Path, **environment: str) -> dict[str, str]:
    """The answer of a trial, in a process of its own as it always is."""
    (scratch / ".matplotlib").mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-P", "-m", "quafu_runtime.server.runner.trial"]
    ended = subprocess.run(
        [*command, f"--scratch={scratch}", f"--confinement={asked.to_json()}"],
        env=job_environment(scratch) | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    answer: dict[str, str] = json.loads(ended.stdout)
    return answer


def test_bwrap_that_is_not_installed_is_an_error_that_says_so(tmp_path: Path) -> None:
    answer = tried(Confinement(Sandbox.BWRAP), tmp_path / "jobs", PATH=str(tmp_path))
    assert "bwrap is not installed" in answer["why"]
    assert "--sandbox auto" in answer["why"]


def test_bwrap_that_does_not_work_is_an_error_with_its_own_words(tmp_path: Path) -> None:
    fake = tmp_path / "bwrap"
    fake.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n", encoding="utf-8")
    fake.chmod(0o755)
    answer = tried(Confinement(Sandbox.BWRAP), tmp_path / "jobs", PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert "bwrap does not work here: bwrap: No permissions to create new namespace." in answer["why"]


def test_auto_takes_landlock_where_bwrap_is_missing(tmp_path: Path) -> None:
    answer = tried(Confinement(Sandbox.AUTO), tmp_path / "jobs", PATH=str(tmp_path))
    if version() >= FILES_FROM:
        assert Confinement.from_json(answer["confinement"]).sandbox is Sandbox.LANDLOCK
    else:
        assert "bwrap is not installed" in answer["why"]
        assert "needs Linux 6.2" in answer["why"]
        assert "keeps programs from accidents only" in answer["why"]


def test_auto_prefers_bwrap(tmp_path: Path) -> None:
    answer = tried(Confinement(Sandbox.AUTO), tmp_path / "jobs")
    works = "confinement" in tried(Confinement(Sandbox.BWRAP), tmp_path / "jobs")
    found = Confinement.from_json(answer["confinement"]).sandbox if "confinement" in answer else None
    assert (found is Sandbox.BWRAP) is works
    assert shutil.which("bwrap") is not None or not works


@pytest.mark.parametrize("sandbox", [Sandbox.LANDLOCK, Sandbox.BWRAP])
def test_a_sandbox_that_would_show_the_data_folder_is_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    answer = tried(Confinement(sandbox), tmp_path / "jobs", PYTHONPATH=str(tmp_path))
    assert f"Python imports from {tmp_path}" in answer["why"]
    assert "--data-dir" in answer["why"]


def test_what_is_no_sandbox_is_left_as_it_is(tmp_path: Path) -> None:
    asked = Confinement(Sandbox.SCOPE, network=False)
    answer = tried(asked, tmp_path / "jobs")
    assert answer.get("confinement") == asked.to_json() or "network namespace" in answer["why"]


def test_the_end_by_a_signal_is_told_from_what_a_box_says() -> None:
    inside = Twin(1, None, 0, 0, Path("/nowhere"))  # type: ignore[arg-type] # it says nothing here
    outside = Twin(1, None, 0, 0)  # type: ignore[arg-type] # the same
    assert [inside.status_of(code << 8) for code in (0, 7, 121, 139)] == [0, 7 << 8, 121 << 8, 11]
    assert [outside.status_of(status) for status in (7 << 8, 139 << 8, 11)] == [7 << 8, 139 << 8, 11]
