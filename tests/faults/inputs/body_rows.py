"""Bad bodies and bad arguments of the document's operations, with the business code and the message of each."""

import json
from typing import Any

from attrs import frozen

from tests.faults.inputs.target import encoded

NOBODY = "0" * 32
GOOD = encoded("def run(task, userpub, params):\n    return params\n")
UPLOAD, UPDATE, RUN, RESULT = "programs_upload", "program_update", "programs_run_deploy", "get_result_nowait"
PLENTY = 1_000_000


@frozen
class BodyRow:
    """A bad body.

    Attributes:
        name: What is bad about it.
        operation: To which operation it is sent.
        body: The body.
        code: The business code of the answer.
        says: A part of the message.
    """

    name: str
    operation: str
    body: bytes
    code: int
    says: str


@frozen
class ArgumentRow:
    """Bad arguments.

    Attributes:
        name: What is bad about them.
        operation: Of which operation.
        arguments: The arguments.
        code: The business code of the answer.
        says: A part of the message.
    """

    name: str
    operation: str
    arguments: dict[str, Any]
    code: int
    says: str


def short(value: object) -> str:
    """A value in the name of a row."""
    text = ascii(value)
    return text if len(text) <= 40 else f"{text[:20]}… of {len(text)} characters"


def _params(text: str | bytes) -> bytes:
    inside = text.encode() if isinstance(text, str) else text
    return b'{"program_id": "@PROGRAM", "params": ' + inside + b"}"


_WHOLE = b'{"job_id": "@FINISHED"}'

ENCODINGS = [
    BodyRow("UTF-16", RESULT, '{"job_id": "x"}'.encode("utf-16"), 404, "not UTF-8"),
    BodyRow("UTF-32", RESULT, '{"job_id": "x"}'.encode("utf-32-le"), 404, "not valid JSON"),
    BodyRow("a byte order mark", RESULT, b"\xef\xbb\xbf" + _WHOLE, 404, "BOM"),
    BodyRow("Latin-1", RESULT, '{"job_id": "ä"}'.encode("latin-1"), 404, "not UTF-8 (byte 12)"),
    BodyRow("a UTF-8 that is too long", RESULT, b'{"job_id": "\xc0\xaf"}', 404, "not UTF-8"),
    BodyRow("half a pair in UTF-8", RESULT, b'{"job_id": "\xed\xa0\x80"}', 404, "not UTF-8"),
    BodyRow("gzip without a word of it", RESULT, b"\x1f\x8b\x08\x00\x00\x00\x00\x00", 404, "not UTF-8"),
    BodyRow("zeros", RESULT, b"\0" * 1000, 404, "not valid JSON"),
    BodyRow("half a pair as an escape", RUN, _params(r'"\ud800"'), 401, "half a surrogate pair"),
    BodyRow("half a pair in a name", RUN, _params(r'{"\uDFFF": 1}'), 401, "half a surrogate pair"),
    BodyRow("half a pair in an id", RESULT, rb'{"job_id": "\udc00"}', 404, "half a surrogate pair"),
]

