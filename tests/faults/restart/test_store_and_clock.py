"""A store that refuses and a clock that jumps, while jobs run."""

import signal
import threading
import time

from quafu_runtime.server.engine import WATCH_INTERVAL
from tests.faults.restart.world import World
from tests.service_speaker import eventually

A_LOOK = 4 * WATCH_INTERVAL
"""Seconds in which the engine looks at its runners, and has taken in what they have said."""


def test_a_full_disk_loses_no_job_and_no_event(world: World) -> None:
    world.lease = 3.0
    with world.serve() as speaker:
        running, waiting = world.tickers(speaker, "running"), world.tickers(speaker, "waiting")
        running.wait()
        # What the runner says is refused for longer than the lease, and a loss would not be.
        world.order("refuse", "report")
        began = time.monotonic()
        eventually(lambda: time.monotonic() > began + 1.5 * world.lease and world.refused("report") > world.lease)
        assert speaker.status(running.job_id) == 1
        world.order("refuse", "all")
        running.finish()
        running.wait_for_end()
        assert speaker.status(running.job_id) == 1
        world.order("refuse", "")
        running.check_done(speaker)
        waiting.wait()
        waiting.finish()
        waiting.check_done(speaker)


def test_a_job_that_could_not_be_claimed_runs_nothing_until_it_can(world: World) -> None:
    with world.serve() as speaker:
        world.order("refuse", "claim")
        ticker = world.tickers(speaker, "job")
        eventually(lambda: world.refused("claim") > 1)
        assert (speaker.status(ticker.job_id), ticker.runs) == (0, [])
        world.order("refuse", "")
        ticker.finish()
        ticker.check_done(speaker)


def test_what_is_lost_on_a_full_disk_is_told_when_there_is_room(world: World) -> None:
    with world.serve() as speaker:
        ticker = world.tickers(speaker, "job")
        ticker.wait()
        world.order("refuse", "all")
        world.kill_runner(ticker)
        eventually(lambda: world.refused("lose") > 0)
        assert speaker.status(ticker.job_id) == 1
        world.order("refuse", "")
        ticker.check_lost(speaker, "its runner was killed by SIGKILL")


def test_a_clock_that_jumps_loses_no_job_and_ends_none(world: World) -> None:
    with world.serve() as speaker:
        ticker = world.tickers(speaker, "job")
        ticker.wait()
        for ahead in (3600, -3600):
            world.kill_runner(ticker, signal.SIGSTOP)  # so that its next word does not make good for the jump
            _let_pass(A_LOOK)
            world.order("ahead", str(ahead))
            _let_pass(A_LOOK)
            assert speaker.status(ticker.job_id) == 1
            world.kill_runner(ticker, signal.SIGCONT)
            ticker.wait()
        ticker.finish()
        ticker.check_done(speaker)


def test_a_service_that_was_stopped_for_longer_than_the_lease_loses_no_job(world: World) -> None:
    world.lease = 4.0
    with world.serve() as speaker:
        ticker = world.tickers(speaker, "job")
        ticker.wait()
        # Both, as when a machine sleeps: nothing that the runner has said waits for the service.
        world.kill_runner(ticker, signal.SIGSTOP)
        _let_pass(A_LOOK)
        world.service.process.send_signal(signal.SIGSTOP)
        _let_pass(world.lease)
        world.service.process.send_signal(signal.SIGCONT)
        _let_pass(A_LOOK)
        assert speaker.status(ticker.job_id) == 1
        world.kill_runner(ticker, signal.SIGCONT)
        ticker.wait()
        ticker.finish()
        ticker.check_done(speaker)


def _let_pass(seconds: float) -> None:
    """Let time pass: what must not happen in it can be waited for in no other way."""
    threading.Event().wait(seconds)
