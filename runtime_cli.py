"""The deployed client's command line, for scripts that call it: a thin front of `quafu_runtime`.

`quafu-runtime` does more, and does it better.
"""

import argparse
import sys
import time
from collections.abc import Callable

from quafu_runtime import Account, RuntimeService
from quafu_runtime.codec import encode
from quafu_runtime.errors import JobError, QuafuRuntimeError
from quafu_runtime.programs import format_programs

MOST_LISTED = 20
FAILED = 1
USAGE = 2


def run_get_programs(service: RuntimeService, _: argparse.Namespace) -> None:
    """List the programs."""
    service.list_programs(limit=MOST_LISTED)


def run_job_sync(service: RuntimeService, options: argparse.Namespace) -> None:
    """Run a program, wait for it, and print its id, its time, its result and its logs."""
    started = time.monotonic()
    job = service.run(name=options.program_name)
    print(f"job_id: {job.job_id()}")
    try:
        result = job.result()
    except JobError:
        print(f"logs: {job.logs()}")
        raise
    print(f"time: {time.monotonic() - started:.3f} s")
    print(f"result: {encode(result).text}")
    print(f"logs: {job.logs()}")


def run_update_program(service: RuntimeService, options: argparse.Namespace) -> None:
    """Send a new text, and a new description where one is given, and print the updated program."""
    updated = service.update_program(
        options.program_id, data=options.program_path, description=options.program_description
    )
    print(format_programs([updated], detailed=True))


def run_upload(service: RuntimeService, options: argparse.Namespace) -> None:
    """Upload a program and print its id."""
    metadata = {"name": options.program_name}
    if options.program_description is not None:
        metadata["description"] = options.program_description
    print(f"program_id: {service.upload_program(data=options.program_path, metadata=metadata)}")


Method = Callable[[RuntimeService, argparse.Namespace], None]

METHODS: dict[str, tuple[Method, tuple[str, ...]]] = {
    "run_get_programs": (run_get_programs, ()),
    "run_job_sync": (run_job_sync, ("program_name",)),
    "run_update_program": (run_update_program, ("program_id", "program_path")),
    "run_upload": (run_upload, ("program_name", "program_path")),
}


def read_options(arguments: list[str] | None) -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(description="Upload, list, run and update programs of the Quafu Runtime.")
    parser.add_argument("--show-methods", action="store_true", help="list the methods that --run takes")
    parser.add_argument("--run", metavar="METHOD", help="the method to run")
    parser.add_argument("--program-name", metavar="NAME")
    parser.add_argument("--program-path", metavar="PATH")
    parser.add_argument("--program-id", metavar="ID")
    parser.add_argument("--program-description", metavar="TEXT")
    parser.add_argument(
        "--api-token",
        metavar="TOKEN",
        help="others on this machine can read it while this runs: a saved account or QUAFU_RUNTIME_API_TOKEN is safer",
    )
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Run one method.

    Returns:
        The exit code: 0, 1 where an option is missing or the service or the job failed, 2 for an unknown method.
    """
    options = read_options(arguments)
    if options.show_methods:
        print("Available runtime methods:", *(f" - {name}" for name in METHODS), sep="\n")
        return 0
    if options.run is None:
        print("No run method provided. Use --run argument to specify the method to run.")
        return 0
    if options.run not in METHODS:
        print(f"Invalid run method: {options.run}")
        return USAGE
    method, needed = METHODS[options.run]
    if missing := [name for name in needed if getattr(options, name) is None]:
        print(f"{','.join(missing)} must be set!")
        return FAILED
    return call(method, options)


def call(method: Method, options: argparse.Namespace) -> int:
    """Run a method with the given token, else with the saved account or the environment."""
    try:
        with RuntimeService(Account(options.api_token)) as service:
            method(service, options)
    except QuafuRuntimeError as error:
        print(f"Error: {error}", file=sys.stderr)
        return FAILED
    return 0


if __name__ == "__main__":
    sys.exit(main())
