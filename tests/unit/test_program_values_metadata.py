"""The metadata of a program."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from quafu_runtime.errors import ArgumentError
from quafu_runtime.programs import ProgramMetadata

ALL: dict[str, Any] = {
    "name": "bell",
    "backend": "testbackend",
    "group": "examples",
    "description": "A Bell pair",
    "max_execution_time": 300,
    "is_public": False,
}


def test_metadata_come_from_a_mapping_a_file_or_keyword_arguments(tmp_path: Path) -> None:
    path = tmp_path / "metadata.json"
    path.write_text("\ufeff" + json.dumps(ALL))
    wanted = ProgramMetadata(**ALL)
    for parsed in (
        ProgramMetadata.parse(ALL),
        ProgramMetadata.parse(path),
        ProgramMetadata.parse(str(path)),
        ProgramMetadata.parse(**ALL),
        ProgramMetadata.parse(wanted),
    ):
        assert parsed == wanted


def test_every_key_reaches_the_wire_under_its_own_name() -> None:
    assert ProgramMetadata.parse(ALL).wire() == {
        "name": "bell",
        "backend": "testbackend",
        "group": "examples",
        "description": "A Bell pair",
        "cost": 300.0,
        "is_public": 0,
    }
    assert json.dumps(ProgramMetadata.parse({"is_public": True}).wire()) == '{"is_public": 1}'
    assert ProgramMetadata.parse().wire() == {}


def test_a_keyword_argument_wins_over_the_same_key() -> None:
    parsed = ProgramMetadata.parse(
        {"name": "old", "is_public": True, "group": "g"}, name="new", is_public=False, group=None
    )
    assert parsed == ProgramMetadata(name="new", is_public=False, group="g")


def test_none_is_as_if_nothing_was_said() -> None:
    assert ProgramMetadata.parse({"name": "n", "backend": None}).given() == {"name": "n"}


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("descripton", "unknown key 'descripton': did you mean 'description'?"),
        ("public", "unknown key 'public': did you mean 'is_public'?"),
        ("max_execution_tme", "did you mean 'max_execution_time'?"),
        ("max_cost_time", "key 'max_cost_time' is called max_execution_time here"),
        ("cost", "key 'cost' is called max_execution_time here"),
        ("zzz", "unknown key 'zzz': known are name, backend, group, description, max_execution_time, is_public."),
        (5, "unknown key 5: known are"),
    ],
)
def test_an_unknown_key_is_an_error_that_suggests_a_known_one(key: Any, message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        ProgramMetadata.parse({"name": "n", key: 1})
    assert message in str(caught.value)


def test_an_unknown_keyword_argument_is_the_same_error() -> None:
    with pytest.raises(ArgumentError, match="did you mean 'backend'"):
        ProgramMetadata.parse(backnd="x")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": 5}, "name is a text, not 5."),
        ({"name": "  "}, "The name of a program has at least one character."),
        ({"backend": ["a"]}, "backend is a text, not ['a']."),
        ({"group": 1}, "group is a text, not 1."),
        ({"description": b"x"}, "description is a text, not b'x'."),
        ({"max_execution_time": "300"}, "max_execution_time is a number of seconds above 0, not '300'."),
        ({"max_execution_time": 0}, "above 0, not 0."),
        ({"max_execution_time": -1}, "above 0, not -1."),
        ({"max_execution_time": float("nan")}, "above 0, not nan."),
        ({"max_execution_time": float("inf")}, "above 0, not inf."),
        ({"max_execution_time": 10**400}, "above 0"),
        ({"max_execution_time": True}, "above 0, not True."),
        ({"is_public": "yes"}, "is_public is True, False, 1 or 0, not 'yes'."),
        ({"is_public": 2}, "is_public is True, False, 1 or 0, not 2."),
    ],
)
def test_a_value_of_the_wrong_type_is_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        ProgramMetadata.parse({**ALL, **change})
    assert message in str(caught.value)


@pytest.mark.parametrize("value", [1, True, np.bool_(1), np.int64(1), 1.0])
def test_public_is_true_or_one(value: Any) -> None:
    assert ProgramMetadata.parse(is_public=value).is_public is True


@pytest.mark.parametrize("value", [300, 300.0, np.float64(300), np.int32(300)])
def test_seconds_are_any_kind_of_number(value: Any) -> None:
    seconds = ProgramMetadata.parse(max_execution_time=value).max_execution_time
    assert seconds == 300.0
    assert type(seconds) is float


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"name": }', "is no JSON: line 1, column 10"),
        (b"[1]", "has no object in it"),
        (b"\xff", "is not UTF-8"),
        (b"[" * 100_000, "is not the path of a metadata file"),
    ],
)
def test_a_metadata_file_that_is_none_is_an_error_that_names_it(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "metadata.json"
    path.write_bytes(content)
    with pytest.raises(ArgumentError) as caught:
        ProgramMetadata.parse(path)
    assert str(path) in str(caught.value)
    assert message in str(caught.value)


@pytest.mark.parametrize("metadata", ["no/such/file.json", '{"name": "json text"}', "x" * 5000, "nul\0", "."])
def test_a_metadata_path_that_is_none_is_an_error(metadata: str) -> None:
    with pytest.raises(ArgumentError, match=r"cannot be read|is not the path"):
        ProgramMetadata.parse(metadata)


def test_metadata_of_another_type_are_an_error() -> None:
    with pytest.raises(ArgumentError, match="not of type int"):
        ProgramMetadata.parse(5)  # type: ignore[arg-type]
