"""The document that the service keeps to, as far as it reads it: the operations and what their arguments must be."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from importlib import resources
from itertools import islice
from typing import Any

from attrs import frozen
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from quafu_runtime.server.schemas import Draft202012Validator, best_match

_DOCUMENT_URI = "urn:quafu-runtime:openapi"
_EXCERPT = 200
"""Characters of a reason: it names the value that is refused, which may be large."""
_MOST_ITEMS = 1000
"""Items of a list that is looked at: none of the document's own may have as many, and each look takes its time."""
_FREE = "params"
"""The one field that may be anything."""
_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,18}")


class BadArgumentError(Exception):
    """An argument is missing or is not what the document says.

    Attributes:
        field: The name of the argument, or None where it is the body as a whole.
        message: What is wrong, for people.
    """

    def __init__(self, field: str | None, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


@frozen
class Parameter:
    """An argument in the query or in a header."""

    name: str
    required: bool
    is_integer: bool
    validator: Draft202012Validator


@frozen
class Operation:
    """An operation of the document.

    Attributes:
        name: Its wire name.
        method: The HTTP method.
        path: The path.
        body: What checks its body, or None where it has none.
        parameters: Its arguments in the query.
        headers: Its arguments in headers, which are optional.
    """

    name: str
    method: str
    path: str
    body: Draft202012Validator | None
    parameters: tuple[Parameter, ...]
    headers: tuple[Parameter, ...] = ()

    def check_body(self, body: object) -> Mapping[str, Any]:
        """Check a decoded body.

        Raises:
            BadArgumentError: It is not what the document says.
        """
        if self.body is None or not isinstance(body, dict):
            raise BadArgumentError(None, "The body must be a JSON object.")
        for name, value in body.items():
            if isinstance(value, list) and len(value) > _MOST_ITEMS and name != _FREE:
                raise BadArgumentError(name, f"The argument {name} has {len(value)} items, which are too many.")
        _check(self.body, body, None)
        return body

    def check_query(self, query: Iterable[tuple[str, str]]) -> Mapping[str, Any]:
        """Check the arguments in the query, and give them their types. Those that are not in the document are left out.

        Raises:
            BadArgumentError: One is missing, comes twice, or is not what the document says.
        """
        given: dict[str, list[str]] = {}
        for name, text in query:
            given.setdefault(name, []).append(text)
        arguments: dict[str, Any] = {}
        for parameter in self.parameters:
            texts = given.get(parameter.name, ())
            if len(texts) > 1:
                raise BadArgumentError(parameter.name, f"The argument {parameter.name} comes twice. Give it once.")
            if texts:
                arguments[parameter.name] = _typed(parameter, texts[0])
            elif parameter.required:
                raise BadArgumentError(parameter.name, f"The argument {parameter.name} is missing.")
        return arguments

    def check_header(self, name: str, headers: Mapping[str, str]) -> str | None:
        """Check an argument in a header.

        Args:
            name: The header.
            headers: All headers of the request.

        Returns:
            Its value; None where it is not there, or the operation does not have it.

        Raises:
            BadArgumentError: It is not what the document says.
        """
        text = headers.get(name)
        if text is None:
            return None
        return next((str(_typed(header, text)) for header in self.headers if header.name == name), None)


def operations() -> dict[str, Operation]:
    """The operations of the document that is shipped with the generated client, by their names."""
    text = (resources.files("quafu_runtime_api") / "openapi.json").read_text(encoding="utf-8")
    document = json.loads(text)
    return {operation.name: operation for operation in _operations(document)}


def _operations(document: dict[str, Any]) -> Iterator[Operation]:
    resource = Resource.from_contents(document, default_specification=DRAFT202012)
    registry: Registry[Any] = Registry().with_resource(_DOCUMENT_URI, resource)
    for path, item in document["paths"].items():
        for method, operation in item.items():
            pointer = f"/paths/{_escaped(path)}/{method}"
            given = [_followed(document, parameter) for parameter in operation.get("parameters", ())]
            yield Operation(
                name=operation["operationId"],
                method=method.upper(),
                path=path,
                body=_body(document, operation, pointer, registry),
                parameters=tuple(_parameter(each, registry) for each in given if each["in"] == "query"),
                headers=tuple(_parameter(each, registry) for each in given if each["in"] == "header"),
            )


def _body(
    document: dict[str, Any], operation: dict[str, Any], pointer: str, registry: "Registry[Any]"
) -> Draft202012Validator | None:
    if "requestBody" not in operation:
        return None
    reference = operation["requestBody"].get("$ref")
    where = reference.removeprefix("#") if reference else f"{pointer}/requestBody"
    media_type = next(iter(_followed(document, operation["requestBody"])["content"]))
    schema = {"$ref": f"{_DOCUMENT_URI}#{where}/content/{_escaped(media_type)}/schema"}
    return Draft202012Validator(schema, registry=registry)


def _parameter(parameter: dict[str, Any], registry: "Registry[Any]") -> Parameter:
    schema = parameter["schema"]
    return Parameter(
        name=parameter["name"],
        required=parameter.get("required", False),
        is_integer=schema.get("type") == "integer",
        validator=Draft202012Validator(schema, registry=registry),
    )


def _followed(document: dict[str, Any], item: dict[str, Any]) -> dict[str, Any]:
    """What a reference inside the document stands for, or the item itself."""
    target: Any = item
    if "$ref" in item:
        target = document
        for part in item["$ref"].removeprefix("#/").split("/"):
            target = target[part]
    return dict(target)


def _escaped(part: str) -> str:
    """A part of a JSON pointer."""
    return part.replace("~", "~0").replace("/", "~1")


def _typed(parameter: Parameter, text: str) -> str | int:
    value: str | int = text
    if parameter.is_integer:
        if _WHOLE_NUMBER.fullmatch(text) is None:
            raise BadArgumentError(parameter.name, f"The argument {parameter.name} must be a whole number.")
        value = int(text)
    _check(parameter.validator, value, parameter.name)
    return value


def _check(validator: Draft202012Validator, value: Any, name: str | None) -> None:
    # The first is enough: to look for all, in a body of megabytes, would take a minute.
    error = best_match(islice(validator.iter_errors(value), 1))
    if error is None:
        return
    if error.validator == "required":
        missing = next(key for key in error.validator_value if key not in error.instance)
        raise BadArgumentError(missing, f"The argument {missing} is missing.")
    field = str(error.absolute_path[0]) if error.absolute_path else name
    reason = f"The argument {field} is not valid" if field else "The body is not valid"
    raise BadArgumentError(field, f"{reason}: {_excerpt(error.message)}.")


def _excerpt(text: str) -> str:
    """A reason, without the whole of a large value in it."""
    return text if len(text) <= _EXCERPT else f"{text[:_EXCERPT]}…"
