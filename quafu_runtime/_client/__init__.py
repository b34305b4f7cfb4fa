"""The engine room that the sync and the async client share: flows, transport, streams. Nothing here is public."""
