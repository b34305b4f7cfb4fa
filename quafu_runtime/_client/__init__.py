"""The engine room that the sync and the async client share: flows, transport, streams. Nothing here is public."""

import logging

logging.getLogger("quafu_runtime").addHandler(logging.NullHandler())  # silent, unless a program asks for logs
