"""`quafu-runtime job`: your jobs, and what became of them."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from quafu_runtime.cli.completion import job_ids
from quafu_runtime.cli.interrupt import detaches
from quafu_runtime.cli.params import read_json
from quafu_runtime.cli.render import ago, fields_text, lasted, message_text, result_text, to_json
from quafu_runtime.cli.session import Session, with_session
from quafu_runtime.cli.table import Column

if TYPE_CHECKING:
    from collections.abc import Callable

    from quafu_runtime.job import JobInfo

JOB_COLUMNS = (
    Column("ID", "job_id"),
    Column("STATUS", "status"),
    Column("PROGRAM", "program_name", elastic=True),
    Column("LABEL", "label"),
    Column("TAGS", "tags"),
    Column("SUBMITTED", "created_at", ago),
)
CIRCUIT_COLUMNS = (
    Column("NUMBER", "seq"),
    Column("HOW", "how"),
    Column("NAME", "name", elastic=True),
    Column("BACKEND", "backend"),
    Column("ENGINE", "engine"),
    Column("QUBITS", "qubits"),
    Column("DEPTH", "depth"),
    Column("SHOTS", "shots"),
    Column("TIME", "seconds", lasted),
)
STATUSES = ("queued", "running", "done", "cancelled", "error")


def job_argument(function: "Callable[..., None]") -> "Callable[..., None]":
    """The argument that names a job."""
    return click.argument("job_id", metavar="JOB_ID", shell_complete=job_ids)(function)


@click.group()
def job() -> None:
    """List and follow your jobs; get their results and logs; cancel, repeat and keep them.

    \b
    Example:
        quafu-runtime job list --status running
    """


@job.command("list")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="How many at most.")
@click.option("--status", type=click.Choice(STATUSES), help="Only those with this status.")
@click.option("--program", metavar="PROGRAM", help="Only those that run this program: an id or a name.")
@click.option("--since", metavar="TIME", help="Only those submitted since: an ISO 8601 time or date.")
@click.option("--tag", metavar="TEXT", help="Only those with this tag.")
@with_session
def list_(session: Session, **filters: Any) -> None:
    """List your jobs, the newest first. In a pipe: a line each, with tabs between the fields.

    \b
    Example:
        quafu-runtime job list --tag paper --limit 50
        quafu-runtime job list --status error --json
    """
    with session.service() as service:
        found = service.jobs(**filters)
    session.show_table([fields_of(one) for one in found], JOB_COLUMNS, "No jobs.")


@job.command()
@job_argument
@with_session
def show(session: Session, job_id: str) -> None:
    """Show all that is known of a job but its result and its logs.

    \b
    Example:
        quafu-runtime job show 0123456789abcdef0123456789abcdef
    """
    with session.service() as service:
        fields = fields_of(service.job(job_id).info())
    session.show(fields, fields_text({name: value for name, value in fields.items() if value not in (None, [], {})}))


@job.command()
@job_argument
@with_session
def status(session: Session, job_id: str) -> None:
    """Print a job's status.

    \b
    Example:
        quafu-runtime job status 0123456789abcdef0123456789abcdef
    """
    with session.service() as service:
        found = service.job(job_id).status()
    session.show({"job_id": job_id, "status": found.value, "code": found.code}, found.value)


@job.command()
@job_argument
@click.option("--timeout", type=float, metavar="SECONDS", help="How long to wait; without end if left out.")
@click.option("--no-wait", is_flag=True, help="Print nothing where the job has not ended.")
@with_session
def result(session: Session, job_id: str, timeout: float | None, no_wait: bool) -> None:
    """Wait for a job and print what its program returned.

    \b
    Example:
        quafu-runtime job result 0123456789abcdef0123456789abcdef
    """
    with session.service() as service:
        found = service.job(job_id)
        if no_wait and not found.done():
            session.show({"job_id": job_id, "status": found.status().value, "result": None}, "")
            return
        with detaches(session, found):
            value = found.result(timeout=timeout)
    session.show({"job_id": job_id, "result": value}, result_text(value))


@job.command()
@job_argument
@click.option("--follow", "-f", is_flag=True, help="Go on printing until the job has ended.")
@with_session
def logs(session: Session, job_id: str, follow: bool) -> None:
    """Print what a job's program has printed so far, and with -f what it prints from now on.

    \b
    Example:
        quafu-runtime job logs -f 0123456789abcdef0123456789abcdef
    """
    with session.service() as service:
        found = service.job(job_id)
        if not follow:
            text = found.logs()
            session.show({"job_id": job_id, "logs": text}, text.removesuffix("\n"))
            return
        with detaches(session, found):
            for piece in found.stream_logs():
                click.echo(to_json({"type": "log", "data": piece}) if session.as_json else piece, nl=session.as_json)


@job.command()
@job_argument
@click.option("--after", type=click.IntRange(min=0), metavar="N", help="Only what came after the message number N.")
@with_session
def stream(session: Session, job_id: str, after: int | None) -> None:
    """Print a job's interim results, one a line, until it ends.

    \b
    Example:
        quafu-runtime job stream 0123456789abcdef0123456789abcdef
    """
    with session.service() as service:
        found = service.job(job_id)
        with detaches(session, found):
            for message in found.stream(after=after):
                click.echo(to_json({"type": "interim", "data": message}) if session.as_json else message_text(message))


@job.command()
@job_argument
@with_session
def ledger(session: Session, job_id: str) -> None:
    """Print how a job spent its time, and which circuits it ran.

    \b
    Example:
        quafu-runtime job ledger 0123456789abcdef0123456789abcdef
    """
    with session.service() as service:
        found = service.job(job_id).ledger()
    times = {name: getattr(found.times, name) for name in ("waited", "started", "computed", "simulated")}
    if session.as_json:
        click.echo(to_json({"job_id": job_id, "times": times, "circuits": found.rows()}))
        return
    session.tell("  ".join(f"{name} {lasted(seconds) or '-'}" for name, seconds in times.items()))
    session.show_table(found.rows(), CIRCUIT_COLUMNS, "No circuits.")


@job.command()
@job_argument
@with_session
def cancel(session: Session, job_id: str) -> None:
    """Cancel a job.

    \b
    Example:
        quafu-runtime job cancel 0123456789abcdef0123456789abcdef
    """
    with session.service() as service:
        found = service.job(job_id).cancel()
    session.show({"job_id": job_id, "status": found.value, "code": found.code}, found.value)


@job.command()
@job_argument
@click.option("--params", metavar="JSON|@FILE", help="Other params than it had.")
@click.option("--seed", type=int, metavar="N", help="Makes random draws repeatable; a new one is drawn if left out.")
@with_session
def rerun(session: Session, job_id: str, params: str | None, seed: int | None) -> None:
    """Run a job's program again, with the same params unless others are given, and print the new job's id.

    \b
    Example:
        quafu-runtime job rerun 0123456789abcdef0123456789abcdef --params '{"steps": 40}'
    """
    given: dict[str, Any] = {} if params is None else {"params": read_json(params, "--params")}
    if seed is not None:
        given["seed"] = seed
    with session.service() as service:
        again = service.job(job_id).rerun(**given)
    session.show({"job_id": again.job_id(), "rerun_of": job_id}, again.job_id())


@job.command()
@job_argument
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--overwrite", is_flag=True, help="Replace the file where it is there already.")
@with_session
def bundle(session: Session, job_id: str, path: Path, overwrite: bool) -> None:
    """Keep all of a job in one zip file: its program, params, result, logs, interim results, versions and times.

    \b
    Example:
        quafu-runtime job bundle 0123456789abcdef0123456789abcdef run.zip
    """
    with session.service() as service:
        service.job(job_id).bundle(path, overwrite=overwrite)
    session.show({"job_id": job_id, "path": str(path)}, str(path))


@job.command()
@job_argument
@with_session
def delete(session: Session, job_id: str) -> None:
    """Delete a job that has ended.

    \b
    Example:
        quafu-runtime job delete 0123456789abcdef0123456789abcdef
    """
    with session.service() as service:
        deleted = service.job(job_id).delete()
    session.show({"job_id": job_id, "deleted": deleted}, "Deleted." if deleted else "Not deleted: it has not ended.")


def fields_of(info: "JobInfo") -> dict[str, Any]:
    """All that is known of a job, as values that JSON can hold."""
    from attrs import asdict

    return {**asdict(info), "status": info.status.value, "tags": list(info.tags)}
