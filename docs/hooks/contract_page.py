"""The contract as a page: every operation with its arguments, its answers, its codes and its examples."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

DOCUMENT = "openapi/quafu-runtime.v1.yaml"
PAGE = "reference/contract.md"
PLACE = "#/components/"
METHODS = ("get", "post", "delete")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the page."""
    root = Path(config.config_file_path).parent
    document = yaml.safe_load((root / DOCUMENT).read_text(encoding="utf-8"))
    files.append(File.generated(config, PAGE, content=page_of(document)))
    return files


def page_of(document: dict[str, Any]) -> str:
    """The whole contract in Markdown."""
    info = document["info"]
    parts = [f"# The contract {info['version']}", _lower(info["description"])]
    for path, item in document["paths"].items():
        parts += [_operation(document, path, method, item[method]) for method in METHODS if method in item]
    parts.append("## Schemas")
    parts += [_schema(document, name, schema) for name, schema in document["components"]["schemas"].items()]
    return "\n\n".join(parts) + "\n"


def _operation(document: dict[str, Any], path: str, method: str, operation: dict[str, Any]) -> str:
    mark = " (extension)" if operation.get("x-extension") else ""
    parts = [f"## `{operation['operationId']}`{mark}", f"**{method.upper()}** `{path}`", operation["summary"]]
    if operation.get("description"):
        parts.append(operation["description"])
    arguments = [_resolved(document, argument) for argument in operation.get("parameters", [])]
    if arguments:
        rows = [(f"`{one['name']}`", one["in"], _kind(one["schema"]), one.get("description", "")) for one in arguments]
        parts.append(_table(("Argument", "In", "Type", "What it is"), rows))
    if "requestBody" in operation:
        content = _resolved(document, operation["requestBody"])["content"]["application/json"]
        parts += [f"Body: {_kind(content['schema'])}", *_examples(document, "Request", content)]
    codes = operation.get("x-codes", {})
    if codes:
        parts.append(_table(("Code", "When"), [(f"`{code}`", when) for code, when in codes.items()]))
    for answer in operation["responses"].values():
        content = _resolved(document, answer)["content"]["application/json"]
        kinds = " or ".join(_kind(one) for one in content["schema"]["oneOf"])
        parts += [f"Answer: {kinds}", *_examples(document, "Answer", content)]
    return "\n\n".join(parts)


def _schema(document: dict[str, Any], name: str, schema: dict[str, Any]) -> str:
    parts = [f"### {name}", schema.get("description", "")]
    rows = []
    for whole in (schema, *schema.get("allOf", [])):
        part = _resolved(document, whole)
        required = part.get("required", [])
        for field, value in part.get("properties", {}).items():
            need = "required" if field in required else "extension" if value.get("x-extension") else ""
            rows.append((f"`{field}`", _kind(value), need, _resolved(document, value).get("description", "")))
    if rows:
        parts.append(_table(("Field", "Type", "", "What it is"), rows))
    return "\n\n".join(part for part in parts if part)


def _kind(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})" if "/schemas/" in schema["$ref"] else name
    if "const" in schema:
        return f"`{schema['const']}`"
    for word in ("oneOf", "anyOf", "allOf"):
        if word in schema and "type" not in schema:
            return " or ".join(_kind(one) for one in schema[word])
    kinds = schema.get("type", "any")
    text = " or ".join([kinds] if isinstance(kinds, str) else kinds)
    return f"{text} of {_kind(schema['items'])}" if "items" in schema else text


def _examples(document: dict[str, Any], title: str, content: dict[str, Any]) -> list[str]:
    parts = []
    for given in content.get("examples", {}).values():
        example = _resolved(document, given)
        text = json.dumps(example["value"], indent=2, ensure_ascii=False)
        indented = "\n".join(f"    {line}" for line in text.splitlines())
        parts.append(f'??? example "{title}: {example["summary"]}"\n\n    ```json\n{indented}\n    ```')
    return parts


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(
        "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in line) + " |" for line in lines
    )


def _resolved(document: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    if not node.get("$ref", "").startswith(PLACE):
        return node
    kind, name = node["$ref"].removeprefix(PLACE).split("/")
    found: dict[str, Any] = document["components"][kind][name]
    return found


def _lower(text: str) -> str:
    """A text whose headings stand a level lower than it has them."""
    return "\n".join(f"#{line}" if line.startswith("##") else line for line in text.splitlines())