SYNTAX = [
    *(
        BodyRow(f"{body.decode()!r}", RESULT, body, 404, "not valid JSON")
        for body in (
            *(b"", b" ", b"{", b'{"job_id"', b'{"job_id":', b"{'job_id': 'x'}", b"{job_id: 1}", b'{"job_id": "x",}'),
            *(
                b"nul",
                b"True",
                b"undefined",
                b'{"job_id": 01}',
                b'{"job_id": +1}',
                b'{"job_id": .5}',
                b'{"job_id": 0x1}',
            ),
            *(b'{"job_id": "\n"}', b'{"job_id": "\\x"}', b'{"job_id": "\\u12"}', b"// {}", b"job_id=x", b"<job_id/>"),
        )
    ),
    BodyRow("something behind the object", RESULT, _WHOLE + b"]", 404, "Extra data"),
    BodyRow("two objects", RESULT, _WHOLE + _WHOLE, 404, "Extra data"),
    *(
        BodyRow(f"{body.decode()} in the place of an object", RESULT, body, 404, "must be a JSON object")
        for body in (b"[]", b"null", b"true", b"7", b'"job_id"', b"1.5", b'[{"job_id": "x"}]')
    ),
    BodyRow("NaN", RUN, _params("NaN"), 401, "NaN is no JSON"),
    BodyRow("Infinity", RUN, _params("[Infinity]"), 401, "Infinity is no JSON"),
    BodyRow("-Infinity", RUN, _params('{"a": -Infinity}'), 401, "-Infinity is no JSON"),
    BodyRow("1e400", RUN, _params("1e400"), 401, "too large a number"),
    BodyRow("-1e999999", RUN, _params("-1e999999"), 401, "too large a number"),
    BodyRow("a whole number of 5,000 digits", RUN, _params("9" * 5_000), 401, "too many digits"),
    BodyRow("a whole number of a million digits", RUN, _params("9" * PLENTY), 401, "too many digits"),
    BodyRow("a fraction of a million digits", RUN, _params("9" * PLENTY + ".0"), 401, "too large a number"),
    BodyRow("a name twice", RESULT, b'{"job_id": "@FINISHED", "job_id": "x"}', 404, "job_id comes twice"),
    BodyRow("a name twice, once escaped", RESULT, rb'{"job_id": "x", "job\u005fid": "y"}', 404, "comes twice"),
    BodyRow("a name twice deep in params", RUN, _params('[{"a": {"b": 1, "c": 2, "b": 3}}]'), 401, "b comes twice"),
]

SIZES = [
    BodyRow("100,000 lists deep", RUN, _params("[" * 100_000 + "]" * 100_000), 401, "levels deep"),
    BodyRow("100,000 objects deep", RUN, _params('{"a":' * 100_000 + "1" + "}" * 100_000), 401, "levels deep"),
    BodyRow("201 levels deep", RUN, _params("[" * 200 + "]" * 200), 401, "levels deep"),
    BodyRow("5,000,000 brackets that do not close", RUN, _params("[" * 5_000_000), 401, "nested too deeply"),
    BodyRow("a million quotes that do not close", RUN, _params('"' + '\\"' * PLENTY), 401, "not valid JSON"),
    BodyRow("deep inside of texts", RUN, _params('"' + "[" * PLENTY + '"')[:-1], 401, "not valid JSON"),
    BodyRow(
        "a million names", RESULT, json.dumps(dict.fromkeys(map(str, range(PLENTY)))).encode(), 404, "job_id is missing"
    ),
    BodyRow("a million tags", RUN, b'{"tags": [' + b'"a",' * PLENTY + b'"a"]}', 401, "too many"),
    BodyRow(
        "a list of a million in the place of a flag",
        UPLOAD,
        b'{"name": "x", "data": "", "is_public": [' + b"1," * PLENTY + b"1]}",
        406,
        "too many",
    ),
    BodyRow(
        "a name of ten megabytes",
        UPLOAD,
        json.dumps({"name": "x" * 10 * PLENTY, "data": GOOD}).encode(),
        406,
        "more than 200",
    ),
    BodyRow(
        "a number of a name's",
        UPLOAD,
        json.dumps({"name": ["x" * PLENTY], "data": GOOD}).encode(),
        406,
        "name is not valid",
    ),
    BodyRow("an id of a megabyte", RESULT, json.dumps({"job_id": "x" * PLENTY}).encode(), 404, "xxx…"),
]

