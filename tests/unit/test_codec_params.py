"""Params reach a program as plain JSON, or not at all."""

import enum
import json
from collections import OrderedDict
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from quafu_runtime.codec import check_params
from quafu_runtime.errors import InvalidParamsError

MASKED = np.ma.masked_all(1)  # type: ignore[no-untyped-call]


class Level(enum.IntEnum):
    LOW = 1


class Mode(enum.StrEnum):
    FAST = "fast"


@pytest.mark.parametrize(
    ("params", "plain"),
    [
        (None, None),
        ({"TestParam1": "xxxxxx"}, {"TestParam1": "xxxxxx"}),
        ([1, (2.5, True)], [1, [2.5, True]]),
        (np.array([[1, 2], [3, 4]], dtype="u1"), [[1, 2], [3, 4]]),
        ([np.float32(0.5), np.int64(2), np.bool_(1), np.str_("a")], [0.5, 2, True, "a"]),
        (np.longdouble(0.5), 0.5),
        (np.array(3), 3),
        (np.array(["a"]), ["a"]),
        (OrderedDict(a=Level.LOW, b=Mode.FAST), {"a": 1, "b": "fast"}),
        ({Mode.FAST: 1}, {"fast": 1}),
    ],
)
def test_params_become_plain_json(params: object, plain: object) -> None:
    sent = check_params(params)
    assert sent == plain
    assert json.loads(json.dumps(sent, allow_nan=False)) == plain
    assert "." not in json.dumps(sent).replace("0.5", "").replace("2.5", "")


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"data": b"x"}, 'params["data"] is a bytes, which JSON cannot hold: send base64'),
        ({"a": [1, 2j]}, 'params["a"][1] is a complex, which JSON cannot hold: send [z.real, z.imag].'),
        ([float("nan")], "params[0] is nan, which JSON cannot hold"),
        ({"a": np.array([1.0, np.inf])}, 'params["a"][1] is inf, which JSON cannot hold'),
        ({"a": {1, 2}}, 'params["a"] is a set, which JSON cannot hold: send sorted(…) of it.'),
        ({"a": {1: 2}}, 'params["a"] has the key 1, and JSON has only texts as keys: send str(…) of it.'),
        ({2**20_000: 1}, "params has the key …, and JSON has only texts as keys"),
        ({"when": datetime(2023, 1, 1, tzinfo=UTC)}, 'params["when"] is a datetime'),
        (np.array([1j]), "params is a ndarray of complex128, which JSON cannot hold"),
        (np.array([None]), "params is a ndarray of object, which JSON cannot hold"),
        (MASKED, "params is a MaskedArray of float64, which JSON cannot hold"),
        ({"a": "\ud800"}, 'params["a"] is a text with lone surrogates'),
        ({"\ud800": 1}, "is a text with lone surrogates"),
        ([2**14_000], "params[0] is an int of more than 3,000 digits"),
        ({"f": print}, 'params["f"] is a builtin_function_or_method, which JSON cannot hold'),
    ],
)
def test_what_json_cannot_hold_is_an_error_that_names_the_key(params: object, message: str) -> None:
    with pytest.raises(InvalidParamsError) as caught:
        check_params(params)
    assert message in str(caught.value)


def test_params_that_contain_themselves_are_an_error() -> None:
    params: dict[str, Any] = {}
    params["me"] = [params]
    with pytest.raises(InvalidParamsError, match=r'params\["me"\]\[0\] contains itself'):
        check_params(params)


def test_params_that_are_nested_too_deep_are_an_error() -> None:
    params: Any = []
    for _ in range(5_000):
        params = [params]
    with pytest.raises(InvalidParamsError, match="nested more than 100 deep"):
        check_params(params)


def test_params_are_refused_clearly_from_any_depth_of_a_script() -> None:
    def deep(params: Any) -> None:
        check_params(params)
        deep(params)  # until there is no room left

    with pytest.raises(InvalidParamsError, match="nested too deep to be sent"):
        deep([[[[[[[[[[1]]]]]]]]]])


def test_params_are_copied() -> None:
    params = {"a": [1]}
    sent = check_params(params)
    params["a"].append(2)
    assert sent == {"a": [1]}
