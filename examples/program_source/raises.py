"""A program that fails: the job ends in an error that shows its traceback.

Params: `message` of the error ("the answer is not 42").
"""


def check(answer, message):
    """Raise, one call below `run`, so that the traceback has something to tell."""
    if answer != 42:
        raise ValueError(message)


def run(task, userpub, params):
    """Print, publish, and raise."""
    options = params if isinstance(params, dict) else {}
    print("so far all is well")
    userpub.publish(b"about to fail")
    check(41, options.get("message", "the answer is not 42"))
