"""`quafu-runtime job`: what became of a job."""

import click

from quafu_runtime.cli.render import result_text
from quafu_runtime.cli.session import Session, with_session


@click.group()
def job() -> None:
    """Ask for a job's status, result and logs; cancel and delete it."""


@job.command()
@click.argument("job_id")
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
@click.argument("job_id")
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
        value = found.result(timeout=timeout)
    session.show({"job_id": job_id, "result": value}, result_text(value))


@job.command()
@click.argument("job_id")
@with_session
def logs(session: Session, job_id: str) -> None:
    """Print what a job's program has printed so far.

    \b
    Example:
        quafu-runtime job logs 0123456789abcdef0123456789abcdef
    """
    with session.service() as service:
        text = service.job(job_id).logs()
    session.show({"job_id": job_id, "logs": text}, text.removesuffix("\n"))


@job.command()
@click.argument("job_id")
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
@click.argument("job_id")
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
