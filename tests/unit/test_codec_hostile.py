"""What a service sends may be anything: it ends in a clear ValueError, and takes no memory that it does not bring."""

import base64
import io
import json
import pickle
import resource
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from quafu_runtime.codec import decode

ARRAY = {"type": "ndarray", "dtype": "<f8", "shape": [2]}
FIELDS = {"names": ["a"], "formats": ["<f8"], "offsets": [0], "itemsize": 8}
TABLE = {"type": "ndarray", "dtype": FIELDS, "shape": [2]}


def table(**changes: Any) -> dict[str, Any]:
    return {"": {**TABLE, "dtype": {**FIELDS, **changes}}, "/a": ARRAY}


def npy(array: Any, *, raw: bytes | None = None) -> dict[str, str]:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return {"npy": base64.b64encode(zlib.compress(file.getvalue() if raw is None else raw)).decode()}


@pytest.mark.parametrize(
    ("plain", "types", "message"),
    [
        (1, {"": "no such type"}, "Not a type that this version knows: 'no such type'"),
        (1, {"": None}, "Not a type that this version knows"),
        (1, {"": {"type": "module", "name": "os"}}, "Not a type that this version knows"),
        (1, ["tuple"], "The types are no object"),
        ([1], {"0": "float"}, "Not a JSON pointer"),
        ([1], {"/1": "float"}, "name an element that is not there"),
        ([1], {"/-1": "float"}, "name an element that is not there"),
        ([1], {"/00": "float"}, "name an element that is not there"),
        ([1], {"/\u0660": "float"}, "name an element that is not there"),
        ([1], {"/" + "9" * 5000: "float"}, "name an element that is not there"),
        ({}, {"/a": "float"}, "name a place that is not there"),
        (1, {"/a/b": "float"}, "name a place that is not there"),
        ([], {"/0" * 10_000: "float"}, "goes too deep"),
        ("x", {"": "float"}, "Not a number: 'x'"),
        (True, {"": "float"}, "Not a number: True"),
        (10**400, {"": "float"}, "Not a number"),
        ([1], {"": "complex"}, "Not a pair of numbers"),
        ("0b1", {"": "int"}, "Not a hexadecimal number"),
        ("é", {"": "bytes"}, "ASCII"),
        ("QQ!==", {"": "bytes"}, "base64"),
        ("A", {"": "bytes"}, "multiple of 4"),
        ("gICA", {"": "surrogates"}, "utf-8"),
        ("x", {"": "tuple"}, "Not a list"),
        ([[]], {"": "set"}, "unhashable"),
        ("x", {"": "date"}, "isoformat"),
        ({"a": 1}, {"": {"type": "dict", "keys": {"b": 1}, "key_types": {}}}, "The keys do not fit"),
        ({"a": 1}, {"": {"type": "dict", "keys": {"a": []}, "key_types": {}}}, "unhashable"),
        ({"a": 1, "b": 2}, {"": {"type": "dict", "keys": {"a": "b"}, "key_types": {}}}, "not different"),
        ({"a": 1}, {"": {"type": "dict", "keys": {"a": 1}, "key_types": 5}}, "The types are no object"),
        ([1.0], {"": ARRAY}, "shape of an array does not fit"),
        ([1.0, [1.0]], {"": ARRAY}, "Not a number"),
        ([1.0, "x"], {"": ARRAY}, "Not a number"),
        ([1, 2], {"": {**ARRAY, "dtype": "O"}}, "Not a simple dtype"),
        ([1, 2], {"": {**ARRAY, "dtype": "i4,i4"}}, "Not a simple dtype"),
        ([1, 2], {"": {**ARRAY, "dtype": "<f7"}}, "Not a dtype"),
        ([1, 2], {"": {**ARRAY, "dtype": "<M8[zz]"}}, "Not a dtype"),
        ([1, 2], {"": {"type": "ndarray"}}, "Not a simple dtype"),
        ([1, 2], {"": {**ARRAY, "shape": [-1]}}, "Not a shape"),
        ([1, 2], {"": {**ARRAY, "shape": [True, 2]}}, "Not a shape"),
        ([1, 2], {"": {**ARRAY, "shape": [1] * 33}}, "Not a shape"),
        ([1.5, 2], {"": {**ARRAY, "dtype": "<i8"}}, "Not a whole number: 1.5"),
        ([300, 2], {"": {**ARRAY, "dtype": "|u1"}}, "too large"),
        ([1, 2], {"": {**ARRAY, "type": "scalar"}}, "A scalar has no shape"),
        (["x", "y"], {"": {**ARRAY, "dtype": "<M8[s]"}}, "datetime"),
        (["", ""], {"": {**ARRAY, "dtype": "<U999999999"}}, "Not a dtype as numpy names it"),
        (["", ""], {"": {**ARRAY, "dtype": "<U1073741825"}}, "Not a dtype as numpy names it"),
        (["", ""], {"": {**ARRAY, "dtype": "f8"}}, "Not a simple dtype"),
        ([2**63, 0], {"": {**ARRAY, "dtype": "<m8[s]"}}, "too large"),
        ([-1, 0], {"": {**ARRAY, "dtype": "<u8"}}, "too large"),
        (["", ""], {"": {**ARRAY, "dtype": "<U200000000"}}, "arrays are larger than 1,073,741,824 bytes"),
        ([], {"": {**ARRAY, "shape": [0, 2**62, 2**62]}}, "too big"),
        ({"npy": "AAAA"}, {"": ARRAY}, "not compressed by zlib"),
        (npy(np.zeros(3)), {"": ARRAY}, "does not fit its npy"),
        (npy(np.zeros(2, "f4")), {"": ARRAY}, "does not fit its npy"),
        (npy(np.zeros(5000)), {"": ARRAY}, "longer or shorter than its shape says"),
        (npy(None, raw=b"not npy at all"), {"": ARRAY}, "Not the npy of an array"),
        (npy(None, raw=b"\x93NUMPY\x01\x00\x08\x00{" + b"(" * 900), {"": ARRAY}, "Not the npy of an array"),
        ("x", {"": "time"}, "isoformat"),
        ({"a": [1, 2]}, table(titles=[5]), "Not the titles of fields"),
        ("P1D", {"": "timedelta"}, "Not a duration"),
        ("P999999999DT99999S", {"": "timedelta"}, "do not fit"),
        ([[1], 2], {"": {"type": "objects", "shape": [2, 1]}}, "shape of an array does not fit"),
        ([], {"": {"type": "objects", "shape": [2**40]}}, "arrays are larger than 1,073,741,824 bytes"),
        ({"a": [1, 2]}, {"": TABLE}, "A column does not fit its field"),
        ({"a": [1, 2]}, {**table(), "/a": {**ARRAY, "dtype": "<f4"}}, "A column does not fit its field"),
        ({"b": [1, 2]}, {"": TABLE, "/b": ARRAY}, "The columns do not fit the fields"),
        ({"a": [1, 2]}, table(formats=["O"]), "Not a simple dtype"),
        ({"a": [1, 2]}, table(formats=["<f8", "<f8"]), "Not the fields of a dtype"),
        ({"a": [1, 2]}, table(names=["a", "a"], formats=["<f8"] * 2, offsets=[0, 8], itemsize=16), "Not the fields"),
        ({"a": [1, 2]}, table(names=[5]), "Not the names of fields"),
        ({"a": [1, 2]}, table(offsets=[-8]), "Not the offsets of fields"),
        ({"a": [1, 2]}, table(offsets=[4]), "Not the fields of a dtype"),
        ({"a": [1, 2]}, table(itemsize=2**31 - 1), "arrays are larger than 1,073,741,824 bytes"),
        ({"a": [1, 2]}, table(itemsize=2**62), "Not the fields of a dtype"),
        ({"a": [1, 2]}, table(formats=[["<f8", [2**30, 2**30]]]), "Not the shape of a field"),
        (npy(np.array([print, print], dtype=object)), {"": {**ARRAY, "dtype": "|V8"}}, "does not fit its npy"),
    ],
)
def test_types_that_do_not_fit_are_a_clear_error(plain: object, types: Any, message: str) -> None:
    with pytest.raises(ValueError, match=r"\w") as caught:
        decode(json.dumps(plain), types)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 250


