"""`quafu-runtime program`: what is uploaded, and its check before that."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from quafu_runtime.cli.params import read_json
from quafu_runtime.cli.render import fields_text
from quafu_runtime.cli.session import FAILED, Session, with_session
from quafu_runtime.cli.table import Column

if TYPE_CHECKING:
    from collections.abc import Callable

    from quafu_runtime.programs import RuntimeProgram

IfExists = Literal["error", "reuse", "update"]

SHOWN_FIELDS = ("program_id", "name", "owner", "is_public", "backend", "group", "max_execution_time", "description")
COLUMNS = (
    Column("ID", "program_id"),
    Column("NAME", "name"),
    Column("OWNER", "owner"),
    Column("DESCRIPTION", "description", elastic=True),
)


def metadata_options(function: "Callable[..., None]") -> "Callable[..., None]":
    """The fields that an upload and an update share."""
    for option in reversed(
        (
            click.option("--backend", metavar="NAME", help="The backend it runs on if a run names none."),
            click.option("--group", metavar="NAME", help="A group, for your own order."),
            click.option("--description", metavar="TEXT", help="What it does."),
            click.option("--max-execution-time", type=float, metavar="SECONDS", help="How long a run may take."),
            click.option("--public/--private", "is_public", default=None, help="Whether others may run it."),
        )
    ):
        function = option(function)
    return function


def given(**fields: Any) -> dict[str, Any]:
    """The fields that were given on the command line."""
    return {key: value for key, value in fields.items() if value is not None}


@click.group()
def program() -> None:
    """Upload, list, show, change, delete, check and try programs.

    \b
    Example:
        quafu-runtime program check vqe.py
    """


@program.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--name", metavar="NAME", help="Its name; the stem of the file if left out.")
@click.option("--metadata", type=click.Path(path_type=Path), help="A JSON file with the fields below.")
@click.option(
    "--if-exists",
    type=click.Choice(["error", "reuse", "update"]),
    default="error",
    show_default=True,
    help="What happens where you have a program of this name.",
)
@metadata_options
@click.option("--allow-secrets", is_flag=True, help="Send it also where it holds what looks like a token.")
@with_session
def upload(
    session: Session, path: Path, name: str | None, metadata: Path | None, if_exists: IfExists, **fields: Any
) -> None:
    """Upload a program and print its id.

    \b
    Example:
        quafu-runtime program upload vqe.py --name vqe --backend local
        quafu-runtime program upload vqe.py --if-exists update
    """
    named = given(name=name or (None if metadata else path.stem))
    with session.service() as service:
        program_id = service.upload_program(path, metadata, if_exists=if_exists, **named, **given(**fields))
    session.show({"program_id": program_id}, program_id)


@program.command("list")
@click.option("--limit", type=int, default=20, show_default=True, help="How many at most.")
@click.option("--skip", type=int, default=0, show_default=True, help="How many to leave out first.")
@with_session
def list_(session: Session, limit: int, skip: int) -> None:
    """List programs. In a pipe: a line each, with tabs between id, name, owner and description.

    \b
    Example:
        quafu-runtime program list --limit 5
    """
    with session.service() as service:
        programs = service.programs(limit=limit, skip=skip)
    session.show_table([fields_of(found) for found in programs], COLUMNS, "No programs.")


@program.command()
@click.argument("program", metavar="PROGRAM")
@click.option("--source", is_flag=True, help="Print its text instead.")
@with_session
def show(session: Session, program: str, source: bool) -> None:
    """Show one program, by id or name.

    \b
    Example:
        quafu-runtime program show vqe --source
    """
    with session.service() as service:
        found = service.program(program)
    if source and not session.as_json:
        click.echo(found.data, nl=False)
        return
    session.show({**fields_of(found), "data": found.data}, table_of(found))


@program.command()
@click.argument("program", metavar="PROGRAM")
@click.option("--file", "path", type=click.Path(path_type=Path), help="A new text.")
@click.option("--metadata", type=click.Path(path_type=Path), help="A JSON file with the fields below.")
@metadata_options
@click.option("--allow-secrets", is_flag=True, help="Send it also where it holds what looks like a token.")
@with_session
def update(session: Session, program: str, path: Path | None, metadata: Path | None, **fields: Any) -> None:
    """Change a program, by id or name, and show it.

    \b
    Example:
        quafu-runtime program update vqe --file vqe.py --public
    """
    with session.service() as service:
        known = service.program(program)
        updated = service.update_program(known.program_id, path, metadata, **given(**fields))
    session.show(fields_of(updated), table_of(updated))


@program.command()
@click.argument("program", metavar="PROGRAM")
@with_session
def delete(session: Session, program: str) -> None:
    """Delete a program, by id or name.

    \b
    Example:
        quafu-runtime program delete vqe
    """
    with session.service() as service:
        known = service.program(program)
        service.delete_program(known.program_id)
    session.show({"program_id": known.program_id, "deleted": True}, f"Deleted {known.name}.")


@program.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--target", type=click.Choice(["cloud"]), help="Tell as well what works here and may not work there.")
@with_session
def check(session: Session, path: Path, target: Literal["cloud"] | None) -> None:
    """Check a program as it is checked before an upload. Exits with 1 where it has errors.

    \b
    Example:
        quafu-runtime program check vqe.py
        quafu-runtime program check vqe.py --target cloud
    """
    from quafu_runtime.check import check_program

    report = check_program(path, target=target)
    findings = (*report.errors, *report.warnings)
    fields = ("severity", "code", "line", "column", "message", "hint")
    session.show([{field: getattr(found, field) for field in fields} for found in findings], str(report))
    if report.errors:
        sys.exit(FAILED)


@program.command("dry-run")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--params", metavar="JSON|@FILE", help="The params, as JSON, or in a JSON file.")
@click.option("--seed", type=int, metavar="N", help="Makes random draws repeatable.")
@click.option("--timeout", type=float, metavar="SECONDS", default=60.0, show_default=True, help="How long it may take.")
@with_session
def dry_run(session: Session, path: Path, params: str | None, seed: int | None, timeout: float) -> None:
    """Run a program here, without any service, and tell what it does: circuits, shots, width, time, size of the result.

    \b
    Example:
        quafu-runtime program dry-run vqe.py --params '{"steps": 2}'
    """
    from attrs import asdict

    from quafu_runtime.here import dry_run as run_dry

    report = run_dry(path, read_json(params, "--params"), seed=seed, timeout=timeout)
    session.show(asdict(report), str(report))
    if report.error:
        sys.exit(FAILED)


def fields_of(found: "RuntimeProgram") -> dict[str, Any]:
    """A program without its text."""
    return {field: getattr(found, field) for field in SHOWN_FIELDS}


def table_of(found: "RuntimeProgram") -> str:
    """A program without its text, a field a line."""
    return fields_text(fields_of(found))
