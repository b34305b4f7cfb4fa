"""Runs a service whose waiting calls send a space more often, and says on its standard output where it is."""

import json
import sys
from pathlib import Path

from quafu_runtime.server.folder import Address
from quafu_runtime.server.service import run
from quafu_runtime.server.settings import Settings


def main() -> None:
    """Run the service until it is told to end: `served.py FOLDER SECONDS`."""
    data_dir, seconds = sys.argv[1:]

    def ready(address: Address, token: str) -> None:
        sys.stdout.write(json.dumps({"url": address.url, "token": token}) + "\n")
        sys.stdout.flush()

    run(Settings(data_dir=Path(data_dir), max_jobs=1, space_every=float(seconds)), ready)


if __name__ == "__main__":
    main()
