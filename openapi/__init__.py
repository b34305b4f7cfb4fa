"""The contract, what generates the client from it, and what checks it."""
