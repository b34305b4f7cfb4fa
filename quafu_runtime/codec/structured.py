"""numpy arrays with named fields, and arrays of Python objects, as JSON, and back. Imported only where one is met.

An array with fields is an object of its columns, each an array of its own; an array of objects is nested lists of
whatever the codec carries. A dtype is described by its fields' names, formats and offsets, and never evaluated.
"""

import math
from typing import Any, TypeAlias, cast

import numpy as np

from quafu_runtime.codec.arrays import collect, dtype_of, shape_of
from quafu_runtime.codec.decoding import Budget, wrong
from quafu_runtime.codec.encoding import Encoder, has_surrogates

_DEEPEST_FIELDS = 10
"""How deep fields may be nested in fields."""

_REFERENCE_BYTES = 8
"""Bytes that an element of an array of objects takes, its object not counted."""

_Array: TypeAlias = "np.ndarray[Any, np.dtype[Any]]"


def encode_fields(encoder: Encoder, array: _Array, descriptor: dict[str, Any]) -> Any:
    """The columns of an array, its dtype noted.

    Raises:
        UnencodableError: A field cannot be sent.
    """
    encoder.note({**descriptor, "dtype": _spec(encoder, array.dtype)})
    with encoder.trail.container(array):
        return {name: encoder.part(name, name, array[name]) for name in array.dtype.names or ()}


def encode_objects(encoder: Encoder, array: _Array) -> Any:
    """The elements of an array of Python objects as nested lists, its shape noted.

    Raises:
        UnencodableError: An element cannot be sent, or the array contains itself.
    """
    encoder.note({"type": "objects", "shape": list(array.shape)})
    with encoder.trail.container(array):
        return _nested(encoder, array.reshape(array.shape or (1,)))


def decode_fields(plain: object, descriptor: Any, budget: Budget) -> Any:
    """The array, or the scalar, that was encoded.

    Raises:
        ValueError: The columns and the descriptor do not fit together, or ask for too much memory.
    """
    dtype, shape = _dtype(descriptor.get("dtype")), shape_of(descriptor.get("shape"))
    budget.spend(math.prod(shape) * max(dtype.itemsize, 1))
    names = dtype.names or ()
    if not isinstance(plain, dict) or plain.keys() != set(names):
        wrong("The columns do not fit the fields of the dtype", names)
    array = np.zeros(shape, dtype)
    for name in names:
        _fill(array, name, plain[name])
    if descriptor["type"] == "scalar":
        return array[()] if not shape else wrong("A scalar has no shape", shape)
    return np.asfortranarray(array) if descriptor.get("order") == "F" else array


def decode_objects(plain: object, descriptor: Any, budget: Budget) -> Any:
    """The array of Python objects that was encoded.

    Raises:
        ValueError: The lists and the shape do not fit together, or ask for too much memory.
    """
    shape = shape_of(descriptor.get("shape"))
    budget.spend(math.prod(shape) * _REFERENCE_BYTES)
    leaves: list[Any] = []
    collect(plain, shape or (1,), lambda element: element, leaves)
    # One by one: numpy takes lists, and arrays without dimensions, apart where they are assigned.
    flat = np.frompyfunc(leaves.__getitem__, 1, 1)(np.arange(len(leaves)))
    return flat.reshape(shape)


def _nested(encoder: Encoder, array: _Array) -> list[Any]:
    parts = []
    for index in range(len(array)):
        encoder.trail.step(index, str(index))
        parts.append(_nested(encoder, array[index]) if array.ndim > 1 else encoder.plain(array[index]))
        encoder.trail.back()
    return parts


def _spec(encoder: Encoder, dtype: "np.dtype[Any]") -> Any:
    """What describes a dtype: a text for a simple one, else its fields."""
    if dtype.names is None:
        return dtype.str
    described = dtype.fields
    fields: list[tuple[Any, ...]] = [described[name] for name in dtype.names] if described else []
    titles = [field[2] if len(field) > len(("dtype", "offset")) else None for field in fields]
    if not all(map(_is_readable, [*dtype.names, *filter(None, titles)])):
        message = "is a numpy array whose fields have names that JSON cannot hold: send {name: array[name], …} instead."
        raise encoder.refusal(message)
    spec = {
        "names": list(dtype.names),
        "formats": [_format(encoder, field[0]) for field in fields],
        "offsets": [field[1] for field in fields],
        "itemsize": dtype.itemsize,
    }
    return {**spec, "titles": titles} if any(titles) else spec


def _is_readable(name: object) -> bool:
    return isinstance(name, str) and not has_surrogates(name)


def _format(encoder: Encoder, dtype: "np.dtype[Any]") -> Any:
    if dtype.subdtype is None:
        return _spec(encoder, dtype)
    base, shape = dtype.subdtype
    return [_spec(encoder, base), list(shape)]


def _dtype(spec: object, depth: int = 0) -> "np.dtype[Any]":
    if not isinstance(spec, dict):
        return dtype_of(spec)
    match spec:
        case {"names": list(names), "formats": list(formats), "offsets": list(offsets), "itemsize": int(size)}:
            pass
        case _:
            wrong("Not the fields of a dtype", spec)
    titles = spec.get("titles", [None] * len(names))
    if depth >= _DEEPEST_FIELDS or not all(isinstance(name, str) for name in names):
        wrong("Not the names of fields", names)
    if not isinstance(titles, list) or not all(isinstance(title, str | None) for title in titles):
        wrong("Not the titles of fields", titles)
    if len({len(names), len(formats), len(offsets), len(titles)}) > 1:
        wrong("Not the fields of a dtype", spec)
    if any(type(offset) is not int or offset < 0 for offset in offsets):
        wrong("Not the offsets of fields", offsets)
    parts = [_part(one, depth + 1) for one in formats]
    fields: dict[str, Any] = {"names": names, "formats": parts, "offsets": offsets, "itemsize": size}
    try:
        dtype: np.dtype[Any] = np.dtype(cast("Any", {**fields, "titles": titles} if any(titles) else fields))
    except (TypeError, ValueError, OverflowError) as error:
        wrong("Not the fields of a dtype", str(error))
    # numpy lets sizes overflow.
    return dtype if (dtype.itemsize, dtype.names) == (size, tuple(names)) else wrong("Not the fields of a dtype", spec)


def _part(spec: object, depth: int) -> "np.dtype[Any]":
    match spec:
        case [base, list(shape)]:
            try:
                return np.dtype((_dtype(base, depth), shape_of(shape)))
            except (TypeError, ValueError, OverflowError) as error:
                wrong("Not the shape of a field", str(error))
    return _dtype(spec, depth)


def _fill(array: _Array, name: str, column: object) -> None:
    place = array[name]
    if not isinstance(column, np.ndarray) or (column.dtype, column.shape) != (place.dtype, place.shape):
        wrong("A column does not fit its field", name)
    array[name] = column
