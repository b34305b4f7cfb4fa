"""`python -m quafu_runtime.server.runner.boxed`: a program's process in a box.

It imports what other programs' processes are forked with, and is from then on as they are.
"""

import argparse
import socket

from quafu_runtime.server.runner import box, quafu_seam
from quafu_runtime.server.runner.confinement import Confinement
from quafu_runtime.server.runner.program import live_as_program

_STDOUT = 1


def main() -> None:
    """Get warm, and wait for work."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--channel", type=int, required=True, help="the program's end of the event channel")
    parser.add_argument("--crash", type=int, required=True, help="the file for what faulthandler writes")
    parser.add_argument("--confinement", type=Confinement.from_json, required=True, help="what the program is held to")
    arguments = parser.parse_args()
    channel = socket.socket(fileno=arguments.channel)
    channel.sendall(box.UP)
    quafu_seam.warm()
    live_as_program(channel, _STDOUT, arguments.crash, runner=None, confinement=arguments.confinement)


if __name__ == "__main__":
    main()
