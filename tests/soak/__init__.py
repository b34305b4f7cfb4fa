"""Half an hour of everything at once: users who submit, follow, cancel and delete, while processes and lines break.

`python -m tests.soak` runs it, audits the store against what the users saw, and prints what it measured.
"""
