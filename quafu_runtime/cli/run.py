"""`quafu-runtime run`: run a program and follow it to its end, or run it once for each of many params."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from quafu_runtime.cli.interrupt import detaches
from quafu_runtime.cli.params import read_json, read_lines
from quafu_runtime.cli.render import message_text, result_text, to_json
from quafu_runtime.cli.session import FAILED, INTERRUPTED, Session, complain, with_session
from quafu_runtime.errors import JobFailedError

if TYPE_CHECKING:
    from quafu_runtime.job import JobEvent, RuntimeJob
    from quafu_runtime.service import RuntimeService

PENDING = 16
"""Jobs of a map that are unfinished at once, if nobody says otherwise."""


@click.command()
@click.argument("program", metavar="PROGRAM")
@click.option("--params", metavar="JSON|@FILE", help="The params, as JSON, or in a JSON file (@- for standard input).")
@click.option("--map", "map_path", metavar="FILE", help="Run it once for each line of FILE, which are params in JSON.")
@click.option("--max-pending", type=click.IntRange(min=1), metavar="N", help="With --map: unfinished jobs at once.")
@click.option("--backend", metavar="NAME", help="The backend it runs on.")
@click.option("--seed", type=int, metavar="N", help="Makes random draws repeatable.")
@click.option("--max-execution-time", type=float, metavar="SECONDS", help="How long it may run.")
@click.option("--max-attempts", type=int, metavar="N", help="How often it may run in all, where its process is lost.")
@click.option("--label", metavar="TEXT", help="A name for the job, for people.")
@click.option("--tag", "tags", multiple=True, metavar="TEXT", help="A word to find the job by; may be repeated.")
@click.option("--allow-secrets", is_flag=True, help="Send it also where it holds what looks like a token.")
@click.option("--detach", "-d", is_flag=True, help="Print the job's id, and do not wait for it.")
@with_session
def run(
    session: Session,
    program: str,
    *,
    params: str | None,
    map_path: str | None,
    max_pending: int | None,
    detach: bool,
    **options: Any,
) -> None:
    """Run PROGRAM: an id, a name, or a Python file, which is uploaded first where it is not there already.

    Its logs and interim results go to standard error while it runs, its result to standard output. With --json every
    line of standard output is one JSON object: the job, each log and interim result, and the result at the end.
    Ctrl-C leaves the job running, and says how to come back to it; a second one cancels it.

    \b
    Example:
        quafu-runtime run vqe.py --params '{"steps": 20}' --seed 7
        quafu-runtime run vqe --params @params.json --json
        quafu-runtime run vqe.py --map params.jsonl --max-pending 8 > results.jsonl
        quafu-runtime run vqe.py --detach --label "first try" --tag paper
    """
    if map_path is not None and (params is not None or detach):
        message = "--map takes neither --params nor --detach."
        raise click.UsageError(message)
    with session.service() as service:
        if map_path is not None:
            options.update(program=program_of(program), max_pending=max_pending or PENDING)
            _run_many(session, service, read_lines(map_path, "--map"), options)
            return
        job = service.run(program_of(program), read_json(params, "--params"), **options)
        if detach:
            session.show({"job_id": job.job_id(), "program_id": job.program_id()}, job.job_id())
            return
        _follow_to_the_end(session, job)


def program_of(text: str) -> str | Path:
    """A program that was named on the command line: a file where it ends in .py, else an id or a name."""
    return Path(text) if text.endswith(".py") else text


def _follow_to_the_end(session: Session, job: "RuntimeJob") -> None:
    if session.as_json:
        click.echo(to_json({"type": "job", "job_id": job.job_id(), "program_id": job.program_id()}))
    else:
        session.tell(f"Job {job.job_id()}")
    with detaches(session, job):
        for event in job.events():
            show_event(session, event)
        try:
            result = job.result()
        except JobFailedError as error:
            _fail(session, error)
    session.show({"type": "result", "job_id": job.job_id(), "result": result}, result_text(result))


def _fail(session: Session, error: JobFailedError) -> NoReturn:
    """Say that a job failed, without its log where that was shown already, and exit."""
    if session.quiet or session.as_json:
        raise error
    reasons = error.traceback.strip().splitlines()
    complain(f"Job {error.job_id} failed: {reasons[-1] if reasons else 'no reason is given.'}")
    sys.exit(FAILED)


def show_event(session: Session, event: "JobEvent") -> None:
    """Print what a job has logged or published."""
    if session.as_json:
        click.echo(to_json({"type": event.kind, "data": event.data}))
    elif event.kind == "log":
        click.echo("" if session.quiet else event.data, err=True, nl=False)
    else:
        session.tell(message_text(event.data))


def _run_many(session: Session, service: "RuntimeService", params: list[Any], options: dict[str, Any]) -> None:
    """Run a program once for each of many params, and print a line of JSON for each, in the order of the params."""
    from quafu_runtime.many import gather

    jobs = service.map(params_list=params, **options)
    progress = False if session.quiet or session.as_json else None
    try:
        values = gather(jobs, progress=progress)
    except KeyboardInterrupt:
        session.tell("\nThe jobs that were submitted go on. Find them with: quafu-runtime job list")
        sys.exit(INTERRUPTED)
    lines = [_line(number, given, value) for number, (given, value) in enumerate(zip(params, values, strict=True))]
    for line in lines:
        click.echo(to_json(line))
    if any("error" in line for line in lines):
        sys.exit(FAILED)


def _line(number: int, params: Any, value: Any) -> dict[str, Any]:
    from quafu_runtime.many import FailedRun

    if isinstance(value, FailedRun):
        job_id = None if value.job is None else value.job.job_id()
        return {"index": number, "params": params, "job_id": job_id, "error": str(value.error)}
    return {"index": number, "params": params, "result": value}
