"""`python -m quafu_runtime.server`: runs a service for whoever started this process.

Nothing is printed: the address goes to the descriptor of `--ready-fd`, what is wrong to standard error.
"""

import argparse
import json
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from alembic.util import CommandError
from sqlalchemy.exc import SQLAlchemyError

from quafu_runtime.errors import QuafuRuntimeError
from quafu_runtime.server.executor import LaunchError
from quafu_runtime.server.folder import Address, FolderInUseError
from quafu_runtime.server.runner.confinement import Confinement
from quafu_runtime.server.seams import Seams
from quafu_runtime.server.service import run
from quafu_runtime.server.settings import ALREADY_RUNNING, LOOPBACK, Settings, default_data_dir, limits_of, usable_cores

LOCAL_PROFILE = "local"
"""The profile under which `serve` saves how its own service is reached."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a service until it is told to end.

    Returns:
        The exit code: 0, or 1 where it cannot run, or 3 where another service holds the data folder.
    """
    options = _options(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    settings = Settings(
        confinement=options.confinement,
        data_dir=options.data_dir,
        host=options.host,
        port=options.port,
        max_jobs=options.max_jobs,
        delete_data_dir=options.delete_data_dir,
        max_jobs_per_user=options.max_jobs_per_user,
        min_free_memory=options.min_free_memory,
        limits=limits_of(options.limit),
        allow_hosts=options.allow_host,
        tls_cert=options.tls_cert,
        tls_key=options.tls_key,
    )

    def ready(address: Address, token: str) -> None:
        if options.save_profile:
            save_profile(address, token)
        if options.ready_fd is not None:
            line = json.dumps({"url": address.url, "ws_url": address.ws_url}) + "\n"
            os.write(options.ready_fd, line.encode())
            os.close(options.ready_fd)

    return serve_until_told(settings, ready, options.lifeline_fd)


def serve_until_told(
    settings: Settings,
    on_ready: Callable[[Address, str], None],
    lifeline: int | None = None,
    *,
    seams: Seams | None = None,
) -> int:
    """Run a service until it is told to end, and say on standard error why it cannot run.

    Args:
        settings: What it is started with.
        on_ready: Called once when it can be reached, with its address and its owner's token.
        lifeline: A descriptor whose end is the end of the service.
        seams: Parts that somebody else puts in.

    Returns:
        The exit code: 0, or 1 where it cannot run, or 3 where another service holds the data folder.
    """
    try:
        run(settings, on_ready, lifeline, seams=seams)
    except FolderInUseError as error:
        return _fail(str(error), ALREADY_RUNNING)
    except (OSError, LaunchError, SQLAlchemyError, CommandError, QuafuRuntimeError) as error:
        return _fail(f"The runtime service cannot run: {error}", 1)
    return 0


def save_profile(address: Address, token: str) -> None:
    """Save how the service is reached, with its owner's token, as the profile `local`.

    Raises:
        AccountError: The account file cannot be written.
    """
    from quafu_runtime.account import Account

    Account(token, url=address.url, ws_url=address.ws_url, profile=LOCAL_PROFILE).save()


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m quafu_runtime.server", description="Run a runtime service.")
    parser.add_argument("--data-dir", type=Path, default=default_data_dir(), help="the folder of all that is kept")
    parser.add_argument("--host", default=LOOPBACK, help="the address to listen at")
    parser.add_argument("--port", type=int, default=0, help="the port to listen at; 0 lets the system choose")
    parser.add_argument(
        "--max-jobs", type=_positive, default=usable_cores(), help="how many jobs run at once, of all users"
    )
    parser.add_argument("--max-jobs-per-user", type=_positive, help="how many of them are one user's")
    parser.add_argument("--min-free-memory", type=int, help="bytes to be free when another job starts")
    parser.add_argument("--limit", action="append", default=[], metavar="NAME=NUMBER", help="a limit for callers")
    parser.add_argument("--allow-host", action="append", default=[], help="another name that callers use")
    parser.add_argument("--tls-cert", type=Path, help="the certificate to show, in PEM")
    parser.add_argument("--tls-key", type=Path, help="its private key, in PEM")
    parser.add_argument(
        "--confinement", type=Confinement.from_json, default=Confinement(), help="what programs are held to, as JSON"
    )
    parser.add_argument("--ready-fd", type=int, help="a descriptor that gets one line of JSON when the service is up")
    parser.add_argument("--lifeline-fd", type=int, help="a descriptor whose end is the end of the service")
    parser.add_argument("--save-profile", action="store_true", help="save the address as the profile `local`")
    parser.add_argument("--delete-data-dir", action="store_true", help="delete the data folder at the end")
    return parser.parse_args(arguments)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        message = f"it is the number of jobs that run at once, at least 1, not {text}"
        raise argparse.ArgumentTypeError(message)
    return number


def _fail(message: str, code: int) -> int:
    sys.stderr.write(message + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