_NAMES = {
    "empty": ("", "should be non-empty"),
    "of one space": (" ", "a space"),
    "with a space at its end": ("vqe ", "a space"),
    "with a slash": ("alice/vqe", "slash"),
    "with a NUL": ("a\0b", r"\x00"),
    "with a line": ("a\nb", r"\n"),
    "with an escape": ("\x1b[31mred", r"\x1b"),
    "that turns the text around": ("a\u202egpj.exe", r"\u202e"),
    "with a space of no width": ("v\u200bqe", r"\u200b"),
    "with a separator of lines": ("a\u2028b", r"\u2028"),
    "of a private character": ("\ue000", r"\ue000"),
    "of 201 characters": ("x" * 201, "more than 200"),
    "that is a number": (7, "not of type"),
    "that is null": (None, "not of type"),
    "that is a list": (["x"], "not of type"),
    "that is an object": ({"$ne": ""}, "not of type"),
}

_COSTS: list[Any] = [0, -1, -1e-9, 1e308, 10**400, 366 * 86_400 + 1, "60", True, [60], {}]
_FLAGS: list[Any] = [2, -1, "1", "yes", [], [2], [1, 0], {}, 0.5]

METADATA = [
    *(
        ArgumentRow(f"a program's name {which}", UPLOAD, {"name": name, "data": GOOD}, 406, says)
        for which, (name, says) in _NAMES.items()
    ),
    *(
        ArgumentRow(f"a new name {which}", UPDATE, {"program_id": "@PROGRAM", "name": name}, 406, says)
        for which, (name, says) in _NAMES.items()
        if name is not None
    ),
    *(
        ArgumentRow(f"the cost {short(cost)}", UPLOAD, {"name": "x", "data": GOOD, "cost": cost}, 406, "cost")
        for cost in _COSTS
    ),
    *(
        ArgumentRow(f"the flag {flag!r}", UPLOAD, {"name": "x", "data": GOOD, "is_public": flag}, 406, "is_public")
        for flag in _FLAGS
    ),
    *(
        ArgumentRow(f"a {field} {which}", UPLOAD, {"name": "x", "data": GOOD, field: value}, 406, f"argument {field}")
        for field in ("backend", "group")
        for which, value in {"with a line": "a\r\nb", "of a list": ["a"], "too long": "x" * 201}.items()
    ),
    ArgumentRow(
        "a description that is none", UPLOAD, {"name": "x", "data": GOOD, "description": 1}, 406, "description"
    ),
]

_DATA = "not base64 of UTF-8"

SOURCES = [
    ArgumentRow("no base64", UPLOAD, {"name": "x", "data": "not base64!"}, 406, _DATA),
    ArgumentRow("base64 that is cut", UPLOAD, {"name": "x", "data": GOOD.rstrip("=")[:-1]}, 406, _DATA),
    ArgumentRow("base64 of the other alphabet", UPLOAD, {"name": "x", "data": "a-_b"}, 406, _DATA),
    ArgumentRow("base64 with padding inside", UPLOAD, {"name": "x", "data": "YQ==YQ=="}, 406, _DATA),
    ArgumentRow("base64 with a NUL", UPLOAD, {"name": "x", "data": "YQ==\0"}, 406, _DATA),
    ArgumentRow("base64 that is not ASCII", UPLOAD, {"name": "x", "data": "YQ\uff1d="}, 406, _DATA),
    ArgumentRow("a source in UTF-16", UPLOAD, {"name": "x", "data": encoded("x = 1".encode("utf-16"))}, 406, _DATA),
    ArgumentRow("a binary source", UPLOAD, {"name": "x", "data": encoded(bytes(range(256)))}, 406, _DATA),
    ArgumentRow("a source of a list", UPLOAD, {"name": "x", "data": [GOOD]}, 406, "data"),
    ArgumentRow("a source of null", UPLOAD, {"name": "x", "data": None}, 406, "data"),
    ArgumentRow("a new source that is none", UPDATE, {"program_id": "@PROGRAM", "data": "%%%"}, 406, _DATA),
]

