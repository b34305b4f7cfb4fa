"""One call of the client for each operation."""

from collections.abc import Callable
from typing import Any

ID = "0123456789abcdef0123456789abcdef"

CALLS: dict[str, Callable[[Any], Any]] = {
    "programs_upload": lambda client: client.upload_program(
        "def run(task, userpub, params):\n    return params\n", {"name": "hello"}
    ),
    "programs": lambda client: client.programs(refresh=True),
    "program": lambda client: client.program(ID, refresh=True),
    "programs_run_deploy": lambda client: client.run(ID, {"a": 1}),
    "get_result_nowait": lambda client: client.job(ID).result(wait=False),
    "job_status": lambda client: client.job(ID).status(),
    "job_logs": lambda client: client.job(ID).logs(),
    "job_cancel": lambda client: client.job(ID).cancel(),
    "job_delete": lambda client: client.job(ID).delete(),
}
