"""Streams of the deployed framing, which replays nothing: a gap is never hidden."""

import logging
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from quafu_runtime.errors import StreamGapWarning
from tests.fakes.faces import FACES, QUICK, call
from tests.fakes.world import World, everything, meanwhile, one_running_job


@pytest.fixture
def world() -> Iterator[World]:
    with one_running_job() as made:
        yield made


def breaks_twice(world: World) -> None:
    """Publish something, break the line, publish something more, and once again."""
    job_id = world.job.job_id
    for connection, text in enumerate(("b'one'", "b'two'", "b'three'"), start=1):
        world.streams.wait_for_reader(job_id, connection)
        world.streams.publish(job_id, text)
        if connection < 3:
            world.streams.cut(job_id)
    world.end()


def read(world: World, face: str, act: Callable[[Any], Any]) -> Any:
    thread = meanwhile(lambda: breaks_twice(world))
    try:
        return call(face, world.account, lambda client: act(client.job(world.job.job_id)), policy=QUICK)
    finally:
        thread.join(20.0)


@pytest.mark.parametrize("face", FACES)
def test_a_gap_is_an_event_where_it_happened(world: World, face: str) -> None:
    with pytest.warns(StreamGapWarning):
        events = read(world, face, lambda job: everything(job.events()))

    assert [event.kind for event in events] == ["interim", "gap", "interim", "gap", "interim", "log"]
    assert [event.data for event in events if event.kind == "interim"] == [b"one", b"two", b"three"]
    gaps = [event for event in events if event.kind == "gap"]
    assert [event.seq for event in gaps] == [1, 2]
    assert all("does not replay" in event.data and event.at is not None for event in gaps)


@pytest.mark.parametrize("face", FACES)
def test_an_iterator_over_results_warns_of_each_gap_and_counts_them(world: World, face: str) -> None:
    streams: list[Any] = []

    def act(job: Any) -> Any:
        streams.append(job.stream())
        return everything(streams[0])

    with pytest.warns(StreamGapWarning) as warned:
        assert read(world, face, act) == [b"one", b"two", b"three"]

    assert len(warned) == 2
    assert streams[0].gaps == 2


def test_a_callback_gets_results_alone_and_the_log_has_the_gaps(world: World, caplog: pytest.LogCaptureFixture) -> None:
    got: list[Any] = []

    def act(job: Any) -> None:
        with warnings.catch_warnings(), caplog.at_level(logging.WARNING, "quafu_runtime"):
            warnings.simplefilter("ignore", StreamGapWarning)
            job.interim_results(got.append)
            job.result(timeout=60.0)

    read(world, "sync", act)

    assert got == [b"one", b"two", b"three"]
    assert caplog.text.count("does not replay") == 2


@pytest.mark.parametrize("face", FACES)
def test_a_job_that_ends_while_the_line_is_broken_has_a_gap_at_its_end(world: World, face: str) -> None:
    def script() -> None:
        world.streams.wait_for_reader(world.job.job_id)
        world.streams.publish(world.job.job_id, "b'one'")
        world.service.end(world.job)
        world.streams.cut(world.job.job_id)

    thread = meanwhile(script)
    with pytest.warns(StreamGapWarning):
        events = call(
            face, world.account, lambda client: everything(client.job(world.job.job_id).events()), policy=QUICK
        )
    thread.join(20.0)

    assert [event.kind for event in events] == ["interim", "gap", "log"]