_IDS = [
    "",
    "x",
    NOBODY[:31],
    NOBODY + "0",
    NOBODY.upper()[:-1] + "G",
    "\u0660" * 32,
    "' OR '1'='1",
    "1; DROP TABLE jobs",
    "../../x",
]
_IDS += ["%", "_" * 32, "\0", "a\nb", "\u202eid", "@FINISHED ", "@FINISHED\0", "x" * 100_000]
_NO_IDS: list[Any] = [None, 7, 1.5, True, [], ["@FINISHED"], {}, {"$gt": ""}]

IDENTITIES = [
    *(ArgumentRow(f"the job's id {short(job_id)}", RESULT, {"job_id": job_id}, 404, "no job") for job_id in _IDS),
    *(ArgumentRow(f"the job's id {job_id!r}", "job_cancel", {"job_id": job_id}, 404, "job_id") for job_id in _NO_IDS),
    *(
        ArgumentRow(f"the program's id {short(program_id)}", RUN, {"program_id": program_id}, 404, "program")
        for program_id in [*_IDS, *_NO_IDS]
    ),
    *(
        ArgumentRow(
            f"the program's id {short(program_id)} in the query",
            "program_delete",
            {"program_id": program_id},
            404,
            "no program",
        )
        for program_id in _IDS[1:-1]
    ),
    ArgumentRow("a finished job for a program", RUN, {"program_id": "@FINISHED"}, 404, "no program"),
    ArgumentRow("a program for a job", "job_status", {"job_id": "@PROGRAM"}, 404, "no job"),
]

_PAGES = [
    -1,
    "-0.5",
    "1.5",
    "1e3",
    "0x10",
    "many",
    "",
    " 1",
    "1_000",
    "\u0663",
    "9" * 19,
    "9" * 5_000,
    "true",
    "null",
    "[1]",
]

PAGES = [
    ArgumentRow(
        f"{operation} with the {name} {short(value)}", operation, {"job_id": "@FINISHED", name: value}, code, name
    )
    for operation, code in {"programs": 405, "jobs": 405, "job_ledger": 404}.items()
    for name in ("limit", "offset")
    for value in _PAGES
]

_RUN = {"program_id": "@PROGRAM"}

_OPTIONS: dict[str, list[Any]] = {
    "seed": [-1, 2**63, 10**400, 1.5, "7", True, [1], {}],
    "max_execution_time": [0, -1, -0.0, 1e308, 10**400, "60", True, [60], {}],
    "backend": ["a\0b", "x" * 201, 7, ["x"], "\u202e"],
    "label": ["x" * 201, "a\nb", "\x1b[2J", 7, ["x"]],
    "tags": ["x", [""], ["x" * 101], ["x"] * 21, [7], [None], [["x"]], {"a": 1}, ["a\nb"], ["\u200b"]],
}

RUNS = [
    *(
        ArgumentRow(f"the {name} {short(value)}", RUN, {**_RUN, name: value}, 401, f"argument {name}")
        for name, values in _OPTIONS.items()
        for value in values
    ),
    ArgumentRow("neither an id nor a name", RUN, {"params": 1}, 404, "program_id or a program_name"),
    ArgumentRow("an id and another name", RUN, {**_RUN, "program_name": "asleep"}, 404, "is not named asleep"),
    ArgumentRow("the name of no program", RUN, {"program_name": "nobody's"}, 404, "no program named"),
]

LISTS = [
    *(
        ArgumentRow(f"jobs of the status {value!r}", "jobs", {"status": value}, 405, "status")
        for value in (-1, 5, "done", "")
    ),
    *(
        ArgumentRow(f"jobs since {value!r}", "jobs", {"since": value}, 405, "since")
        for value in ("", "yesterday", "1684000000", "0001-01-01T00:00:00+14:00", "2026-13-01", "9999-99-99", "\0")
    ),
]

BODY_ROWS = [*ENCODINGS, *SYNTAX, *SIZES]
ARGUMENT_ROWS = [*METADATA, *SOURCES, *IDENTITIES, *PAGES, *RUNS, *LISTS]
