"""Where runners report: an attempt begins to run, has printed and published, has ended.

It is no part of the document: only the runners of this service speak here, each with the token of its attempt.
"""

import asyncio
import logging
import re
from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, TypeVar

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from quafu_runtime.server.auth import hash_of
from quafu_runtime.server.backstage import Backstage
from quafu_runtime.server.lifecycle import State
from quafu_runtime.server.runner.circuit_record import RECORD_BYTES, CircuitRecord
from quafu_runtime.server.runner.failure import EXIT_KINDS
from quafu_runtime.server.runner.reporter import DESK
from quafu_runtime.server.settings import MAX_REPORT_BYTES
from quafu_runtime.server.store import attempts
from quafu_runtime.server.store.attempts import End, Reporter, Standing
from quafu_runtime.server.store.events import CIRCUIT, KINDS, Event
from quafu_runtime.server.wire import BodyTooLargeError, read_body, read_json

T = TypeVar("T")

ANSWERED_WITHIN = 1 / 6
"""The part of a lease after which a report is answered even though the store is not done with it."""

_log = logging.getLogger(__name__)

OUTCOMES = {"done": State.DONE, "error": State.ERROR, "cancelled": State.CANCELLED}
"""How a runner says that its job has ended."""

LAST_NUMBER = 2**53
"""The largest number of an event: readers of JSON that have only doubles keep it, and so does the store."""

NOBODYS = 0
"""The number of no attempt."""

_NUMBER = re.compile(r"[0-9]{1,9}")


def attempt_routes(stage: Backstage) -> list[BaseRoute]:
    """The addresses to which runners report."""
    desk = _Desk(stage)
    reports = {"started": desk.started, "events": desk.events, "finished": desk.finished}
    return [
        Route(f"/attempts/{{job_id}}/{{number}}/{name}", endpoint, methods=["POST"])
        for name, endpoint in reports.items()
    ]


class _Desk:
    """Takes the reports."""

    def __init__(self, stage: Backstage) -> None:
        self._stage = stage
        self._engine = stage.engine
        self._taking: set[asyncio.Task[Response]] = set()
        self._is_refusing = False

    async def started(self, request: Request) -> Response:
        """The attempt is about to call `run`, and may if it still holds its job."""

        def read(report: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any] | None]:
            return dict(report["versions"]), _runner(report.get("runner"))

        told = await _read(request, read)
        return told if isinstance(told, Response) else await self._take(request, self._start(_reporter(request), *told))

    async def events(self, request: Request) -> Response:
        """The program has printed or published; without events, the runner is alive."""
        new = await _read(request, _events)
        return new if isinstance(new, Response) else await self._take(request, self._report(_reporter(request), new))

    async def finished(self, request: Request) -> Response:
        """The job has ended."""

        def read(report: Mapping[str, Any]) -> tuple[list[Event], End]:
            return _events(report), _end(report)

        last = await _read(request, read)
        return (
            last if isinstance(last, Response) else await self._take(request, self._finish(_reporter(request), *last))
        )

    async def _take(self, request: Request, taking: Coroutine[Any, Any, Response]) -> Response:
        """Take in a report as far as the store can, and answer in time: a runner must know that somebody is here."""
        task = asyncio.create_task(self._heard(_reporter(request), taking))
        self._taking.add(task)
        task.add_done_callback(self._taking.discard)
        done, _waiting = await asyncio.wait([task], timeout=self._engine.lease * ANSWERED_WITHIN)
        return task.result() if done else _answer({}, HTTPStatus.SERVICE_UNAVAILABLE)

    async def _heard(self, reporter: Reporter, taking: Coroutine[Any, Any, Response]) -> Response:
        with self._engine.hearing(reporter):
            try:
                answer = await taking
            except SQLAlchemyError as error:  # a full disk, for example: the runner asks again
                if not self._is_refusing:  # once is enough, above all on a full disk
                    _log.warning("What runners report cannot be written at the moment: %s", error)
                self._is_refusing = True
                return _answer({}, HTTPStatus.SERVICE_UNAVAILABLE)
            self._is_refusing = False
            return answer

    async def _start(self, reporter: Reporter, versions: dict[str, Any], runner: dict[str, Any] | None) -> Response:
        now, lease = self._engine.clock.now(), self._engine.lease_from_now()
        standing = await self._stage.store.write_durably(attempts.start, reporter, versions, now, lease, runner=runner)
        if standing is not Standing.WRITTEN:
            return _refused(standing, {"go": False})
        self._stage.hub.wake(reporter.job_id)
        return _answer({"go": True})

    async def _report(self, reporter: Reporter, new: list[Event]) -> Response:
        standing = await self._stage.store.write(attempts.report, reporter, new, self._engine.lease_from_now())
        if standing not in (Standing.WRITTEN, Standing.CANCELLING):
            return _refused(standing, {})
        if new:
            self._stage.hub.wake(reporter.job_id)
        return _answer({"cancel": standing is Standing.CANCELLING})

    async def _finish(self, reporter: Reporter, last: list[Event], end: End) -> Response:
        standing = await self._stage.store.write_durably(attempts.finish, reporter, last, end, self._engine.clock.now())
        if standing is not Standing.WRITTEN:
            return _refused(standing, {})
        self._engine.ended(reporter.job_id)
        return _answer({})


