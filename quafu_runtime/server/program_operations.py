"""The operations on programs, each a coroutine from checked arguments to the answer's model."""

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from quafu_runtime_api import SPEC_VERSION, models
from quafu_runtime_api.types import Unset
from sqlalchemy import Connection

from quafu_runtime._version import __version__
from quafu_runtime.server import answers, texts
from quafu_runtime.server.backstage import Backstage
from quafu_runtime.server.quotas import require_room
from quafu_runtime.server.settings import Limits
from quafu_runtime.server.store import keys, sizes
from quafu_runtime.server.store import programs as kept
from quafu_runtime.server.store.users import User
from quafu_runtime.server.wire import Refusal, shown

FORBIDDEN = 403
NOT_FOUND = 404
NO_ARGUMENT = 405
BAD_ARGUMENT = 406
TAKEN = 409

PLAIN = ("name", "backend", "group")
"""The texts of a program that stand in lines and in tables."""

FEATURES = [
    *("seed", "max_execution_time", "max_attempts", "job_info", "result_types", "events"),
    *("jobs", "job_ledger", "job_inputs", "tags", "idempotency_key"),
]
"""The extensions of the contract that this service has."""


async def upload(
    stage: Backstage, user: User, arguments: Mapping[str, Any], once: keys.Once | None
) -> models.UploadSuccess:
    """Store a program, or give the one that an earlier request with the same key stored.

    Raises:
        Refusal: Its source is no base64 of UTF-8, its name is taken, or the user keeps too much.
        UsedKeyError: The key came with another request before.
    """
    texts.check(arguments, BAD_ARGUMENT, *PLAIN)
    _check_cost(arguments)
    request = models.UploadRequest.from_dict(arguments)
    metadata = kept.Metadata(
        name=request.name,
        description=request.description or "",
        backend=request.backend or None,
        group=request.group or None,
        cost=request.cost or None,
        is_public=_flag(request.is_public),
    )
    data = await stage.store.write_durably(
        _accept, user, metadata, _source(request.data), once=once, limits=stage.limits
    )
    return models.UploadSuccess(status=answers.OK, msg="success", data=models.Uploaded.from_dict(data))


async def update(stage: Backstage, user: User, arguments: Mapping[str, Any]) -> models.ProgramSuccess:
    """Change a program of the user's.

    Raises:
        Refusal: The user has no such program, its source is no base64 of UTF-8, its new name is taken, or
            the user keeps too much.
    """
    texts.check(arguments, BAD_ARGUMENT, *PLAIN)
    _check_cost(arguments)
    request = models.UpdateRequest.from_dict(arguments)
    columns = {name: getattr(request, name) for name in ("name", "description", "cost", "group", "backend")}
    changes = {name: value for name, value in columns.items() if value is not None and not isinstance(value, Unset)}
    if request.is_public is not None and not isinstance(request.is_public, Unset):
        changes["is_public"] = _flag(request.is_public)
    if request.data is not None and not isinstance(request.data, Unset):
        changes["source"] = _source(request.data)
    changed = await stage.store.write_durably(_changed, user, request.program_id, changes, stage.limits)
    return models.ProgramSuccess(status=answers.OK, msg="success", data=answers.program(changed))


async def delete(stage: Backstage, user: User, arguments: Mapping[str, Any]) -> models.DeleteSuccess:
    """Delete a program of the user's.

    Raises:
        Refusal: The user has no such program.
    """
    if not await stage.store.write_durably(kept.delete, user.number, arguments["program_id"]):
        raise _none_of_yours(arguments["program_id"])
    return models.DeleteSuccess(status=answers.OK, msg="success")


async def page(stage: Backstage, user: User, arguments: Mapping[str, Any]) -> models.ProgramsSuccess:
    """List the programs that the user may run."""
    found, count = await stage.store.read(kept.page, user.number, arguments.get("limit"), arguments.get("offset", 0))
    data = models.ProgramsPage(programs=[answers.program(program) for program in found], count=count)
    return models.ProgramsSuccess(status=answers.OK, msg="success", data=data)


