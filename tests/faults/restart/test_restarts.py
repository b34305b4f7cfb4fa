"""A service that ends while jobs run: they go on, and the next one takes them up."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest
from websockets.exceptions import ConnectionClosedError

from tests.faults.restart.world import World
from tests.service_speaker import DEADLINE, eventually, raw_connection

HALF = b"POST /runtime/programs_upload HTTP/1.1\r\nHost: localhost\r\napi_token: %s\r\nContent-Length: 2\r\n\r\n{"
"""A request that is not complete."""


def test_a_job_goes_on_when_its_service_is_killed_and_ends_with_the_next(world: World) -> None:
    with world.serve() as speaker:
        ticker = world.tickers(speaker, "job")
        ticker.wait()
        port = speaker.url.rpartition(":")[2]
        with speaker.listen(ticker.job_id) as stream:
            world.service.end(signal.SIGKILL)
            with pytest.raises(ConnectionClosedError):
                list(stream)
    ticker.wait(10)
    with world.serve(f"--port={port}") as speaker:
        assert speaker.status(ticker.job_id) == 1
        with speaker.listen(ticker.job_id) as stream:
            stream.recv(DEADLINE)
            for number in range(ticker.ticks):  # also of the time in which nobody was there
                assert stream.recv(DEADLINE) == f"b'tick {number}'"
            ticker.finish()
            list(stream)  # a stream of which much is not read is long in closing
        ticker.check_done(speaker)
        assert speaker.data("job_info", job_id=ticker.job_id)["attempt"] == 1


def test_a_service_that_drains_ends_the_waits_at_once_and_leaves_what_runs_to_the_next(world: World) -> None:
    with world.serve() as speaker, ThreadPoolExecutor(2) as pool:
        running, waiting = world.tickers(speaker, "running"), world.tickers(speaker, "waiting")
        running.wait()
        waits = [pool.submit(speaker.result, job.job_id) for job in (running, waiting)]
        with speaker.listen(running.job_id) as stream:
            stream.recv(DEADLINE)
            assert world.service.end(signal.SIGTERM) == 0
            assert [wait.result(DEADLINE)["status"] for wait in waits] == [1, 0]
            with pytest.raises(ConnectionClosedError):
                list(stream)
            assert stream.close_code == 1012
    running.wait()
    with world.serve() as speaker:
        assert (speaker.status(running.job_id), speaker.status(waiting.job_id)) == (1, 0)
        running.wait(20)
        # There is one place, which is taken.
        assert (speaker.data("job_info", job_id=waiting.job_id)["attempt"], waiting.runs) == (0, [])
        running.finish()
        running.check_done(speaker)
        waiting.wait()
        waiting.finish()
        waiting.check_done(speaker)


def test_a_job_that_was_taken_up_is_cancelled_whether_its_runner_obeys_or_not(world: World) -> None:
    with world.serve("--max-jobs=2") as speaker:
        obeying, stopped = world.tickers(speaker, "obeying"), world.tickers(speaker, "stopped")
        for ticker in (obeying, stopped):
            ticker.wait()
        world.service.end(signal.SIGKILL)
    with world.serve("--max-jobs=2") as speaker:
        world.kill_runner(stopped, signal.SIGSTOP)
        for ticker in (obeying, stopped):
            assert speaker.data("job_cancel", job_id=ticker.job_id) == {"status": 3}
            ticker.wait_for_end()
            result = speaker.result(ticker.job_id)
            assert (result["status"], result["result"]) == (3, None)
        eventually(lambda: len(world.named("quafu-superv")) == 1)  # the first has nothing to look after any more


def test_a_runner_that_is_killed_while_there_is_no_service_is_found_to_be_lost(world: World) -> None:
    with world.serve() as speaker:
        ticker = world.tickers(speaker, "job")
        ticker.wait()
        world.service.end(signal.SIGKILL)
    world.kill_runner(ticker)
    eventually(lambda: not world.processes())
    with world.serve() as speaker:
        ticker.check_lost(speaker, "its runner ended while the runtime service was not running")


def test_a_runner_that_was_taken_up_is_lost_with_its_process_and_with_its_lease_like_any_other(world: World) -> None:
    with world.serve("--max-jobs=3") as speaker:
        killed, silent = world.tickers(speaker, "killed"), world.tickers(speaker, "silent")
        for ticker in (killed, silent):
            ticker.wait()
        world.service.end(signal.SIGKILL)
    world.lease = 5.0
    with world.serve("--max-jobs=3") as speaker:
        any_other = world.tickers(speaker, "any other")
        any_other.wait()
        world.kill_runner(killed)
        for ticker in (silent, any_other):
            world.kill_runner(ticker, signal.SIGSTOP)
        killed.check_lost(speaker, "its runner ended")
        for ticker in (silent, any_other):
            ticker.check_lost(speaker, "its runner was silent for 5 seconds")


def test_without_another_service_everything_ends_after_the_lease_and_the_job_is_lost(world: World) -> None:
    world.lease = 1.5
    with world.serve() as speaker:
        ticker = world.tickers(speaker, "job")
        ticker.wait()
        world.service.end(signal.SIGKILL)
    ticker.wait()
    (supervisor,) = world.named("quafu-superv")
    os.kill(supervisor, signal.SIGSTOP)
    ticker.wait_for_end()  # its runner has seen to that alone
    os.kill(supervisor, signal.SIGCONT)
    eventually(lambda: not world.processes())
    assert [entry.name for entry in (world.folder / "data" / "jobs").iterdir()] == [".matplotlib"]
    with world.serve() as speaker:
        ticker.check_lost(speaker, "its runner ended while the runtime service was not running")


def test_a_runner_that_does_not_end_with_its_lease_is_ended(world: World) -> None:
    world.lease = 0.5
    with world.serve() as speaker:
        ticker = world.tickers(speaker, "job")
        ticker.wait()
        world.kill_runner(ticker, signal.SIGSTOP)
        world.service.end(signal.SIGKILL)
    eventually(lambda: not world.processes())


def test_nothing_is_left_when_the_supervisor_is_killed_after_the_service(world: World) -> None:
    with world.serve() as speaker:
        ticker = world.tickers(speaker, "job")
        ticker.wait()
        world.service.end(signal.SIGKILL)
    (supervisor,) = world.named("quafu-superv")
    os.kill(supervisor, signal.SIGKILL)
    eventually(lambda: not world.processes())
    with world.serve() as speaker:
        ticker.check_lost(speaker, "its runner ended while the runtime service was not running")


def test_a_second_signal_ends_what_runs(world: World) -> None:
    with world.serve() as speaker:
        ticker = world.tickers(speaker, "job")
        ticker.wait()
        with raw_connection(speaker.url) as asking, speaker.listen(ticker.job_id) as stream:
            asking.sendall(HALF % speaker.token.encode())  # which the service waits for, so that the signal is in time
            stream.recv(DEADLINE)
            world.service.process.send_signal(signal.SIGTERM)
            with pytest.raises(ConnectionClosedError):
                list(stream)
            world.service.process.send_signal(signal.SIGTERM)
        assert world.service.process.wait(DEADLINE) == 0
        assert not world.processes()
    with world.serve() as speaker:
        ticker.check_lost(speaker, "stopped while the job ran")


def test_a_lifeline_that_ends_after_its_service_was_killed_ends_everything(world: World) -> None:
    world.lease = 600.0
    reading, lifeline = os.pipe()
    with world.serve(f"--lifeline-fd={reading}", inherited=reading) as speaker:
        os.close(reading)
        ticker = world.tickers(speaker, "job")
        ticker.wait()
        world.service.end(signal.SIGKILL)
    ticker.wait()
    os.close(lifeline)
    eventually(lambda: not world.processes())


def test_a_job_that_was_handed_out_and_did_not_run_yet_is_run_by_the_next_service_once(world: World) -> None:
    with world.serve() as speaker:
        world.order("refuse", "start")
        ticker = world.tickers(speaker, "job")
        eventually(lambda: world.refused("start") > 0)
        world.service.end(signal.SIGKILL)
    world.order("refuse", "")
    with world.serve() as speaker:
        ticker.wait()
        ticker.finish()
        ticker.check_done(speaker)
        assert speaker.data("job_info", job_id=ticker.job_id)["attempt"] == 2


def test_a_runner_that_was_stopped_before_it_began_is_ended_by_the_next_service(world: World) -> None:
    world.lease = 600.0
    with world.serve() as speaker:
        world.order("refuse", "start")
        ticker = world.tickers(speaker, "job")
        eventually(lambda: world.refused("start") > 0)
        for runner in world.named("quafu-runner"):
            os.kill(runner, signal.SIGSTOP)
        world.service.process.kill()
        world.service.process.wait()
        world.order("refuse", "")
        with world.serve() as next_speaker:
            ticker.wait()
            eventually(lambda: len(world.named("quafu-superv")) == 1)  # that of the first service has seen to it
            ticker.finish()
            ticker.check_done(next_speaker)