def test_a_cut_npy_is_refused() -> None:
    whole = zlib.decompress(base64.b64decode(npy(np.zeros(2))["npy"]))
    for cut in (whole[:-1], whole + b"\0", whole[:40]):
        with pytest.raises(ValueError, match=r"\w"):
            decode(json.dumps(npy(None, raw=cut)), {"": ARRAY})


def test_what_follows_an_npy_is_refused() -> None:
    data = base64.b64decode(npy(np.zeros(2))["npy"]) + b"more"
    with pytest.raises(ValueError, match="longer or shorter"):
        decode(json.dumps({"npy": base64.b64encode(data).decode()}), {"": ARRAY})


def test_arrays_count_together_also_where_their_elements_have_no_size() -> None:
    def sized(count: int) -> tuple[dict[str, str], dict[str, Any]]:
        plain = npy(np.empty(count, "V0"))
        return plain, {"type": "ndarray", "dtype": "|V0", "shape": [count]}

    plain, descriptor = sized(2**29)
    assert decode(json.dumps([plain] * 2), {"/0": descriptor, "/1": descriptor})[1].shape == (2**29,)
    for plains, types in (
        ([plain] * 3, {"/0": descriptor, "/1": descriptor, "/2": descriptor}),
        ([sized(2**31)[0]], {"/0": sized(2**31)[1]}),
    ):
        with pytest.raises(ValueError, match="larger than 1,073,741,824 bytes in all"):
            decode(json.dumps(plains), types)


