"""Where the contract is, how it is read, and how its parts are found."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import yaml
from attrs import frozen

__all__ = ["DOCUMENT", "FOLDER", "Json", "Operation", "load", "operations", "resolve", "whole"]

Json: TypeAlias = dict[str, Any]

FOLDER = Path(__file__).resolve().parent
DOCUMENT = FOLDER / "quafu-runtime.v1.yaml"
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


def load(path: Path) -> Json:
    """Read an OpenAPI document, in YAML or JSON.

    Args:
        path: The document.

    Returns:
        The document as plain JSON values.

    Raises:
        OSError: The file cannot be read.
        TypeError: The document is no mapping.
        yaml.YAMLError: The file is no YAML.
    """
    document = yaml.safe_load(path.read_text("utf-8"))
    if not isinstance(document, dict):
        message = f"{path} is no OpenAPI document: it holds no mapping."
        raise TypeError(message)
    return document


@frozen
class Operation:
    """One operation of a document.

    Attributes:
        name: Its operationId.
        path: Its path.
        method: Its HTTP method, in small letters.
        body: Its description in the document.
        parameters: Its parameters, resolved, those of its path included.
    """

    name: str
    path: str
    method: str
    body: Json
    parameters: list[Json]


def operations(document: Json) -> Iterator[Operation]:
    """Find the operations of a document, in its order.

    Args:
        document: The document.

    Yields:
        Each operation.
    """
    for path, item in document.get("paths", {}).items():
        for method in METHODS:
            if method in item:
                body = item[method]
                given = [*body.get("parameters", []), *item.get("parameters", [])]
                parameters = [resolve(document, parameter) for parameter in given]
                yield Operation(body.get("operationId", f"{method} {path}"), path, method, body, parameters)


def resolve(document: Json, node: Json) -> Json:
    """Follow a `$ref` within the document, and the next, to what it stands for.

    Args:
        document: The document.
        node: What may be a `$ref`.

    Returns:
        What it stands for; the node itself where it is none.

    Raises:
        KeyError: The document has no such part.
    """
    while "$ref" in node:
        target: Json = document
        for key in node["$ref"].removeprefix("#/").split("/"):
            target = target[key.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


def whole(document: Json, schema: Json) -> Json:
    """Merge the parts of a schema's `allOf` into one object schema.

    Args:
        document: The document.
        schema: The schema, or a `$ref` to it.

    Returns:
        The schema without `$ref` and `allOf` at its root. Its `properties` and `required` are those of all parts; the
        unions (`anyOf`, `oneOf`) of all parts are a list under "unions".

    Raises:
        KeyError: The document has no such part.
    """
    schema = resolve(document, schema)
    merged: Json = {key: value for key, value in schema.items() if key not in {"allOf", "anyOf", "oneOf"}}
    properties = dict(schema.get("properties", {}))
    required = set(schema.get("required", []))
    unions = [schema[key] for key in ("oneOf", "anyOf") if key in schema]
    for part in schema.get("allOf", []):
        inner = whole(document, part)
        for name, value in inner["properties"].items():
            properties[name] = {"allOf": [properties[name], value]} if name in properties else value
        required |= set(inner["required"])
        unions += inner["unions"]
        merged = {**inner, **merged}
    return {**merged, "properties": properties, "required": sorted(required), "unions": unions}
