"""A reader of a stream who does not read costs the service one page of events, and the other readers nothing."""

import contextlib
import json
import os
import socket
from pathlib import Path
from urllib.parse import urlsplit

import sqlalchemy as sa
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection

from quafu_runtime.server.doorkeeper import TOO_MANY
from quafu_runtime.server.store.database import Access, Database
from quafu_runtime.server.store.events import INTERIM
from quafu_runtime.server.store.tables import events, jobs
from tests.faults.door.conftest import LIMITS
from tests.service_speaker import DEADLINE, ECHO, ServiceProcess, Speaker, eventually

EVENTS = "quafu-runtime.events.v1"
MESSAGES, MESSAGE = 400, "x" * 100_000
FIRST = 100
PLACES = int(LIMITS["stays_per_user"])
ALLOWED = 20_000_000
"""Bytes by which the service may grow while 40 MB are published to three readers."""


LET_IN = b"HTTP/1.1 101"
"""How the answer to a reader begins who has a place."""


def _resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _publish(service: ServiceProcess, job_id: str) -> None:
    """As the job's runner does it, at once."""
    database = Database(service.data_dir / "runtime.db")
    with database.connect(Access.WRITE) as connection:
        number = connection.execute(sa.select(jobs.c.number).where(jobs.c.id == job_id)).scalar_one()
        rows = [
            {"job": number, "seq": FIRST + seq, "kind": INTERIM, "text": MESSAGE, "types": None, "at": "now"}
            for seq in range(1, MESSAGES + 1)
        ]
        connection.execute(sa.insert(events), rows)
    database.close()


def _silent(speaker: Speaker, job_id: str, **headers: str) -> socket.socket:
    """A reader who asks for a stream and never reads."""
    place = urlsplit(speaker.ws_url)
    connection = socket.create_connection((place.hostname, place.port), DEADLINE)
    asked = {
        "Host": "localhost",
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        "api_token": speaker.token,
        "job_id": job_id,
        **headers,
    }
    connection.sendall(
        b"GET / HTTP/1.1\r\n" + b"".join(f"{name}: {text}\r\n".encode() for name, text in asked.items()) + b"\r\n"
    )
    return connection


def _read_all(stream: ClientConnection) -> int:
    return sum(len(json.loads(message).get("events", ())) for message in stream)


def test_a_reader_who_does_not_read_costs_bounded_memory_and_no_other_anything(
    service: ServiceProcess, user: Speaker
) -> None:
    job_id = user.run(user.upload("much", ECHO))
    user.result(job_id)
    _publish(service, job_id)
    before = _resident(service.process.pid)
    with contextlib.ExitStack() as opened:
        for headers in ({}, {"Sec-WebSocket-Protocol": EVENTS}):
            opened.enter_context(contextlib.closing(_silent(user, job_id, **headers)))
        with user.listen(job_id, subprotocol=EVENTS) as stream:
            assert _read_all(stream) == MESSAGES
        assert _resident(service.process.pid) - before < ALLOWED


def test_a_silent_reader_who_has_gone_leaves_its_place(user: Speaker, service: ServiceProcess) -> None:
    job_id = user.run(user.upload("gone", ECHO))
    user.result(job_id)
    _publish(service, job_id)
    with contextlib.ExitStack() as opened:
        for _ in range(PLACES):
            connection = opened.enter_context(_silent(user, job_id))
            assert connection.recv(len(LET_IN), socket.MSG_WAITALL) == LET_IN
        assert not _may_read(user, job_id, 1)
    eventually(lambda: _may_read(user, job_id, PLACES))


def _may_read(user: Speaker, job_id: str, readers: int) -> bool:
    """Whether there is a place for so many readers at once."""
    with contextlib.ExitStack() as opened:
        try:
            for _ in range(readers):
                opened.enter_context(user.listen(job_id, subprotocol=EVENTS))
        except InvalidStatus as refused:
            if refused.response.status_code != TOO_MANY:
                raise
            return False
    return True
