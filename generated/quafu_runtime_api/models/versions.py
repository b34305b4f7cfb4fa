from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset


@_attrs_define
class Versions:
    """The versions of what a job ran on.

    Attributes:
        python (None | str | Unset): Of Python.
        pyquafu (None | str | Unset): Of pyquafu.
        numpy (None | str | Unset): Of numpy.
        quafu_runtime (None | str | Unset): Of this project's package.
    """

    python: None | str | Unset = UNSET
    pyquafu: None | str | Unset = UNSET
    numpy: None | str | Unset = UNSET
    quafu_runtime: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object, without the fields that are UNSET."""
        python: None | str | Unset
        if isinstance(self.python, Unset):
            python = UNSET
        else:
            python = self.python

        pyquafu: None | str | Unset
        if isinstance(self.pyquafu, Unset):
            pyquafu = UNSET
        else:
            pyquafu = self.pyquafu

        numpy: None | str | Unset
        if isinstance(self.numpy, Unset):
            numpy = UNSET
        else:
            numpy = self.numpy

        quafu_runtime: None | str | Unset
        if isinstance(self.quafu_runtime, Unset):
            quafu_runtime = UNSET
        else:
            quafu_runtime = self.quafu_runtime

        field_dict: dict[str, Any] = {}
        for prop_name, prop in self.additional_properties.items():
            field_dict[prop_name] = prop

        if python is not UNSET:
            field_dict["python"] = python
        if pyquafu is not UNSET:
            field_dict["pyquafu"] = pyquafu
        if numpy is not UNSET:
            field_dict["numpy"] = numpy
        if quafu_runtime is not UNSET:
            field_dict["quafu_runtime"] = quafu_runtime
        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read the JSON object.

        Raises:
            KeyError: A required field is missing.
            TypeError: It is no JSON object.
            ValueError: The object is of another kind than this class, judged by its codes. No other value is checked.
        """
        if not isinstance(src_dict, Mapping):
            raise TypeError(f"a Versions is a JSON object and no {type(src_dict).__name__}")
        d = dict(src_dict)

        def _parse_python(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        python = _parse_python(d.pop("python", UNSET))

        def _parse_pyquafu(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        pyquafu = _parse_pyquafu(d.pop("pyquafu", UNSET))

        def _parse_numpy(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        numpy = _parse_numpy(d.pop("numpy", UNSET))

        def _parse_quafu_runtime(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        quafu_runtime = _parse_quafu_runtime(d.pop("quafu_runtime", UNSET))

        made = cls(
            python=python,
            pyquafu=pyquafu,
            numpy=numpy,
            quafu_runtime=quafu_runtime,
        )
        for prop_name, prop in d.items():
            additional = prop
            made.additional_properties[prop_name] = additional
        return made
