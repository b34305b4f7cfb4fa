"""Which process a runner is: an id that was used again is not mistaken for it."""

import os
import subprocess

from quafu_runtime.server.runner.identity import identity_of, open_identified
from tests.service_speaker import open_descriptors


def test_a_process_is_found_by_its_identity() -> None:
    process = open_identified(identity_of(os.getpid()))
    assert process is not None
    os.close(process)


def test_another_process_with_the_same_id_is_not_taken_for_it() -> None:
    identity = identity_of(os.getpid())
    before = open_descriptors()
    assert open_identified({**identity, "started": identity["started"] - 1}) is None
    assert open_identified({**identity, "boot": "another"}) is None
    assert open_descriptors() == before


def test_a_process_that_has_ended_or_is_not_known_is_not_found() -> None:
    with subprocess.Popen(["sleep", "60"]) as process:
        identity = identity_of(process.pid)
        process.kill()
    assert open_identified(identity) is None
    assert open_identified({**identity, "pid": 2**40}) is None
    assert open_identified(None) is None
