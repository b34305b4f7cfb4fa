"""`quafu-runtime program`: what is uploaded, and its check before that."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from quafu_runtime.cli.session import FAILED, Session, exit_codes, to_json, with_session

if TYPE_CHECKING:
    from collections.abc import Callable

    from quafu_runtime.programs import RuntimeProgram

SHOWN_FIELDS = ("program_id", "name", "owner", "is_public", "backend", "group", "max_execution_time", "description")


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
    """Upload, list, show, change, delete and check programs."""


@program.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--name", metavar="NAME", help="Its name; the stem of the file if left out.")
@click.option("--metadata", type=click.Path(path_type=Path), help="A JSON file with the fields below.")
@metadata_options
@with_session
def upload(session: Session, path: Path, name: str | None, metadata: Path | None, **fields: Any) -> None:
    """Upload a program and print its id.

    \b
    Example:
        quafu-runtime program upload vqe.py --name vqe --backend local
    """
    named = given(name=name or (None if metadata else path.stem))
    with session.service() as service:
        program_id = service.upload_program(path, metadata, **named, **given(**fields))
    session.show({"program_id": program_id}, program_id)


@program.command("list")
@click.option("--limit", type=int, default=20, show_default=True, help="How many at most.")
@click.option("--skip", type=int, default=0, show_default=True, help="How many to leave out first.")
@with_session
def list_(session: Session, limit: int, skip: int) -> None:
    """List programs: a line each, with id, name and description.

    \b
    Example:
        quafu-runtime program list --limit 5
    """
    with session.service() as service:
        programs = service.programs(limit=limit, skip=skip)
    lines = (f"{found.program_id}  {found.name:24}  {found.description or ''}".rstrip() for found in programs)
    session.show([fields_of(found) for found in programs], "\n".join(lines) or "No programs.")


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
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def check(path: Path, as_json: bool) -> None:
    """Check a program as it is checked before an upload. Exits with 1 where it has errors.

    \b
    Example:
        quafu-runtime program check vqe.py
    """
    from quafu_runtime.check import check_source
    from quafu_runtime.programs import read_source

    with exit_codes():
        report = check_source(*read_source(path))
    if as_json:
        findings = (*report.errors, *report.warnings)
        fields = ("severity", "line", "column", "message", "hint")
        click.echo(to_json([{field: getattr(found, field) for field in fields} for found in findings]))
    else:
        click.echo(str(report))
    if report.errors:
        sys.exit(FAILED)


def fields_of(found: "RuntimeProgram") -> dict[str, Any]:
    """A program without its text."""
    return {field: getattr(found, field) for field in SHOWN_FIELDS}


def table_of(found: "RuntimeProgram") -> str:
    """A program without its text, a field a line."""
    return "\n".join(
        f"{field:20}{'' if value is None else value}".rstrip() for field, value in fields_of(found).items()
    )
