"""`quafu-runtime run`: run a program and follow it to its end."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from quafu_runtime.cli.render import message_text, result_text
from quafu_runtime.cli.session import Session, to_json, with_session

if TYPE_CHECKING:
    from quafu_runtime.job import RuntimeJob


@click.command()
@click.argument("program", metavar="PROGRAM")
@click.option("--params", metavar="JSON|@FILE", help="The params, as JSON, or in a JSON file.")
@click.option("--backend", metavar="NAME", help="The backend it runs on.")
@click.option("--seed", type=int, metavar="N", help="Makes random draws repeatable.")
@click.option("--max-execution-time", type=float, metavar="SECONDS", help="How long it may run.")
@with_session
def run(session: Session, program: str, params: str | None, **options: Any) -> None:
    """Run PROGRAM: an id, a name, or a Python file, which is uploaded first where it is not there already.

    Its logs and interim results go to standard error while it runs, its result to standard output. With --json every
    line of standard output is one JSON object: the job, each log and interim result, and the result at the end.

    \b
    Example:
        quafu-runtime run vqe.py --params '{"steps": 20}' --seed 7
        quafu-runtime run vqe --params @params.json --json
    """
    with session.service() as service:
        job = service.run(program_of(program), read_params(params), **options)
        announce(session, job)
        try:
            follow(session, job)
            result = job.result()
        except KeyboardInterrupt:
            click.echo(f"\nThe job goes on. Come back with: quafu-runtime job result {job.job_id()}", err=True)
            raise
    session.show({"type": "result", "job_id": job.job_id(), "result": result}, result_text(result))


def program_of(text: str) -> str | Path:
    """A program that was named on the command line: a file where it ends in .py, else an id or a name."""
    return Path(text) if text.endswith(".py") else text


def read_params(text: str | None) -> Any:
    """The params of `--params`: JSON, or `@` and the name of a file that holds JSON."""
    if text is None:
        return None
    try:
        return json.loads(Path(text[1:]).read_text(encoding="utf-8") if text.startswith("@") else text)
    except OSError as error:
        message = f"cannot read {text[1:]}: {error.strerror}"
        raise click.BadParameter(message, param_hint="--params") from None
    except ValueError as error:
        message = f"not JSON: {error}"
        raise click.BadParameter(message, param_hint="--params") from None


def announce(session: Session, job: "RuntimeJob") -> None:
    """Say under which id the job runs."""
    if session.as_json:
        click.echo(to_json({"type": "job", "job_id": job.job_id(), "program_id": job.program_id()}))
    else:
        click.echo(f"Job {job.job_id()}", err=True)


def follow(session: Session, job: "RuntimeJob") -> None:
    """Print what the job logs and publishes, until it ends."""
    for event in job.events():
        if session.as_json:
            click.echo(to_json({"type": event.kind, "data": event.data}))
        elif event.kind == "log":
            click.echo(event.data, err=True, nl=False)
        else:
            click.echo(message_text(event.data), err=True)
