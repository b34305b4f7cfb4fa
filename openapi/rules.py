"""What the contract holds to beyond OpenAPI itself: everything described, shown by an example, and known or marked.

Not for comparing versions: that is `compatibility`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator

from openapi.document import Json, Operation, operations, resolve, whole

__all__ = ["broken_rules"]

MEDIA_TYPE = "application/json"
SUCCESS = 200


def broken_rules(document: Json, deployed: Mapping[str, Mapping[str, list[str]]]) -> list[str]:
    """Name where a valid OpenAPI document is not as the contract has to be.

    Args:
        document: The document.
        deployed: What the deployed service has: by operation, the names of the fields of its request and of its answer.

    Returns:
        A line for each rule that is broken somewhere; an empty list where all hold.
    """
    return list(dict.fromkeys(_Rules(document, deployed).broken()))


class _Rules:
    """A document, and what the deployed service has of it."""

    def __init__(self, document: Json, deployed: Mapping[str, Mapping[str, list[str]]]) -> None:
        self.document, self.deployed = document, deployed

    def broken(self) -> Iterator[str]:
        found = list(operations(self.document))
        for name, schema in self.document["components"]["schemas"].items():
            yield from self._described(name, schema)
        for operation in found:
            where = f"operation {operation.name}"
            yield from self._operation(where, operation)
            yield from self._examples(where, operation)
            yield from self._known(where, operation)
        missing = self.deployed.keys() - {operation.name for operation in found}
        yield from (f"operation {name}: the deployed service has it, the document not" for name in sorted(missing))

    def _described(self, where: str, schema: Json) -> Iterator[str]:
        if "description" not in resolve(self.document, schema):
            yield f"{where}: there is no description"
        if "$ref" in schema:
            return
        for field, inner in _own_fields(schema).items():
            yield from self._described(f"{where}: field {field}", inner)

    def _operation(self, where: str, operation: Operation) -> Iterator[str]:
        body = operation.body
        for key in ("summary", "description", "security", "x-codes"):
            if not body.get(key):
                yield f"{where}: there is no {key}"
        if len(body.get("tags", [])) != 1:
            yield f"{where}: there is not one tag, which is its place in the generated client"
        if list(body["responses"]) != [str(SUCCESS)]:
            yield f"{where}: there is not one answer, with HTTP status {SUCCESS}"
        for place, part in self._parts(operation):
            if list(part.get("content", {})) != [MEDIA_TYPE]:
                yield f"{where}: {place}: the media type is not {MEDIA_TYPE} alone"
        for parameter in operation.parameters:
            yield from self._parameter(f"{where}: parameter {parameter['name']}", parameter)

    def _parameter(self, where: str, parameter: Json) -> Iterator[str]:
        # The generator reads the description of the schema, people that of the parameter.
        if not parameter.get("description") or parameter["description"] != parameter["schema"].get("description"):
            yield f"{where}: there is no description, of parameter and schema alike"
        if "example" not in parameter:
            yield f"{where}: there is no example"
        else:
            yield from self._fits(f"{where}: example", parameter["example"], parameter["schema"])

    def _parts(self, operation: Operation) -> Iterator[tuple[str, Json]]:
        if "requestBody" in operation.body:
            yield "request", resolve(self.document, operation.body["requestBody"])
        for response in operation.body["responses"].values():
            yield "answer", resolve(self.document, response)

    def _examples(self, where: str, operation: Operation) -> Iterator[str]:
        for place, part in self._parts(operation):
            for content in part.get("content", {}).values():
                examples = [resolve(self.document, each) for each in content.get("examples", {}).values()]
                if not examples:
                    yield f"{where}: {place}: there is no example"
                for example in examples:
                    name = f"{where}: {place}: example {example.get('summary')!r}"
                    yield from self._fits(name, example.get("value"), content["schema"])
                if place == "answer":
                    yield from _outcomes(where, [each.get("value") for each in examples], operation.body)

    def _fits(self, where: str, example: Any, schema: Json) -> Iterator[str]:
        # The components stand beside the schema, so that its references lead somewhere.
        validator = Draft202012Validator({**schema, "components": self.document["components"]})
        yield from (f"{where}: {error.message}" for error in validator.iter_errors(example))

    def _known(self, where: str, operation: Operation) -> Iterator[str]:
        extension = operation.body.get("x-extension") is True
        if extension == (operation.name in self.deployed):
            yield f"{where}: the deployed service has it, or else `x-extension: true`"
        if extension or operation.name not in self.deployed:
            return
        known = self.deployed[operation.name]
        for place, fields, required in (
            ("request", *self._request_fields(operation)),
            ("answer", *self._answer_fields(operation)),
        ):
            yield from _marked(f"{where}: {place}", fields, required, known[place])

    def _request_fields(self, operation: Operation) -> tuple[Json, set[str]]:
        fields = {each["name"]: each for each in operation.parameters}
        required = {each["name"] for each in operation.parameters if each.get("required")}
        if "requestBody" not in operation.body:
            return fields, required
        body = resolve(self.document, operation.body["requestBody"])
        schema = whole(self.document, body["content"][MEDIA_TYPE]["schema"])
        return {**fields, **schema["properties"]}, required | set(schema["required"])

    def _answer_fields(self, operation: Operation) -> tuple[Json, set[str]]:
        response = resolve(self.document, operation.body["responses"][str(SUCCESS)])
        success = whole(self.document, response["content"][MEDIA_TYPE]["schema"]["oneOf"][0])
        if "data" not in success["properties"]:
            return {}, set()
        data = whole(self.document, success["properties"]["data"])
        return data["properties"], set(data["required"])


def _own_fields(schema: Json) -> Json:
    fields = dict(schema.get("properties", {}))
    for part in schema.get("allOf", []):
        fields.update(_own_fields(part))
    return fields


def _outcomes(where: str, bodies: list[Any], operation: Json) -> Iterator[str]:
    """Every outcome has an example, and both spellings of the envelope have one."""
    codes = {str(body.get("status", body.get("code"))) for body in bodies if isinstance(body, dict)}
    for code in (str(SUCCESS), *operation.get("x-codes", {})):
        if code not in codes:
            yield f"{where}: answer: there is no example with code {code}"
    for spelling in ({"status", "msg"}, {"code", "message"}):
        if not any(spelling <= set(body) for body in bodies if isinstance(body, dict)):
            yield f"{where}: answer: there is no example with {' and '.join(sorted(spelling))}"


def _marked(where: str, fields: Json, required: set[str], known: list[str]) -> Iterator[str]:
    for name in known:
        if name not in fields:
            yield f"{where}: the deployed service has the field {name}, the document not"
    for name, field in fields.items():
        if (field.get("x-extension") is True) == (name in known):
            yield f"{where}: field {name}: the deployed service has it, or else `x-extension: true`"
        if name not in known and name in required:
            yield f"{where}: field {name} is an extension and required"