async def get(stage: Backstage, user: User, arguments: Mapping[str, Any]) -> models.ProgramSuccess:
    """Give a whole program.

    Raises:
        Refusal: There is none, it is somebody else's, or nothing says which.
    """
    program_id, name = arguments.get("program_id"), arguments.get("name")
    if not program_id and not name:
        raise Refusal(NO_ARGUMENT, "Give a program_id or a name.")
    found = await stage.store.read(resolve, user, program_id, name)
    if not may_see(user, found):
        raise Refusal(FORBIDDEN, f"The program {found.id} is not yours and not public.")
    return models.ProgramSuccess(status=answers.OK, msg="success", data=answers.program(found))


async def capabilities(_stage: Backstage, _user: User, _arguments: Mapping[str, Any]) -> models.CapabilitiesSuccess:
    """Tell which extensions this service has."""
    data = models.Capabilities(version=SPEC_VERSION, server=f"quafu-runtime {__version__}", features=list(FEATURES))
    return models.CapabilitiesSuccess(status=answers.OK, msg="success", data=data)


def resolve(connection: Connection, user: User, program_id: str | None, name: str | None) -> kept.Program:
    """The program that is meant by an id, a name, or both.

    Raises:
        Refusal: There is none, the two do not agree, or several have the name.
    """
    if program_id:
        found = kept.by_id(connection, program_id)
        if found is None:
            raise Refusal(NOT_FOUND, f"There is no program with the id {shown(program_id)}.")
        if not may_see(user, found):
            return found  # and nothing is said of its name
        if name and name not in (found.metadata.name, f"{found.owner_name}/{found.metadata.name}"):
            raise Refusal(
                NOT_FOUND, f"The program {shown(program_id)} is not named {shown(name)}. Give one of the two alone."
            )
        return found
    return _by_name(connection, user, name or "")


def may_see(user: User, program: kept.Program) -> bool:
    """Whether a user may see and run a program."""
    return program.owner == user.number or program.metadata.is_public


def _accept(
    connection: Connection, user: User, metadata: kept.Metadata, source: str, *, once: keys.Once | None, limits: Limits
) -> dict[str, Any]:
    """Store the program, unless this very request has stored it already. Returns the answer's data."""
    earlier = keys.earlier(connection, once)
    if earlier is not None:
        return earlier
    require_room(connection, user.number, sizes.size(source), limits)
    now = datetime.now(UTC)
    program_id = kept.add(connection, user.number, metadata, source, now)
    if program_id is None:
        raise _taken(metadata.name)
    uploaded = models.Uploaded(id=program_id).to_dict()
    keys.remember(connection, once, uploaded, now)
    return uploaded


def _by_name(connection: Connection, user: User, name: str) -> kept.Program:
    found = kept.by_name(connection, user.number, name)
    if not found:
        raise Refusal(NOT_FOUND, f"There is no program named {shown(name)}.")
    if len(found) > 1:
        choices = ", ".join(f"{program.owner_name}/{program.metadata.name}" for program in found)
        raise Refusal(NOT_FOUND, f"Several programs are named {shown(name)}. Say whose you mean: {choices}.")
    return found[0]


def _changed(
    connection: Connection, user: User, program_id: str, changes: dict[str, Any], limits: Limits
) -> kept.Program:
    program = kept.by_id(connection, program_id)
    if program is None or program.owner != user.number:
        raise _none_of_yours(program_id)
    if not changes:
        return program
    require_room(connection, user.number, sizes.size(changes.get("source")) - sizes.size(program.source), limits)
    if not kept.update(connection, program, **changes):
        raise _taken(changes["name"])
    return resolve(connection, user, program_id, None)


def _check_cost(arguments: Mapping[str, Any]) -> None:
    if texts.lasts_too_long(arguments.get("cost")):
        raise Refusal(BAD_ARGUMENT, f"The argument cost is at most {texts.LONGEST} seconds.")


def _source(data: str) -> str:
    try:
        return base64.b64decode("".join(data.split()), validate=True).decode()
    except ValueError:  # also of a character that is not ASCII
        raise Refusal(BAD_ARGUMENT, "The argument data is not base64 of UTF-8 text.") from None


def _flag(value: "bool | int | list[bool | int] | Unset | None") -> bool:
    """Whether a program is public. The deployed client sends a list of one number on update."""
    return bool(value[0] if isinstance(value, list) else value)


def _taken(name: str) -> Refusal:
    return Refusal(TAKEN, f"You have a program named {shown(name)} already.")


def _none_of_yours(program_id: str) -> Refusal:
    return Refusal(NOT_FOUND, f"You have no program with the id {shown(program_id)}.")
