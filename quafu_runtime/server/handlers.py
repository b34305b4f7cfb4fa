"""The HTTP side of the document's operations: who calls, with which arguments, and the answer in its envelope."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from attrs import frozen
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from quafu_runtime.server import answers, job_operations, job_records, program_operations
from quafu_runtime.server.backstage import Backstage
from quafu_runtime.server.contract import BadArgumentError, Operation, operations
from quafu_runtime.server.doorkeeper import Doorkeeper, Visit
from quafu_runtime.server.lifecycle import FINAL
from quafu_runtime.server.store.jobs import Job
from quafu_runtime.server.store.keys import Once, UsedKeyError
from quafu_runtime.server.store.users import User
from quafu_runtime.server.wire import (
    BAD_TOKEN,
    LARGE,
    TOO_SLOW,
    Answer,
    BodyTooLargeError,
    BodyTooSlowError,
    NotStrictError,
    Pace,
    Refusal,
    envelope,
    failure,
    read_body,
    read_storable_json,
    too_much,
)

Perform = Callable[[Backstage, User, Mapping[str, Any]], Awaitable[Answer]]
PerformOnce = Callable[[Backstage, User, Mapping[str, Any], Once | None], Awaitable[Answer]]

WAIT = "get_result_wait"
"""The one operation that answers when it can, and not at once."""

PERFORM: dict[str, Perform] = {
    "program_update": program_operations.update,
    "program_delete": program_operations.delete,
    "programs": program_operations.page,
    "program": program_operations.get,
    "capabilities": program_operations.capabilities,
    "get_result_nowait": job_operations.result,
    WAIT: job_operations.result,
    "job_status": job_operations.status,
    "job_logs": job_operations.logs,
    "job_cancel": job_operations.cancel,
    "job_delete": job_operations.delete,
    "job_info": job_records.info,
    "jobs": job_records.page,
    "job_ledger": job_records.ledger,
    "job_inputs": job_records.inputs,
}
"""What does each operation of the document."""

PERFORM_ONCE: dict[str, PerformOnce] = {
    "programs_upload": program_operations.upload,
    "programs_run_deploy": job_operations.run,
}
"""What does those that take an idempotency key."""

NOT_VALID = "The token is not valid."

IDEMPOTENCY_KEY = "Idempotency-Key"
USED_KEY = 409
TOO_LARGE = 413

BAD_ARGUMENT = {
    "programs_upload": 406,
    "program_update": 406,
    "program_delete": 404,
    "programs": 405,
    "program": 405,
    "programs_run_deploy": 401,
    "get_result_nowait": 404,
    WAIT: 404,
    "job_status": 404,
    "job_logs": 404,
    "job_cancel": 404,
    "job_delete": 404,
    "job_info": 404,
    "jobs": 405,
    "job_ledger": 404,
    "job_inputs": 404,
}
"""The business code with which each operation refuses an argument that is missing or ill-formed."""

NO_PROGRAM = 404
PROGRAM_FIELDS = frozenset({"program_id", "program_name"})
"""The arguments of a run that say which program: one of these that is ill-formed names none."""


def operation_routes(stage: Backstage, doorkeeper: Doorkeeper) -> list[BaseRoute]:
    """The addresses of the document's operations."""
    routes: list[BaseRoute] = []
    for operation in operations().values():
        endpoint = _Endpoint(stage, doorkeeper, operation)
        route = Route(operation.path, endpoint.answer, methods=[operation.method])
        # Starlette answers HEAD wherever it answers GET. Here a GET may change something, as `job_delete` does.
        route.methods = {operation.method}
        routes.append(route)
    return routes


