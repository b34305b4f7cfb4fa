"""HTML of this package's values, as a notebook shows them. No I/O; `cards` follows jobs."""
