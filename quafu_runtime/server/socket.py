"""The WebSocket: the interim results of one job, in the deployed framing or in frames of events.

A reader gets everything from the beginning, or from where it says that it stands, however late it comes.
"""

import asyncio
import contextlib
import json
import logging
import re
from collections.abc import Iterable, Sequence
from typing import Any

from attrs import asdict, frozen
from sqlalchemy.exc import DBAPIError
from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketDisconnect

from quafu_runtime.server import answers
from quafu_runtime.server.backstage import Backstage
from quafu_runtime.server.doorkeeper import Doorkeeper, Visit
from quafu_runtime.server.job_operations import FORBIDDEN, own_job
from quafu_runtime.server.lifecycle import FINAL
from quafu_runtime.server.store import events, jobs
from quafu_runtime.server.store.users import User
from quafu_runtime.server.wire import Refusal, failure

EVENTS_PROTOCOL = "quafu-runtime.events.v1"
"""The sub-protocol of the extension: frames of events, each with its number."""

LOOK_AGAIN = 10.0
"""Seconds after which the store is read again, though nobody said that there is something new."""

_BAD_WISH = (
    f"The header after is a whole number, the header kinds names some of {', '.join(sorted(events.KINDS))}, "
    "with commas between."
)

_WHOLE_NUMBER = re.compile(r"[0-9]{1,18}")

NORMAL_CLOSURE = 1000
POLICY_VIOLATION = 1008
INTERNAL_ERROR = 1011
SERVICE_RESTART = 1012

FAREWELL = 1.0
"""Seconds for a reader who is seen off to take the reason: one who does not read is not waited for."""

UNAUTHORIZED = 401
BAD_REQUEST = 400

_log = logging.getLogger(__name__)


@frozen
class _Wish:
    """What a reader wants.

    Attributes:
        job_id: Of which job.
        framed: Frames of events, or the deployed framing.
        after: The number of the last event that the reader has.
        kinds: The kinds of events.
    """

    job_id: str
    framed: bool
    after: int
    kinds: frozenset[str]


@frozen
class InterimSocket:
    """The endpoint of the WebSocket."""

    stage: Backstage
    doorkeeper: Doorkeeper

    async def serve(self, socket: WebSocket) -> None:
        """Serve one reader, until its job has ended, the reader has gone, or the service ends."""
        try:
            user, wish = await self._admit(socket)
        except Refusal as refusal:
            await socket.send_denial_response(_denial(refusal))
            return
        with self.doorkeeper.visit(user) as visit:
            try:
                await socket.accept(subprotocol=EVENTS_PROTOCOL if wish.framed else None)
            except OSError:  # the reader has gone before being let in
                return
            with contextlib.suppress(WebSocketDisconnect):
                await self._serve(socket, wish, visit)

    async def _serve(self, socket: WebSocket, wish: _Wish, visit: Visit) -> None:
        sending = asyncio.create_task(self._send_all(socket, wish))
        listening = asyncio.create_task(_until_gone(socket))
        seen_off = asyncio.create_task(visit.over.wait())
        tasks = {sending, listening, seen_off}
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if visit.over.is_set():
                sending.cancel()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(FAREWELL):
                        await socket.close(POLICY_VIOLATION, "the token is not valid any more")
            elif sending.done():
                sending.result()
        except DBAPIError:
            _log.warning("The store refused a stream of the job %s.", wish.job_id, exc_info=True)
            await socket.close(INTERNAL_ERROR, "the store cannot be read just now")
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _admit(self, socket: WebSocket) -> tuple[User, _Wish]:
        user = await self.doorkeeper.user(socket.headers.get("api_token"))
        if user is None:
            raise Refusal(UNAUTHORIZED, "The token is not valid.")
        job = await own_job(self.stage, user, socket.headers.get("job_id", ""), foreign=FORBIDDEN)
        self.doorkeeper.require_place(user)  # from here to the visit nobody else is let in
        if EVENTS_PROTOCOL not in socket.scope["subprotocols"]:
            return user, _Wish(job.id, framed=False, after=0, kinds=frozenset({events.INTERIM}))
        kinds = frozenset(kind.strip() for kind in socket.headers.get("kinds", events.INTERIM).split(","))
        after = socket.headers.get("after", "0")
        if not kinds <= events.KINDS or _WHOLE_NUMBER.fullmatch(after) is None:
            raise Refusal(BAD_REQUEST, _BAD_WISH)
        return user, _Wish(job.id, framed=True, after=int(after), kinds=kinds)

    async def _send_all(self, socket: WebSocket, wish: _Wish) -> None:
        """Send what there is, wait for more, and close when there will be no more."""
        await socket.send_text(_acknowledgement(wish))
        after = wish.after
        with self.stage.hub.listen(wish.job_id) as listener:
            while True:
                # The state before the events: whatever a job has when it has ended, is read after that.
                job = await self.stage.store.read(jobs.find, wish.job_id)
                page = await self.stage.store.read(events.page, wish.job_id, after, wish.kinds)
                for text in _messages(page.events, wish):
                    await socket.send_text(text)
                after = page.seen
                if page.events:
                    continue
                if job is None or job.state in FINAL:
                    break
                if self.stage.hub.draining:
                    await socket.close(SERVICE_RESTART, "the service is ending")
                    return
                await listener.changed(within=LOOK_AGAIN)
        if job is not None:
            await socket.send_text(_farewell(job, wish))
        await socket.close(NORMAL_CLOSURE)


async def _until_gone(socket: WebSocket) -> None:
    """Read what a reader sends, which means nothing, until it has gone."""
    message = await socket.receive()
    while message["type"] != "websocket.disconnect":
        message = await socket.receive()


def _denial(refusal: Refusal) -> Response:
    """Before the upgrade, a reader without a word of the envelope sees the HTTP status."""
    return failure(Refusal(refusal.code, refusal.message, http=refusal.code, retry_after=refusal.retry_after))


def _acknowledgement(wish: _Wish) -> str:
    return json.dumps({"job_id": wish.job_id, "acknowledged": True})


def _messages(page: Sequence[events.Event], wish: _Wish) -> Iterable[str]:
    if not wish.framed:
        return [event.text for event in page]
    return [json.dumps({"events": [_frame(event) for event in page]}, ensure_ascii=False)] if page else []


def _frame(event: events.Event) -> dict[str, Any]:
    fields = asdict(event, recurse=False)
    if event.types is None:
        del fields["types"]
    return fields


def _farewell(job: jobs.Job, wish: _Wish) -> str:
    if wish.framed:
        return json.dumps({"end": {"status": answers.status(job)}})
    return str(job.id.encode())
