"""A program that takes its time and says how far it is.

Params: `messages` (10), `pause` before each in seconds (0.5).
Interim results: `message 1` and so on.
Result: `messages`, how many were published, and `params` as they came.
"""

from time import sleep


def run(task, userpub, params):
    """Publish a message every few moments."""
    options = params if isinstance(params, dict) else {}
    messages = options.get("messages", 10)
    for number in range(1, messages + 1):
        sleep(options.get("pause", 0.5))
        userpub.publish(f"message {number}".encode())
        print(f"published {number} of {messages}")
    return {"messages": messages, "params": params}
