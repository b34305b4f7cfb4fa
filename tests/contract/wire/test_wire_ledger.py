"""The ledger: where a job's time went, and which circuits it ran, as the runner reports them."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from quafu_runtime.server.store import events
from tests.contract.wire.runner_desk import Desk, event, open_desk
from tests.service_speaker import DEADLINE, ECHO

RECORD: dict[str, Any] = {
    "how": "send",
    "name": "bell",
    "backend": "local",
    "engine": "state-vector",
    "qubits": 2,
    "depth": 2,
    "gates": 2,
    "shots": 1000,
    "seconds": 0.25,
}
SIMULATED = {**RECORD, "how": "simulate", "name": "", "backend": None, "shots": None, "seconds": 0.5}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as desk:
        yield desk
        desk.finish_all()


def _circuit(seq: int, record: dict[str, Any] | None = None) -> dict[str, Any]:
    return event(seq, json.dumps(RECORD if record is None else record), "circuit")


def _begin(desk: Desk) -> tuple[str, Any]:
    job_id = desk.speaker.run(desk.speaker.upload("echo", ECHO))
    attempt = desk.attempt()
    assert desk.begin(attempt)[0] == 200
    return job_id, attempt


def test_a_ledger_has_the_circuits_in_order_and_the_time_that_they_took(desk: Desk) -> None:
    job_id, attempt = _begin(desk)
    assert desk.tell(attempt, _circuit(1), event(2, "x\n", "log"), _circuit(3, SIMULATED))[0] == 200
    ledger = desk.speaker.data("job_ledger", job_id=job_id)
    first, second = ledger["circuits"]
    assert {**first, "at": ""} == {"seq": 1, "at": "", **RECORD}
    assert {**second, "at": ""} == {"seq": 3, "at": "", **SIMULATED}
    assert (ledger["job_id"], ledger["count"], ledger["times"]["simulated"]) == (job_id, 2, 0.75)


def test_a_ledger_comes_in_pages(desk: Desk) -> None:
    job_id, attempt = _begin(desk)
    desk.tell(attempt, *(_circuit(seq) for seq in range(1, 8)))
    page = desk.speaker.data("job_ledger", job_id=job_id, limit=3, offset=5)
    assert ([circuit["seq"] for circuit in page["circuits"]], page["count"]) == ([6, 7], 7)
    assert page["times"]["simulated"] == 7 * 0.25
    assert desk.speaker.data("job_ledger", job_id=job_id, limit=0)["circuits"] == []


def test_the_times_add_up_to_the_jobs_life_and_are_null_before_they_are_known(desk: Desk) -> None:
    waiting = desk.speaker.upload("echo", ECHO)
    job_id = desk.speaker.run(waiting)
    attempt = desk.attempt()
    times = desk.speaker.data("job_ledger", job_id=job_id)["times"]
    assert times["waited"] is not None
    assert (times["started"], times["computed"], times["simulated"]) == (None, None, None)
    queued = desk.speaker.run(waiting)
    assert set(desk.speaker.data("job_ledger", job_id=queued)["times"].values()) == {None}
    desk.begin(attempt)
    desk.tell(attempt, _circuit(1))
    assert desk.speaker.data("job_ledger", job_id=job_id)["times"]["computed"] is None
    desk.finish(attempt)
    times = desk.speaker.data("job_ledger", job_id=job_id)["times"]
    info = desk.speaker.data("job_info", job_id=job_id)
    life = datetime.fromisoformat(info["finish_time"]) - datetime.fromisoformat(info["creation_time"])
    assert timedelta(seconds=times["waited"] + times["started"] + times["computed"]) == life
    desk.speaker.data("job_cancel", job_id=queued)


def test_a_job_that_goes_back_to_the_queue_has_waited_until_its_last_start(desk: Desk) -> None:
    job_id = desk.speaker.run(desk.speaker.upload("echo", ECHO))
    first = desk.attempt()
    before = desk.speaker.data("job_info", job_id=job_id)["assigned_time"]
    desk.executor.gone[first.handle] = "ended"
    desk.begin(desk.attempt())
    info = desk.speaker.data("job_info", job_id=job_id)
    assert (info["attempt"], info["exit"]) == (2, None)
    assert before < info["assigned_time"] < info["start_time"]


def test_circuits_that_come_twice_are_counted_once(desk: Desk) -> None:
    job_id, attempt = _begin(desk)
    for batch in ([1, 2], [2, 3], [1, 2, 3]):
        desk.tell(attempt, *(_circuit(seq) for seq in batch))
    desk.finish(attempt, events=[_circuit(3), _circuit(4)])
    ledger = desk.speaker.data("job_ledger", job_id=job_id)
    assert (ledger["count"], len(ledger["circuits"]), ledger["times"]["simulated"]) == (4, 4, 1.0)


def test_a_reader_gets_circuits_only_where_it_asks_for_them(desk: Desk) -> None:
    job_id, attempt = _begin(desk)
    desk.tell(attempt, event(1, "b'x'"), _circuit(2), event(3, "y\n", "log"), _circuit(4))
    desk.finish(attempt)
    seen = {}
    for kinds in ("", "interim,log", "circuit", "log, circuit,interim"):
        headers = {"kinds": kinds} if kinds else {}
        with desk.speaker.listen(job_id, subprotocol="quafu-runtime.events.v1", **headers) as stream:
            frames = [json.loads(message) for message in stream]
        seen[kinds] = [each for frame in frames for each in frame.get("events", [])]
    assert [[each["seq"] for each in found] for found in seen.values()] == [[1], [1, 3], [2, 4], [1, 2, 3, 4]]
    assert json.loads(seen["circuit"][0]["text"]) == RECORD
    with desk.speaker.listen(job_id) as plain:
        assert list(plain)[1:-1] == ["b'x'"]
    assert desk.speaker.data("job_logs", job_id=job_id)["logs"] == "y\n"


def test_a_reader_of_interim_results_gets_those_behind_many_circuits(desk: Desk) -> None:
    job_id, attempt = _begin(desk)
    with desk.speaker.listen(job_id) as stream:
        stream.recv(DEADLINE)
        desk.tell(attempt, *(_circuit(seq) for seq in range(1, 1201)))
        desk.tell(attempt, event(1201, "b'behind'"))
        assert stream.recv(DEADLINE) == "b'behind'"


ILL_FORMED: dict[str, Any] = {
    "no JSON": "{",
    "no object": "[]",
    "a field is missing": {name: value for name, value in RECORD.items() if name != "seconds"},
    "another field": {**RECORD, "colour": "blue"},
    "another way": {**RECORD, "how": "guess"},
    "a name that is null": {**RECORD, "name": None},
    "a number that is a truth": {**RECORD, "qubits": True},
    "a number below zero": {**RECORD, "gates": -1},
    "a part of a gate": {**RECORD, "gates": 1.5},
    "no time": {**RECORD, "seconds": float("nan")},
    "an endless time": {**RECORD, "seconds": float("inf")},
    "a time before the start": {**RECORD, "seconds": -0.1},
    "half a character": {**RECORD, "name": "\ud800"},
    "a name that is too long": {**RECORD, "name": "x" * 10_000},
    "too deep": "[" * 5_000,
}


@pytest.mark.parametrize("kind", ILL_FORMED)
def test_a_record_that_is_none_is_refused_with_its_report(desk: Desk, kind: str) -> None:
    job_id, attempt = _begin(desk)
    text = ILL_FORMED[kind] if isinstance(ILL_FORMED[kind], str) else json.dumps(ILL_FORMED[kind])
    assert desk.tell(attempt, event(1, "x\n", "log"), event(2, text, "circuit"))[0] == 400
    assert desk.tell(attempt, {**_circuit(1), "at": "now"})[0] == 400
    assert desk.speaker.data("job_ledger", job_id=job_id)["count"] == 0
    assert desk.speaker.data("job_logs", job_id=job_id)["logs"] == ""


def test_beyond_the_limit_circuits_are_only_counted(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "CIRCUITS_KEPT", 5)
    job_id, attempt = _begin(desk)
    for first in (1, 4, 7):
        assert desk.tell(attempt, *(_circuit(seq) for seq in range(first, first + 3)))[0] == 200
    desk.tell(attempt, event(10, "b'x'"))
    ledger = desk.speaker.data("job_ledger", job_id=job_id)
    assert [circuit["seq"] for circuit in ledger["circuits"]] == [1, 2, 3, 4, 5]
    assert (ledger["count"], ledger["times"]["simulated"]) == (9, 2.25)


def test_the_runner_says_how_its_program_ended(desk: Desk) -> None:
    job_id, attempt = _begin(desk)
    how = {"kind": "exited", "code": 3, "signal": None}
    desk.finish(attempt, "error", result="it ended", exit=how)
    assert desk.speaker.data("job_info", job_id=job_id)["exit"] == how


def test_a_job_whose_runner_is_gone_is_lost_and_one_that_never_ran_has_no_exit(desk: Desk) -> None:
    job_id, attempt = _begin(desk)
    queued = desk.speaker.run(desk.speaker.upload("other", ECHO))
    desk.speaker.data("job_cancel", job_id=queued)
    assert desk.speaker.data("job_info", job_id=queued)["exit"] is None
    desk.executor.gone[attempt.handle] = "was killed"
    assert desk.speaker.result(job_id)["status"] == 4
    assert desk.speaker.data("job_info", job_id=job_id)["exit"]["kind"] == "lost"
