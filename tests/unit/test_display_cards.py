"""What a card makes of what comes from its job."""

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from quafu_runtime import JobFailedError, JobInfo, JobStatus
from quafu_runtime.display.card import html_of_card
from quafu_runtime.display.markup import duration, printable
from quafu_runtime.display.numbers import Curves, curves_of, numbers_of
from quafu_runtime.display.state import CardState
from tests.unit.test_display_values import HOSTILE, read


def _state(status: JobStatus = JobStatus.RUNNING, params: object = None) -> CardState:
    state = CardState("0123", params, "local")
    began = datetime.now(UTC) - timedelta(seconds=5)
    state.info = JobInfo("0123", status, program_name="vqe", started_at=began)
    return state


@pytest.mark.parametrize(
    ("value", "numbers"),
    [
        (3, {"": 3.0}),
        (np.float32(0.5), {"": 0.5}),
        ({"step": 1, "energy": -1.8, "note": "x", "ok": True}, {"step": 1.0, "energy": -1.8}),
        (b'{"step": 3, "energy": -1.8}', {"step": 3.0, "energy": -1.8}),
        ('{"energy": -1.8}', {"energy": -1.8}),
        (b"2.5", {"": 2.5}),
        (True, {}),
        (math.nan, {}),
        (10**400, {}),
        ("a text", {}),
        (b"\xff", {}),
        (b"[" * 10_000, {}),
        ([1, 2], {}),
        (None, {}),
    ],
)
def test_numbers_are_found_in_what_is_published(value: object, numbers: Mapping[str, float]) -> None:
    assert numbers_of(value) == numbers


def test_each_name_is_a_curve_over_the_steps() -> None:
    curves = curves_of([{"step": 5, "energy": 1, "slope": 2}, {"iteration": 6, "energy": 0}])
    assert curves.points == {"energy": [(5, 1), (6, 0)], "slope": [(5, 2)]}


def test_a_curve_of_a_million_points_stays_small_and_keeps_its_ends() -> None:
    curves = Curves()
    for number in range(1_000_000):
        curves.take(number)
    points = curves.points[""]
    assert len(points) <= 1_000
    assert (points[0], points[-1]) == ((0, 0), (999_999, 999_999))


def test_objects_with_ever_new_names_do_not_grow_a_card() -> None:
    curves = curves_of({f"name{number}": 1} for number in range(1_000))
    assert len(curves.points) == 16


def test_a_card_draws_one_curve_a_name() -> None:
    state = _state()
    for step in range(3):
        state.received(json.dumps({"step": step, "energy": -step, "slope": 1}).encode())
    html = html_of_card(state)
    assert html.count("<polyline") == 2
    assert "3 interim results" in read(html).text


@pytest.mark.parametrize("first", [{"step": 3, "steps": 12, "energy": 1}, {"step": 3, "energy": 1}])
def test_progress_is_told_where_the_number_of_steps_is_known(first: dict[str, float]) -> None:
    state = _state(params={"steps": 12})
    state.received(first)
    html = html_of_card(state)
    assert "width:25.0%" in html
    assert "step 3 of 12" in read(html).text


@pytest.mark.parametrize("params", [{"steps": 2}, {"steps": 0}, {"steps": "many"}, None, [12]])
def test_no_progress_is_told_where_it_would_be_wrong(params: object) -> None:
    state = _state(params=params)
    state.received({"step": 3, "energy": 1})
    assert state.progress() is None


def test_other_interim_results_are_shown_as_they_are_the_last_three() -> None:
    state = _state()
    for number in range(5):
        state.received([number, "text"])
    text = read(html_of_card(state)).text
    assert "[2, 'text']\n[3, 'text']\n[4, 'text']" in text
    assert "[1, 'text']" not in text


def test_the_last_lines_of_a_log_are_shown_and_an_endless_log_is_not_kept() -> None:
    state = _state()
    for number in range(10_000):
        state.printed(f"line {number}\n")
    assert len(state.log) <= 8_000
    text = read(html_of_card(state)).text
    assert "line 9994\n" in text
    assert "line 9993\n" not in text


def test_whoever_prints_is_running_whatever_was_said_before() -> None:
    state = _state(JobStatus.QUEUED)
    before = state.status
    state.printed("hello")
    assert (before, state.status) == (JobStatus.QUEUED, JobStatus.RUNNING)


def test_the_result_is_shown_in_short() -> None:
    state = _state(JobStatus.DONE)
    state.result = {"energy": -1.8, "list": list(range(100_000))}
    html = html_of_card(state)
    assert "-1.8" in html
    assert len(html) < 8_000


def test_a_repr_that_raises_is_no_harm() -> None:
    class Odd:
        def __repr__(self) -> str:
            raise ValueError

    state = _state(JobStatus.DONE)
    state.result = [Odd()]
    assert "Odd" in read(html_of_card(state)).text


def test_nothing_hostile_gets_into_a_card() -> None:
    state = CardState(HOSTILE, {HOSTILE: 1}, HOSTILE)
    state.info = JobInfo(HOSTILE, JobStatus.ERROR, program_name=HOSTILE, tags=(HOSTILE,))
    state.printed(HOSTILE)
    state.received(HOSTILE)
    state.received({HOSTILE: 1})
    state.error = JobFailedError(HOSTILE, job_id=HOSTILE, traceback=HOSTILE, logs=HOSTILE, params={HOSTILE: HOSTILE})
    assert "<script>" in read(html_of_card(state)).text
    state.error = None
    state.result, state.lost = {HOSTILE: HOSTILE}, HOSTILE
    assert "<script>" in read(html_of_card(state)).text


def test_a_bar_that_was_drawn_over_and_over_is_its_last_state() -> None:
    assert printable("10%\r20%\r100%\nnext\r\n") == "100%\nnext\n"


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.25, "250 ms"), (59.04, "59.0 s"), (61, "1 min 1 s"), (3_720, "1 h 2 min")]
)
def test_times_are_said_as_people_say_them(seconds: float, said: str) -> None:
    assert duration(seconds) == said
