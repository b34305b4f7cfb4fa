"""What a new version of the contract breaks for those who speak the old one.

A request may only become wider, since old clients go on sending what they sent; an answer may only become narrower,
since old clients go on reading what they read. Names count too: operations, their tags, and schemas are names in the
generated client.
"""

from collections.abc import Iterator
from typing import Any

from openapi.document import Json, Operation, operations, resolve, whole

__all__ = ["breaking_changes"]

TYPES = frozenset({"null", "boolean", "integer", "number", "string", "array", "object"})
LOWER_LIMITS = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
UPPER_LIMITS = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
# Keywords whose every change may refuse what was taken, or bring what was not; nobody here proves that one does not.
FIXED = ("pattern", "format", "multipleOf", "contentEncoding", "uniqueItems", "not", "x-equal")


def breaking_changes(old: Json, new: Json) -> list[str]:
    """Name what breaks for those who speak the old version.

    Args:
        old: The old document.
        new: The new document.

    Returns:
        A line for each breaking change; an empty list where there is none.
    """
    return list(dict.fromkeys(_Comparison(old, new).changes()))


class _Comparison:
    """Two documents, and which pairs of their schemas have been compared already."""

    def __init__(self, old: Json, new: Json) -> None:
        self.old, self.new = old, new
        # With the schemas themselves, so that no other gets the same id while this goes on.
        self._done: dict[tuple[int, int, bool], tuple[Json, Json]] = {}

    def changes(self) -> Iterator[str]:
        new_operations = {operation.name: operation for operation in operations(self.new)}
        for operation in operations(self.old):
            if operation.name in new_operations:
                yield from self._operation(operation, new_operations[operation.name])
            else:
                yield f"operation {operation.name} is removed"
        yield from self._names()

    def _names(self) -> Iterator[str]:
        old, new = self.old.get("components", {}), self.new.get("components", {})
        for name in old.get("schemas", {}):
            if name not in new.get("schemas", {}):
                yield f"schema {name} is removed"
        for name, scheme in old.get("securitySchemes", {}).items():
            after = new.get("securitySchemes", {}).get(name, {})
            if any(scheme.get(key) != after.get(key) for key in ("type", "in", "name", "scheme")):
                yield f"security scheme {name} is changed"

    def _operation(self, old: Operation, new: Operation) -> Iterator[str]:
        name = f"operation {old.name}"
        for what, before, after in (
            ("path", old.path, new.path),
            ("method", old.method, new.method),
            ("tags", old.body.get("tags"), new.body.get("tags")),
            ("security", old.body.get("security"), new.body.get("security")),
        ):
            if before != after:
                yield f"{name}: the {what} is changed from {before} to {after}"
        yield from self._parameters(name, old, new)
        yield from self._request(name, old, new)
        yield from self._answers(name, old, new)

    def _parameters(self, name: str, old: Operation, new: Operation) -> Iterator[str]:
        before = {(each["name"], each["in"]): each for each in old.parameters}
        after = {(each["name"], each["in"]): each for each in new.parameters}
        for parameter, place in before:
            if (parameter, place) not in after:
                yield f"{name}: {place} parameter {parameter} is removed"
        for (parameter, place), description in after.items():
            where = f"{name}: {place} parameter {parameter}"
            known = before.get((parameter, place), {})
            if description.get("required") and not known.get("required"):
                yield f"{where} is now required"
            if known:
                yield from self._schema(where, known.get("schema", {}), description.get("schema", {}), sent=True)

    def _request(self, name: str, old: Operation, new: Operation) -> Iterator[str]:
        before = resolve(self.old, old.body.get("requestBody", {}))
        after = resolve(self.new, new.body.get("requestBody", {}))
        if before and not after:
            yield f"{name}: the request's body is removed"
        elif after.get("required") and not before.get("required"):
            yield f"{name}: the request's body is now required"
        elif before:
            yield from self._contents(f"{name}: request", before, after, sent=True)

    def _answers(self, name: str, old: Operation, new: Operation) -> Iterator[str]:
        after = new.body.get("responses", {})
        for status, response in old.body.get("responses", {}).items():
            if status not in after:
                yield f"{name}: the answer with HTTP status {status} is removed"
                continue
            before, now = resolve(self.old, response), resolve(self.new, after[status])
            yield from self._contents(f"{name}: answer", before, now, sent=False)

    def _contents(self, where: str, old: Json, new: Json, *, sent: bool) -> Iterator[str]:
        for media_type, content in old.get("content", {}).items():
            if media_type not in new.get("content", {}):
                yield f"{where}: the media type {media_type} is removed"
                continue
            after = new["content"][media_type]
            yield from self._schema(where, content.get("schema", {}), after.get("schema", {}), sent=sent)

    def _schema(self, where: str, old: Json, new: Json, *, sent: bool) -> Iterator[str]:
        """Compare two schemas, each pair once. What a `$ref` stands for goes by its own name, wherever it is used."""
        name = _reference(old)
        if name:
            where = f"{name} in {'requests' if sent else 'answers'}"
        before, after = resolve(self.old, old), resolve(self.new, new)
        pair = (id(before), id(after), sent)
        if pair in self._done:
            return
        self._done[pair] = (before, after)
        before, after = _plain(self.old, before), _plain(self.new, after)
        yield from _values(where, before, after, sent=sent)
        yield from _limits(where, before, after, sent=sent)
        yield from self._fields(where, before, after, sent=sent)
        yield from self._unions(where, before, after, sent=sent)
        if "items" in before or "items" in after:
            yield from self._schema(f"{where}: item", before.get("items", {}), after.get("items", {}), sent=sent)

    def _fields(self, where: str, old: Json, new: Json, *, sent: bool) -> Iterator[str]:
        fields = new["properties"]
        for field, schema in old["properties"].items():
            if field not in fields:
                yield f"{where}: field {field} is removed"
            else:
                yield from self._schema(f"{where}: field {field}", schema, fields[field], sent=sent)
        before, after = set(old["required"]), set(new["required"])
        if sent:
            yield from (f"{where}: field {field} is now required" for field in sorted(after - before))
        else:
            gone = sorted((before - after) & set(fields))
            yield from (f"{where}: field {field} is no longer always there" for field in gone)
        yield from self._other_fields(where, old, new, sent=sent)

    def _other_fields(self, where: str, old: Json, new: Json, *, sent: bool) -> Iterator[str]:
        before, after = old.get("additionalProperties", True), new.get("additionalProperties", True)
        narrow, wide = (after, before) if sent else (before, after)
        if narrow is False and wide is not False:
            yield f"{where}: other fields are {'refused' if sent else 'possible'} now"
        elif isinstance(before, dict) or isinstance(after, dict):
            schemas = [each if isinstance(each, dict) else {} for each in (before, after)]
            yield from self._schema(f"{where}: other fields", *schemas, sent=sent)

    def _unions(self, where: str, old: Json, new: Json, *, sent: bool) -> Iterator[str]:
        narrow, wide = (new, old) if sent else (old, new)
        if len(narrow["unions"]) > len(wide["unions"]):
            yield f"{where}: {'a choice of schemas is asked for' if sent else 'no choice of schemas is kept to'} now"
        for before, after in zip(old["unions"], new["unions"], strict=False):
            yield from self._choices(where, _by_name(before), _by_name(after), sent=sent)

    def _choices(self, where: str, old: Json, new: Json, *, sent: bool) -> Iterator[str]:
        if sent:
            yield from (f"{where}: {name} is no longer taken" for name in old if name not in new)
        else:
            yield from (f"{where}: may now be {name}" for name in new if name not in old)
        for name in old:
            if name in new:
                yield from self._schema(f"{where}: {name}", old[name], new[name], sent=sent)


