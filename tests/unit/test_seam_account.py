"""The home of a job: its own account file, without a real token, whatever the home of the importer was."""

import os
import random
from pathlib import Path

import numpy as np
import pytest
from quafu import User

from quafu_runtime.server.runner import quafu_seam
from quafu_runtime.server.runner.quafu_seam.account import write_account
from tests.unit.seam_child import Job, in_job


def _user(job: Job) -> object:
    user = User()
    return [user.api_token, user.token_dir == f"{job.home}/.quafu/", os.environ["HOME"] == str(job.home)]


def test_a_program_finds_the_account_of_its_job_and_not_that_of_the_process_that_imported_pyquafu() -> None:
    assert in_job(_user).value == ["local-runtime", True, True]


def _saved(job: Job) -> object:
    User(api_token="of the program").save_apitoken()
    return [User().api_token, (job.home / ".quafu" / "api").stat().st_mode & 0o777]


def test_a_token_that_a_program_saves_stays_in_the_jobs_home() -> None:
    assert in_job(_saved).value == ["of the program", 0o600]


def test_the_account_file_is_its_owners_alone(tmp_path: Path) -> None:
    write_account(tmp_path)
    write_account(tmp_path)
    assert (tmp_path / ".quafu").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / ".quafu" / "api").stat().st_mode & 0o777 == 0o600


def test_another_account_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / ".quafu" / "api"
    path.parent.mkdir()
    path.write_text("a real token\nhttps://quafu.baqis.ac.cn/\n", encoding="utf-8")
    with pytest.raises(FileExistsError):
        write_account(tmp_path)
    assert path.read_text(encoding="utf-8").startswith("a real token")


def _again(job: Job) -> object:
    return quafu_seam.install(seed=1, backend=None, home=job.home, log=job.log.append)


def test_a_process_has_one_job() -> None:
    assert in_job(_again).error == "AlreadyInstalledError"


def _state(_job: Job) -> object:
    return [random.getrandbits(64), int(np.random.randint(2**32))]  # noqa: NPY002 - the global one that programs use


def test_jobs_that_are_forked_from_one_process_start_with_other_random_states() -> None:
    assert in_job(_state, seed=1).value != in_job(_state, seed=2).value
