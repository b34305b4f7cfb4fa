"""Bad reports at the desk of the runners: no stranger is heard, no ill-formed report changes a job, none is a fault."""

import http.client
import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from attrs import frozen

from tests.contract.wire.runner_desk import Desk, event, open_desk
from tests.faults.inputs.values import TRUE, each_of
from tests.service_speaker import DEADLINE, ECHO

STRANGER = 403
FENCED = 409
NO_REPORT = 400
NO_ADDRESS = 404


@frozen
class ReportRow:
    """A bad report.

    Attributes:
        name: What is bad about it.
        what: What is reported.
        body: The report.
    """

    name: str
    what: str
    body: bytes


def _events(*events: Any) -> bytes:
    return json.dumps({"events": list(events)}).encode()


_GOOD = event(1, "x")
_DONE: dict[str, Any] = {"events": [], "outcome": "done", "result": "1", "types": None, "engine": None}

REPORTS = [
    *(
        ReportRow(f"events: {body[:20]!r}", "events", body)
        for body in (b"", b"{", b"[]", b"null", b"7", b"\xff", b"\0" * 100)
    ),
    ReportRow("100,000 lists deep", "events", b"[" * 100_000 + b"]" * 100_000),
    ReportRow("a name twice", "events", b'{"events": [], "events": []}'),
    ReportRow("no events", "events", b"{}"),
    *(
        ReportRow(f"events that are {events!r}", "events", json.dumps({"events": events}).encode())
        for events in each_of(7, None, "x", [7], [None], ["x"], [[]], [{}])
    ),
    *(
        ReportRow(f"the number {seq!r:.20}", "events", _events({**_GOOD, "seq": seq}))
        for seq in each_of(0, -1, 1.5, "1", TRUE, None, 2**63, 2**70, 10**400)
    ),
    *(
        ReportRow(f"the kind {kind!r}", "events", _events({**_GOOD, "kind": kind}))
        for kind in each_of("", "gossip", 7, None, ["log"], {})
    ),
    *(
        ReportRow(f"the text {text!r}", "events", _events({**_GOOD, "text": text}))
        for text in each_of(None, 7, ["x"], {})
    ),
    *(
        ReportRow(f"the types {types!r}", "events", _events({**_GOOD, "types": types}))
        for types in each_of(7, "x", ["x"])
    ),
    *(
        ReportRow(f"the circuit {text!r:.20}", "events", _events({**_GOOD, "kind": "circuit", "text": text}))
        for text in each_of("", "{", "[]", '{"how": 1}', "x" * 100_000, None)
    ),
    *(
        ReportRow(f"started: {body[:20]!r}", "started", body)
        for body in (b"{}", b'{"versions": 7}', b'{"versions": null}', b'{"versions": "x"}')
    ),
    *(
        ReportRow(f"the outcome {outcome!r}", "finished", json.dumps({**_DONE, "outcome": outcome}).encode())
        for outcome in each_of("", "well", 7, None, ["done"])
    ),
    *(
        ReportRow(f"the result {result!r}", "finished", json.dumps({**_DONE, "result": result}).encode())
        for result in each_of(7, ["1"], {})
    ),
    *(
        ReportRow(f"the exit {told!r}", "finished", json.dumps({**_DONE, "exit": told}).encode())
        for told in each_of(
            7,
            {},
            {"kind": "eaten", "code": 1, "signal": None},
            {"kind": "exited", "code": "1", "signal": None},
        )
    ),
]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with open_desk(tmp_path_factory.mktemp("desk")) as desk:
        yield desk
        desk.finish_all()


@pytest.fixture(scope="module")
def attempt(desk: Desk) -> Any:
    desk.speaker.run(desk.speaker.upload("echo", ECHO))
    attempt = desk.attempt()
    assert desk.begin(attempt) == (200, {"go": True})
    return attempt


def _send(desk: Desk, path: str, body: bytes, token: str) -> tuple[int, bytes]:
    port = int(desk.url.rpartition(":")[2])
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE)) as connection:
        connection.request("POST", path, body, {"attempt_token": token})
        response = connection.getresponse()
        return response.status, response.read()


def _seen(desk: Desk, attempt: Any) -> list[Any]:
    logs = desk.speaker.data("job_logs", job_id=attempt.job_id)
    return [desk.speaker.data("job_info", job_id=attempt.job_id), logs]


@pytest.mark.parametrize("row", REPORTS, ids=lambda row: row.name)
def test_an_ill_formed_report_changes_nothing(desk: Desk, attempt: Any, row: ReportRow) -> None:
    before = _seen(desk, attempt)

    status, said = _send(desk, f"/attempts/{attempt.job_id}/{attempt.number}/{row.what}", row.body, attempt.token)

    assert (status, b"no report" in said) == (NO_REPORT, True)
    assert len(said) < 1_000
    assert attempt.token.encode() not in said
    assert _seen(desk, attempt) == before


@pytest.mark.parametrize("token", ["", "x", "0" * 64, "\xff\xfe", "' OR 1=1 --", "x" * 10_000])
@pytest.mark.parametrize("what", ["started", "events", "finished"])
def test_a_stranger_is_not_heard(desk: Desk, attempt: Any, what: str, token: str) -> None:
    before = _seen(desk, attempt)
    body = json.dumps({**_DONE, "events": [_GOOD], "versions": {}}).encode()

    assert _send(desk, f"/attempts/{attempt.job_id}/{attempt.number}/{what}", body, token)[0] == STRANGER
    assert _seen(desk, attempt) == before


@pytest.mark.parametrize("number", ["0", "2", "-1", "1.0", "x", "9" * 30, "9" * 5_000, "%00", "%D9%A1"])
def test_another_attempt_is_not_heard(desk: Desk, attempt: Any, number: str) -> None:
    before = _seen(desk, attempt)

    status, _ = _send(desk, f"/attempts/{attempt.job_id}/{number}/finished", json.dumps(_DONE).encode(), attempt.token)

    assert status in (STRANGER, FENCED, NO_ADDRESS)
    assert _seen(desk, attempt) == before