def _reference(schema: Json) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _by_name(choices: list[Json]) -> Json:
    return {_reference(each) or _described(each) or f"choice {index}": each for index, each in enumerate(choices)}


def _described(schema: Json) -> str:
    if "required" in schema and "type" not in schema:
        return f"with {', '.join(schema['required'])}"
    return str(schema.get("type", ""))


def _plain(document: Json, schema: Json) -> Json:
    """Merge a schema's parts, and write a choice between bare types as a list of types, which is the same."""
    merged = whole(document, schema)
    for union in [each for each in merged["unions"] if all(choice.keys() == {"type"} for choice in each)]:
        merged["unions"].remove(union)
        merged["type"] = [choice["type"] for choice in union]
    return merged


def _types(schema: Json) -> frozenset[str]:
    named = schema.get("type", [])
    types = frozenset({named} if isinstance(named, str) else named) or TYPES
    return types | {"integer"} if "number" in types else types


def _values(where: str, old: Json, new: Json, *, sent: bool) -> Iterator[str]:
    lost, gained = _types(old) - _types(new), _types(new) - _types(old)
    before, after = _listed(old), _listed(new)
    if sent:
        yield from (f"{where}: type {each} is no longer taken" for each in sorted(lost))
        if after is not None:
            refused = ["other values"] if before is None else [repr(each) for each in before if each not in after]
            yield from (f"{where}: {each} no longer taken" for each in refused)
    else:
        yield from (f"{where}: may now be of type {each}" for each in sorted(gained))
        if before is not None:
            possible = ["another value"] if after is None else [repr(each) for each in after if each not in before]
            yield from (f"{where}: may now be {each}" for each in possible)
    if old.get("default") != new.get("default"):
        yield f"{where}: the default is changed from {old.get('default')!r} to {new.get('default')!r}"


def _listed(schema: Json) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _limits(where: str, old: Json, new: Json, *, sent: bool) -> Iterator[str]:
    narrow, wide = (new, old) if sent else (old, new)
    for key in (*LOWER_LIMITS, *UPPER_LIMITS):
        if key in narrow and (key not in wide or _is_tighter(key, narrow[key], wide[key])):
            yield f"{where}: {key} is changed from {old.get(key)} to {new.get(key)}"
    for key in FIXED:
        if key in narrow and narrow[key] != wide.get(key):
            yield f"{where}: {key} is changed from {old.get(key)} to {new.get(key)}"


def _is_tighter(key: str, limit: float, than: float) -> bool:
    return limit > than if key in LOWER_LIMITS else limit < than
