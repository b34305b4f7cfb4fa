"""Bad sources: checked apart from the service, which goes on while one is being looked at, and forgets nothing."""

import asyncio

import pytest

from quafu_runtime.server.sources import TOO_MUCH, SourceCheck
from tests.faults.inputs.source_rows import RUN, SOURCE_ROWS, SourceRow
from tests.faults.inputs.target import Target

NOT_VALID = 405
RIDDLE = RUN + "x = 1\n" * 1_500_000
"""A source that Python compiles for many seconds, with its lock held, and in gigabytes."""


@pytest.mark.parametrize("row", SOURCE_ROWS, ids=lambda row: row.name)
def test_a_bad_source_is_refused_when_it_is_to_run(target: Target, row: SourceRow) -> None:
    program_id = target.owner.upload("bad", row.source)
    try:
        answer = target.owner.call("programs_run_deploy", program_id=program_id)
        assert (answer["status"], row.says in answer["msg"]) == (NOT_VALID, True), answer
        assert len(answer["msg"]) < 2_000
    finally:
        target.owner.call("program_delete", program_id=program_id)
    target.assert_unharmed()


def test_a_source_that_takes_for_ever_is_given_up_and_holds_up_nobody() -> None:
    async def main() -> None:
        check, other = SourceCheck(longest=0.5), SourceCheck()
        try:
            riddle = asyncio.create_task(check.fault(RIDDLE, "riddle"))
            assert await other.fault(RUN, "plain") is None
            assert await riddle == TOO_MUCH
            assert check._idle == []
        finally:
            check.close()
            other.close()

    asyncio.run(main())


def test_a_process_that_checks_may_be_killed_at_any_time() -> None:
    async def main() -> None:
        check = SourceCheck()
        try:
            assert await check.fault(RUN, "one") is None
            (idle,) = check._idle
            idle._process.kill()
            idle._process.wait()
            assert "no function run" in str(await check.fault("x = 1\n", "two"))
        finally:
            check.close()

    asyncio.run(main())
