"""Sources that no job can run: each is kept when it is uploaded, and refused when it is to be run, with the reason."""

from attrs import frozen

RUN = "def run(task, userpub, params):\n    return params\n"


@frozen
class SourceRow:
    """A bad source.

    Attributes:
        name: What is bad about it.
        source: The source.
        says: A part of the message.
    """

    name: str
    source: str
    says: str


SOURCE_ROWS = [
    SourceRow("empty", "", "no function run"),
    SourceRow("white space", " \n\t\n", "no function run"),
    SourceRow("a word", "hello", "no function run"),
    SourceRow("another function", "def walk(task, userpub, params):\n    pass\n", "no function run"),
    SourceRow("a run of two arguments", "def run(task, userpub):\n    pass\n", "run"),
    SourceRow("a run of five arguments", "def run(a, b, c, d, e):\n    pass\n", "run"),
    SourceRow("a run that is awaited", "async def run(task, userpub, params):\n    pass\n", "async"),
    SourceRow("an undefined name", "def run(task, userpub, params):\n    return nothing\n", "nothing"),
    SourceRow("a thousand undefined names", RUN + "".join(f"x{n}\n" for n in range(1_000)), "more"),
    SourceRow("a syntax error", "def run(task, userpub, params:\n", "line 1"),
    SourceRow("an indent that does not fit", "def run(task, userpub, params):\npass\n", "line 2"),
    SourceRow("a NUL", RUN + "\0", "NUL"),
    SourceRow("a NUL in a comment", RUN + "# \0\n", "NUL"),
    SourceRow("an unknown encoding that it claims", "# coding: klingon\n" + RUN + "nothing\n", "nothing"),
    SourceRow("Python 2", 'def run(task, userpub, params):\n    print "hello"\n', "print"),
    SourceRow("a form feed and garbage", "\f\x01\x02" + RUN, "line 1"),
    SourceRow("an invisible character", "def\u200b run(task, userpub, params):\n    pass\n", "invalid"),
    SourceRow("a text without an end", RUN + 'x = """' + "a" * 100_000, "line 3"),
    SourceRow("a number of 5,000 digits", RUN + "x = " + "9" * 5_000 + "\n", "digits"),
    SourceRow("100,000 parentheses", RUN + "(" * 100_000 + ")" * 100_000, "too many nested parentheses"),
    SourceRow("100,000 minus signs", RUN + "-" * 100_000 + "1\n", "nested too deep"),
    SourceRow("100,000 lambdas", RUN + "lambda: " * 100_000 + "1\n", "nested too deep"),
    SourceRow("100,000 negations", RUN + "not " * 100_000 + "1\n", "nested too deep"),
    SourceRow("100,000 attributes", RUN + "run" + ".x" * 100_000 + "\n", "nested too deep"),
    SourceRow("100,000 sums", RUN + "x = 1" + " + 1" * 100_000 + "\n", "nested too deep"),
    SourceRow(
        "200 blocks within each other", RUN + "\n".join(" " * n + "if 1:" for n in range(200)), "too many levels"
    ),
]