async def _read(request: Request, read: Callable[[Mapping[str, Any]], T]) -> T | Response:
    """Read a report, or say what is wrong with it."""
    try:
        return read(await read_json(await read_body(request, MAX_REPORT_BYTES)))
    except ClientDisconnect:
        return _answer({}, HTTPStatus.BAD_REQUEST)  # there is nobody who reads it
    except BodyTooLargeError:
        return _answer({"error": f"A report may have {MAX_REPORT_BYTES} bytes."}, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        return _answer({"error": f"This is no report: {error!r:.200}"}, HTTPStatus.BAD_REQUEST)


def _reporter(request: Request) -> Reporter:
    number = request.path_params["number"]
    return Reporter(
        job_id=request.path_params["job_id"],
        attempt=int(number) if _NUMBER.fullmatch(number) else NOBODYS,
        token_hash=hash_of(request.headers.get("attempt_token", "")),
    )


def _refused(standing: Standing, body: dict[str, Any]) -> Response:
    return _answer(body, HTTPStatus.FORBIDDEN if standing is Standing.STRANGER else HTTPStatus.CONFLICT)


def _answer(body: dict[str, Any], status: HTTPStatus = HTTPStatus.OK) -> Response:
    return JSONResponse(body, status_code=status, headers={DESK: "1"})


def _runner(told: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Which process a runner is: its id, when it was started, and since when the machine has been up."""
    if told is None:
        return None
    if type(told["pid"]) is not int:
        message = f"{told!r} is no process"
        raise ValueError(message)
    return {"pid": told["pid"], "started": told["started"], "boot": told["boot"]}


def _events(report: Mapping[str, Any]) -> list[Event]:
    return [_event(event) for event in report["events"]]


def _event(event: Mapping[str, Any]) -> Event:
    types = event.get("types")
    if event["kind"] not in KINDS or type(event["seq"]) is not int or not 1 <= event["seq"] <= LAST_NUMBER:
        message = f"{event['seq']!r:.40}, {event['kind']!r:.40} is no event"
        raise ValueError(message)
    if event["kind"] == CIRCUIT:
        return _circuit(event)
    return Event(
        seq=event["seq"],
        kind=event["kind"],
        text=_storable(event["text"]),
        types=None if types is None else dict(types),
        at=str(event["at"]),
    )


def _circuit(event: Mapping[str, Any]) -> Event:
    """The event of a circuit: what is no record of one is no event."""
    text = event["text"]
    if len(text) > RECORD_BYTES:
        message = f"a circuit's record may have {RECORD_BYTES} bytes"
        raise ValueError(message)
    record = CircuitRecord.from_text(text)
    return Event(seq=event["seq"], kind=CIRCUIT, text=record.to_text(), types=None, at=_moment(event["at"]))


def _moment(text: str) -> str:
    return datetime.fromisoformat(text).astimezone(UTC).isoformat(timespec="microseconds")


def _end(report: Mapping[str, Any]) -> End:
    result, types, engine = report.get("result"), report.get("types"), report.get("engine")
    state = OUTCOMES[report["outcome"]]
    return End(
        state=state,
        result=None if result is None or state is State.CANCELLED else _storable(result),
        result_types=None if types is None else dict(types),
        engine=None if engine is None else str(engine),
        exit=_exit(report.get("exit")),
    )


def _exit(told: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """How the run ended, as a runner says it."""
    if told is None:
        return None
    kind, code, number = told["kind"], told["code"], told["signal"]
    if kind not in EXIT_KINDS or any(type(each) is not int for each in (code, number) if each is not None):
        message = f"{told!r} is no way in which a program ends"
        raise ValueError(message)
    return {"kind": kind, "code": code, "signal": number}


def _storable(text: str) -> str:
    """A text in which a program put half a surrogate pair, which no UTF-8 holds, shows it as an escape."""
    return text.encode("utf-8", "backslashreplace").decode()
