"""Programs as values, and lists of them."""

import copy
import pickle
from typing import Any

import pytest
from attrs.exceptions import FrozenInstanceError

from quafu_runtime.programs import ProgramList, RuntimeProgram, format_programs

WIRE = {
    "program_id": "3f2504e04f8911d39a0c0305e82c3301",
    "name": "bell",
    "description": "A Bell pair",
    "backend": "testbackend",
    "group": "examples",
    "owner": "alice",
    "is_public": 1,
    "cost": 300,
    "data": "ZGVmIHJ1bih0YXNrLCB1c2VycHViLCBwYXJhbXMpOgogICAgcmV0dXJuICLkvaDlpb0iCg==",
}
BELL = RuntimeProgram.from_wire(WIRE)
HELLO = RuntimeProgram("b" * 32, "hello")


def test_a_program_is_read_by_attribute_and_by_key() -> None:
    assert BELL.name == BELL["name"] == "bell"
    assert BELL["program_id"] == BELL.program_id == "3f2504e04f8911d39a0c0305e82c3301"
    assert BELL.data == BELL["data"] == 'def run(task, userpub, params):\n    return "你好"\n'
    assert BELL.is_public is True
    for name in ("max_execution_time", "max_cost_time", "cost"):
        assert BELL[name] == getattr(BELL, name) == 300.0


def test_a_program_can_be_used_like_a_mapping() -> None:
    assert dict(BELL) == {name: BELL[name] for name in BELL.keys()}  # noqa: SIM118 - `keys` is what is tested
    assert list(BELL) == list(BELL.keys())
    assert len(BELL) == 9
    assert "name" in BELL
    assert "cost" in BELL
    assert "nothing" not in BELL
    assert BELL.get("name") == "bell"
    assert BELL.get("nothing", "default") == "default"
    with pytest.raises(KeyError, match="A program has no field 'keys'; it has program_id, name"):
        BELL["keys"]


def test_a_program_does_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        BELL.name = "other"  # type: ignore[misc]
    assert copy.copy(BELL) == pickle.loads(pickle.dumps(BELL)) == BELL  # noqa: S301 - made here


def test_a_program_s_repr_does_not_show_the_whole_source() -> None:
    program = RuntimeProgram("a" * 32, "long", data="x = 1\n" * 10_000)
    assert "data=<source of 60,000 characters>" in repr(program)
    assert "name='long'" in repr(program)
    assert len(repr(program)) < 400
    assert "data=None" in repr(HELLO)


@pytest.mark.parametrize("flag", [1, True, [1], [True]])
def test_public_is_read_in_every_form_that_the_wire_has(flag: object) -> None:
    assert RuntimeProgram.from_wire({**WIRE, "is_public": flag}).is_public is True


@pytest.mark.parametrize("flag", [0, False, None, [0]])
def test_private_is_read_in_every_form_that_the_wire_has(flag: object) -> None:
    assert RuntimeProgram.from_wire({**WIRE, "is_public": flag}).is_public is False


def test_an_answer_with_little_in_it_makes_a_program() -> None:
    program = RuntimeProgram.from_wire({"program_id": "x", "name": "y", "unknown": 1, "cost": "", "owner": 7})
    assert program == RuntimeProgram("x", "y", owner="7")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"program_id": None}, "without program_id"),
        ({"name": ""}, "without name"),
        ({"description": {}}, "whose description is of type dict"),
        ({"data": "%%"}, "not the base64"),
        ({"data": 5}, "source is of type int"),
        ({"cost": "soon"}, "could not convert"),
        ({"cost": []}, "cost is of type list"),
    ],
)
def test_an_answer_that_describes_no_program_is_a_value_error(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        RuntimeProgram.from_wire({**WIRE, **change})


def test_a_list_of_programs_is_a_list_that_knows_how_many_there_are_in_all() -> None:
    programs = ProgramList([BELL, HELLO], total=37)
    assert programs == [BELL, HELLO]
    assert programs.total == 37
    assert ProgramList([BELL]).total == 1
    assert repr(programs) == f"2 of 37 programs\n  {BELL.program_id}  bell\n  {'b' * 32}  hello"
    assert repr(ProgramList()) == "0 of 0 programs"


def test_a_long_list_has_a_short_repr() -> None:
    assert repr(ProgramList([HELLO] * 1000)).splitlines()[20:] == [f"  {'b' * 32}  hello", "  …"]


def test_a_list_of_programs_keeps_its_total_in_copies() -> None:
    programs = ProgramList([BELL], total=5)
    for twin in (copy.copy(programs), copy.deepcopy(programs), pickle.loads(pickle.dumps(programs))):  # noqa: S301 - made here
        assert isinstance(twin, ProgramList)
        assert (twin, twin.total) == (programs, 5)


def test_programs_are_printed_as_the_deployed_client_prints_them() -> None:
    assert format_programs([BELL, HELLO]) == "\n".join(
        [
            "--------------------------------------------------",
            "program_id:3f2504e04f8911d39a0c0305e82c3301",
            " -Name: bell",
            " -Description: A Bell pair",
            "--------------------------------------------------",
            f"program_id:{'b' * 32}",
            " -Name: hello",
            " -Description: ",
        ]
    )
    assert format_programs([]) == ""


def test_a_detailed_list_has_the_other_fields_in_the_same_form() -> None:
    assert format_programs([BELL], detailed=True).splitlines()[4:] == [
        " -Backend: testbackend",
        " -Group: examples",
        " -Owner: alice",
        " -Is public: True",
        " -Max execution time: 300 s",
    ]


def test_a_name_that_would_play_with_the_terminal_is_printed_harmless() -> None:
    hostile = RuntimeProgram("c" * 32, "\x1b[2Jgone\nprogram_id:fake", description="日本 \u202e")
    lines = format_programs([hostile]).splitlines()
    assert lines[2:] == [" -Name: \\x1b[2Jgone\\nprogram_id:fake", " -Description: 日本 \\u202e"]
    assert "\x1b" not in repr(ProgramList([hostile]))
