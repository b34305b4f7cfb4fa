"""What a failure tells, and how to find its cause: again with other params, and here, under a debugger."""

import tempfile
from pathlib import Path

from quafu_runtime import JobFailedError, RuntimeService

SOURCE = '''"""Divides."""


def run(task, userpub, params):
    print("about to divide by", params["by"])
    return 1 / params["by"]
'''


def main() -> None:
    """Run it."""
    with tempfile.TemporaryDirectory() as folder, RuntimeService.local() as service:
        path = Path(folder) / "divide.py"
        path.write_text(SOURCE, encoding="utf-8")
        job = service.run(path, {"by": 0})
        try:
            job.result()
        except JobFailedError as error:
            print(error)
        print("with 4:", job.rerun(params={"by": 4}).result())
        try:
            job.reproduce()  # in this process: a debugger stops in the program's own lines
        except ZeroDivisionError as error:
            print("here too:", error)


if __name__ == "__main__":
    main()
