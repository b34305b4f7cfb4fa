"""Running a program, once, as a flow: what the service must be able to do, the request, and what came of it."""

from attrs import evolve, field, frozen
from quafu_runtime_api import models
from quafu_runtime_api.api.jobs import programs_run_deploy
from quafu_runtime_api.types import UNSET

from quafu_runtime._client.flow import Call, Flow, LookFor, ask
from quafu_runtime._client.guarding import guard_values
from quafu_runtime._client.keys import keyed
from quafu_runtime._client.known import MAX_ATTEMPTS, MAX_EXECUTION_TIME, SEED, TAGS, Known, features, require
from quafu_runtime._client.options import Options
from quafu_runtime._client.programs import with_names
from quafu_runtime._client.records import Submitted
from quafu_runtime._client.targets import Target, located, target, with_missing_file
from quafu_runtime.codec import check_params
from quafu_runtime.errors import ProgramNotFoundError

__all__ = ["Options", "Submission", "Target", "run", "target"]


@frozen
class Submission:
    """A job that is being submitted, as far as it is known here.

    Attributes:
        program: Which program it runs.
        options: How.
        params: What it gets, as plain JSON.
    """

    program: Target
    options: Options
    params: object = field(repr=False)


def run(meant: Target, params: object, options: Options, known: Known) -> Flow[Submitted]:
    """Run a program.

    Args:
        meant: Which one.
        params: What the program gets as its third argument.
        options: How to run it.
        known: What is known of the service.

    Raises:
        InvalidParamsError: The params cannot be sent, or the service refused them.
        ArgumentError: The service cannot honour an option, or the idempotency key belongs to another request.
        SecretFoundError: The program, its params, or its label hold what nobody else should read.
        ProgramNotFoundError: There is no such program.
        ProgramNotValidError: The check before an upload found errors, or the service says so.
        SubmitUncertain: The answer was lost, and the service takes no idempotency keys or is silent.
    """
    submission = Submission(meant, options, None if params is None else check_params(params))
    if not meant.allow_secrets:
        kept = {"the params": submission.params, "the label": options.label, "the tags": list(options.tags)}
        guard_values(kept, known)
    yield from _required(options, known)
    submission = evolve(submission, program=(yield from located(meant, known)))
    try:
        return (yield from _submitted(submission, known))
    except ProgramNotFoundError:
        if meant.source is None:
            raise
    known.uploaded.clear()  # somebody has deleted what was uploaded before
    submission = evolve(submission, program=(yield from located(meant, known)))
    return (yield from _submitted(submission, known))


def _required(options: Options, known: Known) -> Flow[None]:
    """See that the service can honour what decides the job's outcome."""
    if options.seed is not None:
        yield from require(known, SEED, "seed")
    if options.max_execution_time is not None:
        yield from require(known, MAX_EXECUTION_TIME, "max_execution_time")
    if options.max_attempts is not None:
        yield from require(known, MAX_ATTEMPTS, "max_attempts")


def _submitted(submission: Submission, known: Known) -> Flow[Submitted]:
    operation, meant = "programs_run_deploy", submission.program
    request = yield from _request(submission, known)
    key = submission.options.idempotency_key
    call = Call(
        operation,
        programs_run_deploy.build(body=request),
        programs_run_deploy.parse,
        meant.subject,
        repeatable=False,
        look_for=_look_for(submission, key),
        note=submission,
    )
    asked = with_names(ask(keyed(call, key, known)), meant.name or meant.program_id or "")
    answer = yield from with_missing_file(asked, meant)
    return Submitted.of(answer.data, operation)


def _look_for(submission: Submission, key: str) -> LookFor:
    meant, backend = submission.program, submission.options.backend
    where = "the program's own backend" if backend is None else f'backend "{backend}"'
    advice = (
        f"Look for a job of it on {where} that was made at that time or a little later: where the service keeps a list "
        "of jobs, service.jobs() shows it, else the service's web site. Run it again only where there is none, or "
        f'where a second job does no harm. (Its key was idempotency_key="{key}".)'
    )
    return LookFor(advice, meant.name or meant.program_id, backend, key)


def _request(submission: Submission, known: Known) -> Flow[models.RunRequest]:
    meant, options = submission.program, submission.options
    request = models.RunRequest(
        program_id=meant.program_id,
        program_name=meant.name if meant.program_id is None else None,
        backend=UNSET if options.backend is None else options.backend,
        params=UNSET if submission.params is None else submission.params,
        seed=UNSET if options.seed is None else options.seed,
        max_execution_time=UNSET if options.max_execution_time is None else options.max_execution_time,
        max_attempts=UNSET if options.max_attempts is None else options.max_attempts,
    )
    if (options.label or options.tags) and TAGS in (yield from features(known)):
        request.label, request.tags = options.label, list(options.tags)
    return request
