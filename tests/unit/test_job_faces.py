"""The sync and the async job have the same calls."""

import inspect

import pytest

from quafu_runtime.aio import AsyncRuntimeJob
from quafu_runtime.job import RuntimeJob

NAMES = sorted(name for name in dir(RuntimeJob) if not name.startswith("_"))


def parameters_of(function: object) -> list[tuple[str, object, object]]:
    signature = inspect.signature(function)  # type: ignore[arg-type]
    return [(one.name, one.kind, one.default) for one in signature.parameters.values()]


def test_both_have_the_same_names() -> None:
    assert sorted(name for name in dir(AsyncRuntimeJob) if not name.startswith("_")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_both_take_the_same_arguments(name: str) -> None:
    one, other = (inspect.getattr_static(kind, name) for kind in (RuntimeJob, AsyncRuntimeJob))
    if isinstance(one, property):
        assert isinstance(other, property)
        return
    assert parameters_of(one) == parameters_of(other)
    assert one.__doc__
    assert other.__doc__