def test_a_float_too_large_for_its_dtype_is_infinite() -> None:
    assert np.array_equal(decode("[1e300, 0]", {"": {**ARRAY, "dtype": "<f2"}}), [np.inf, 0])


def test_texts_that_are_no_texts_are_refused() -> None:
    bad = npy(np.array([0x110000], dtype="<u4").view("<U1"))
    with pytest.raises(ValueError, match="Not texts"):
        decode(json.dumps(bad), {"": {"type": "ndarray", "dtype": "<U1", "shape": [1]}})


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[Any, ...]:
            return (open, (str(tmp_path / "proof"), "w"))

    pickled = pickle.dumps(Bomb())
    for plain in (npy(np.array([Bomb()], dtype=object)), npy(None, raw=pickled)):
        for dtype in ("O", "|O8", "|V8"):
            with pytest.raises(ValueError, match=r"\w"):
                decode(json.dumps(plain), {"": {"type": "ndarray", "dtype": dtype, "shape": [1]}})
    assert not (tmp_path / "proof").exists()


def test_the_text_itself_may_be_nested_without_end() -> None:
    with pytest.raises(ValueError, match="nested too deep"):
        decode("[" * 100_000, None)


def test_keys_nested_in_keys_without_end_are_a_value_error() -> None:
    types: dict[str, Any] = {"": "tuple"}
    for _ in range(3_000):
        types = {"": {"type": "dict", "keys": {"a": {"a": 1}}, "key_types": {"/a": types[""], "": "tuple"}}}
    with pytest.raises(ValueError, match=r"\w"):
        decode('{"a": {"a": 1}}', types)


def test_fields_nested_in_fields_without_end_are_a_value_error() -> None:
    spec: Any = "<f8"
    for _ in range(3_000):
        spec = {"names": ["a"], "formats": [spec], "offsets": [0], "itemsize": 8}
    with pytest.raises(ValueError, match="Not the names of fields"):
        decode('{"a": 1}', {"": {**TABLE, "dtype": spec}})


BOMBS = """
import base64, json, sys, zlib
from quafu_runtime.codec import decode
import quafu_runtime.codec.arrays
deflate = zlib.compressobj(9)
head = deflate.compress(b"") + deflate.flush(zlib.Z_FULL_FLUSH)
zeros = head + (deflate.compress(bytes(2**20)) + deflate.flush(zlib.Z_FULL_FLUSH)) * 4096  # 4 GiB in 4 MiB
bomb = {"npy": base64.b64encode(zeros).decode()}
small = [(bomb, [size], dtype) for size in (0, 2) for dtype in ("<f8", "<U4", "|V0", "|S0")]
for plain, shape, dtype in [*small, (bomb, [2**29], "<f8"), (bomb, [2**40], "|V0"), ([bomb] * 3, [2**26], "<f8")]:
    places = ["/0", "/1", "/2"] if isinstance(plain, list) else [""]
    try:
        decode(json.dumps(plain), {place: {"type": "ndarray", "dtype": dtype, "shape": shape} for place in places})
    except ValueError as error:
        assert str(error)
    else:
        raise AssertionError(shape, dtype)
print("survived")
"""


def test_bombs_take_no_more_memory_than_the_bound() -> None:
    bound = 3 * 2**30  # the arrays' 1 GiB, twice for a moment, and Python with numpy

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (bound, bound))

    done = subprocess.run(
        [sys.executable, "-c", BOMBS],
        env={"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        preexec_fn=limit,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "survived\n", done.stderr[-1000:]
