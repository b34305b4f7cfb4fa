"""A program that prints a lot: every line is in the job's log, in order.

Params: `lines` (10000), `width` of each in characters (80).
Result: `lines` and `characters`, how much was printed.
"""


def run(task, userpub, params):
    """Print numbered lines."""
    options = params if isinstance(params, dict) else {}
    lines = options.get("lines", 10000)
    width = options.get("width", 80)
    for number in range(lines):
        print(f"line {number} ".ljust(width, "."))
    return {"lines": lines, "characters": lines * (width + 1)}