@frozen
class _Endpoint:
    """One operation at its address."""

    stage: Backstage
    doorkeeper: Doorkeeper
    operation: Operation

    async def answer(self, request: Request) -> Response:
        """Do the operation, and answer in the envelope whatever comes of it."""
        try:
            user = await self._user(request)
            return await self._perform(request, user, await self._arguments(request))
        except BadArgumentError as error:
            refusal = Refusal(self._code(error), error.message)
        except UnicodeEncodeError:
            refusal = Refusal(BAD_ARGUMENT[self.operation.name], "A text has half a surrogate pair in it.")
        except UsedKeyError:
            refusal = Refusal(USED_KEY, "The idempotency key came with another request before. Use another one.")
        except Refusal as refused:
            refusal = refused
        return failure(refusal)

    async def _perform(self, request: Request, user: User, arguments: Mapping[str, Any]) -> Response:
        name = self.operation.name
        if name == WAIT:
            return await self._wait(user, arguments)
        if name in PERFORM_ONCE:
            once = await self._once(request, user, arguments)
            return envelope(await PERFORM_ONCE[name](self.stage, user, arguments, once))
        return envelope(await PERFORM[name](self.stage, user, arguments))

    async def _user(self, request: Request) -> User:
        user = await self.doorkeeper.user(request.headers.get("api_token"))
        if user is None:
            raise Refusal(BAD_TOKEN, NOT_VALID)
        return user

    async def _arguments(self, request: Request) -> Mapping[str, Any]:
        if self.operation.body is None:
            return self.operation.check_query(request.query_params.multi_items())
        limits = self.stage.limits
        try:
            body = await read_body(request, limits.body, Pace(limits.body_grace, limits.body_pace))
        except BodyTooLargeError:
            raise too_much(TOO_LARGE, f"A request may have a body of {limits.body} bytes.") from None
        except BodyTooSlowError:
            raise too_much(TOO_SLOW, "The body of the request came too slowly.") from None
        try:
            decoded = await read_storable_json(body)
        except NotStrictError as error:
            raise BadArgumentError(None, f"The body is not valid JSON: {error}.") from None
        if len(body) < LARGE:
            return self.operation.check_body(decoded)
        return await asyncio.to_thread(self.operation.check_body, decoded)

    async def _once(self, request: Request, user: User, arguments: Mapping[str, Any]) -> Once | None:
        key = self.operation.check_header(IDEMPOTENCY_KEY, request.headers)
        if key is None:
            return None
        # A large body takes milliseconds, in which nobody else would be served.
        return Once(user.number, key, await asyncio.to_thread(_digest, self.operation.name, arguments))

    async def _wait(self, user: User, arguments: Mapping[str, Any]) -> Response:
        job = await job_operations.own_job(self.stage, user, arguments["job_id"])
        if job.state in FINAL:
            return envelope(answers.result(job))
        return _Stay(self.doorkeeper, user, partial(self._spaces_then_answer, job))

    async def _spaces_then_answer(self, job: Job, visit: Visit) -> AsyncIterator[bytes]:
        """The body of a long answer: white space for as long as there is none, which no reader of JSON minds."""
        async for answer in job_operations.awaited_result(self.stage, job, visit.over.is_set):
            if visit.over.is_set():
                break
            yield b" " if answer is None else bytes(JSONResponse(answer.to_dict()).body)
        if visit.over.is_set():
            yield bytes(failure(Refusal(BAD_TOKEN, NOT_VALID)).body)

    def _code(self, error: BadArgumentError) -> int:
        if self.operation.name == "programs_run_deploy" and error.field in PROGRAM_FIELDS:
            return NO_PROGRAM
        return BAD_ARGUMENT[self.operation.name]


class _Stay(Response):
    """A long answer, for which its user takes one of the places of those who stay, or is refused."""

    def __init__(self, doorkeeper: Doorkeeper, user: User, body: Callable[[Visit], AsyncIterator[bytes]]) -> None:
        super().__init__()
        self._doorkeeper = doorkeeper
        self._user = user
        self._body_for = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; from the look at the places to the taking of one nobody else is let in."""
        try:
            self._doorkeeper.require_place(self._user)
        except Refusal as refusal:
            await failure(refusal)(scope, receive, send)
            return
        with self._doorkeeper.visit(self._user) as visit:
            await StreamingResponse(self._body_for(visit), media_type="application/json")(scope, receive, send)


def _digest(operation: str, arguments: Mapping[str, Any]) -> str:
    """What tells one request from another, whatever the order of its fields."""
    return hashlib.sha256(json.dumps([operation, arguments], sort_keys=True).encode()).hexdigest()
