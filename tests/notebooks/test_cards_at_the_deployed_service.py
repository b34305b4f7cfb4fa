"""The card of a job that has ended at a service that replays nothing."""

import pytest

from tests.fakes.deployed import DONE, ERROR, TOKEN, Job, fake_service
from tests.notebooks.kernel import Kernel

JOB_ID = "c0ffee00" * 4
CELL = """\
from quafu_runtime import Account, RuntimeService
elsewhere = RuntimeService(Account({token!r}, url={url!r}), registry=False)
elsewhere.job({job_id!r})"""


@pytest.mark.parametrize(
    ("status", "result", "seen"),
    [
        (DONE, '{"energy": -1.5}', ("Done", "-1.5", "it said this")),
        (ERROR, "ValueError: no", ("Error", "ValueError: no")),
    ],
)
def test_it_shows_what_such_a_service_still_knows(
    kernel: Kernel, status: int, result: str, seen: tuple[str, ...]
) -> None:
    job = Job(JOB_ID, "0" * 32, None)
    job.status, job.result, job.logs = status, result, "it said this\n"
    job.ended.set()
    with fake_service() as service:
        service.jobs[JOB_ID] = job
        kernel.run(CELL.format(token=TOKEN, url=service.url, job_id=JOB_ID))
        kernel.until(lambda output: all(text in output.html for text in seen))
        kernel.run("elsewhere.close()")
