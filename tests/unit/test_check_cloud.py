"""`check_program(target="cloud")`: what works here, and may not on the deployed service."""

from pathlib import Path
from typing import Any

import pytest

from quafu_runtime import ArgumentError, RuntimeProgram, check_program

EXAMPLES = Path(__file__).parents[2] / "examples" / "program_source"
HEAD = "import datetime\nimport json\nimport math\nimport numpy as np\nfrom quafu import simulate\n"


def codes(source: str) -> list[tuple[int, str]]:
    report = check_program(source, target="cloud")
    assert report.errors == ()
    return [(finding.line, finding.code) for finding in report.warnings if finding.code.startswith("cloud-")]


def in_run(*lines: str) -> str:
    return "\n".join([HEAD + "def run(task, pub, params):", *(f"    {line}" for line in lines)]) + "\n"


FOUND = {
    "an array": ("return np.zeros(3)", "cloud-result"),
    "an array in a dictionary": ('return {"a": [np.array([1])]}', "cloud-result"),
    "an array in a variable": ("x = np.arange(3) * 2\n    return x", "cloud-result"),
    "one of two": ("return 1 if params else np.eye(2)", "cloud-result"),
    "a numpy number": ("return np.argmax([1, 2])", "cloud-result"),
    "a complex number": ("return 1 + 2j", "cloud-result"),
    "a call of complex": ("return [complex(1, 2)]", "cloud-result"),
    "a set": ("return {1, 2}", "cloud-result"),
    "a set of a call": ("return set(params)", "cloud-result"),
    "a tuple": ("return 1, 2", "cloud-result"),
    "bytes": ("return b'x'", "cloud-result"),
    "encoded text": ("return 'x'.encode()", "cloud-result"),
    "a date": ("return datetime.datetime.now()", "cloud-result"),
    "no finite number": ("return [math.inf]", "cloud-result"),
    "not a number": ('return float("nan")', "cloud-result"),
    "keys that are no texts": ("return {1: 2}", "cloud-result"),
    "probabilities of simulate": ("return simulate(params).probabilities", "cloud-result"),
    "a state": ('return simulate(params)["statevector"]', "cloud-result"),
    "a published dictionary": ('pub.publish({"a": 1})', "cloud-publish"),
    "a published text": ("pub.publish(json.dumps(params))", "cloud-publish"),
    "a published variable": ('x = "text"\n    pub.publish(x)', "cloud-publish"),
    "a published array": ("pub.publish(np.zeros(2))", "cloud-publish"),
    "num": ("return simulate(params).num", "cloud-num"),
    "num of a variable": ("result = simulate(params)\n    return result.num", "cloud-num"),
    "a send that does not say wait": ("return task.send(params).taskid", "cloud-send-wait"),
    "a backend of ours": ('task.config(backend="local", shots=5)', "cloud-backend"),
    "a file": ('return open("data.csv").read()', "cloud-file"),
    "random numbers": ("return float(np.random.rand())", "cloud-seed"),
}


@pytest.mark.parametrize("case", FOUND)
def test_what_the_cloud_may_not_do_is_found_with_its_line(case: str) -> None:
    text, code = FOUND[case]
    last = in_run(text).count("\n")
    assert codes(in_run(text)) == [(last, code)]


FINE = [
    "return np.zeros(3).tolist()",
    "x = np.zeros(3)\n    x = x.tolist()\n    return x",
    "x = np.zeros(3)\n    return float(x.sum())",
    'return {"a": [1, None, "x"], "b": {"c": 1.5}}',
    "x = {1, 2}\n    return sorted(x)",
    "a, b = 1, 2\n    return [a, b]",
    "for x in (1, 2):\n        pass\n    return x",
    "def inner():\n        return {1}\n    return len(inner())",
    'pub.publish(json.dumps({"a": 1}).encode())',
    'pub.publish(b"x")',
    "message = str(params).encode()\n    pub.publish(message)",
    "return dict(task.send(params, wait=True).counts)",
    "return task.send(params, '', '', True).taskid",
    "return params.num",
    "return dict(simulate(params).counts)",
    "task.config(backend='ScQ-P10')",
    "open('plot.png', 'wb').close()",
    "np.random.seed(params)\n    return float(np.random.rand())",
    "zeros = params\n    return zeros(3)",
]


@pytest.mark.parametrize("text", FINE)
def test_what_is_fine_or_not_certain_is_no_finding(text: str) -> None:
    assert codes(in_run(text)) == []


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("import torch", "cloud-import"),
        ("from qiskit.circuit import Gate", "cloud-import"),
        ("import requests", "cloud-network"),
        ("from urllib import request", "cloud-network"),
        ("import scipy.optimize, matplotlib.pyplot, json", None),
        ("try:\n    import torch\nexcept ImportError:\n    torch = None", None),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import torch", None),
    ],
)
def test_imports_beyond_what_is_known_to_be_there_are_found(line: str, code: str | None) -> None:
    found = codes(f"{line}\ndef run(task, userpub, params):\n    return 1\n")
    assert found == ([] if code is None else [(1, code)])


def test_nothing_of_this_is_said_without_the_target() -> None:
    report = check_program(in_run("return {1}, np, json, math, datetime, simulate"))
    assert report.findings == ()


@pytest.mark.parametrize("name", ["hello", "bell", "multi-task", "vqe-h2", "qaoa-ring"])
def test_the_published_programs_have_no_false_alarm(name: str) -> None:
    assert check_program(EXAMPLES / f"{name}.py", target="cloud").findings == ()


def test_a_report_shows_the_line_the_place_and_what_to_do() -> None:
    report = check_program(
        "import numpy as np\n\n\ndef run(task, userpub, params):\n    return {'好': np.zeros(2)}\n", target="cloud"
    )
    assert str(report).splitlines() == [
        "<program>:5:18: warning: the result has a numpy array in it, which plain JSON cannot hold [cloud-result]",
        "        return {'好': np.zeros(2)}",
        "                      ^",
        "    hint: return array.tolist()",
        "0 errors, 1 warning",
    ]
    assert report.ok
    assert report.source_line(5) == "    return {'好': np.zeros(2)}"
    assert report.source_line(99) == ""
    report.raise_for_errors()


def test_an_unknown_target_and_a_program_without_its_source_are_refused() -> None:
    unknown: Any = "moon"
    with pytest.raises(ArgumentError, match='target is None or "cloud"'):
        check_program("x\ny\n", target=unknown)
    with pytest.raises(ArgumentError, match="came without its source"):
        check_program(RuntimeProgram("id", "bell"))
    assert check_program(RuntimeProgram("id", "bell", data="def run(a, b, c): pass\n")).name == "bell"
