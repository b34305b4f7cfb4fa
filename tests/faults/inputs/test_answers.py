"""Bad answers to the client: one error of its tree each, soon, in bounded memory, and without the token in it."""

import traceback

import pytest

from quafu_runtime import errors
from tests.fakes.deployed import TOKEN, FakeService
from tests.fakes.faces import FACES, QUICK, Caller
from tests.faults.inputs.answer_rows import ANSWER_ROWS, AnswerRow
from tests.faults.inputs.calls import CALLS

LONGEST_MESSAGE = 2_000


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("row", ANSWER_ROWS, ids=lambda row: row.name)
def test_a_bad_answer_is_one_error_that_says_what_came(
    service: FakeService, caller: Caller, face: str, row: AnswerRow
) -> None:
    service.script(row.operation, row.answer)

    with pytest.raises(errors.QuafuRuntimeError) as caught:
        caller.call(face, CALLS[row.operation])

    assert type(caught.value) is row.error, repr(caught.value)
    assert row.says in str(caught.value)
    assert len(str(caught.value)) < LONGEST_MESSAGE
    assert str(caught.value).replace("\n", " ").isprintable()
    assert TOKEN not in "".join(traceback.format_exception(caught.value))
    service.add_job(status=2)
    # The service may be just closing the connection that is kept.
    assert caller.call(face, lambda client: client.programs(), policy=QUICK) is not None
